-- Transactions to one row per account and line, and per period where one is asked for.
-- Amounts are whole 1/10,000 of the currency unit: the sums are exact and the same in any row order.
-- The months with a posting are collected as bits, which needs one pass where a distinct count needs two.
SELECT
    account_id,
    {period} AS period,
    {line} AS line,
    CAST(COALESCE(SUM(revenue), 0) AS BIGINT) AS revenue,
    CAST(COALESCE(SUM(cost_goods), 0) AS BIGINT) AS cost,
    CAST(COALESCE(SUM(CAST(ROUND(volume * 10000) AS BIGINT)), 0) AS BIGINT) AS volume,
    COUNT(*) AS n_rows,
    MIN(date) AS first_date,
    MAX(date) AS last_date{months}
FROM {source}
WHERE {condition}
GROUP BY {keys}
ORDER BY {keys}
