"""How often do the intervals of lessons 01, 04, 06, 20 and 21 hold what they are for, and what
verdicts follow from them: measured on simulated books whose process is known.

    python -m keyacct_utils.truth.interval_coverage [--books 400] [--part gains] > docs/coverage.md
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from keyacct_utils.lessons.account_plan import inputs
from keyacct_utils.lessons.account_plan.goals import together
from keyacct_utils.lessons.concentration.measures import effective_number, gini, top_share
from keyacct_utils.lessons.lead_time.channel import Method
from keyacct_utils.lessons.lead_time.findings import CALLED
from keyacct_utils.lessons.profitability import account_profit as pf
from keyacct_utils.lessons.profitability.gain_draws import (
    by_action,
    gain_draws,
    part_of_year,
    plan_by_action,
)
from keyacct_utils.lessons.profitability.profit_actions import LEVERS, Levers, Limits
from keyacct_utils.lessons.profitability.whale import whale_band
from keyacct_utils.lessons.satisfaction_index.pls import KINDS, pls_path_model
from keyacct_utils.lessons.shared.amounts import Floats, top_count
from keyacct_utils.lessons.shared.claims import ABOUT, by_interval
from keyacct_utils.lessons.shared.resampling import bootstrap_rank_intervals, tail_rows
from keyacct_utils.lessons.shared.size_intervals import Measure, size_interval
from keyacct_utils.lessons.shared.size_models import sigma_for_top_share
from keyacct_utils.truth import lead_time
from keyacct_utils.world.lead_time import EFFECT, QUEUE

Draw = Callable[[np.random.Generator, int], Floats]

SIZES, BOOKS, SEED = (30, 100, 600), 200, 0
#: Resamples of an interval: fewer than in a lesson, for the sake of time.
DRAWS = 200
_REFERENCE = 400_000


def _mixed(rng: np.random.Generator, n: int) -> Floats:
    """Small, spread and large accounts: no one lognormal."""
    spread = np.where(rng.random(n) < 0.5, 0.6, 1.2)
    return np.exp(spread * rng.standard_normal(n) + np.where(rng.random(n) < 0.15, 2.5, 0.0))


PROCESSES: Mapping[str, Draw] = {
    "lognormal, sigma 1": lambda rng, n: np.exp(rng.standard_normal(n)),
    "lognormal, sigma 1.7": lambda rng, n: np.exp(1.7 * rng.standard_normal(n)),
    "lognormal, sigma 2.11": lambda rng, n: np.exp(2.11 * rng.standard_normal(n)),
    "Pareto, exponent 1.3": lambda rng, n: (1 - rng.random(n)) ** (-1 / 1.3),
    "Pareto, exponent 2": lambda rng, n: (1 - rng.random(n)) ** (-1 / 2),
    "gamma, shape 0.5": lambda rng, n: rng.gamma(0.5, 1, n),
    "mixture of lognormals": _mixed,
}
#: What the formulas give of an unlimited number of accounts: top 20 % share and Gini.
EXACT: Mapping[str, tuple[float, float]] = {
    **{
        f"lognormal, sigma {s:g}": (
            float(norm.sf(norm.isf(0.2) - s)),
            float(2 * norm.cdf(s / np.sqrt(2)) - 1),
        )
        for s in (1, 1.7, 2.11)
    },
    **{f"Pareto, exponent {a:g}": (0.2 ** (1 - 1 / a), 1 / (2 * a - 1)) for a in (1.3, 2)},
}


def values_of(process: str, n: int, rng: np.random.Generator) -> dict[Measure, float]:
    """What a process gives: share and Gini of an unlimited number of accounts, and the median
    effective number of books of n.
    """
    draw = PROCESSES[process]
    share, inequality = EXACT.get(process, (np.nan, np.nan))
    if np.isnan(share):
        many = draw(rng, _REFERENCE)
        share, inequality = top_share(many), gini(many)
    median = float(np.median([effective_number(draw(rng, n)) for _ in range(2_000)]))
    return {"top_share": share, "gini": inequality, "effective_number": median}


def _plain(x: Floats, rng: np.random.Generator) -> dict[Measure, Floats]:
    """Percentile intervals of plain resampling, all measures on the same resamples."""
    n = len(x)
    drawn = np.sort(x[rng.integers(0, n, (DRAWS, n))], axis=1)
    total = drawn.sum(axis=1)
    found: dict[Measure, Floats] = {
        "top_share": drawn[:, n - top_count(n, 0.2) :].sum(axis=1) / total,
        "gini": drawn @ (2 * np.arange(1, n + 1) - n - 1) / (n * total),
        "effective_number": total**2 / (drawn**2).sum(axis=1),
    }
    return {name: np.quantile(values, (0.025, 0.975)) for name, values in found.items()}


def coverage(process: str, n: int, books: int = BOOKS, seed: int = SEED) -> pd.DataFrame:
    """How often do 95 % intervals from books of n accounts hold what their process gives?

    Parameters
    ----------
    process : name in `PROCESSES`
    n : accounts of a book
    books, seed : simulated books, seed

    Returns
    -------
    DataFrame by measure : value (of the process), covered (share of `size_interval`), plain (share
        of plain resampling), width (median, of `size_interval`), lognormal (share of books that
        were taken for one).
    """
    rng = np.random.default_rng(seed)
    given = values_of(process, n, rng)
    rows: dict[Measure, list[tuple[bool, bool, float, bool]]] = {name: [] for name in given}
    for _ in range(books):
        x = PROCESSES[process](rng, n)
        plain = _plain(x, rng)
        for name, value in given.items():
            found = size_interval(x, name, draws=DRAWS)
            low, high = plain[name]
            rows[name].append(
                (
                    found.low <= value <= found.high,
                    bool(low <= value <= high),
                    found.high - found.low,
                    found.way == "lognormal",
                )
            )
    out = {
        name: {
            "value": given[name],
            "covered": np.mean([row[0] for row in of]),
            "plain": np.mean([row[1] for row in of]),
            "width": np.median([row[2] for row in of]),
            "lognormal": np.mean([row[3] for row in of]),
        }
        for name, of in rows.items()
    }
    return pd.DataFrame(out).T.rename_axis("measure")


def verdicts(
    share: float, n: int, books: int = BOOKS, margin: float = ABOUT, seed: int = SEED
) -> dict[str, float]:
    """How often is 80/20 called true, false or open, of lognormal books in whose process the top
    20 % hold ``share``?
    """
    rng = np.random.default_rng(seed)
    sigma = sigma_for_top_share(share)
    told = []
    for _ in range(books):
        found = size_interval(np.exp(sigma * rng.standard_normal(n)), draws=DRAWS)
        told.append(by_interval(found.low, found.high, 0.8, margin))
    counted = pd.Series(told).value_counts(normalize=True)
    return {
        name: float(counted.get(full, 0.0))
        for name, full in (
            ("holds", "holds"),
            ("does not hold", "does not hold"),
            ("cannot be told", "cannot be told from this book"),
        )
    }


def rank_coverage(
    accounts: int, months: int, noise: float, books: int, widen: bool, seed: int = SEED
) -> float:
    """For which share of the accounts does the interval of the rank hold the rank of the true
    level? Lognormal accounts (sigma 1.7), noise of the months in logs.
    """
    rng = np.random.default_rng(seed)
    held = []
    for _ in range(books):
        level = np.exp(1.7 * rng.standard_normal(accounts))
        shocks = rng.standard_normal((accounts, months))
        wide = pd.DataFrame(level[:, None] * np.exp(noise * shocks - noise**2 / 2))
        wide.index = [f"A{place:05d}" for place in range(accounts)]
        table = bootstrap_rank_intervals(wide, widen=widen, draws=400).sort_index()
        rank = pd.Series(level, index=wide.index).rank(ascending=False)
        held.append(rank.between(table["low"], table["high"]).mean())
    return float(np.mean(held))


def peak_coverage(
    sigma: float, losing: float, n: int, books: int = BOOKS, seed: int = SEED
) -> tuple[float, float, float]:
    """How often do 95 % intervals of the peak of the whale curve hold that of the process?

    Parameters
    ----------
    sigma, losing : lognormal sales of this sigma, times a normal margin that is below zero in this
        share of the accounts
    n, books, seed : accounts of a book, simulated books, seed

    Returns
    -------
    tuple : the peak of the process, the share of `whale_band` that holds it, and that of draws
        whose largest gains and losses come from a fitted tail. Books with a total loss are drawn
        again.

    Notes
    -----
    Margins do not hang on size, so the peak is E max(m, 0) / E m = Phi(r) + phi(r) / r for a margin
    of mean r and standard deviation 1.
    """
    r = float(norm.isf(losing))
    peak = float(norm.cdf(r) + norm.pdf(r) / r)
    rng, held = np.random.default_rng(seed), []
    for _ in range(books):
        profit = np.full(n, -1.0)
        while not profit.sum() > 0:
            profit = np.exp(sigma * rng.standard_normal(n)) * (r + rng.standard_normal(n))
        found = whale_band(profit, points=2, draws=DRAWS).peak
        sized = np.column_stack([np.abs(profit), profit])
        drawn = [rows[:, 1] for rows in tail_rows(sized, 0, (0, 1), DRAWS)]
        peaks = [
            np.maximum(each, 0).sum() / each.sum() if each.sum() > 0 else np.inf for each in drawn
        ]
        low, high = np.quantile(peaks, (0.025, 0.975), method="inverted_cdf")
        held.append((found.low <= peak <= found.high, low <= peak <= high))
    covered, tail = np.mean(held, axis=0)
    return peak, float(covered), float(tail)


#: Rates and cost without a driver of the simulated books of lesson 04, currency.
_RATES, _FIXED = {"visits": 400.0, "calls": 40.0}, 5_000.0
_WORTH = 300_000
#: Fewer accounts of an action than this, on average, are in many books none.
_RARE = 1
#: Shares that accept a higher price, months of the plan.
_ACCEPT, _PLAN = 0.7, 6


def _customers(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales with their credit, and what was done for each of n accounts."""
    ids = pd.Index([f"A{place:06d}" for place in range(n)], name="account_id")
    revenue = 1e5 * np.exp(rng.standard_normal(n))
    goods = revenue * (0.88 + 0.08 * rng.standard_normal(n))
    busy = rng.gamma(1.0, 1.0, n)
    counts = {"visits": rng.poisson(12 * busy), "calls": rng.poisson(40 * busy)}
    sales = pd.DataFrame({"revenue": revenue, "cost": goods, "credit": 0.01 * revenue}, index=ids)
    return sales, pd.DataFrame(counts, index=ids)


def _profits(sales: pd.DataFrame, counts: pd.DataFrame, rates: pd.Series) -> pd.DataFrame:
    return pf.account_profit(sales.reset_index(), counts, rates, sales["credit"])


def _pools(rng: np.random.Generator, pools: int) -> tuple[pd.Series, pd.DataFrame]:
    """Cost and counts of so many teams and months; what they cost varies by a tenth."""
    counts = pd.DataFrame({"visits": rng.poisson(60, pools), "calls": rng.poisson(200, pools)})
    cost = counts @ pd.Series(_RATES) + _FIXED
    return cost * (1 + 0.1 * rng.standard_normal(pools)), counts


def _gain_sums(rng: np.random.Generator, times: np.ndarray, found: Levers) -> Floats:
    """What the lesson shows of one draw: by action, of dropping all, and of the plan."""
    acts = by_action(rng, times, found)
    plan = plan_by_action((_ACCEPT,))(rng, times, found) @ part_of_year(_PLAN)
    return np.array([*acts[: len(LEVERS)], acts[len(LEVERS) :].sum(), plan])


GAINS = (*(f"gain of {name}" for name in LEVERS), "dropping all loss-makers", "plan of six months")


def gain_coverage(n: int, pools: int, books: int = BOOKS, seed: int = SEED) -> pd.DataFrame:
    """How often do the 95 % intervals of lesson 04's gains hold what books of n accounts bring on
    average, by the true rates?

    Returns
    -------
    DataFrame by sum : accounts (that have the action, on average), value, covered, given (share
        where the error of the rates is left out).
    """
    rng = np.random.default_rng(seed)
    everybody = _profits(*_customers(rng, _WORTH), pd.Series(_RATES))
    limits = Limits.of(everybody.index, {})
    names = ("revenue", "gross_profit", "credit", "service", "profit")
    told = limits.levers(**{name: everybody[name].to_numpy(float) for name in names})
    value = _gain_sums(rng, np.ones(_WORTH, dtype=int), told) * n / _WORTH
    ends = []
    for book in range(books):
        sales, counts = _customers(rng, n)
        spent = _pools(rng, pools)
        fit = pf.fit_pools(*spent, draws=1).rates["rate"]
        profits = _profits(sales, counts, fit)
        rates = pf.rate_draws(*spent, draws=DRAWS, random_state=book)
        drawn = [
            gain_draws(profits, _gain_sums, {}, draws=DRAWS, random_state=book, **more)
            for more in ({"counts": counts, "rates": rates}, {})
        ]
        ends.append([np.quantile(each, (0.025, 0.975), axis=0) for each in drawn])
    found = np.array(ends)
    held = ((found[:, :, 0] <= value) & (value <= found[:, :, 1])).mean(axis=0)
    each = np.bincount(told.code[told.code >= 0], minlength=len(LEVERS)) * n / _WORTH
    table = pd.DataFrame(
        {
            "accounts": [*each, each.sum(), each.sum()],
            "value": value,
            "covered": held[0],
            "given": held[1],
        },
        index=pd.Index(GAINS, name="sum"),
    )
    return table[table["accounts"] >= _RARE]


#: Drivers, satisfaction and loyalty of the simulated surveys: loadings of the items of a block.
_LOADINGS = dict.fromkeys("EQV", (0.8, 0.9, 0.5)) | {"S": (0.85,) * 3, "L": (0.85,) * 2}
_BLOCKS = {name: [f"{name}{i + 1}" for i in range(len(of))] for name, of in _LOADINGS.items()}
_ARROWS = (("E", "S"), ("Q", "S"), ("V", "S"), ("S", "L"))


def _answers(rng: np.random.Generator, n: int, idle: str) -> pd.DataFrame:
    """A survey in which expectations have nothing to do with anything ("E"), or loyalty ("L")."""
    related = 0.0 if idle == "E" else 0.3
    corr = np.array([[1, related, related], [related, 1, 0.5], [related, 0.5, 1]])
    drivers = rng.standard_normal((n, 3)) @ np.linalg.cholesky(corr).T
    paths = np.array([0.0 if idle == "E" else 0.2, 0.5, 0.3])
    rest = np.sqrt(1 - paths @ corr @ paths)
    satisfied = drivers @ paths + rest * rng.standard_normal(n)
    lasting = 0.0 if idle == "L" else 0.8
    loyal = lasting * satisfied + np.sqrt(1 - lasting**2) * rng.standard_normal(n)
    columns = {}
    for name, latent in zip("EQVSL", (*drivers.T, satisfied, loyal), strict=True):
        for item, load in zip(_BLOCKS[name], _LOADINGS[name], strict=True):
            score = load * latent + np.sqrt(1 - load**2) * rng.standard_normal(n)
            columns[item] = np.clip(np.round(6.5 + 1.5 * score), 1, 10)
    return pd.DataFrame(columns)


def path_coverage(n: int, idle: str, surveys: int = 2 * BOOKS, seed: int = SEED) -> pd.DataFrame:
    """How often do the 95 % intervals of a path that is truly nothing hold 0, from n answers?

    Returns
    -------
    DataFrame by kind ("estimate", "disattenuated") : covered (by the lesson's limits), plain (by
        the percentiles of its resamples alone), width (median, of the lesson's).
    """
    rng = np.random.default_rng(seed)
    arrow = ("E", "S") if idle == "E" else ("S", "L")
    rows: dict[str, list[tuple[bool, bool, float]]] = {kind: [] for kind in KINDS}
    for survey in range(surveys):
        model = pls_path_model(
            _answers(rng, n, idle), _BLOCKS, _ARROWS, draws=DRAWS, random_state=survey
        )
        for kind in KINDS:
            ends = [f"{kind}_{end}".removeprefix("estimate_") for end in ("low", "high")]
            low, high = model.paths[ends].to_numpy(float)[_ARROWS.index(arrow)]
            if np.isnan(low):
                continue
            plain = np.nanquantile(model.resampled[(kind, *arrow)], (0.025, 0.975))
            rows[kind].append((low <= 0 <= high, plain[0] <= 0 <= plain[1], high - low))
    return pd.DataFrame(
        {
            kind: dict(zip(("covered", "plain", "width"), (*np.mean(each, axis=0)[:2],
                       np.median(each, axis=0)[2]), strict=True))
            for kind, each in rows.items()
        }
    ).T.rename_axis("kind")  # fmt: skip


#: Methods of lesson 20 with an interval, and simulated books of it for each book asked for: a table
#: of one size only, so it can be surer.
_COMPARED: tuple[Method, ...] = ("regression", "ipw", "aipw", "matching")
_MORE = 5
_NORMAL = float(norm.isf(0.025))


def channel_coverage(
    accounts: int = 600, months: int = 48, books: int = _MORE * BOOKS, seed: int = SEED
) -> pd.DataFrame:
    """How often do the 95 % intervals of lesson 20 hold the days that the channel saves, and those
    that a case in flight adds?

    Returns
    -------
    DataFrame by method ("queue" for the case in flight): covered (by the lesson's limits), plain
        (by 1.96 errors of a large sample), width (median, of the lesson's, working days).
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, list[tuple[bool, bool, float]]] = {name: [] for name in (*_COMPARED, "queue")}
    for _ in range(books):
        frame = lead_time.simulated(rng, accounts, months)
        for name in _COMPARED:
            found = lead_time.compared(frame, name)
            matched = name == "matching"  # its error is one only
            large = found if matched else lead_time.compared(frame, name, leave_out=False)
            rows[name].append(
                (found.low <= EFFECT <= found.high,
                 abs(large.value - EFFECT) <= _NORMAL * large.se, found.high - found.low)
            )  # fmt: skip
        slope = lead_time.slope(frame)
        rows["queue"].append((slope.low <= QUEUE <= slope.high, False, slope.high - slope.low))
    table = pd.DataFrame(
        {
            name: {
                "covered": np.mean([row[0] for row in each]),
                "plain": np.mean([row[1] for row in each]),
                "width": np.median([row[2] for row in each]),
            }
            for name, each in rows.items()
        }
    ).T.rename_axis("method")
    table.loc["queue", "plain"] = np.nan
    return table


def _silent(rng: np.random.Generator, n: int, lost: float) -> tuple[Floats, Floats]:
    """Days of silence of accounts, and the chance of each that it buys nothing more: twice as large
    in the most silent quarter.
    """
    days = np.floor(rng.exponential(60, n))
    last = days > np.quantile(days, 0.75)
    return days, lost * np.where(last, 2.0, 1.0) / 1.25


def _renewals(rng: np.random.Generator, n: int, lost: float) -> tuple[pd.DataFrame, float]:
    """Gains by silence of n lognormal accounts of which a share is lost, and what they truly are
    together.
    """
    amount = np.exp(rng.standard_normal(n))
    then, chance = _silent(rng, n, lost)
    gone = pd.Series(rng.random(n) < chance)
    edges, told = inputs.chances_by_silence(pd.Series(then), gone, pd.Series(amount))
    now, truly = _silent(rng, n, lost)
    rows = told.iloc[np.searchsorted(edges, now, side="left")].reset_index(drop=True)
    gains = rows[["value", "low", "high"]].mul(amount, axis=0)
    gains = gains.set_axis(["gain", "low", "high"], axis=1).assign(shared=rows["class"])
    return gains.assign(shared_low=gains["low"], shared_high=gains["high"]), float(amount @ truly)


def _offers(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, float]:
    """Room by peers, of whom half buy a second line, and what it truly is together."""
    ids = np.arange(n).astype(str)
    second = np.where(rng.random(n) < 0.5, np.exp(3 + rng.standard_normal(n)), 0.0)
    first = 400 * np.exp(rng.standard_normal(n))
    lines = pd.concat([
        pd.DataFrame({"account_id": ids, "line": name, "revenue": value})
        for name, value in (("X", first), ("Y", second))
    ])  # fmt: skip
    room = inputs.room_by_peers(lines[lines["revenue"] > 0])
    room = room[room["value"] > 0].rename(columns={"value": "gain"})
    return room, len(room) * 0.5 * float(np.exp(3))


def plan_coverage(
    n: int, lost: float | None, books: int = 2 * BOOKS, seed: int = SEED
) -> dict[str, tuple[float, float]]:
    """How often does the interval of a plan's sum hold what it brings on average, and how wide is
    it beside the sum: "covered" with what accounts share drawn once, "alone" with each account as
    if by itself?

    Parameters
    ----------
    n : accounts.
    lost : share of accounts that is lost, for renewals by silence; None for offers by peers.
    """
    rng = np.random.default_rng(seed)
    held: dict[str, list[tuple[bool, float]]] = {"covered": [], "alone": []}
    for _ in range(books):
        gains, truly = _offers(rng, n) if lost is None else _renewals(rng, n, lost)
        if not len(gains):
            continue
        for how, frame in (("covered", gains), ("alone", gains.assign(shared=""))):
            found = together(frame)
            width = (found.high - found.low) / found.estimate
            held[how].append((found.low <= truly <= found.high, width))
    return {how: tuple(np.mean(rows, axis=0)) for how, rows in held.items()}


def _concentration(books: int) -> None:
    names = {"top_share": "top 20 % share", "gini": "Gini", "effective_number": "effective number"}
    print("## Concentration, lesson 01\n")
    print(
        "Value: share and Gini of an unlimited number of accounts, and the median effective number "
        "of books of that size.\n**covered** is `size_interval`, which the lesson shows; **plain** "
        "resamples accounts and no more, and is too narrow.\n"
    )
    print(
        "| process | accounts | measure | value | covered | plain | width | taken for lognormal |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for process in PROCESSES:
        for n in SIZES:
            for measure, row in coverage(process, n, books).iterrows():
                form = ",.1f" if measure == "effective_number" else ".3f"
                print(
                    f"| {process} | {n} | {names[str(measure)]} | {row['value']:{form}} | "
                    f"{row['covered']:.0%} | {row['plain']:.0%} | {row['width']:{form}} | "
                    f"{row['lognormal']:.0%} |"
                )


def _said(books: int) -> None:
    print("## What is said of 80/20\n")
    print(
        "Lognormal books in whose process the top 20 % hold the share named. The rule holds where "
        f"the whole interval lies within\n{100 * ABOUT:.0f} points of 80 %.\n"
    )
    print("| share of the process | accounts | holds | does not hold | cannot be told |")
    print("|---|---|---|---|---|")
    for share in (0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
        for n in (*SIZES, 2_000):
            said = verdicts(share, n, books)
            print(
                f"| {share:.0%} | {n:,} | {' | '.join(f'{part:.0%}' for part in said.values())} |"
            )


def _ranks(books: int) -> None:
    print("## Ranks\n")
    print(
        "Share of accounts whose interval holds the rank of their true level; 300 lognormal "
        "accounts (sigma 1.7).\n"
    )
    print("| months | noise of a month, logs | covered | without widening |")
    print("|---|---|---|---|")
    for months, noise in ((6, 0.3), (12, 0.3), (12, 1.0), (24, 0.3)):
        wide, plain = (
            rank_coverage(300, months, noise, max(2, books // 20), widen) for widen in (True, False)
        )
        print(f"| {months} | {noise:g} | {wide:.0%} | {plain:.0%} |")


def _peaks(books: int) -> None:
    print("## The peak of the whale curve, lesson 04\n")
    print(
        "Lognormal sales times a normal margin, which is a loss in one account of six or of three. "
        "**covered** is `whale_band`,\nwhich resamples accounts; **with a tail** draws the largest "
        "gains and losses from a fitted one, which helps little.\nBoth are too narrow where sales "
        "are very unequal.\n"
    )
    print("| sigma of sales | at a loss | accounts | peak | covered | with a tail |")
    print("|---|---|---|---|---|---|")
    for losing in (1 / 6, 1 / 3):
        for sigma in (1, 1.7, 2.11):
            for n in SIZES:
                peak, held, tail = peak_coverage(sigma, losing, n, books)
                print(f"| {sigma:g} | {losing:.0%} | {n} | {peak:.3f} | {held:.0%} | {tail:.0%} |")


def _gains(books: int) -> None:
    print("## Gains of actions, lesson 04\n")
    print(
        "What the rules bring on average in books of so many accounts, by the true rates. "
        "**covered** draws accounts and\nthe rates of the activities together, as the lesson does; "
        "**rates as given** leaves the error of the rates out.\n"
    )
    print("| accounts | cost pools | sum | accounts that have it | covered | rates as given |")
    print("|---|---|---|---|---|---|")
    for n, pools in ((80, 24), (80, 96), (400, 24)):
        for name, row in gain_coverage(n, pools, books).iterrows():
            print(
                f"| {n} | {pools} | {name} | {row['accounts']:.1f} | {row['covered']:.0%} | "
                f"{row['given']:.0%} |"
            )


def _paths(books: int) -> None:
    print("## Paths that are nothing, lesson 06\n")
    print(
        f"Share of {2 * books} surveys in which the interval of a path of 0 holds 0. **covered** "
        "is what the lesson shows: the wider\nlimits of resamples with weights learned from the "
        "answers and with the items of a block weighed alike; **plain** takes the first\nalone.\n"
    )
    print("| idle | answers | path | covered | plain | width |")
    print("|---|---|---|---|---|---|")
    words = {"E": "a driver", "L": "loyalty", "estimate": "raw", "disattenuated": "corrected"}
    for idle in "EL":
        for n in (60, 150):
            for kind, row in path_coverage(n, idle, 2 * books).iterrows():
                print(
                    f"| {words[idle]} | {n} | {words[str(kind)]} | {row['covered']:.0%} | "
                    f"{row['plain']:.0%} | {row['width']:.2f} |"
                )


def _channel(books: int) -> None:
    print("## The green channel and the queue, lesson 20\n")
    print(
        f"Share of {_MORE * books} books of 600 accounts and 48 months whose interval holds what "
        "was planted, sure to about\n"
        f"{200 * np.sqrt(0.95 * 0.05 / (_MORE * books)):.1f} points. **covered** is what the "
        "lesson shows: each account left out in turn, and the t distribution; **plain** takes\n"
        "1.96 errors of a large sample.\n"
    )
    print("| what | covered | plain | width, working days |")
    print("|---|---|---|---|")
    for name, row in channel_coverage(books=_MORE * books).iterrows():
        called = CALLED.get(str(name), "one more in flight")
        plain = "-" if np.isnan(row["plain"]) else f"{row['plain']:.1%}"
        print(f"| {called} | {row['covered']:.1%} | {plain} | {row['width']:.2f} |")


def _plan(books: int) -> None:
    print("## The sum of a plan, lesson 21\n")
    print(
        f"Share of {2 * books} books whose interval holds what the plan brings on average. "
        "**covered** draws what accounts\nshare (the rate of a class of silence, what peers of "
        "one size spend) once; **alone** takes each account by itself.\n"
    )
    print("| what | accounts | lost in a year | covered | alone | width | width alone |")
    print("|---|---|---|---|---|---|---|")
    cases = [(24, 0.05), (90, 0.02), (90, 0.1), (600, 0.05), (24, None), (90, None), (600, None)]
    for n, lost in cases:
        found = plan_coverage(n, lost, 2 * books)
        (held, wide), (less, narrow) = found["covered"], found["alone"]
        what = "offers by peers" if lost is None else "renewals by silence"
        share = "-" if lost is None else f"{lost:.0%}"
        print(f"| {what} | {n} | {share} | {held:.0%} | {less:.0%} | {wide:.2f} | {narrow:.2f} |")


PARTS: dict[str, Callable[[int], None]] = {
    "concentration": _concentration,
    "80/20": _said,
    "ranks": _ranks,
    "peaks": _peaks,
    "gains": _gains,
    "paths": _paths,
    "channel": _channel,
    "plan": _plan,
}


def main() -> None:
    """Print the page of measured coverage, or a part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=int, default=BOOKS)
    parser.add_argument("--part", choices=[*PARTS], help="one part of the page alone")
    options = parser.parse_args()
    books = options.books
    if options.part:
        PARTS[options.part](books)
        return
    print("# Coverage of intervals 区间覆盖率\n")
    print(
        "An interval of 95 % should hold the value of the process that made the book in 95 of 100 "
        f"books.\nHow often it does was measured in {books} simulated books for each row, by\n"
        "`python -m keyacct_utils.truth.interval_coverage`. Near 95 %, a measured share is sure to "
        f"about {200 * np.sqrt(0.95 * 0.05 / books):.0f} points.\n"
    )
    for number, part in enumerate(PARTS.values()):
        print(end="\n" * (number > 0))
        part(books)


__all__ = [
    "channel_coverage",
    "coverage",
    "gain_coverage",
    "path_coverage",
    "peak_coverage",
    "plan_coverage",
    "rank_coverage",
    "values_of",
    "verdicts",
]

if __name__ == "__main__":
    main()
