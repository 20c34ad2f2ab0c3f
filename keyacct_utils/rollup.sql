-- Transactions to one row per account and line, and per period where one is asked for.
-- Two stages, so that the months of activity are counted without a distinct count over all rows.
-- Amounts are whole 1/10,000 of the currency unit: the sums are exact and the same in any row order.
WITH months AS (
    SELECT
        account_id,
        {period} AS period,
        {line} AS line,
        EXTRACT(YEAR FROM date) * 12 + EXTRACT(MONTH FROM date) AS month_number,
        SUM(revenue) AS revenue,
        SUM(cost_goods) AS cost,
        SUM(CAST(ROUND(volume * 10000) AS BIGINT)) AS volume,
        COUNT(*) AS n_rows,
        MIN(date) AS first_date,
        MAX(date) AS last_date
    FROM {source}
    WHERE {condition}
    GROUP BY 1, 2, 3, 4
)

SELECT
    account_id,
    period,
    line,
    CAST(COALESCE(SUM(revenue), 0) AS BIGINT) AS revenue,
    CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost,
    CAST(COALESCE(SUM(volume), 0) AS BIGINT) AS volume,
    CAST(SUM(n_rows) AS BIGINT) AS n_rows,
    MIN(first_date) AS first_date,
    MAX(last_date) AS last_date,
    COUNT(month_number) AS active_months
FROM months
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
