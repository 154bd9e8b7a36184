-- By element and hour: what its layers would draw awake at the load that they report, what their sleep would save, as the models of
-- their units say, and how long was told. A sleeper without a load carried nothing; suspect rows tell nothing.
SELECT element, date_trunc('hour', start_at) AS hour_at,
       sum(duration_s) AS told_s,
       sum(duration_s * (on_w + slope_w * coalesce(prb_dl_share, 0))) AS awake_ws,
       sum(rf_off_s * rf_off_saves_w) AS rf_off_ws,
       sum(carrier_off_s * carrier_off_saves_w) AS carrier_off_ws,
       sum(deep_sleep_s * deep_sleep_saves_w) AS deep_sleep_ws
FROM (
    SELECT asked.element, asked.on_w, asked.slope_w, asked.rf_off_saves_w, asked.carrier_off_saves_w, asked.deep_sleep_saves_w,
           start_at, duration_s, prb_dl_share, suspect, coalesce(rf_off_s, 0) AS rf_off_s,
           coalesce(carrier_off_s, 0) AS carrier_off_s, coalesce(deep_sleep_s, 0) AS deep_sleep_s
    FROM cell_counters
    INNER JOIN asked ON cell_counters.element_dn = asked.element_dn AND cell_counters.cell_dn = asked.cell_dn
    WHERE start_at >= CAST('{begin}' AS TIMESTAMP) AND start_at < CAST('{end}' AS TIMESTAMP)
      AND cell_counters.element_dn >= '{least}' AND cell_counters.element_dn <= '{greatest}'
) AS counted
WHERE suspect = 'no' AND (prb_dl_share IS NOT NULL OR carrier_off_s + deep_sleep_s >= 0.95 * duration_s)
GROUP BY element, date_trunc('hour', start_at)
