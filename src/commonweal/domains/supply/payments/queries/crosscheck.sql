-- Where records and the register disagree about payments of the days and nodes asked for. An invoice
-- may be paid in parts: what counts is their sum, and the last day. A wrong month is one difference.
SELECT node_id, number, rule, paid_here, paid_there, cny_here, cny_there FROM (
    SELECT COALESCE(here.node_id, there.node_id) AS node_id,
        COALESCE(here.number, there.number) AS number,
        here.paid_date AS paid_here, there.paid_date AS paid_there,
        here.amount_cny AS cny_here, there.amount_cny AS cny_there,
        CASE WHEN there.number IS NULL THEN 'not_in_register'
             WHEN here.number IS NULL THEN 'not_in_records'
             WHEN here.amount_cny <> there.amount_cny THEN 'amount_differs'
             WHEN here.paid_date <> there.paid_date THEN 'date_differs' END AS rule
    FROM here FULL OUTER JOIN (
        SELECT register.node_id, invoice_number AS number, MAX(paid_date) AS paid_date,
            SUM(CAST(amount_cny AS DECIMAL(18, 2))) AS amount_cny
        FROM register JOIN nodes ON register.node_id = nodes.node_id
        GROUP BY register.node_id, invoice_number
    ) AS there ON here.number = there.number AND here.node_id = there.node_id
) AS pairs CROSS JOIN asked
WHERE rule IS NOT NULL
    AND (paid_here >= first_day AND paid_here < end_day
        OR paid_there >= first_day AND paid_there < end_day)
ORDER BY rule, node_id, number
