-- How many readings each meter has: those read by the hour have hundreds a month.
SELECT meter_id, count(*) AS n_readings
FROM meter_readings
GROUP BY meter_id
