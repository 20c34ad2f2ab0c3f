"""Odd books of a survey: one row, all alike, answers only, items turned round, gaps, one class, hostile names, praise, twins, differences that
are real.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

FIVE = ["E1", "E2", "E3", "Q1", "Q2", "Q3", "V1", "V2", "V3", "S1", "S2", "S3", "L1", "L2"]
PAIRS = [f"{form}_{item:02d}" for form in ("perceived", "expected") for item in range(1, 23)]
VALUES = [f"value_{name}" for name in ("product", "service", "personnel", "image")]
COSTS = [f"cost_{name}" for name in ("money", "time", "energy", "mental")]


def _answers(n: int, seed: int, least: int = 1, noise: float = 0.8) -> pd.DataFrame:
    """Answers in which quality, value and satisfaction go together, of n accounts."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    frame = pd.DataFrame({"respondent": [f"R{i:03d}" for i in range(n)]})
    frame["account_id"] = [f"B{i % max(n // 2, 1):03d}" for i in range(n)]
    for item in FIVE:
        frame[item] = np.clip(np.round(6 + 1.5 * mood + noise * rng.normal(size=n)), least, 10)
    return frame


def _texts(
    survey: pd.DataFrame, accounts: pd.DataFrame | None = None, toml: str = ""
) -> dict[str, str]:
    """The files of a book: a ledger of two years, the survey, and accounts where some are given."""
    ids = sorted(set(survey["account_id"]))
    ledger = pd.DataFrame(
        [
            (account, f"{year}-0{month}-10", "P", 100 + 7 * place + 3 * (year - 2023), 60)
            for place, account in enumerate(ids)
            for year in (2023, 2024)
            for month in (2, 7)
        ],
        columns=["account_id", "date", "line", "revenue", "cost_goods"],
    )
    whole = survey.select_dtypes("float").columns
    survey = survey.astype(
        {name: "Int64" for name in whole if (survey[name].dropna() % 1 == 0).all()}
    )
    files = {
        "ledger.csv": ledger.to_csv(index=False),
        "survey.csv": survey.to_csv(index=False),
        "toml": toml,
    }
    return files | ({} if accounts is None else {"accounts.csv": accounts.to_csv(index=False)})


def survey_of_one() -> dict[str, str]:
    """One questionnaire, with an answer to everything."""
    one = _answers(1, 1).assign(year=2023, manager_id="M1", hours_to_answer=20, recommend=9)
    one = one.assign(**dict.fromkeys(PAIRS, 7), **dict.fromkeys(VALUES + COSTS, 50))
    return _texts(one, pd.DataFrame({"account_id": ["B000"], "sector": ["mills"]}))


def survey_all_alike() -> dict[str, str]:
    """Everybody answers seven to everything."""
    alike = _answers(40, 2).assign(**dict.fromkeys(FIVE, 7))
    alike = alike.assign(year=2023, manager_id=[f"M{i % 4}" for i in range(40)], recommend=8)
    return _texts(
        alike.assign(
            hours_to_answer=30, **dict.fromkeys(PAIRS, 6), **dict.fromkeys(VALUES + COSTS, 0)
        )
    )


def survey_bare() -> dict[str, str]:
    """Satisfaction and nothing else, of accounts without dates."""
    bare = _answers(35, 3)[["respondent", "account_id", "S1", "S2", "S3"]]
    return _texts(bare) | {"ledger.csv": "account_id,revenue\nB000,500\nB001,40\n"}


def survey_turned_round() -> dict[str, str]:
    """Quality and one item on satisfaction are asked the other way round."""
    turned = _answers(70, 4)
    turned[["Q1", "Q2", "Q3", "S3"]] = 11 - turned[["Q1", "Q2", "Q3", "S3"]]
    return _texts(turned.assign(year=2024, recommend=turned["S1"]), toml='currency = "USD"\n')


def survey_with_gaps() -> dict[str, str]:
    """Nearly every question is left open by most, and two by all."""
    gaps = _answers(60, 5)
    gaps = gaps.assign(year=2023, manager_id="M7", hours_to_answer=np.nan, recommend=np.nan)
    gaps = gaps.assign(**dict.fromkeys(PAIRS, np.nan), **dict.fromkeys(VALUES + COSTS, np.nan))
    rng = np.random.default_rng(5)
    for item in FIVE:
        gaps.loc[rng.random(60) < 0.3, item] = np.nan
    gaps["L2"] = np.nan
    gaps.loc[:2, ["perceived_01", "expected_01", "perceived_10", "expected_10"]] = 6
    gaps.loc[:1, ["S1", "S2", "S3"]] = 8
    gaps.loc[:0, ["perceived_02", "cost_time"]] = 5
    return _texts(gaps)


def survey_of_one_class() -> dict[str, str]:
    """One sector, one manager, one year, in crowns."""
    one = _answers(50, 6).assign(year=2024, manager_id="M1", hours_to_answer=12.0)
    accounts = pd.DataFrame({"account_id": sorted(set(one["account_id"])), "sector": "paper"})
    return _texts(one, accounts, 'currency = "SEK"\n')


def survey_with_hostile_names() -> dict[str, str]:
    """Managers and sectors whose names look like something else."""
    odd = _answers(96, 7)
    names = ["=1+1", "<b>bold</b>", "| pipe |", "$x$ and $y$", "a_b*c*", "{curly}"]
    odd["manager_id"] = [names[i % 6] for i in range(96)]
    accounts = pd.DataFrame({"account_id": sorted(set(odd["account_id"]))})
    accounts["sector"] = [names[i % 3] for i in range(len(accounts))]
    odd = odd.assign(year=2023, hours_to_answer=[10.0 + i for i in range(96)], recommend=odd["L1"])
    return _texts(odd, accounts, 'currency = "EUR"\n')


def survey_of_praise() -> dict[str, str]:
    """Service is better than expected, everybody recommends, no complaint came late, nothing costs anything."""
    kind = _answers(45, 8, least=8).assign(year=2023, recommend=10, hours_to_answer=1.0)
    rng = np.random.default_rng(8)
    for item in PAIRS:
        kind[item] = (9 if item.startswith("perceived") else 6) + rng.integers(0, 2, 45)
    return _texts(kind.assign(**dict.fromkeys(VALUES, 80), **dict.fromkeys(COSTS, 0)))


def survey_of_twins() -> dict[str, str]:
    """Two drivers are one: the same answers under two names; loyalty is one item."""
    twins = _answers(60, 9).drop(columns=["L2", "V1", "V2", "V3"])
    twins[["Q1", "Q2", "Q3"]] = twins[["E1", "E2", "E3"]].to_numpy()
    return _texts(twins)


def survey_that_differs() -> dict[str, str]:
    """Managers and sectors differ for real, quality leads and is done badly, prompt answers lose loyalty, the satisfied grow."""
    rng = np.random.default_rng(10)
    n = 160
    level, quality, value = np.repeat(np.linspace(-2, 2, 8), 20), *rng.normal(size=(2, n))
    made = {"E": value * 0.2, "Q": quality - 2, "V": value, "S": level + quality, "L": level}
    frame = pd.DataFrame({"respondent": [f"R{i:03d}" for i in range(n)]})
    frame["account_id"] = [f"B{i:03d}" for i in range(n)]
    for item in FIVE:
        frame[item] = np.clip(np.round(6 + made[item[0]] + 0.4 * rng.normal(size=n)), 1, 10)
    frame["hours_to_answer"] = np.where(np.arange(n) % 2, 10.0, 90.0)
    frame.loc[np.arange(n) % 2 == 1, ["L1", "L2"]] = 2
    frame = frame.assign(
        year=2023, manager_id=[f"M{i // 20}" for i in range(n)], recommend=frame["S1"]
    )
    accounts = pd.DataFrame(
        {"account_id": frame["account_id"], "sector": [f"s{i // 40}" for i in range(n)]}
    )
    files = _texts(frame, accounts, 'period = "2024"\n')
    grown = [
        f"{account},{year}-05-05,P,{1000 * (1 + (year == 2024) * rise / 10):.2f},500"
        for account, rise in zip(frame["account_id"], frame["S1"], strict=True)
        for year in (2023, 2024)
    ]
    return files | {
        "ledger.csv": "account_id,date,line,revenue,cost_goods\n" + "\n".join(grown) + "\n"
    }


BOOKS = {
    made.__name__: made
    for made in (
        survey_of_one, survey_all_alike, survey_bare, survey_turned_round, survey_with_gaps, survey_of_one_class, survey_with_hostile_names,
        survey_of_praise, survey_of_twins, survey_that_differs,
    )
}  # fmt: skip
