-- By site and month: traffic and energy of metered elements, hours of boosters and of their sleep.
-- Sums are of decimals: they are the same in whatever order rows are read. 1 TB is 8,000,000 Mbit.
WITH metered AS (
    SELECT element_dn, month, sum(CAST(energy_kwh AS DECIMAL(18, 6))) AS energy_kwh
    FROM element_power
    WHERE suspect = 'no'
    GROUP BY element_dn, month
),
homes AS (SELECT element_dn, min(site_id) AS site_id FROM places GROUP BY element_dn),
energy AS (
    SELECT homes.site_id, metered.month, sum(metered.energy_kwh) AS radio_electricity
    FROM metered
    INNER JOIN homes ON metered.element_dn = homes.element_dn
    GROUP BY homes.site_id, metered.month
),
cells AS (
    SELECT
        places.site_id,
        cell_counters.month,
        sum(
            CASE WHEN metered.element_dn IS NOT NULL
                THEN CAST(coalesce(volume_dl_mbit, 0) + coalesce(volume_ul_mbit, 0) AS DECIMAL(18, 6)) END
        ) / 8000000 AS radio_traffic,
        sum(CASE WHEN role = 'booster' THEN CAST(duration_s AS DECIMAL(18, 6)) END) / 3600 AS radio_booster_time,
        sum(
            CASE WHEN role = 'booster'
                THEN CAST(coalesce(carrier_off_s, 0) + coalesce(deep_sleep_s, 0) AS DECIMAL(18, 6)) END
        ) / 3600 AS radio_sleep_time
    FROM cell_counters
    INNER JOIN places ON cell_counters.element_dn = places.element_dn AND cell_counters.cell_dn = places.cell_dn
    LEFT JOIN metered ON cell_counters.element_dn = metered.element_dn AND cell_counters.month = metered.month
    WHERE suspect = 'no'
    GROUP BY places.site_id, cell_counters.month
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
