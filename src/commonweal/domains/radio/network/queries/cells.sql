-- Cells of some sites as they stand on a day: of each cell the newest row from on or before it. Cells that never stood at one of these sites
-- are left out before anything is ranked; one that moved away is ranked, and then left out.
WITH near AS (
    SELECT DISTINCT radio_cells.cell_id
    FROM radio_cells
    INNER JOIN asked ON radio_cells.site_id = asked.site_id
    WHERE from_date <= CAST('{day}' AS DATE)
)
SELECT ranked.site_id, sector, cell_id, from_date, element_dn, cell_dn, rat, band, bandwidth_mhz, channels,
       ru_model, board, role, protected, partner, partner_share, partner_sleep, spectral_efficiency_bit_s_hz
FROM (
    SELECT radio_cells.*, row_number() OVER (PARTITION BY radio_cells.cell_id ORDER BY from_date DESC) AS place
    FROM radio_cells
    INNER JOIN near ON radio_cells.cell_id = near.cell_id
    WHERE from_date <= CAST('{day}' AS DATE)
) AS ranked
INNER JOIN asked ON ranked.site_id = asked.site_id
WHERE place = 1 AND state = 'in_service'
