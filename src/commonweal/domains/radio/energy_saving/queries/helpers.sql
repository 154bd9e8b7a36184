-- Which sectors reach how much of the traffic of bare ones: of how many of their cells, and of the worst reached of these.
WITH known AS (
    SELECT cell_id, neighbour_id, covered_share
    FROM (
        SELECT cell_neighbours.cell_id, neighbour_id, covered_share,
               row_number() OVER (PARTITION BY cell_neighbours.cell_id, neighbour_id ORDER BY from_date DESC) AS place
        FROM cell_neighbours
        INNER JOIN bare ON cell_neighbours.cell_id = bare.cell_id
        WHERE from_date <= CAST('{day}' AS DATE)
    ) AS ranked
    WHERE place = 1
),
reached AS (
    SELECT bare.sector, helpers.sector AS helper, bare.cell_id, max(known.covered_share) AS covered_share
    FROM known
    INNER JOIN bare ON known.cell_id = bare.cell_id
    INNER JOIN helpers ON known.neighbour_id = helpers.cell_id
    GROUP BY bare.sector, helpers.sector, bare.cell_id
)
SELECT sector, helper, count(*) AS n_cells, min(covered_share) AS covered_share
FROM reached
GROUP BY sector, helper
ORDER BY sector, helper
