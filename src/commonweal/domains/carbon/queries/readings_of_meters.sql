-- All readings of the few meters that must be walked.
SELECT meter_readings.meter_id, month, read_at, register
FROM meter_readings
INNER JOIN asked ON meter_readings.meter_id = asked.meter_id
