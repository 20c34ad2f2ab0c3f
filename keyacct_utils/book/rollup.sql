-- Transactions to one row per account and line, and per period where one is asked for.
-- Amounts are whole 1/10,000 of the currency unit: the sums are exact and the same in any row order.
-- The months with a sale are collected as bits, which needs one pass where a distinct count needs two.
-- A cost that is missing is nothing known, not zero: what was sold without one is added up beside.
SELECT
    account_id,
    {period} AS period,
    {line} AS line,
    CAST(COALESCE(SUM(revenue), 0) AS BIGINT) AS revenue,
    CAST(COALESCE(SUM({cost}), 0) AS BIGINT) AS cost,
    CAST(COALESCE(SUM(CAST(ROUND(volume * 10000) AS BIGINT)), 0) AS BIGINT) AS volume,
    COUNT(*) AS n_rows,
    CAST(COALESCE(SUM(CASE WHEN revenue > 0 THEN revenue END), 0) AS BIGINT) AS sold,
    CAST(COALESCE(SUM(CASE WHEN cost_goods IS NULL THEN revenue END), 0) AS BIGINT) AS uncosted,
    COUNT(*) - COUNT(cost_goods) AS n_uncosted,
    MIN(date) AS first_date,
    MAX(date) AS last_date{months}
FROM {source}
WHERE {condition}
GROUP BY {keys}
ORDER BY {keys}
