-- What some managed elements drew between two instants, whole periods, by when each began.
SELECT start_at, sum(energy_kwh) AS energy_kwh, sum(duration_s) AS duration_s, count(*) AS n
FROM element_power
INNER JOIN asked ON element_power.element_dn = asked.element_dn
WHERE start_at >= CAST('{begin}' AS TIMESTAMP)
  AND start_at < CAST('{end}' AS TIMESTAMP)
  AND suspect = 'no'
GROUP BY start_at
ORDER BY start_at
