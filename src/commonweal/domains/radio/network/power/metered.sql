-- By element and hour: energy and how long it was metered; suspect rows tell nothing.
SELECT element, date_trunc('hour', start_at) AS hour_at, sum(duration_s) AS told_s, sum(energy_kwh) AS energy_kwh
FROM element_power
INNER JOIN asked ON element_power.element_dn = asked.element_dn
WHERE start_at >= CAST('{begin}' AS TIMESTAMP) AND start_at < CAST('{end}' AS TIMESTAMP) AND suspect = 'no'
  AND element_power.element_dn >= '{least}' AND element_power.element_dn <= '{greatest}'
GROUP BY element, date_trunc('hour', start_at)
