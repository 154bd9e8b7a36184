-- Where cells stand on a day: of each cell the newest row from on or before it.
SELECT site_id, element_dn, cell_dn, role
FROM (
    SELECT radio_cells.*, row_number() OVER (PARTITION BY cell_id ORDER BY from_date DESC) AS place
    FROM radio_cells
    WHERE from_date <= CAST('{day}' AS DATE)
) AS ranked
WHERE place = 1 AND state = 'in_service'
