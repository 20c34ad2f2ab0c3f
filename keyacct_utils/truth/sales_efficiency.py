"""Lesson 14: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.sales_efficiency import judges, luck
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.sales_efficiency import (
    FILES,
    QUARTER_SD,
    RATES,
    SEVERITY,
    SHEET_SD,
    SKILL_SD,
)

#: Three standard errors of each over seeds.
_SPREAD, _GAIN, _GAP, _SEVERITY, _W, _SHARE = 0.015, 0.07, 0.06, 1.5, 0.1, 0.0005
QUARTERS_A_YEAR = 4
#: Close enough for a decision in a book of another size.
_NEAR_SPREAD, _NEAR_GAP = 0.02, 0.10
_TRIES_A_MANAGER, _ACCOUNTS_A_MANAGER, _CASES = 100, 25, 48

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def reached(tables: Tables) -> pd.DataFrame:
    """Attainment by manager and quarter."""
    rows = tables["manager_results"]
    return (
        rows.assign(reached=rows["sales"] / rows["target"])
        .pivot(index="manager_id", columns="period", values="reached")
        .sort_index(axis=1)
    )


def _spread(tables: Tables) -> float:
    wide = reached(tables)
    return luck.shrink(wide.mean(axis=1), luck.pooled_variance(wide), wide.shape[1]).spread


def _gain(tables: Tables, spread: float) -> float:
    wide = reached(tables)
    error = float(np.sqrt(luck.pooled_variance(wide) / QUARTERS_A_YEAR))
    return luck.expected_gain(spread, error, len(wide))


def _last_year(tables: Tables) -> pd.Series:
    return reached(tables).iloc[:, -QUARTERS_A_YEAR:].mean(axis=1)


def _decided(tables: Tables) -> pd.DataFrame:
    rows = tables["opportunities"]
    rows = rows[rows["outcome"] != "open"]
    return rows.assign(won=(rows["outcome"] == "won").astype(int))


def _last_by_rate(tables: Tables) -> str:
    return str(_decided(tables).groupby("manager_id")["won"].mean().idxmin())


def _told_at_its_mix(tables: Tables) -> bool:
    """Whether the last by raw rate is apart from the others with like set beside like, by an
    interval of 95 % for all managers together.
    """
    tries = _decided(tables)
    level = 0.95 ** (1 / tries["manager_id"].nunique())
    ends = luck.mix_adjusted(tries, confidence=level)[["low", "high"]]
    low, high = ends.loc[[_last_by_rate(tables)]].to_numpy(dtype=float)[0]
    return bool(high < 0 or low > 0)


def _told_by_raw_rate(tables: Tables) -> bool:
    """The same by the funnel of the raw rates."""
    tries = _decided(tables)
    mine = tries[tries["manager_id"] == _last_by_rate(tables)]
    level = 0.95 ** (1 / tries["manager_id"].nunique())
    limits = luck.funnel_limits(float(tries["won"].mean()), [len(mine)], (level,))
    low = limits.filter(like="low").to_numpy(dtype=float)[0, 0]
    return bool(mine["won"].mean() < low)


def turned(tries: pd.DataFrame, name: str) -> set[str]:
    """Who is ahead of this manager overall, and behind in every kind of try."""
    overall = tries.groupby("manager_id")["won"].mean()
    by_kind = tries.groupby(["kind", "manager_id"])["won"].mean().unstack()
    behind = by_kind.lt(by_kind[name], axis=0).all()
    return {str(other) for other in overall.index[overall > overall[name]] if behind[other]}


def _nobody_ahead(tables: Tables) -> bool:
    rate = _decided(tables).groupby("manager_id")["won"].mean()
    return not bool((rate > rate.min()).any())


def _raw_gap(tables: Tables) -> float:
    tries = _decided(tables)
    mine = tries["manager_id"] == _last_by_rate(tables)
    return float(tries.loc[mine, "won"].mean() - tries.loc[~mine, "won"].mean())


def _sheets(tables: Tables, rounds: tuple[str, ...] = ("heat", "second")) -> pd.DataFrame:
    rows = tables["judge_scores"]
    rows = rows[rows["round"].isin(list(rounds))]
    return rows.assign(case=rows["round"] + " " + rows["case_id"])


def _panel(tables: Tables) -> pd.DataFrame:
    rows = _sheets(tables, ("second",))
    return rows.pivot_table(index="case_id", columns="judge_id", values="score", aggfunc="mean")


def _raw_heat(tables: Tables) -> float:
    rows = _sheets(tables, ("heat",))
    return float(rows.groupby("judge_id")["score"].mean().min() - rows["score"].mean())


def _complete_files(tables: Tables) -> float:
    return float(tables["account_profile"][list(FILES)].notna().all(axis=1).mean())


ITEMS = (
    Item(
        "how far managers truly differ in what they reach of the target (standard deviation)",
        stated("sales_efficiency", "skill_sd"),
        _SPREAD,
        (
            Naive(
                "how far single quarters differ, taken for skill",
                lambda tables: float(np.std(reached(tables).to_numpy())),
            ),
        ),
    ),
    Item(
        "error of shrunken means over that of raw ones, mean over simulated books",
        stated("sales_efficiency", "expected_gain"),
        _GAIN,
        (
            Naive(
                "the spread of the raw means of a year taken for skill",
                lambda tables: _gain(tables, float(_last_year(tables).std())),
            ),
        ),
    ),
    Item(
        "the manager whom the raw win rate puts last",
        stated("sales_efficiency", "hard_manager"),
        None,
        (
            Naive(
                "the manager who wins the fewest tries",
                lambda tables: str(_decided(tables).groupby("manager_id")["won"].sum().idxmin()),
            ),
        ),
    ),
    Item(
        "that manager's win rate less that of the others at the same mix",
        stated("sales_efficiency", "hard_gap"),
        _GAP,
        (Naive("win rates as they are, whatever was tried", _raw_gap),),
    ),
    Item(
        "with like set beside like it is told from the others",
        lambda truth: False,
        None,
        (Naive("outside the funnel of the raw rates taken for worse", _told_by_raw_rate),),
    ),
    Item(
        "a colleague is ahead of it overall and behind in every kind",
        lambda truth: True,
        None,
        (Naive("who is ahead overall taken for ahead in every kind", _nobody_ahead),),
    ),
    Item(
        "the harsh judge: points below the mean judge",
        lambda truth: float(
            truth["sales_efficiency"]["severity"][truth["sales_efficiency"]["harsh_judge"]]
        ),
        _SEVERITY,
        (Naive("mean of the points given in the heats, whoever was judged", _raw_heat),),
    ),
    Item(
        "Kendall's W of the second round",
        stated("sales_efficiency", "concordance"),
        _W,
        (
            Naive(
                "agreement in points taken for agreement in order",
                lambda tables: judges.intraclass_correlation(_panel(tables), "2,1").estimate,
            ),
        ),
    ),
    Item(
        "completeness of the account files",
        stated("sales_efficiency", "completeness"),
        _SHARE,
        (Naive("files without any blank, taken for parts without blank", _complete_files),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 14 finds in the tables of a world, by the names of ITEMS."""
    spread = _spread(tables)
    tries = _decided(tables)
    last = _last_by_rate(tables)
    mixed = luck.mix_adjusted(tries)
    severity, _ = judges.judge_severity(_sheets(tables), case="case")
    targets = tables["targets"]
    files = targets[targets["measure"] == "file completeness"]
    values = (
        spread,
        _gain(tables, spread),
        last,
        float(mixed["gap"].to_dict()[last]),
        _told_at_its_mix(tables),
        bool(turned(tries, last)),
        float(severity["severity"].min()),
        judges.kendall_w(_panel(tables)).w,
        float(files["reached"].sum() / files["out_of"].sum()),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


_OF_UNITS = (
    "the true spread between managers is found within 2 points",
    "shrunken means are nearer to the truth than raw ones",
    "the best manager by shrunken means is among the truly best fifth",
)


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    few = accounts // _ACCOUNTS_A_MANAGER < luck.FEWEST_UNITS or months < 6
    return _OF_UNITS if few else ()


def _contest(rng: np.random.Generator) -> bool:
    """Is a judge who is six points harsh told from the others, in a panel of all?"""
    severity = np.array(list(SEVERITY.values()))
    points = rng.normal(0, 5, (_CASES, 1)) + severity
    points = points + rng.normal(0, SHEET_SD, points.shape)
    wide = pd.DataFrame(points, columns=list(SEVERITY)).rename_axis("case_id")
    rows = wide.melt(ignore_index=False, var_name="judge_id", value_name="score").reset_index()
    found, _ = judges.judge_severity(rows)
    return str(found["severity"].idxmin()) == "J4" and bool((found["high"] < 0)["J4"])


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold? Managers have 25 accounts each, and the years are looked at one by one.
    """
    units, quarters = accounts // _ACCOUNTS_A_MANAGER, max(2, min(months // 3, QUARTERS_A_YEAR))
    everything = max(2, months // 3)
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        answers = [False] * 3
        if units >= luck.FEWEST_UNITS:
            skill = rng.normal(0, SKILL_SD, units)
            wide = pd.DataFrame(1 + skill[:, None] + rng.normal(0, QUARTER_SD, (units, everything)))
            variance = luck.pooled_variance(wide)
            whole = luck.shrink(wide.mean(axis=1), variance, everything)
            raw = wide.iloc[:, :quarters].mean(axis=1)
            shrunk = luck.shrink(raw, variance, quarters).table["shrunk"]
            best = int(whole.table["shrunk"].to_numpy().argmax())
            answers = [
                abs(whole.spread - SKILL_SD) <= _NEAR_SPREAD,
                bool(((shrunk - 1 - skill) ** 2).sum() < ((raw - 1 - skill) ** 2).sum()),
                bool((skill > skill[best]).sum() < max(1, units // 5)),
            ]
        kinds = list(RATES)
        rows = [
            (who, kind, int(rng.random() < RATES[kind]))
            for who, mix in enumerate(((0.1, 0.1, 0.8), (0.45, 0.35, 0.2), (0.6, 0.3, 0.1)))
            for kind in rng.choice(kinds, _TRIES_A_MANAGER, p=mix)
        ]
        tries = pd.DataFrame(rows, columns=["manager_id", "kind", "won"])
        gap = abs(float(luck.mix_adjusted(tries)["gap"].iloc[0]))
        statements = {
            **dict(zip(_OF_UNITS, answers, strict=True)),
            "of three equals who try unlike things, the one with the hard tries comes out within "
            "10 points of the others": gap <= _NEAR_GAP,
            "a judge who takes six points off is told from the others": _contest(rng),
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
