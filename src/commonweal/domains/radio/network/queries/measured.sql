-- What cells carried while they were busy enough to tell, and for how long their blocks were in use.
SELECT asked.cell, SUM(volume_dl_mbit) AS volume_mbit, SUM(prb_dl_share * duration_s) AS used_s, SUM(duration_s) AS told_s
FROM cell_counters
INNER JOIN asked ON cell_counters.element_dn = asked.element_dn AND cell_counters.cell_dn = asked.cell_dn
WHERE
    suspect = 'no'
    AND start_at >= CAST('{begin}' AS TIMESTAMP)
    AND start_at < CAST('{end}' AS TIMESTAMP)
    AND prb_dl_share >= {least_share}
    AND volume_dl_mbit > 0
GROUP BY asked.cell
