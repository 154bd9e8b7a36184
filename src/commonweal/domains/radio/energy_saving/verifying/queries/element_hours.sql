-- Energy of elements by hour, and how many seconds of it were told; a row longer than an hour tells of none.
SELECT asked.element, date_trunc('hour', start_at) AS hour_at, sum(energy_kwh) AS energy_kwh, sum(duration_s) AS told_s
FROM element_power
INNER JOIN asked ON element_power.element_dn = asked.element_dn
WHERE suspect = 'no' AND duration_s <= 3600
    AND start_at >= CAST('{begins}' AS TIMESTAMP) AND start_at < CAST('{ends}' AS TIMESTAMP)
GROUP BY asked.element, date_trunc('hour', start_at)
ORDER BY asked.element, date_trunc('hour', start_at)
