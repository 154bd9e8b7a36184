-- What the screen over registers needs: one pass, integer keys, no join; only the groups are sorted.
SELECT
    meter_id,
    month,
    min_by(register, read_at) AS first,
    max_by(register, read_at) AS last,
    min(register) AS smallest,
    max(register) AS largest,
    min(read_at) AS first_at,
    max(read_at) AS last_at,
    count(*) AS n_readings
FROM meter_readings
GROUP BY meter_id, month
ORDER BY meter_id, month
