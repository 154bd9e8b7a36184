-- Readings of a few meters.
SELECT meter_readings.meter_id, read_at, register
FROM meter_readings
INNER JOIN asked ON meter_readings.meter_id = asked.meter_id
