"""What was planted in the synthetic book: was it recovered, and would it be found in a book of another size?

Only this module and ``world`` know the truth; no analysis reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils import concentration, qualification
from keyacct_utils.book import Book
from keyacct_utils.faults import nearest
from keyacct_utils.lessons import lesson as lesson_named
from keyacct_utils.world import build_core

Truth = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One planted value: where the truth file states it, and how far off a recovered value may be."""

    name: str
    planted: Callable[[Truth], Any]
    #: Largest difference that still counts as recovered; None: must be equal.
    tolerance: float | None = None


def _line(*path: str) -> Callable[[Truth], Any]:
    return lambda truth: reduce(getitem, path, truth["concentration"])


def _ahp(value: str) -> Callable[[Truth], Any]:
    return lambda truth: truth["qualification"]["ahp"]["five_factors"][value]


_SHARE, _SIGMA = 0.0005, 0.05
#: The books of the lesson are built at the quantiles of their distribution, so shares are exact to the display.
ITEMS: Mapping[str, tuple[Item, ...]] = {
    "01": (
        Item("line P: share of the top 20 %", _line("P", "top_20_percent_share"), _SHARE),
        Item("line P: Gini coefficient", _line("P", "gini"), _SHARE),
        Item("line P: share of the largest account", _line("P", "largest_share"), _SHARE),
        Item("line P: sigma", _line("P", "sigma"), _SIGMA),
        Item("line S: share of the top 20 %", _line("S", "top_20_percent_share"), _SHARE),
        Item("line S: sigma", _line("S", "sigma"), _SIGMA),
        Item("line E without the outlier: share of the top 20 %", _line("E", "without_outlier", "top_20_percent_share"), _SHARE),
        Item("line E without the outlier: sigma", _line("E", "sigma"), _SIGMA),
        Item("line E: the outlier", _line("E", "outlier", "account_id")),
        Item("line E: share of the outlier", _line("E", "outlier", "share"), _SHARE),
    ),
    "02": (
        Item("accounts off the boundary whose class is right",
             lambda truth: dict(truth["classes"].loc[truth["classes"]["boundary"] == 0, "class"])),
        Item("boundary accounts, by name", lambda truth: set(truth["classes"].index[truth["classes"]["boundary"] == 1])),
        Item("AHP weights of the consistent matrix", _ahp("weights"), 1e-6),
        Item("consistency ratio of that matrix", _ahp("consistency_ratio"), 1e-6),
        Item("growers missing from the list, by name",
             lambda truth: set(truth["classes"].index[truth["classes"]["list_status"] == "grower missed"])),
        Item("decliners kept on the list, by name",
             lambda truth: set(truth["classes"].index[truth["classes"]["list_status"] == "decliner kept"])),
    ),
}  # fmt: skip


def _read(book: Book) -> dict[str, Any]:
    folder = book.folder / "truth"
    truth: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    truth["classes"] = pd.read_csv(folder / "qualification.csv", dtype={"account_id": "str"}).set_index("account_id")
    return truth


def _compare(planted: Any, found: Any, tolerance: float | None) -> tuple[bool, str, str]:
    """Whether it was recovered, and both sides in a few characters."""
    if isinstance(planted, set):
        extra, missed = set(found) - planted, planted - set(found)
        detail = f"{len(set(found) & planted)}, {len(missed)} missed, {len(extra)} too many"
        return not extra and not missed, f"{len(planted)} names", detail
    if isinstance(planted, dict) and tolerance is None:
        right = sum(found.get(key) == value for key, value in planted.items())
        return right == len(planted), str(len(planted)), str(right)
    if isinstance(planted, dict):
        worst = max(abs(planted[key] - found.get(key, np.inf)) for key in planted)
        return bool(worst <= tolerance), "the weights", f"off by at most {worst:.0e}"
    if tolerance is None:
        return bool(planted == found), str(planted), str(found)
    return bool(abs(planted - found) <= tolerance), f"{planted:.4f}", f"{found:.4f}"


def check(book: Book, lesson: str, found: Mapping[str, Any]) -> pd.DataFrame | str:
    """Was the planted truth of a lesson recovered?

    Parameters
    ----------
    book : Book
    lesson : str
        Number of the lesson, "01".
    found : mapping
        What the lesson found, by the names of `ITEMS`.

    Returns
    -------
    DataFrame or str
        One row per planted item: planted, found, tolerance, verdict (PASS or FAIL). On a book of one's own a sentence that
        says that there is no truth to compare with.

    Raises
    ------
    ValueError
        If ``found`` names an item that was not planted or, on the synthetic book, lacks one.
    """
    items = ITEMS[lesson_named(lesson).code]
    names = [item.name for item in items]
    for name in found:
        if name not in names:
            raise ValueError(f"nothing was planted under {name!r}; {nearest(name, names) or 'see truth.ITEMS'}")
    if not book.bundled:
        return "What was planted is known of the bundled book linjiang only; here there is no truth to compare with."
    if missing := [name for name in names if name not in found]:
        raise ValueError(f"found lacks {', '.join(missing)}: every planted item is checked")
    truth = _read(book)
    rows = []
    for item in items:
        recovered, planted, value = _compare(item.planted(truth), found[item.name], item.tolerance)
        allowed = "equal" if item.tolerance is None else f"± {item.tolerance:g}"
        rows.append(
            {
                "item": item.name,
                "planted": planted,
                "found": value,
                "tolerance": allowed,
                "verdict": "PASS" if recovered else "FAIL",
            }
        )
    return pd.DataFrame(rows).set_index("item")


@cache
def _world(accounts: int, months: int) -> dict[str, pd.DataFrame]:
    return build_core(accounts, months)


#: Size of the synthetic book, and the months without which no growth can be known.
_FULL, _TWO_YEARS, _LARGEST = 600, 24, 5_000
_MONTHLY_NOISE = 0.3


def _concentration_check(accounts: int, months: int, repeats: int, rng: np.random.Generator) -> dict[str, list[bool]]:
    sigma, target, other = 1.703, 0.80, 0.56
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        level = rng.lognormal(0, sigma, accounts)
        noise = rng.lognormal(-(_MONTHLY_NOISE**2) / 2, _MONTHLY_NOISE, (accounts, max(months, 1)))
        amounts = (level[:, None] * noise).sum(axis=1)
        share = concentration.top_share(amounts)
        fit = concentration.fit_lognormal_sigma(amounts, draws=200, random_state=int(rng.integers(2**31)))
        low, high = (concentration.lognormal_top_share(value) for value in (fit.low, fit.high))
        count = concentration.top_count(accounts, 0.2)
        kept = np.isin(np.argsort(-amounts)[:count], np.argsort(-level)[:count]).mean()
        answers = {
            "the top-20 % share is within 2 points of the 80 % that the process gives": abs(share - target) <= 0.02,
            "it is within 5 points": abs(share - target) <= 0.05,
            "the 95 % interval of that share covers 80 %": low <= target <= high,
            "the interval rules out 56 % (a line without 80/20)": low > other,
            "at least 95 % of the top 20 % are the accounts that belong there": kept >= 0.95,
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found


def _qualification_check(accounts: int, months: int, repeats: int, rng: np.random.Generator) -> dict[str, list[bool]]:
    years = 48
    core = _world(_FULL, years)
    ledger = core["ledger"].query("line == 'P'")
    year = ledger["date"].dt.year

    def totals(of: int) -> pd.DataFrame:
        return ledger[year == of].groupby("account_id", as_index=False)[["revenue", "volume"]].sum()

    last = int(year.max())
    before = totals(last - 1) if months >= _TWO_YEARS else None
    features = qualification.account_features(core["accounts"], totals(last), before, core["invoices"], year=last)
    flips = qualification.flips(features)
    errors = qualification.static_list_error(
        features.set_index("account_id")["listed_ka"],
        features.set_index("account_id")["avg_monthly_fee"],
        qualification.LIST_THRESHOLD,
    )["error"].reindex(flips.index)
    missed, kept = (errors == "grower missed").to_numpy(), (errors == "decliner kept").to_numpy()
    boundary, unknown = flips["boundary"].to_numpy(), (flips["unknown"] > 0).to_numpy()
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        drawn = rng.integers(0, _FULL, accounts)
        share = missed[drawn].mean() / missed.mean()
        answers = {
            "at least one boundary account shows": boundary[drawn].any(),
            "at least one grower is missing from the list": missed[drawn].any(),
            "the share of growers missed is within half of its true value": 0.5 <= share <= 1.5,
            "the share of decliners kept is within half of its true value": 0.5 <= kept[drawn].mean() / kept.mean() <= 1.5,
            "every class can be told (growth needs two years)": not unknown[drawn].any(),
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found


_CHECKS = {"01": _concentration_check, "02": _qualification_check}


def sample_size_check(lesson: str, accounts: int, months: int, repeats: int = 200, seed: int = 0) -> pd.DataFrame:
    """How often would a lesson's method find what is there, in a book of this size?

    Books of this many accounts are drawn with the planted effects of the synthetic book, and the method is run on each.

    Parameters
    ----------
    lesson : str
        Number of the lesson.
    accounts, months : int
        Size of the book in question; at least 5 accounts and 1 month. A book of more than 5,000 accounts is judged as one of
        5,000: a larger one finds more.
    repeats : int
        Simulated books.

    Returns
    -------
    DataFrame
        One row per statement: the share of books in which it held, with its Wilson 95 % interval.

    Raises
    ------
    ValueError
        For a lesson without such a check, or a size too small to simulate.
    """
    if lesson not in _CHECKS:
        raise ValueError(f"lesson {lesson!r} has no sample-size check; {', '.join(_CHECKS)} have one")
    if accounts < 5 or months < 1 or repeats < 1:
        raise ValueError(
            f"accounts {accounts}, months {months}, repeats {repeats}: at least 5 accounts, 1 month and 1 repeat are needed"
        )
    found = _CHECKS[lesson](min(accounts, _LARGEST), months, repeats, np.random.default_rng(seed))
    rows = []
    for name, answers in found.items():
        low, high = _wilson(sum(answers), len(answers))
        rows.append({"in a book of this size": name, "held in": np.mean(answers), "low": low, "high": high})
    return pd.DataFrame(rows).set_index("in a book of this size")


def _wilson(hits: int, n: int) -> tuple[float, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, n, method="wilson")
    return float(low), float(high)
