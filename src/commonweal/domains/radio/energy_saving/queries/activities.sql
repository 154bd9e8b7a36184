-- By site and month: traffic and energy of metered elements, hours of boosters and of their sleep.
-- Traffic of a day counts for the part of it that the element's meter told of: hours without a meter are not free.
-- Sums are of decimals: they are the same in whatever order rows are read. 1 TB is 8,000,000 Mbit.
WITH metered AS (
    SELECT
        element_dn,
        month,
        CAST(start_at AS DATE) AS day,
        sum(CAST(energy_kwh AS DECIMAL(18, 6))) AS energy_kwh,
        sum(CASE WHEN energy_kwh IS NOT NULL THEN duration_s END) AS told_s
    FROM element_power
    WHERE suspect = 'no'
    GROUP BY element_dn, month, CAST(start_at AS DATE)
),
homes AS (SELECT element_dn, min(site_id) AS site_id FROM places GROUP BY element_dn),
energy AS (
    SELECT homes.site_id, metered.month, sum(metered.energy_kwh) AS radio_electricity
    FROM metered
    INNER JOIN homes ON metered.element_dn = homes.element_dn
    GROUP BY homes.site_id, metered.month
),
daily AS (
    SELECT
        places.site_id,
        cell_counters.element_dn,
        cell_counters.cell_dn,
        min(places.role) AS role,
        cell_counters.month,
        CAST(start_at AS DATE) AS day,
        sum(CAST(coalesce(volume_dl_mbit, 0) + coalesce(volume_ul_mbit, 0) AS DECIMAL(18, 6))) AS volume_mbit,
        sum(duration_s) AS told_s,
        sum(CAST(coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0) AS DECIMAL(18, 6))) AS slept_s
    FROM cell_counters
    INNER JOIN places ON cell_counters.element_dn = places.element_dn AND cell_counters.cell_dn = places.cell_dn
    WHERE suspect = 'no'
    GROUP BY places.site_id, cell_counters.element_dn, cell_counters.cell_dn, cell_counters.month, CAST(start_at AS DATE)
),
told AS (SELECT element_dn, day, max(told_s) AS told_s FROM daily GROUP BY element_dn, day),
cells AS (
    SELECT
        daily.site_id,
        daily.month,
        CAST(sum(
            CASE WHEN metered.told_s < told.told_s THEN CAST(CAST(volume_mbit AS DOUBLE) * CAST(metered.told_s AS DOUBLE) / CAST(told.told_s AS DOUBLE) AS DECIMAL(18, 6))
                WHEN metered.told_s > 0 THEN CAST(volume_mbit AS DECIMAL(18, 6)) END
        ) AS DOUBLE) / 8000000 AS radio_traffic,
        CAST(sum(CASE WHEN role = 'booster' THEN CAST(daily.told_s AS DECIMAL(18, 6)) END) AS DOUBLE) / 3600 AS radio_booster_time,
        CAST(sum(CASE WHEN role = 'booster' THEN slept_s END) AS DOUBLE) / 3600 AS radio_sleep_time
    FROM daily
    INNER JOIN told ON daily.element_dn = told.element_dn AND daily.day = told.day
    LEFT JOIN metered
        ON daily.element_dn = metered.element_dn AND daily.month = metered.month AND daily.day = metered.day
    GROUP BY daily.site_id, daily.month
)
SELECT
    coalesce(cells.site_id, energy.site_id) AS site_id,
    coalesce(cells.month, energy.month) AS month,
    radio_traffic,
    radio_electricity,
    radio_booster_time,
    radio_sleep_time
FROM cells
FULL OUTER JOIN energy ON cells.site_id = energy.site_id AND cells.month = energy.month
ORDER BY 1, 2
