-- Traffic of cells by hour. A period is told if its volume is, or if the cell says that it slept through it.
SELECT
    asked.cell,
    date_trunc('hour', start_at) AS hour_at,
    sum(coalesce(volume_dl_mbit, 0) + coalesce(volume_ul_mbit, 0)) AS volume_mbit,
    sum(
        CASE WHEN volume_dl_mbit IS NOT NULL
                OR coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0) >= duration_s
            THEN duration_s ELSE 0 END
    ) AS told_s,
    sum(coalesce(rf_off_s, 0) + coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0)) AS slept_s
FROM cell_counters
INNER JOIN asked ON cell_counters.element_dn = asked.element_dn AND cell_counters.cell_dn = asked.cell_dn
WHERE suspect = 'no' AND duration_s <= 3600
    AND start_at >= CAST('{begins}' AS TIMESTAMP) AND start_at < CAST('{ends}' AS TIMESTAMP)
GROUP BY asked.cell, date_trunc('hour', start_at)
ORDER BY asked.cell, date_trunc('hour', start_at)
