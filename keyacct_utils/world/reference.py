"""Tables that no account drives: the calendar of working days and the matrices of pairwise
comparison.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from keyacct_utils.world.plan import LAST_YEAR, first_day

#: Public holidays as announced by the State Council: name, first and last day off, 2021-2024.
HOLIDAYS = (
    ("New Year", "2021-01-01", "2021-01-03"),
    ("Spring Festival", "2021-02-11", "2021-02-17"),
    ("Qingming", "2021-04-03", "2021-04-05"),
    ("Labour Day", "2021-05-01", "2021-05-05"),
    ("Dragon Boat", "2021-06-12", "2021-06-14"),
    ("Mid-Autumn", "2021-09-19", "2021-09-21"),
    ("National Day", "2021-10-01", "2021-10-07"),
    ("New Year", "2022-01-01", "2022-01-03"),
    ("Spring Festival", "2022-01-31", "2022-02-06"),
    ("Qingming", "2022-04-03", "2022-04-05"),
    ("Labour Day", "2022-04-30", "2022-05-04"),
    ("Dragon Boat", "2022-06-03", "2022-06-05"),
    ("Mid-Autumn", "2022-09-10", "2022-09-12"),
    ("National Day", "2022-10-01", "2022-10-07"),
    ("New Year", "2022-12-31", "2023-01-02"),
    ("Spring Festival", "2023-01-21", "2023-01-27"),
    ("Qingming", "2023-04-05", "2023-04-05"),
    ("Labour Day", "2023-04-29", "2023-05-03"),
    ("Dragon Boat", "2023-06-22", "2023-06-24"),
    ("Mid-Autumn", "2023-09-29", "2023-09-30"),
    ("National Day", "2023-10-01", "2023-10-06"),
    ("New Year", "2023-12-30", "2024-01-01"),
    ("Spring Festival", "2024-02-10", "2024-02-17"),
    ("Qingming", "2024-04-04", "2024-04-06"),
    ("Labour Day", "2024-05-01", "2024-05-05"),
    ("Dragon Boat", "2024-06-08", "2024-06-10"),
    ("Mid-Autumn", "2024-09-15", "2024-09-17"),
    ("National Day", "2024-10-01", "2024-10-07"),
)
#: Weekend days worked to make up for them.
MAKE_UP = (
    "2021-02-07",
    "2021-02-20",
    "2021-04-25",
    "2021-05-08",
    "2021-09-18",
    "2021-09-26",
    "2021-10-09",
    "2022-01-29",
    "2022-01-30",
    "2022-04-02",
    "2022-04-24",
    "2022-05-07",
    "2022-10-08",
    "2022-10-09",
    "2023-01-28",
    "2023-01-29",
    "2023-04-23",
    "2023-05-06",
    "2023-06-25",
    "2023-10-07",
    "2023-10-08",
    "2024-02-04",
    "2024-02-18",
    "2024-04-07",
    "2024-04-28",
    "2024-05-11",
    "2024-09-14",
    "2024-09-29",
    "2024-10-12",
)
#: Years before those listed get the holidays that have a fixed date.
FIXED = (("New Year", "01-01", 1), ("Labour Day", "05-01", 1), ("National Day", "10-01", 3))
FIRST_LISTED = 2021

#: The five determinants of an account's value (S001-1d) with the weights planted in the consistent
#: matrix.
FIVE_FACTORS = {
    "people": 0.07,
    "social_influence": 0.12,
    "income": 0.40,
    "service_demand": 0.16,
    "growth": 0.25,
}
#: Wealth of seven nations as Saaty judged it, on his 1-9 scale: a published matrix with CR < 0.1.
#: T. L. Saaty (1977), A scaling method for priorities in hierarchical structures, J. Mathematical
#: Psychology 15.
NATIONS = ("US", "USSR", "China", "France", "UK", "Japan", "W_Germany")
NATIONS_UPPER = (
    4,
    9,
    6,
    6,
    5,
    5,
    7,
    5,
    5,
    3,
    4,
    1 / 5,
    1 / 5,
    1 / 7,
    1 / 5,
    1,
    1 / 3,
    1 / 3,
    1 / 3,
    1 / 3,
    2,
)


def build_calendar(months: int) -> pd.DataFrame:
    """Every day of the book with the Chinese public holidays and the days worked in return."""
    begins = first_day(months)
    days = pd.date_range(begins, f"{LAST_YEAR}-12-31", freq="D").as_unit("s")
    name = pd.Series("", index=days, dtype=object)
    for year in range(begins.year, FIRST_LISTED):
        for label, start, length in FIXED:
            name[pd.date_range(f"{year}-{start}", periods=length)] = label
    for label, first, last in HOLIDAYS:
        name[(days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))] = label
    weekend = days.day_of_week >= 5
    work = (~weekend | days.isin(pd.to_datetime(MAKE_UP))) & (name == "").to_numpy()
    return pd.DataFrame({"date": days, "workday": work.astype(int), "holiday": name.to_numpy()})


def _long(matrix: str, names: tuple[str, ...], values: np.ndarray) -> pd.DataFrame:
    n = len(names)
    flat = np.round(values.ravel(), 9)
    return pd.DataFrame(
        {"matrix": matrix, "row": np.repeat(names, n), "column": np.tile(names, n), "value": flat}
    )


def build_ahp() -> tuple[pd.DataFrame, dict[str, object]]:
    """One matrix that is consistent by construction and one published with Saaty's rounding."""
    weight = np.array(list(FIVE_FACTORS.values()))
    nations = np.ones((len(NATIONS), len(NATIONS)))
    upper = np.triu_indices(len(NATIONS), 1)
    nations[upper] = NATIONS_UPPER
    nations.T[upper] = 1 / np.array(NATIONS_UPPER)
    consistent = weight[:, None] / weight[None, :]
    parts = [
        _long("five_factors", tuple(FIVE_FACTORS), consistent),
        _long("wealth_of_nations", NATIONS, nations),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table, {
        "five_factors": {"weights": FIVE_FACTORS, "consistency_ratio": 0.0, "source": "S001-1d"},
        "wealth_of_nations": {
            "consistency_ratio_below": 0.1,
            "random_index": 1.32,
            "source": "Saaty 1977",
        },
    }
