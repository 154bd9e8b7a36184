-- What the cells asked for carried and how long they slept. A sleeper that names no volume carried nothing; others that name none, rows
-- that are suspect and cells that were out of service beyond their sleep tell nothing.
SELECT cell, start_at, duration_s, coalesce(volume_dl_mbit, 0) AS volume_mbit, slept_s
FROM (
    SELECT asked.cell, start_at, duration_s, volume_dl_mbit, suspect, coalesce(unavailable_s, 0) AS unavailable_s,
           coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0) AS slept_s
    FROM cell_counters
    INNER JOIN asked ON cell_counters.element_dn = asked.element_dn AND cell_counters.cell_dn = asked.cell_dn
    WHERE start_at >= CAST('{begin}' AS TIMESTAMP) AND start_at < CAST('{end}' AS TIMESTAMP)
      AND cell_counters.element_dn >= '{least}' AND cell_counters.element_dn <= '{greatest}'
) AS counted
WHERE suspect = 'no'
  AND (volume_dl_mbit IS NOT NULL OR slept_s >= {asleep_share} * duration_s)
  AND unavailable_s - slept_s <= {out_share} * duration_s
