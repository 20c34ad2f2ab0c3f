"""The steps of lesson 06: each a Finding from plain inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import f as fisher
from scipy.stats import norm, pearsonr, spearmanr, ttest_ind
from scipy.stats import t as student
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.satisfaction_index import LESSON
from keyacct_utils.lessons.satisfaction_index import figures as plots
from keyacct_utils.lessons.satisfaction_index import index as sf
from keyacct_utils.lessons.satisfaction_index.pls import (
    LOST_DRAWS,
    QUALITY,
    Kind,
    PathModel,
    Scheme,
)
from keyacct_utils.lessons.satisfaction_index.survey_groups import GroupMeans
from keyacct_utils.lessons.shared.claims import (
    LEVEL,
    UNTESTED,
    UNTOLD,
    Claim,
    Verdict,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.comparison import fisher_limits
from keyacct_utils.lessons.showing import figures, steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import flat, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Fewer full answers give no path model, and no rank correlation.
ENOUGH = 30
#: Resamples of the path model, of which the outer 2.5 % are cut off on either side.
DRAWS = 1_000
#: Pairs of samples of which two rankings are made.
TWICE = 400
#: Fewer answers are not split into fifths.
FEWEST_SPLIT = 20
#: A correlation or a standardised path below this is small, from this on large (Cohen 1988).
SMALL, LARGE = 0.1, 0.5
#: The reliability that is usually asked for when groups are compared (Nunnally 1978).
FLOOR = 0.7
#: A gain in loyalty that nobody would notice: a tenth of a step of the scale. No document says.
LEAST_GAIN = 0.1
#: Limits of a prompt answer that are looked at, in hours. No document names one.
TRIED_HOURS = (24.0, 48.0, 72.0)
#: Half-widths that a plan of a survey is made with, in points.
MARGINS = (2.0, 3.0, 5.0, 8.0, 10.0)
#: Simulated surveys hold so many answers per account.
ANSWERS_PER_ACCOUNT = 1.5
SIMULATED_MONTHS = 36
WORDS = {
    "E": "expectations",
    "Q": "perceived quality",
    "V": "perceived value",
    "S": "satisfaction",
    "L": "loyalty",
}
PARTS = {
    "complaint answered": ("hours_to_answer",),
    "recommendation": ("recommend",),
    "service pairs (SERVQUAL)": ("perceived_", "expected_"),
    "delivered value": ("value_", "cost_"),
}
Weighed = Literal["equal", "pls", "no model"]
Spread = tuple[float, float, float]


@dataclass(frozen=True)
class Survey:
    """The questionnaires that the lesson looks at, and what the book knows of who answered."""

    name: str
    currency: str
    #: Questionnaires of the chosen years, and the accounts they came from.
    asked: int
    accounts: int
    #: Those with all answers on satisfaction.
    rows: pd.DataFrame
    #: Items of each block of questions that has an answer, by its letter.
    blocks: Mapping[str, list[str]]
    #: Index points by questionnaire, for each block.
    indices: Mapping[str, pd.Series]
    scheme: Scheme
    weighed: Weighed
    #: The years of the questionnaires, in order; empty where the survey has none.
    years: tuple[int, ...]
    #: Sector by account; empty without accounts.sector.
    sectors: pd.Series
    #: Revenue by account_id and period (a year); empty without dated rows.
    yearly: pd.Series

    @property
    def n(self) -> int:
        """Questionnaires with an index."""
        return len(self.rows)

    @property
    def index(self) -> pd.Series:
        """The satisfaction index of each questionnaire."""
        return self.indices["S"]

    @property
    def spread(self) -> float:
        """Standard deviation of the index; 0 where all are alike or there is one."""
        return float(self.index.std()) if self.index.nunique() > 1 else 0.0

    @property
    def paths(self) -> list[tuple[str, str]]:
        """The arrows of the American model for which there are blocks."""
        drivers = [(code, "S") for code in "EQV" if code in self.blocks]
        return drivers + ([("S", "L")] if "L" in self.blocks else [])

    @property
    def modelled(self) -> dict[str, list[str]]:
        """The blocks on a path."""
        on_path = {code for arrow in self.paths for code in arrow}
        return {code: items for code, items in self.blocks.items() if code in on_path}

    @cached_property
    def full(self) -> pd.DataFrame:
        """The questionnaires that answer every modelled item."""
        items = [item for block in self.modelled.values() for item in block]
        return self.rows.dropna(subset=items) if items else self.rows.iloc[:0]

    @cached_property
    def pairs(self) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, list[str]]] | None:
        """Perceived and expected answers of those who gave all, and the items of each dimension."""
        return _pairs(self)

    @cached_property
    def gaps(self) -> pd.DataFrame | None:
        """What was expected and what came, by dimension; None with fewer than two such answers."""
        return _gap_table(self)

    @property
    def simulated_accounts(self) -> int:
        """Accounts of a simulated book with as many answers."""
        return round(self.n / ANSWERS_PER_ACCOUNT)


def p_text(p: float) -> str:
    """A p-value as text, never "p = 0.000"."""
    if p < 0.001:
        return "p < 0.001"
    if p >= 0.995:
        return "p > 0.99"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _mean_interval(values: pd.Series) -> Spread:
    """Mean and 95 % t interval; the ends are missing for one value."""
    mean, n = float(values.mean()), len(values)
    if n < 2:
        return mean, np.nan, np.nan
    reach = float(student.ppf(0.975, n - 1)) * float(values.std()) / math.sqrt(n)
    return mean, mean - reach, mean + reach


def _by_account(values: pd.Series, accounts: pd.Series) -> tuple[float, float] | None:
    """Ends of the 95 % interval of a mean where the answers of one account may be alike; None where
    no account answers twice, or all answers are of one account.

    Errors clustered by account (Liang & Zeger 1986), t with the number of accounts less one.
    """
    who = accounts.reindex(values.index).dropna()
    n, k = len(who), who.nunique()
    if k < 2 or k == n or n < len(values):
        return None
    fit = OLS(values.to_numpy(dtype=float), np.ones(n)).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(who)[0]}, use_t=True
    )
    low, high = fit.conf_int(LEVEL)[0]
    return float(low), float(high)


def _share(flags: pd.Series) -> Spread:
    """Share of what is so, with its 95 % interval (Wilson 1927)."""
    low, high = proportion_confint(int(flags.sum()), len(flags), LEVEL, method="wilson")
    return float(flags.mean()), float(low), float(high)


def _named(name: str, spread: Spread | None) -> dict[str, float]:
    """An estimate and its ends under their names; nothing where there is none."""
    if spread is None:
        return {}
    return {f"{name}{end}": float(x) for end, x in zip(("", "_low", "_high"), spread, strict=True)}


def _chosen(everything: pd.DataFrame, year: str) -> pd.DataFrame:
    """The questionnaires of one year, or all."""
    if year == "all":
        return everything
    known = sorted(everything["year"].dropna().unique()) if "year" in everything else []
    if not year.isdigit() or int(year) not in known:
        there = ", ".join(map(str, known)) or "no years"
        raise ValueError(f"year is {year!r}; the survey has {there}: use one, or 'all'")
    return everything[everything["year"] == int(year)]


def _blocks(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Items by block: those with an answer, of blocks that somebody answers in full."""
    found = {
        code: [
            str(item)
            for item in rows
            if item[:1] == code and item[1:].isdigit() and rows[item].notna().any()
        ]
        for code in WORDS
    }
    return {
        code: items
        for code, items in found.items()
        if items and rows[items].notna().all(axis=1).any()
    }


def _yearly(opened: Book) -> pd.Series:
    """Revenue by account and full year; empty in a ledger without dates."""
    if not opened.has("ledger", "revenue") or not opened.has("ledger", "date"):
        return pd.Series(dtype="float64")
    rows = opened.rollup(period="year", by_line=False)
    rows = rows[rows["period"] != ""]
    # a ledger with one posting a year has no months that could be missing
    full = list(opened.full_years()[0])
    full = sorted(set(rows["period"])) if (rows["active_months"] <= 1).all() else full
    dated = rows.assign(period=pd.to_numeric(rows["period"], errors="coerce"))
    dated = dated[rows["period"].isin(full)].dropna(subset=["period"])
    return dated.set_index(["account_id", "period"])["revenue"]


def survey(
    opened: Book, year: str = "all", weights: str = "equal", scheme: Scheme = "centroid"
) -> Survey:
    """What did the customers answer?

    Parameters
    ----------
    opened : Book
    year : "all", or one year of the survey
    weights : "equal", or "pls": the items of a block are weighed by the path model
    scheme : "centroid", "factor" or "path", the inner weights of the path model

    Raises
    ------
    ValueError
        For a year, weights or a scheme that do not exist, or where no questionnaire answers the
        questions on satisfaction.
    """
    if weights not in ("equal", "pls"):
        raise ValueError(f"weights is {weights!r}; use 'equal' or 'pls'")
    if scheme not in ("centroid", "factor", "path"):
        raise ValueError(f"scheme is {scheme!r}; use 'centroid', 'factor' or 'path'")
    asked = _chosen(opened.counted("survey"), year)
    blocks = _blocks(asked)
    if "S" not in blocks:
        raise ValueError(
            f"none of {len(asked)} questionnaires answers all of survey.S1, S2 and S3: "
            "choose another year, or fill these columns"
        )
    rows = asked.dropna(subset=blocks["S"])
    # Blocks that only those answer who say nothing of satisfaction are of no use.
    blocks = {code: items for code, items in blocks.items() if len(rows.dropna(subset=items))}
    known = rows["year"].dropna() if "year" in rows else pd.Series(dtype="int64")
    sectors = pd.Series(dtype="str")
    if opened.has("accounts", "sector"):
        sectors = opened.table("accounts").set_index("account_id")["sector"].dropna().astype("str")
    made = Survey(
        name=opened.name,
        currency=opened.currency,
        asked=len(asked),
        accounts=int(asked["account_id"].nunique()),
        rows=rows,
        blocks=blocks,
        indices=_indices(rows, blocks, {}),
        scheme=scheme,
        weighed="equal",
        years=tuple(sorted(int(each) for each in known.unique())),
        sectors=sectors,
        yearly=_yearly(opened),
    )
    if weights == "equal":
        return made
    model = _fit(made, draws=0) if len(made.full) >= ENOUGH else None
    if model is None:
        return replace(made, weighed="no model")
    weighed = {
        code: model.weights[items].clip(lower=0)
        for code, items in made.modelled.items()
        if (model.weights[items] > 0).any()
    }
    return replace(made, weighed="pls", indices=_indices(rows, blocks, weighed))


def _indices(
    rows: pd.DataFrame, blocks: Mapping[str, list[str]], weights: Mapping[str, pd.Series]
) -> dict[str, pd.Series]:
    return {
        code: cast("pd.Series", sf.index_score(rows.dropna(subset=items)[items], weights.get(code)))
        for code, items in blocks.items()
    }


def _fit(
    survey: Survey, draws: int = 0, items: Mapping[str, list[str]] | None = None
) -> PathModel | None:
    """The path model; None where the answers do not allow one."""
    try:
        return sf.pls_path_model(
            survey.full, items or survey.modelled, survey.paths, survey.scheme, draws=draws
        )
    except ValueError:
        return None


def _lead(frame: pd.DataFrame, lowest: bool = False) -> tuple[str, str, Spread] | None:
    """The column with the highest mean (or the lowest), the one that comes nearest to it, and how
    far they lie apart by the paired t interval; None for one column or one row.
    """
    if frame.shape[1] < 2 or len(frame) < 2:
        return None
    ordered = frame.mean().sort_values(ascending=lowest, kind="stable").index
    first = ordered[0]
    apart = {name: _mean_interval(frame[first] - frame[name]) for name in ordered[1:]}
    # the hardest to tell from the first: the one whose interval comes nearest to 0
    nearest = max(apart, key=lambda name: apart[name][2] if lowest else -apart[name][1])
    return str(first), str(nearest), apart[nearest]


def survey_in_numbers(survey: Survey) -> Finding:
    """Which survey, how many answers, to which of its parts?"""
    rows = survey.rows
    five = [item for items in survey.blocks.values() for item in items]
    columns = {"the five blocks": five} | {
        name: [str(c) for c in rows if str(c).startswith(starts)] for name, starts in PARTS.items()
    }
    table = pd.DataFrame(
        {
            "answered": {
                name: int(rows[own].notna().all(axis=1).sum()) if own else 0
                for name, own in columns.items()
            }
        }
    ).rename_axis("part of the survey")
    numbers = {
        "book": survey.name,
        "asked": survey.asked,
        "accounts": survey.accounts,
        "n": survey.n,
        "without": survey.asked - survey.n,
        "first": str(survey.years[0]) if survey.years else "",
        "last": str(survey.years[-1]) if survey.years else "",
    }
    when = {
        0: "**{book}**: {asked:count questionnaire} from {accounts:count account}.",
        1: "**{book}**, {first}: {asked:count questionnaire} from {accounts:count account}.",
    }.get(
        len(survey.years),
        "**{book}**, {first} to {last}: {asked:count questionnaire} from {accounts:count account}.",
    )
    left = (
        "{without:count questionnaire} without all answers on satisfaction left out."
        if numbers["without"]
        else "All of them answer the questions on satisfaction."
    )
    shown = {"answered": Shown("questionnaires that answer it", ",.0f")}
    return Finding(numbers, (when, left), table, shown)


INDEX_COLUMNS = {
    "items": Shown("items", ",.0f"),
    "answers": Shown("answers", ",.0f"),
    "index": Shown("index", ".1f"),
    "error": Shown("± (95 %)", ".1f"),
    "spread": Shown("spread of answers", ".1f"),
    "n": Shown("answers", ",.0f"),
    "mean": Shown("index", ".1f"),
    "low": Shown("from", ".1f"),
    "high": Shown("to", ".1f"),
    "reliability": Shown("reliability", ".2f"),
    "reliability_low": Shown("from ", ".2f"),
    "reliability_high": Shown("to ", ".2f"),
    "shrunken": Shown("shrunken index", ".1f"),
    "enough": Shown("enough for ±{margin:g}", "yes"),
    "these": Shown("needed for these accounts alone", ",.0f"),
}
WEIGHED: Mapping[Weighed, str] = {
    "equal": "The items of a block count alike.",
    "pls": "The items of a block are weighed by the path model.",
    "no model": "The weights of the path model were asked for, but these answers allow none: "
    "items count alike.",
}


def satisfaction(survey: Survey) -> Finding:
    """How satisfied are they, and how sure is that?"""
    rows = {}
    for code, score in survey.indices.items():
        mean, low, _ = _mean_interval(score)
        spread = score.std() if len(score) > 1 else np.nan
        rows[WORDS[code]] = [len(survey.blocks[code]), len(score), mean, mean - low, spread]
    table = pd.DataFrame(rows, index=["items", "answers", "index", "error", "spread"]).T
    mean, low, high = _mean_interval(survey.index)
    numbers = {
        "index": mean,
        "low": max(low, 0.0),
        "high": min(high, 100.0),
        "n": survey.n,
        "spread": survey.spread,
        "few": ENOUGH,
    }
    says = [WEIGHED[survey.weighed]]
    if survey.n < 2:
        says.insert(0, "The satisfaction index is {index:.1f}, from one answer: no error is known.")
    elif not survey.spread:
        says.insert(0, "All {n:count answer} give the same satisfaction index, {index:.1f}.")
    else:
        says.insert(
            0,
            "The satisfaction index is {index:.1f} ({low:.1f} to {high:.1f}), from "
            "{n:count answer}.",
        )
        says.append(
            "A single answer lies some {spread:.0f} points off the mean (standard deviation), so "
            "the mean says little about any one of them."
        )
        if survey.n < ENOUGH:
            says.append("With fewer than {few:count answer} such an interval is rough.")
        if (ends := _by_account(survey.index, survey.rows["account_id"])) is not None:
            numbers["answering"] = int(survey.rows["account_id"].nunique())
            numbers |= {"own_low": max(ends[0], 0.0), "own_high": min(ends[1], 100.0)}
            says.append(
                "The answers come from {answering:count account}; where those of one account may "
                "be alike, the interval is {own_low:.1f} to {own_high:.1f}."
            )
    return Finding(numbers, tuple(says), table.rename_axis("block"), INDEX_COLUMNS)


def sample_sizes(survey: Survey, margin: float = 5.0) -> Finding:
    """How many answers does a mean need, and a comparison of two?

    Parameters
    ----------
    margin : half-width of the interval, or the difference to be seen; points above 0
    """
    if survey.n < 2:
        return unknown("One answer has no spread, so no sample size follows from it; two would do.")
    if not survey.spread:
        return unknown(
            "All {n:count answer} give the same index: without spread there is no sample size.",
            n=survey.n,
        )
    points = sorted({*MARGINS, float(margin)})
    table = pd.DataFrame(
        {
            "know": [sf.required_sample_size(m, survey.spread) for m in points],
            "tell": [sf.required_sample_size(m, survey.spread, power=0.8) for m in points],
        },
        index=pd.Index(points, name="points"),
    )
    at = table.loc[float(margin)]
    numbers = {
        "margin": float(margin),
        "spread": survey.spread,
        "know": int(at["know"]),
        "tell": int(at["tell"]),
        "times": float(at["tell"] / at["know"]),
        "n": survey.n,
        "frame": table,
        "sizes": [
            f"{row.know:,} and {row.tell:,} at {size:g}"
            for size, row in zip(points, table.itertuples(), strict=True)
        ],
    }
    says = [
        "Answers spread by {spread:.1f} points. To know one mean within {margin:g} points takes "
        "{know:count answer}. To tell two means apart that differ by {margin:g} points takes "
        "{tell:count answer} each.",
    ]
    if numbers["times"] >= 1.5:
        says.append("That is {times:.1f} times as many: a level is cheap, a ranking is dear.")
    if survey.n < ENOUGH:
        says.append("The spread itself comes from {n:count answer} only: take this as a guide.")
    picture = Picture(
        lambda title: plots.answers_needed(table, title),
        "{know:count answer} to know a mean within {margin:g} points, "
        "{tell} each to tell two apart",
        "Answers needed to know a mean, and in each group to tell two means apart, by points: "
        "{sizes:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


#: What is said of the driver that matters most.
FIRST = {
    "clear": "{first:start} matters most. Between customers who are one standard deviation apart "
    "in it, satisfaction differs by {path:+.2f} ({low:+.2f} to {high:+.2f}) standard deviations, "
    "the other drivers being equal. Its lead over the next, {second}, is {lead:.2f} "
    "({lead_low:.2f} to {lead_high:.2f}): more than chance.",
    "unclear": "{first:start} leads. Between customers who are one standard deviation apart in it, "
    "satisfaction differs by {path:+.2f} ({low:+.2f} to {high:+.2f}) standard deviations, the "
    "other drivers being equal. Its lead over {second} is {lead:.2f} ({lead_low:+.2f} to "
    "{lead_high:+.2f}): which of the two matters more cannot be told.",
    "one": "Between customers who are one standard deviation apart in {first}, satisfaction "
    "differs by {path:+.2f} ({low:+.2f} to {high:+.2f}) standard deviations. No other driver was "
    "asked about.",
    "none": "The survey has no driver of satisfaction. Between customers who are one standard "
    "deviation apart in satisfaction, loyalty differs by {path:+.2f} ({low:+.2f} to {high:+.2f}) "
    "standard deviations.",
}
FIRST_TITLE = {
    "clear": "{first:start} matters most for satisfaction: {path:.2f} ({low:.2f} to {high:.2f})",
    "unclear": "{first:start} leads, not clearly: {path:.2f} ({low:.2f} to {high:.2f})",
    "one": "{first:start} and satisfaction: {path:.2f} ({low:.2f} to {high:.2f})",
    "none": "Satisfaction and loyalty: {path:.2f} ({low:.2f} to {high:.2f})",
}


def drivers(survey: Survey, draws: int | None = None) -> Finding:
    """What drives satisfaction, and loyalty, once errors of measurement are taken out?"""
    if not survey.paths:
        return unknown(
            "The survey has no block besides satisfaction, so what drives it stays open; "
            "{columns:names} would tell.",
            columns=["survey.E1", "survey.Q1", "survey.V1", "survey.L1"],
        )
    if len(survey.full) < ENOUGH:
        return unknown(
            "A path model asks for {needed} full answers or more, fewer would give noise; here "
            "there are {full}.",
            full=len(survey.full),
            needed=ENOUGH,
        )
    items = [item for block in survey.modelled.values() for item in block]
    flat = [item for item in items if survey.full[item].nunique() < 2]
    if flat:
        return unknown(
            "Everybody gives the same answer to {flat:names}, so nothing can be related to it: "
            "leave the column out, or ask on a finer scale.",
            flat=[f"survey.{item}" for item in flat],
        )
    model = _fit(survey, draws=draws or DRAWS)
    if model is None:
        return unknown(
            "These {full:count full answer} allow no path model: two drivers move together "
            "exactly, items of a block contradict each other, or nearly all answers are alike.",
            full=len(survey.full),
        )
    corrected = bool(model.paths.filter(like="disattenuated").notna().all(axis=None))
    kind = (
        ["disattenuated", "disattenuated_low", "disattenuated_high"]
        if corrected
        else ["estimate", "low", "high"]
    )
    used = model.paths[kind].set_axis(["path", "low", "high"], axis=1)
    if used.isna().any(axis=None):
        return unknown(
            "With {full:count full answer} of so little spread the paths have no interval: "
            "more questionnaires would give one.",
            full=len(survey.full),
        )
    return _drivers(survey, model, used, corrected)


def _apart(model: PathModel, first: str, second: str, kind: Kind, level: float = LEVEL) -> Spread:
    """How much stronger one driver's path to satisfaction is than another's, from the resamples in
    which both stand.
    """
    return sf.path_difference(model, (first, "S"), (second, "S"), kind, 1 - level)


def _drivers(survey: Survey, model: PathModel, used: pd.DataFrame, corrected: bool) -> Finding:
    ordered = used[used.index.get_level_values("target") == "S"].sort_values(
        "path", ascending=False, kind="stable"
    )
    lead = ordered.iloc[0] if len(ordered) else used.loc[("S", "L")]
    kind: Kind = "disattenuated" if corrected else "estimate"
    leader, *others = ordered.index.get_level_values("source") if len(ordered) else [""]
    apart = {other: _apart(model, leader, other, kind) for other in others}
    # the driver that is hardest to tell from the first
    second = min(apart, key=lambda other: apart[other][1]) if apart else ""
    clear = bool(second) and bool(apart[second][1] > 0)
    key = {0: "none", 1: "one"}.get(len(ordered), "clear" if clear else "unclear")
    single = [WORDS[code] for code, items in survey.modelled.items() if len(items) == 1]
    numbers = {
        "first": WORDS.get(leader, ""),
        "second": WORDS.get(second, ""),
        "kind": kind,
        **_named("lead", apart.get(second)),
        "path": flat(lead["path"]),
        "low": flat(lead["low"]),
        "high": flat(lead["high"]),
        "clear": clear,
        "drivers": len(ordered),
        "full": len(survey.full),
        "single": single,
        **{
            name: value
            for code, share in model.r2.items()
            for name, value in _named(
                f"explained_{code}", (share, *model.r2_limits.loc[code])
            ).items()
        },
        "arrows": [
            f"{WORDS[source]} to {WORDS[target]} {flat(row.path):.2f}"
            for (source, target), row in zip(used.index, used.itertuples(), strict=True)
        ],
        "corrected": corrected,
        "used": used,
        "model": model,
    }
    says = [FIRST[key]]
    if len(ordered):
        says.append(
            "With the error of measurement left in, the drivers explain {explained_S:percent0} "
            "({explained_S_low:percent0} to {explained_S_high:percent0}) of the differences in "
            "satisfaction."
            if corrected
            else "The drivers explain {explained_S:percent0} ({explained_S_low:percent0} to "
            "{explained_S_high:percent0}) of the differences in satisfaction."
        )
    if "L" in survey.blocks:
        says.append(
            "With the error left in, satisfaction explains {explained_L:percent0} "
            "({explained_L_low:percent0} to {explained_L_high:percent0}) of the differences in "
            "loyalty."
            if corrected
            else "Satisfaction explains {explained_L:percent0} ({explained_L_low:percent0} to "
            "{explained_L_high:percent0}) of the differences in loyalty."
        )
    if not corrected:
        says.append(
            "In some block the items agree too little, so these paths are not corrected for errors "
            "of measurement."
        )
    elif single:
        says.append(
            "One item tells nothing of its error, so nothing is corrected for: {single:names}."
        )
    drawn = model.paths.assign(disattenuated=used["path"])
    word = "corrected for errors of measurement (raw in brackets)" if corrected else "not corrected"
    picture = Picture(
        lambda title: plots.path_diagram(
            drawn, title, WORDS, model.r2, xlabel=f"arrows: paths, {word}"
        ),
        FIRST_TITLE[key],
        "Path diagram, an arrow as wide as its path is strong: {arrows:names}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


MAP_COLUMNS = {
    "importance": Shown("importance (path)", ".2f"),
    "performance": Shown("performance (index)", ".1f"),
    "error": Shown("± of its distance from the mean", ".1f"),
    "quadrant": Shown("quadrant (by the means)"),
}


def fix_first(survey: Survey, drivers: Finding) -> Finding:
    """What to fix first: which driver matters much and is done badly?"""
    if not drivers.known:
        return unknown(drivers.unknown, **drivers.numbers)
    used = drivers.numbers["used"]
    to_s = used[used.index.get_level_values("target") == "S"].droplevel("target")
    if len(to_s) < 2:
        return unknown(
            "The map compares two drivers or more, and the survey asks about {asked}; "
            "{columns:names} would be others.",
            asked=len(to_s),
            columns=["survey.E1", "survey.Q1", "survey.V1"],
        )
    of_each = pd.DataFrame({code: survey.indices[code][survey.full.index] for code in to_s.index})
    table = sf.importance_performance(to_s["path"], of_each.mean())
    cuts = (float(table["importance"].mean()), float(table["performance"].mean()))
    centred = of_each[table.index].sub(of_each.mean(axis=1), axis=0)
    # one of several drivers is looked for: the intervals hold together (Bonferroni)
    reach = float(student.ppf(1 - LEVEL / 2 / len(table), len(centred) - 1))
    table["error"] = centred.std() * reach / math.sqrt(len(centred))
    table["low"], table["high"] = to_s["low"], to_s["high"]
    off = table["performance"] - cuts[1]
    below, apart = off < -table["error"], (off.abs() > table["error"]).any()
    fix = table.index[below & _above_the_mean(drivers).reindex(table.index)]
    clear = bool(drivers.numbers["clear"])
    key = ("fix" if len(fix) else "apart") if apart else "clear" if clear else "nothing"
    numbers = {
        "first": WORDS[str(table.index[0])],
        "second": drivers.numbers["second"],
        "fix": [WORDS[str(code)] for code in fix],
        "below": [WORDS[str(code)] for code in table.index[below]],
        "range": float(np.ptp(table["performance"])),
        "drivers": len(table),
        "places": [
            f"{WORDS[str(code)]} {flat(row.importance):.2f} and {row.performance:.1f}"
            for code, row in zip(table.index, table.itertuples(), strict=True)
        ],
        "frame": table,
    }
    title, says = FIX[key]
    names = {code: WORDS[str(code)] for code in table.index}
    picture = Picture(
        lambda title: plots.importance_performance_map(table, title, cuts, WORDS),
        title,
        "Map of importance (path) and performance (index) of {drivers:count driver}: "
        "{places:names}.",
    )
    shown = table.drop(columns=["low", "high"]).rename(index=names)
    return Finding(numbers, (says,), shown, MAP_COLUMNS, picture)


def _above_the_mean(drivers: Finding) -> pd.Series:
    """Whether each driver's path to satisfaction lies above the mean of them, by the resamples; the
    intervals hold together (Bonferroni).
    """
    drawn = drivers.numbers["model"].resampled[drivers.numbers["kind"]]
    drawn = drawn.xs("S", axis=1, level="target").dropna()
    over = drawn.sub(drawn.mean(axis=1), axis=0)
    return over.quantile(LEVEL / 2 / over.shape[1]) > 0


#: Title and sentence of the map.
FIX = {
    "fix": (
        "Fix first: {fix:names}",
        "Fix first: {fix:names}. That matters more than the mean of the drivers and is done worse "
        "than it, both by more than error.",
    ),
    "apart": (
        "No driver matters more than the mean and is done worse, beyond error",
        "The drivers differ in performance by more than their errors. No driver matters more than "
        "the mean and is done worse than it, both by more than error: nothing stands out to be "
        "fixed.",
    ),
    "clear": (
        "Performance does not differ beyond error; {first} matters most",
        "Performance differs by {range:.1f} points in all, and no driver lies off the mean by more "
        "than its error: up and down on this map is noise. Importance decides: begin with {first}.",
    ),
    "nothing": (
        "Performance does not differ beyond error, and no driver clearly leads",
        "Performance differs by {range:.1f} points in all, and no driver lies off the mean by more "
        "than its error. Importance does not decide either: {first} and {second} cannot be told "
        "apart. This survey does not say where to begin.",
    ),
}


def _pairs(survey: Survey) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, list[str]]] | None:
    """Perceived and expected answers of those who gave all, and the items of each dimension."""
    answered = survey.rows.dropna(axis=1, how="all")
    try:
        perceived, wanted = sf.servqual_pairs(answered)
    except ValueError:
        return None
    inside = {
        name: [item for item in items if item in perceived]
        for name, items in sf.SERVQUAL_ITEMS.items()
    }
    inside = {name: items for name, items in inside.items() if items}
    return (perceived, wanted, inside) if inside else None


def _each_gap(pairs: tuple[pd.DataFrame, pd.DataFrame, dict[str, list[str]]]) -> pd.DataFrame:
    """The gap of each questionnaire on each dimension."""
    perceived, wanted, inside = pairs
    return pd.DataFrame(
        {name: (perceived[own] - wanted[own]).mean(axis=1) for name, own in inside.items()}
    )


def _gap_table(survey: Survey) -> pd.DataFrame | None:
    pairs = survey.pairs
    return sf.servqual_gap(*pairs) if pairs is not None and len(pairs[0]) > 1 else None


def _no_pairs(survey: Survey) -> Finding:
    pairs = survey.pairs
    return unknown(
        "The gaps need two questionnaires or more that answer both forms of every service "
        "question; here there are {pairs}. The columns are {columns:names}, and so on.",
        pairs=0 if pairs is None else len(pairs[0]),
        columns=["survey.perceived_01", "survey.expected_01"],
    )


GAP_COLUMNS = {
    "items": Shown("items", ",.0f"),
    "expected": Shown("expected", ".2f"),
    "perceived": Shown("perceived", ".2f"),
    "gap": Shown("gap", ".2f"),
    "low": Shown("from", ".2f"),
    "high": Shown("to", ".2f"),
}
GAPS = {
    "clear": "The widest gap is {worst}: {gap:+.2f} points ({low:+.2f} to {high:+.2f}). It is "
    "wider than that of {nearest}, customer by customer, by {lead:.2f} points ({lead_low:.2f} to "
    "{lead_high:.2f}): more than chance.",
    "unclear": "The widest gap is {worst}: {gap:+.2f} points ({low:+.2f} to {high:+.2f}). Against "
    "{nearest}, customer by customer, it is wider by {lead:.2f} points ({lead_low:+.2f} to "
    "{lead_high:+.2f}): which of the two is wider cannot be told.",
    "one": "The gap of {worst} is {gap:+.2f} points ({low:+.2f} to {high:+.2f}). It is the only "
    "dimension that was asked about.",
    "none": "The lowest gap is {worst}: {gap:+.2f} points ({low:+.2f} to {high:+.2f}). No "
    "dimension falls short by more than its error.",
}


def service_gaps(survey: Survey) -> Finding:
    """Where does service fall short of what was expected?"""
    table = survey.gaps
    if table is None:
        return _no_pairs(survey)
    dims = table.drop("all")
    worst = str(dims["gap"].idxmin())
    others = dims.drop(worst)
    short = bool((dims["high"] < 0).any())
    pairs = survey.pairs
    assert pairs is not None
    apart = _lead(_each_gap(pairs), lowest=True)
    clear = apart is not None and apart[2][2] < 0
    key = "none" if not short else "one" if others.empty else "clear" if clear else "unclear"
    numbers: dict[str, object] = {
        "n": len(pairs[0]),
        "worst": worst,
        "gap": flat(dims.loc[worst, "gap"]),
        "low": flat(dims.loc[worst, "low"]),
        "high": flat(dims.loc[worst, "high"]),
        **_named("whole", tuple(table.loc["all", ["gap", "low", "high"]])),
        "dimensions": len(dims),
        "each": [f"{name} {flat(gap):+.2f}" for name, gap in dims["gap"].sort_values().items()],
        "frame": table,
    }
    if apart is not None:
        mean, low, high = apart[2]
        numbers |= {"nearest": apart[1], **_named("lead", (-mean, -high, -low))}
    says = ["{n:count questionnaire} answered both forms of the questions.", GAPS[key]]
    if len(others):
        says.append(
            "Over all dimensions the gap is {whole:+.2f} ({whole_low:+.2f} to {whole_high:+.2f})."
        )
    rim = math.ceil(2 * max(dims["expected"].max(), dims["perceived"].max())) / 2
    limits = (
        max(1.0, math.floor(2 * min(dims["perceived"].min(), dims["expected"].min())) / 2 - 1),
        rim,
    )
    picture = Picture(
        lambda title: (
            plots.gap_radar(dims, title, limits)
            if len(dims) > 2
            else figures.ranked_intervals(
                dims, title, "gap (points, 95 % interval)", ("gap", "low", "high"), reference=0
            )
        ),
        "{worst:start} falls short most: {gap:+.2f} points ({low:+.2f} to {high:+.2f})"
        if short
        else "No dimension falls short by more than its error",
        "Expected and perceived service on {dimensions:count dimension}, and the gaps in points: "
        "{each:names}.",
    )
    return Finding(numbers, tuple(says), table[list(GAP_COLUMNS)], GAP_COLUMNS, picture)


def iso_rule(survey: Survey) -> Finding:
    """Which dimensions exceed what is expected, and which fall short of it?"""
    table = survey.gaps
    if table is None:
        return _no_pairs(survey)
    dims = table.drop("all")
    pairs = survey.pairs
    assert pairs is not None
    perceived, wanted, _ = pairs
    items = sf.servqual_gap(perceived, wanted).drop("all")
    happy = perceived.mean(axis=1) >= wanted.mean(axis=1)
    numbers = {
        "dimensions": len(dims),
        "short": [str(name) for name in dims.index[dims["high"] < 0]],
        "above": [str(name) for name in dims.index[dims["low"] > 0]],
        "open": [str(name) for name in dims.index[(dims["low"] <= 0) & (dims["high"] >= 0)]],
        "items": len(items),
        "item_short": int((items["high"] < 0).sum()),
        "item_above": int((items["low"] > 0).sum()),
        **_named("happy", _share(happy)),
        "n": len(perceived),
    }
    says = (
        "Dimensions that fall short: {short:names}. That exceed: {above:names}. Of which neither "
        "can be told: {open:names}.",
        "Items that fall short by more than error: {item_short} of {items}. That exceed: "
        "{item_above}.",
        "Of {n:count questionnaire}, {happy:percent0} ({happy_low:percent0} to "
        "{happy_high:percent0}) find the service as good as expected or better.",
    )
    return Finding(numbers, says)


#: What is said of the gain from a prompt answer.
RECOVERED = {
    "more": "At equal satisfaction those answered within {limit:g} hours are more loyal, by "
    "{gain:.2f} points ({low:.2f} to {high:.2f}). That is more than chance.",
    "less": "At equal satisfaction those answered within {limit:g} hours are less loyal: a "
    "difference of {gain:+.2f} points ({low:+.2f} to {high:+.2f}). Look for a third cause.",
    "chance": "At equal satisfaction the loyalty of those answered within {limit:g} hours differs "
    "by {gain:+.2f} points ({low:+.2f} to {high:+.2f}), which is within chance.",
}


def _complainers(survey: Survey) -> pd.DataFrame | None:
    """Loyalty, satisfaction and hours (scale points) of those whose complaint was answered."""
    if "hours_to_answer" not in survey.rows or "L" not in survey.blocks:
        return None
    rows = survey.rows.dropna(subset=["hours_to_answer", *survey.blocks["L"]])
    return pd.DataFrame(
        {
            "loyalty": rows[survey.blocks["L"]].mean(axis=1),
            "satisfaction": rows[survey.blocks["S"]].mean(axis=1),
            "hours": rows["hours_to_answer"],
        }
    ).astype("float64")


def _gain(survey: Survey, limit: float) -> Spread | None:
    """Gain in loyalty of those answered within the limit; None where too few were."""
    data = _complainers(survey)
    if data is None:
        return None
    try:
        found = sf.recovery_effect(data["loyalty"], data["satisfaction"], data["hours"], limit)
    except ValueError:
        return None
    return found.estimate, found.low, found.high


def recovery(survey: Survey, prompt_hours: float = sf.PROMPT_HOURS) -> Finding:
    """Are complainers more loyal when they were answered in time?

    Parameters
    ----------
    prompt_hours : an answer in fewer hours is in time, hours above 0
    """
    data = _complainers(survey)
    if data is None:
        return unknown(
            "This needs loyalty and the hours until complaints were answered: {columns:names}.",
            columns=["survey.L1", "survey.L2", "survey.hours_to_answer"],
        )
    numbers: dict[str, object] = {
        "complaints": len(data),
        "prompt": int((data["hours"] < prompt_hours).sum()),
        "limit": float(prompt_hours),
    }
    found = _gain(survey, prompt_hours)
    if found is None:
        return unknown(
            "Of {complaints:count complaint} with an answer, {prompt} came within {limit:g} hours: "
            "five are needed in all, and two of each kind.",
            **numbers,
        )
    gain, low, high = found
    key = "more" if low > 0 else "less" if high < 0 else "chance"
    numbers |= {"gain": flat(gain), "low": flat(low), "high": flat(high)}
    return Finding(
        numbers,
        (
            "Of {complaints:count complaint} with an answer, {prompt} came within {limit:g} hours.",
            RECOVERED[key],
        ),
    )


def other_limits(
    survey: Survey,
    prompt_hours: float = sf.PROMPT_HOURS,
    tried: Sequence[float] = TRIED_HOURS,
) -> Finding:
    """How does the gain move with what counts as in time?"""
    data = _complainers(survey)
    limits = sorted({*tried, float(prompt_hours)})
    found = {limit: _gain(survey, limit) for limit in limits}
    rows = {
        limit: [int((data["hours"] < limit).sum()), int((data["hours"] >= limit).sum()), *gain]
        for limit, gain in found.items()
        if gain is not None and data is not None
    }
    if not rows:
        return unknown(
            "No limit leaves two complaints in time and two late, five in all, with loyalty and "
            "{column}.",
            column="survey.hours_to_answer",
        )
    table = pd.DataFrame(rows, index=["prompt", "later", "gain", "low", "high"]).T
    numbers = {
        "tried": len(limits),
        "gains": int((table["low"] > 0).sum()),
        "losses": int((table["high"] < 0).sum()),
        "frame": table,
    }
    columns = {
        "prompt": Shown("in time", ",.0f"),
        "later": Shown("later", ",.0f"),
        "gain": Shown("gain in loyalty", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
    }
    says = (
        "Limits that show a gain beyond chance: {gains} of {tried}. A loss: {losses}.",
        "All look at the same complaints, so they are one look and not {tried}.",
    )
    table.index = pd.Index([f"{limit:g}" for limit in table.index], name="limit, hours")
    return Finding(numbers, says, table, columns)


def _rated(survey: Survey) -> tuple[pd.DataFrame, list[str], list[str]] | None:
    """Questionnaires with all scores of values and costs, and the columns of each kind."""
    answered = survey.rows.dropna(axis=1, how="all")
    values, costs = (
        [str(c) for c in answered if str(c).startswith(start)] for start in ("value_", "cost_")
    )
    rows = survey.rows.dropna(subset=values + costs)
    return (rows, values, costs) if values and costs and len(rows) else None


def _delivered(survey: Survey) -> pd.DataFrame | None:
    rated = _rated(survey)
    if rated is None:
        return None
    rows, values, costs = rated
    return sf.delivered_value(rows[values], rows[costs])


def delivered(survey: Survey, drivers: Finding | None = None) -> Finding:
    """What does the customer get, less all that it costs him?"""
    rated, found = _rated(survey), _delivered(survey)
    if rated is None or found is None:
        return unknown(
            "The survey has no scores of values and costs; {columns:names}, and so on, would give "
            "them.",
            columns=["survey.value_product", "survey.cost_money"],
        )
    rows, values, costs = rated
    numbers: dict[str, object] = {
        "n": len(found),
        "value": float(found["total_value"].mean()),
        "cost": float(found["total_cost"].mean()),
        **_named("delivered", _mean_interval(found["delivered"])),
        **_named("losing", _share(found["delivered"] < 0)),
    }
    says = [
        "On average value adds up to {value:.0f} points and cost to {cost:.0f}: delivered value is "
        "{delivered:.0f} ({delivered_low:.0f} to {delivered_high:.0f})."
        if len(found) > 1
        else "One customer gets {value:.0f} points of value for {cost:.0f} of cost: delivered "
        "value is {delivered:.0f}. With one answer no error is known.",
        "In {losing:percent} ({losing_low:percent} to {losing_high:percent}) of "
        "{n:count questionnaire} the customer pays more than he gets.",
    ]
    apart = _lead(rows[costs].astype("float64"))
    if apart is not None:
        largest, nearest = (name.removeprefix("cost_") for name in apart[:2])
        numbers |= {"largest": largest, "nearest": nearest, **_named("lead", apart[2])}
        says.append(
            "Rated highest among the costs is {largest}, above {nearest} by {lead:.1f} points "
            "({lead_low:.1f} to {lead_high:.1f})."
            if apart[2][1] > 0
            else "No cost is rated highest beyond chance: {largest} lies above {nearest} by "
            "{lead:.1f} points ({lead_low:+.1f} to {lead_high:+.1f})."
        )
    if drivers is not None and drivers.known and "V" in survey.modelled:
        score = drivers.numbers["model"].scores["V"]
        both = found.index.intersection(score.index)
        if len(both) >= ENOUGH and found.loc[both, "delivered"].std() > 0:
            r = pearsonr(found.loc[both, "delivered"], score[both])
            numbers |= _named("with_value", (r.statistic, *r.confidence_interval()))
            says.append(
                "It moves with the score of perceived value: correlation {with_value:.2f} "
                "({with_value_low:.2f} to {with_value_high:.2f})."
            )
    parts = [*(rows[name] for name in values), *(-rows[name] for name in costs)]
    table = pd.DataFrame(
        {part.name: _mean_interval(part.astype("float64")) for part in parts},
        index=["points", "low", "high"],
    ).T
    table.index = pd.Index([str(name).replace("_", ": ") for name in table.index], name="part")
    columns = {
        "points": Shown("mean points", ".1f"),
        "low": Shown("from", ".1f"),
        "high": Shown("to", ".1f"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _growth(survey: Survey) -> pd.DataFrame:
    """Index of an account in a year, and the logarithm of how its revenue moved to the next."""
    none = pd.DataFrame({"year": [], "index": [], "growth": []})
    if survey.yearly.empty or not survey.years:
        return none
    rows = survey.rows[["account_id", "year"]].assign(index=survey.index).dropna()
    asked = rows.groupby(["account_id", "year"])["index"].mean().reset_index()
    for name, later in (("now", 0), ("next", 1)):
        keys = pd.MultiIndex.from_arrays([asked["account_id"], asked["year"].astype(float) + later])
        asked[name] = survey.yearly.reindex(keys).to_numpy()
    kept = asked[(asked["now"] > 0) & (asked["next"] > 0)]
    if kept.empty:
        return none
    growth = np.log(kept["next"] / kept["now"])
    own = growth - growth.groupby(kept["year"]).transform("mean")
    return kept.assign(growth=own)[["year", "index", "growth"]]


def _deeds(survey: Survey) -> Spread | None:
    pairs = _growth(survey)
    if len(pairs) < ENOUGH or pairs["index"].nunique() < 2 or pairs["growth"].nunique() < 2:
        return None
    rho = float(np.clip(spearmanr(pairs["index"], pairs["growth"]).statistic, -0.9999, 0.9999))
    reach = float(norm.ppf(0.975)) / math.sqrt(len(pairs) - 3)
    return rho, *fisher_limits(rho, reach)


#: What is said of index and growth.
DEEDS = {
    "holds": "The index foretells some of it: satisfied accounts grow more, by a correlation of "
    "{small:g} or more.",
    "does not hold": "A correlation of {small:g} or more is ruled out: in this book satisfaction "
    "is no forecast of revenue, whatever it says of loyalty.",
    UNTOLD: "Whether the correlation is {small:g} or more, which is called small and not nothing, "
    "cannot be told.",
}


def deeds(survey: Survey, small: float = SMALL) -> Finding:
    """Does the index of a year foretell how revenue moves to the next?

    Parameters
    ----------
    small : the least correlation that is more than nothing
    """
    found, pairs = _deeds(survey), len(_growth(survey))
    if found is None and pairs >= ENOUGH:
        return unknown(
            "Over {pairs:count pair} of account and year the index or the growth is everywhere the "
            "same, so one cannot foretell the other.",
            pairs=pairs,
        )
    if found is None:
        return unknown(
            "This test needs {columns:names} and dated revenue of the year of each answer and of "
            "the year after: {needed} pairs of account and year that differ. Here there are "
            "{pairs}.",
            columns=["survey.year", "ledger.date"],
            needed=ENOUGH,
            pairs=pairs,
        )
    rho, low, high = found
    numbers = {
        "pairs": pairs,
        "rho": flat(rho),
        "low": flat(low),
        "high": flat(high),
        "small": small,
    }
    return Finding(
        numbers,
        (
            "Over {pairs:count pair} of account and year the rank correlation of the index with "
            "growth in the next year is {rho:.2f} ({low:.2f} to {high:.2f}).",
            DEEDS[at_least(low, high, small)],
            *(("Satisfied accounts grow less: look for a third cause.",) if high < 0 else ()),
        ),
    )


def recommendation(survey: Survey) -> Finding:
    """How many more would recommend us than warn of us?"""
    rows = survey.rows
    said = rows["recommend"].dropna() if "recommend" in rows else pd.Series(dtype="float64")
    if said.empty:
        return unknown(
            "Nobody was asked whether he would recommend us; {column} would tell.",
            column="survey.recommend",
        )
    if len(said) < 2:
        return unknown("One answer makes no net promoter score; two or more would.")
    found = sf.net_promoter_score(said)
    numbers = {
        **found._asdict(),
        "score": flat(found.score, 0),
        "low": flat(found.low, 0),
        "high": flat(found.high, 0),
    }
    says = (
        "The net promoter score is {score:+.0f} ({low:+.0f} to {high:+.0f}), from "
        "{n:count answer}: {promoters:percent0} promoters, {detractors:percent0} detractors."
        if found.standard_error > 0
        else "All {n:count answer} are of one kind: the net promoter score is {score:+.0f}, and "
        "no error can be known.",
    )
    return Finding(numbers, says)


def fifths(survey: Survey) -> Finding:
    """Do satisfied customers say that they will stay, and recommend us?"""
    rows = survey.rows
    said = rows["recommend"].dropna() if "recommend" in rows else pd.Series(dtype="float64")
    if survey.n < FEWEST_SPLIT or survey.index.nunique() < 5:
        return unknown(
            "Fifths take {needed} answers or more with {kinds} different indices; here there are "
            "{n} with {found}.",
            needed=FEWEST_SPLIT,
            kinds=5,
            n=survey.n,
            found=survey.index.nunique(),
        )
    names = ["lowest fifth", "second", "third", "fourth", "highest fifth"]
    fifth = pd.qcut(survey.index.rank(method="first"), 5, labels=names)
    table = pd.DataFrame(
        {
            "answers": fifth.value_counts().sort_index(),
            "satisfaction": survey.index.groupby(fifth, observed=False).mean(),
        }
    ).rename_axis("by satisfaction")
    if "L" in survey.blocks:
        own = survey.indices["L"]
        table["loyalty"] = own.groupby(fifth.reindex(own.index), observed=False).mean()
    if len(said):
        table["nps"] = [
            flat(sf.net_promoter_score(said[fifth[said.index] == name]).score, 0)
            if (fifth[said.index] == name).any()
            else np.nan
            for name in names
        ]
    last = "loyalty" if "loyalty" in table else "nps"
    if last not in table or table[last].iloc[[0, -1]].isna().any():
        return unknown(
            "The survey has neither loyalty nor recommendation to set beside satisfaction; "
            "{columns:names} would give them.",
            columns=["survey.L1", "survey.recommend"],
        )
    each = survey.indices["L"] if last == "loyalty" else _signs(said)
    ends = [each[fifth.reindex(each.index) == name] for name in (names[-1], names[0])]
    apart = _mean_difference(*ends)
    if apart is None:
        return unknown(
            "In the outer fifths all say the same, or only one answered: a difference between them "
            "has no error that could be known."
        )
    numbers = {
        "what": "the loyalty index" if last == "loyalty" else "the net promoter score",
        "start": flat(table[last].iloc[0], 0),
        "end": flat(table[last].iloc[-1], 0),
        **_named("apart", apart),
        "frame": table,
    }
    says = (
        "The least satisfied fifth has {start:.0f} in {what}, the most satisfied {end:.0f}.",
        "Higher by {apart:.0f} points ({apart_low:.0f} to {apart_high:.0f}), more than chance."
        if apart[1] > 0
        else "Lower: a difference of {apart:.0f} points ({apart_low:.0f} to {apart_high:.0f}), "
        "more than chance."
        if apart[2] < 0
        else "The difference of {apart:+.0f} points ({apart_low:+.0f} to {apart_high:+.0f}) is "
        "within chance.",
    )
    columns = {
        "answers": Shown("answers", ",.0f"),
        "satisfaction": Shown("satisfaction index", ".0f"),
        "loyalty": Shown("loyalty index", ".0f"),
        "nps": Shown("net promoter score", ".0f"),
    }
    return Finding(numbers, says, table, columns)


def _signs(said: pd.Series) -> pd.Series:
    """100 for each promoter, -100 for each detractor, 0 for those between."""
    return 100.0 * (said.ge(sf.PROMOTER).astype(int) - said.le(sf.DETRACTOR).astype(int))


def _mean_difference(first: pd.Series, second: pd.Series) -> Spread | None:
    """Difference of two means with its interval (Welch 1947); None where it has no error."""
    if min(len(first), len(second)) < 2 or first.std() + second.std() == 0:
        return None
    low, high = ttest_ind(first, second, equal_var=False).confidence_interval(1 - LEVEL)
    return float(first.mean() - second.mean()), float(low), float(high)


def _means(scores: pd.Series, groups: pd.Series) -> GroupMeans | None:
    """Means by group; None where they cannot be compared."""
    try:
        return sf.group_means(scores, groups)
    except ValueError:
        return None


def _by_sector(survey: Survey) -> GroupMeans | None:
    if survey.sectors.empty or not survey.spread:
        return None
    where = survey.rows["account_id"].map(survey.sectors).dropna().astype("str")
    return _means(survey.index[where.index], where)


def _by_manager(survey: Survey) -> tuple[pd.Series, pd.Series]:
    """Index and manager of each answer that names one."""
    if "manager_id" not in survey.rows:
        return survey.index.iloc[:0], pd.Series(dtype="str")
    who = survey.rows["manager_id"].dropna().astype("str")
    return survey.index[who.index], who


def _ranked(table: pd.DataFrame, mean: float, title: str, xlabel: str) -> Figure:
    drawn = table.rename(columns={"mean": "estimate"})[["estimate", "low", "high"]]
    return figures.ranked_intervals(drawn, title, xlabel, reference=round(mean, 1))


def _off(table: pd.DataFrame, mean: float) -> int:
    return int(((table["low"] > mean) | (table["high"] < mean)).sum())


def sectors(survey: Survey, margin: float = 5.0) -> Finding:
    """Has each sector enough answers, and do the sectors differ?

    Parameters
    ----------
    margin : how exact a sector's index should be: half-width of its 95 % interval, points above 0
    """
    found = _by_sector(survey)
    if found is None:
        return unknown(
            "Sectors are compared where {column} names two or more, one of them with two answers, "
            "and the answers differ.",
            column="accounts.sector",
        )
    sizes = survey.sectors.value_counts()
    table = found.table.rename_axis("sector").sort_values("mean", ascending=False, kind="stable")
    needed = sf.required_sample_size(margin, survey.spread)
    table.insert(0, "accounts", sizes.reindex(table.index))
    table["enough"] = table["n"] >= needed
    table["these"] = [
        sf.required_sample_size(margin, survey.spread, population=int(size))
        for size in table["accounts"]
    ]
    mean = float((table["mean"] * table["n"]).sum() / table["n"].sum())
    numbers = {
        "margin": float(margin),
        "needed": needed,
        "enough": int(table["enough"].sum()),
        "groups": len(table),
        "off": _off(table, mean),
        "p": p_text(found.p_value),
        "p_value": found.p_value,
        "level": LEVEL,
        "mean": mean,
        "each": [f"{name} {value:.1f}" for name, value in table["mean"].items()],
        "frame": table,
    }
    says = [
        "To know a sector within {margin:g} points takes {needed:count answer}; {enough} of "
        "{groups} sectors have them.",
        "Taken together the sectors differ by more than chance allows (F test, {p})."
        if found.p_value < LEVEL
        else "Taken together the sectors differ by no more than chance allows (F test, {p}).",
    ]
    if found.p_value >= LEVEL and numbers["off"]:
        says.append(
            "{off:count interval misses/intervals miss} the mean of all: so it goes now and then "
            "with {groups} tries at {level:percent0} each."
        )
    xlabel = "satisfaction index (95 % interval)"
    picture = Picture(
        lambda title: _ranked(table, mean, title, xlabel),
        "Off the mean of all by more than their error: {off} of {groups} sectors",
        "Satisfaction index by sector with intervals: {each:names}. The line is the mean of all, "
        "{mean:.1f}.",
    )
    order = ["accounts", "n", "enough", "these", "mean", "low", "high"]
    return Finding(numbers, tuple(says), table[order], INDEX_COLUMNS, picture)


def _no_managers() -> Finding:
    return unknown(
        "Managers are compared where {column} names two or more, one of them with two answers, and "
        "the answers differ.",
        column="survey.manager_id",
    )


def managers(survey: Survey, few: int = 5) -> Finding:
    """Do the managers differ by more than the noise of their answers?

    Parameters
    ----------
    few : answers per manager in the ranking that is put to the test, 2 or more
    """
    found = _means(*_by_manager(survey)) if survey.spread else None
    if found is None:
        return _no_managers()
    table = found.table.rename_axis("manager").sort_values("mean", ascending=False, kind="stable")
    mean = float((table["mean"] * table["n"]).sum() / table["n"].sum())
    numbers: dict[str, object] = {
        "groups": len(table),
        "off": _off(table, mean),
        "by_chance": LEVEL * len(table),
        "level": LEVEL,
        "best": str(table.index[0]),
        "last": str(table.index[-1]),
        "best_index": float(table["mean"].iloc[0]),
        "last_index": float(table["mean"].iloc[-1]),
        "range": float(np.ptp(table["mean"])),
        "p": p_text(found.p_value),
        "p_value": found.p_value,
        "few": few,
        **_named("of_few", sf.mean_reliability(found, few)),
        "mean": mean,
        "frame": table,
    }
    says = (
        "Between the first and the last of {groups:count manager} lie {range:.0f} points.",
        "They differ by more than chance allows (F test, {p})."
        if found.p_value < LEVEL
        else "Chance alone could explain that (F test, {p}).",
        "Off the mean by more than their error are {off}; at {level:percent0} each, chance alone "
        "would bring about {by_chance:.1f}.",
        "The reliability of a mean of {few:count answer} is {of_few:.2f} ({of_few_low:.2f} to "
        "{of_few_high:.2f}).",
    )
    xlabel = "satisfaction index of the manager's customers (95 % interval)"
    picture = Picture(
        lambda title: _ranked(table, mean, title, xlabel),
        "Off the mean of all by more than their error: {off} of {groups} managers",
        "Mean index of {groups:count manager} with intervals, from {best_index:.1f} ({best}) to "
        "{last_index:.1f} ({last}); {off} of the intervals miss the mean of all, {mean:.1f}.",
    )
    return Finding(numbers, says, picture=picture)


#: What is said of a ranking by the reliability of its means.
RANKED = {
    "holds": "The two rankings agree by more than noise.",
    "does not hold": "**A ranking of these managers by {few:count answer} is noise.** Who is paid "
    "by it is paid by lot.",
    UNTOLD: "Whether a ranking by {few:count answer} is more than noise cannot be told: too little "
    "to pay anybody by.",
}


def ranked_twice(
    survey: Survey,
    few: int = 5,
    noise: float = 0.3,
    draws: int | None = None,
) -> Finding:
    """If each manager's customers were asked twice, would the ranking be the same?

    Parameters
    ----------
    few : answers per manager each time
    noise : a ranking of which the reliability lies below this is called noise
    """
    scores, who = _by_manager(survey)
    needed = 4
    reached = int((who.value_counts() >= 2 * few).sum()) if len(who) else 0
    if not survey.spread:
        return unknown("All answers give the same index, so there is nothing to rank.")
    if reached < needed:
        return unknown(
            "Asking twice takes {needed} managers with {twice:count answer} each; here "
            "{reached:count manager has/managers have} so many ({column}).",
            needed=needed,
            twice=2 * few,
            reached=reached,
            column="survey.manager_id",
        )
    found = sf.rank_agreement(scores, who, n=few, draws=draws or TWICE)
    means = _means(scores, who)
    trust = sf.mean_reliability(means, few) if means else (np.nan, np.nan, np.nan)
    verdict = at_least(trust[1], trust[2], noise)
    numbers: dict[str, object] = {
        "few": few,
        **_named("trust", trust),
        "noise": noise,
        "correlation": flat(found.correlation),
        "low": flat(found.low),
        "high": flat(found.high),
        "stays": found.best_stays,
        "chance": found.by_chance,
        "groups": found.groups,
    }
    says = [
        "With {few:count answer} each time the two rankings of {groups} managers have a rank "
        "correlation of {correlation:.2f} ({low:.2f} to {high:.2f} over the draws).",
        "The best of the first is in the top quarter of the second in {stays:percent0} of draws; "
        "chance alone gives {chance:percent0}.",
    ]
    says.append(
        "That spread is of the draws, which share their answers. The test is the reliability of a "
        "mean of {few:count answer}, {trust:.2f} ({trust_low:.2f} to {trust_high:.2f}), against "
        "{noise:g}."
    )
    says.append(RANKED[verdict])
    return Finding(numbers, tuple(says))


def shrunken(survey: Survey) -> Finding:
    """What is the better forecast of each manager's mean?"""
    found = _means(*_by_manager(survey)) if survey.spread else None
    if found is None:
        return _no_managers()
    table = found.table.rename_axis("manager").sort_values("mean", ascending=False, kind="stable")
    ends = table if len(table) <= 4 else table.iloc[[0, 1, -2, -1]]
    numbers = {
        "groups": len(table),
        **_named("between", tuple(found.within_sd * math.sqrt(ratio) for ratio in found.ratio)),
        "within": found.within_sd,
        "frame": table,
    }
    says = (
        "Between managers the index spreads by {between:.1f} points ({between_low:.1f} to "
        "{between_high:.1f}), between the answers of one manager by {within:.1f}.",
    )
    order = ["n", "mean", "low", "high", "reliability", "reliability_low", "reliability_high"]
    return Finding(numbers, says, ends[[*order, "shrunken"]], INDEX_COLUMNS)


def _alpha(items: pd.DataFrame) -> float:
    try:
        return sf.cronbach_alpha(items)
    except ValueError:
        return np.nan


def _alpha_interval(alpha: float, rows: pd.DataFrame) -> tuple[float, float]:
    """95 % interval of the alpha of these items (Feldt 1965)."""
    if math.isnan(alpha):
        return np.nan, np.nan
    answers, items = rows.shape
    free = (answers - 1, (answers - 1) * (items - 1))
    low, high = (1 - (1 - alpha) * float(fisher.ppf(share, *free)) for share in (0.975, 0.025))
    return low, high


def item_agreement(survey: Survey, drivers: Finding | None = None, floor: float = FLOOR) -> Finding:
    """Do the items of a block agree?

    Parameters
    ----------
    drivers : the paths; they give the reliabilities that do not suppose equal items
    floor : the reliability that is usually asked for when groups are compared
    """
    rows = {code: survey.rows.dropna(subset=own)[own] for code, own in survey.blocks.items()}
    table = pd.DataFrame(
        {
            code: [own.shape[1], len(own), _alpha(own), *_alpha_interval(_alpha(own), own)]
            for code, own in rows.items()
        },
        index=["items", "answers", "alpha", "low", "high"],
    ).T
    if table["alpha"].isna().all():
        return unknown(
            "How well items agree is known from two items of a block that differ, answered twice "
            "or more; here {blocks:count block has/blocks have} none such.",
            blocks=len(table),
        )
    model = drivers.numbers["model"] if drivers is not None and drivers.known else None
    if model is not None:
        several = model.blocks[model.blocks["items"] > 1]
        for name in QUALITY:
            ends = [several[f"{name}{end}"].reindex(table.index) for end in ("", "_low", "_high")]
            table[name] = [
                with_interval(value, low, high, form=".2f")
                for value, low, high in zip(*ends, strict=True)
            ]
    table = table.set_axis(pd.Index([WORDS[code] for code in table.index], name="block"), axis=0)
    weakest = str(table["alpha"].idxmin())
    alpha, low, high = (float(table.loc[weakest, name]) for name in ("alpha", "low", "high"))
    numbers = {
        "weakest": weakest,
        "alpha": flat(alpha),
        "low": flat(low),
        "high": flat(high),
        "floor": floor,
        "frame": table,
    }
    verdict = {
        "holds": "That is good enough to compare groups (the usual floor is {floor:g}).",
        "does not hold": "That is below the usual floor of {floor:g} for comparing groups.",
    }.get(
        at_least(low, high, floor),
        "The interval includes the usual floor of {floor:g}: whether it is good enough cannot be "
        "told.",
    )
    says = (
        "The least reliable block is {weakest}, with an alpha of {alpha:.2f} ({low:.2f} to "
        "{high:.2f}).",
        verdict,
        *(("Items that contradict each other may be turned round.",) if alpha < 0 else ()),
    )
    return Finding(numbers, says, table, AGREEMENT_COLUMNS)


AGREEMENT_COLUMNS = {
    "items": Shown("items", ",.0f"),
    "answers": Shown("answers", ",.0f"),
    "alpha": Shown("Cronbach's alpha", ".2f"),
    "low": Shown("from", ".2f"),
    "high": Shown("to", ".2f"),
    "rho_a": Shown("rho_A of the score (95 %)"),
    "composite_reliability": Shown("composite reliability (95 %)"),
    "ave": Shown("average variance extracted (95 %)"),
}
PATH_COLUMNS = {
    "estimate": Shown("raw path", ".2f"),
    "low": Shown("from", ".2f"),
    "high": Shown("to", ".2f"),
    "disattenuated": Shown("corrected path", ".2f"),
    "disattenuated_low": Shown("from ", ".2f"),
    "disattenuated_high": Shown("to ", ".2f"),
}


def _arrow_names(paths: pd.DataFrame) -> list[str]:
    return [f"{WORDS[source]} → {WORDS[target]}" for source, target in paths.index]


def corrected_paths(drivers: Finding) -> Finding:
    """What do errors of measurement hide?"""
    if not drivers.known:
        return unknown(drivers.unknown, **drivers.numbers)
    paths: pd.DataFrame = drivers.numbers["model"].paths
    table = paths.set_axis(pd.Index(_arrow_names(paths), name="path"), axis=0)
    drawn = drivers.numbers["model"].resampled
    moved = (drawn["disattenuated"] - drawn["estimate"]).set_axis(table.index, axis=1)
    sure = moved.isna().mean() <= LOST_DRAWS
    low, high = (moved.quantile(end).where(sure) for end in (LEVEL / 2, 1 - LEVEL / 2))
    known = table["disattenuated"].notna() & sure
    numbers = {
        "larger": list(table.index[low > 0]),
        "smaller": list(table.index[high < 0]),
        "open": list(table.index[known & (low <= 0) & (high >= 0)]),
        "frame": paths,
    }
    says = [
        "By resamples, the raw scores understate: {larger:names}. They overstate: {smaller:names}. "
        "Of which neither can be told: {open:names}."
    ]
    if numbers["smaller"] and numbers["larger"]:
        says.append(
            "With several sources noise cuts both ways: a weak source borrows what a strong one, "
            "badly measured, leaves unexplained."
        )
    if not known.all():
        says.append(
            "Where no corrected path is shown, the items of a block agree too little, or two "
            "blocks are nearly one."
        )
    return Finding(numbers, tuple(says), table, PATH_COLUMNS)


def fewer_items(survey: Survey, drivers: Finding, draws: int | None = None) -> Finding:
    """What would the strongest path be with fewer items?"""
    if not drivers.known:
        return unknown(drivers.unknown, **drivers.numbers)
    most = max(len(items) for items in survey.modelled.values())
    if not drivers.numbers["first"] or most < 2:
        return unknown(
            "This needs a driver of satisfaction, and a block with two items or more; "
            "{columns:names} would be one.",
            columns=["survey.Q1", "survey.Q2", "survey.Q3"],
        )
    arrow = (next(code for code in WORDS if WORDS[code] == drivers.numbers["first"]), "S")
    rows = {}
    for k in range(1, most + 1):
        fewer = {code: items[:k] for code, items in survey.modelled.items()}
        if (model := _fit(survey, draws or DRAWS, fewer)) is not None:
            found = model.paths.loc[arrow]
            rows[k] = found if k > 1 else found.where(~found.index.str.startswith("dis"))
    if len(rows) < 2:
        return unknown("With fewer items these answers allow no path model.")
    table = pd.DataFrame(rows).T
    table.index = pd.Index([str(k) for k in rows], name="items per block, at most")
    numbers = {
        "first": drivers.numbers["first"],
        "fewest": next(iter(rows)),
        **_named("one", tuple(table[["estimate", "low", "high"]].iloc[0])),
        **_named("all", tuple(table[["estimate", "low", "high"]].iloc[-1])),
        "frame": table,
    }
    says = [
        "With {fewest:count item} a block the raw path from {first} to satisfaction would be "
        "{one:.2f} ({one_low:.2f} to {one_high:.2f}), with all of them {all:.2f} ({all_low:.2f} to "
        "{all_high:.2f}).",
        "The customers are the same; only the looks at each thing are more.",
    ]
    corrected = table[list(table.filter(like="dis"))].iloc[-1]
    if corrected.notna().all():
        numbers |= _named("corrected", tuple(corrected))
        says.append(
            "Corrected, it is {corrected:.2f} ({corrected_low:.2f} to {corrected_high:.2f})."
        )
    return Finding(numbers, tuple(says), table, PATH_COLUMNS)


def claims(
    survey: Survey,
    drivers: Finding,
    prompt_hours: float = sf.PROMPT_HOURS,
    small: float = SMALL,
    large: float = LARGE,
    floor: float = FLOOR,
    least_gain: float = LEAST_GAIN,
) -> Finding:
    """What the documents claim of satisfaction, each with its test on this book.

    Parameters
    ----------
    small, large : paths and correlations below the first are next to nothing, from the second on
        they are large (Cohen 1988)
    floor : the least reliability of a measure
    least_gain : the least gain in loyalty that is one, in points of the scale
    """
    return steps.verdicts(
        [
            _of_quality(drivers),
            _of_cost(survey),
            _of_value(drivers, small),
            _of_complainers(survey, prompt_hours, least_gain),
            _of_measuring(survey, floor),
            _of_strategy(drivers, large),
            _of_deeds(survey, small),
            _of_iso(survey),
            untested(
                "S002-8e",
                "exchange and compensation rebuild loyalty",
                "what was done for the complainer",
                "the survey knows the hours only, not what was done",
            ),
            _of_responsibility(survey),
        ]
    )


def _of_quality(drivers: Finding) -> Claim:
    claim = (
        "S000-8d",
        "watch product quality: reliability, voltage, harmonics",
        "is the path of quality above that of each other driver?",
    )
    if not drivers.known or drivers.numbers["drivers"] < 2:
        return untested(*claim, "needs a path model with two drivers")
    used = drivers.numbers["used"]
    if ("Q", "S") not in used.index:
        return untested(*claim, "needs survey.Q1 to Q3")
    model, kind = drivers.numbers["model"], drivers.numbers["kind"]
    others = [source for source, target in used.index if target == "S" and source != "Q"]
    # above all others takes each comparison; below one of several is looked for (Bonferroni)
    ahead = {other: _apart(model, "Q", other, kind) for other in others}
    nearest = min(ahead, key=lambda other: ahead[other][1])
    here = f"{with_interval(*ahead[nearest], form='+.2f')} above {WORDS[nearest]}"
    if ahead[nearest][1] > 0:
        why = "quality as a whole leads; nobody was asked for reliability, voltage or harmonics"
        return Claim(*claim, here, "holds in part", why, len(others))
    behind = {other: _apart(model, "Q", other, kind, LEVEL / len(others)) for other in others}
    last = min(behind, key=lambda other: behind[other][2])
    if behind[last][2] < 0:
        here = f"{with_interval(*behind[last], form='+.2f')} above {WORDS[last]}"
        return Claim(*claim, here, "does not hold", f"{WORDS[last]} lies above it")
    why = f"the difference from {WORDS[nearest]} may be 0"
    return Claim(*claim, here, UNTOLD, why, len(others))


def _of_cost(survey: Survey) -> Claim:
    claim = (
        "S002-1i",
        "cost is money, time, energy and mind",
        "how much of the cost is not money",
    )
    rated = _rated(survey)
    if rated is None or "cost_money" not in rated[2] or len(rated[2]) < 2:
        return untested(*claim, "needs survey.cost_money and another cost")
    k = len(rated[2])
    return untested(
        *claim,
        f"{k} costs rated from 0 to 100 and weighed alike: equal ratings give "
        f"{percent((k - 1) / k, 0)} that is not money; needs the weights of the costs",
    )


def _path_of(drivers: Finding, source: str, target: str) -> tuple[str, Spread] | None:
    """Which path, corrected or raw, and its interval; None where the model lacks it."""
    if not drivers.known or (source, target) not in drivers.numbers["used"].index:
        return None
    row = drivers.numbers["used"].loc[(source, target)]
    return (
        "corrected path" if drivers.numbers["corrected"] else "raw path",
        (float(row["path"]), float(row["low"]), float(row["high"])),
    )


def _of_value(drivers: Finding, small: float) -> Claim:
    claim = ("S002-1l", "perceived value has nothing to do with satisfaction (true or false?)")
    test = f"path of value to satisfaction, within ±{small:g} of 0?"
    found = _path_of(drivers, "V", "S")
    if found is None:
        return untested(*claim, test, "needs survey.V1 to V3 and a path model")
    kind, spread = found
    verdict = by_interval(spread[1], spread[2], 0.0, small)
    why = {
        "holds": "next to nothing",
        "does not hold": "it is related",
    }.get(verdict, f"the interval reaches over {small:g}")
    return Claim(*claim, test, f"{kind} {with_interval(*spread, form='.2f')}", verdict, why)


def _of_complainers(survey: Survey, limit: float, least: float) -> Claim:
    claim = (
        "S002-1l",
        "a customer who complained cannot be won back (true or false?)",
        f"is the gain in loyalty when answered within {limit:g} h below {least:g} points (both "
        "limits ours, set before the look; other hours beside it)?",
    )
    found = _gain(survey, limit)
    if found is None:
        return untested(*claim, "needs loyalty, and complaints answered in time and late")
    # the claim is that there is no gain: it holds where a gain does not
    turned: dict[Verdict, Verdict] = {"holds": "does not hold", "does not hold": "holds"}
    beside = {hours: _gain(survey, hours) for hours in sorted({*TRIED_HOURS} - {limit})}
    others = {hours: gain for hours, gain in beside.items() if gain is not None}
    here = "; ".join(
        f"{hours:g} h {with_interval(*gain, form='.2f')}"
        for hours, gain in {limit: found, **others}.items()
    )
    said = at_least(found[1], found[2], least)
    why = {
        "holds": "loyalty is higher after a prompt answer",
        "does not hold": "no such gain",
    }.get(said, f"the gain may be {least:g} or not")
    unlike = [h for h, gain in others.items() if at_least(gain[1], gain[2], least) != said]
    if unlike:
        why += f" at {limit:g} h; at {' and '.join(f'{h:g}' for h in unlike)} h it would not be so"
    return Claim(*claim, here, turned.get(said, UNTOLD), why)


def _of_measuring(survey: Survey, floor: float) -> Claim:
    claim = (
        "S002-7j",
        "an index can measure satisfaction",
        f"is Cronbach's alpha of its items {floor:g} or more?",
    )
    items = survey.rows[survey.blocks["S"]]
    alpha = _alpha(items)
    if math.isnan(alpha):
        return untested(*claim, "needs two items and two questionnaires that differ")
    low, high = _alpha_interval(alpha, items)
    # alpha says that the items go together, not what they measure: more than a part it cannot show
    verdict, why = {
        "holds": (
            "holds in part",
            "its items agree; that it is satisfaction they measure is not shown",
        ),
        "does not hold": ("does not hold", "its items do not agree enough"),
    }.get(at_least(low, high, floor), (UNTOLD, f"the interval includes {floor:g}"))
    return Claim(*claim, with_interval(alpha, low, high, form=".2f"), verdict, why)


def _of_strategy(drivers: Finding, large: float) -> Claim:
    claim = ("S002-7j", "satisfaction is the core of strategy")
    test = f"is the path of satisfaction to loyalty {large:g} or more?"
    found = _path_of(drivers, "S", "L")
    if found is None:
        return untested(*claim, test, "needs survey.L1, L2 and a path model")
    kind, spread = found
    verdict = at_least(spread[1], spread[2], large)
    why = {
        "holds": "for what they say they will do",
        "does not hold": "the link is weaker",
    }.get(verdict, f"the interval includes {large:g}")
    return Claim(*claim, test, f"{kind} {with_interval(*spread, form='.2f')}", verdict, why)


def _of_deeds(survey: Survey, small: float) -> Claim:
    claim = (
        "S002-7j",
        "the same, for what they do",
        f"is the rank correlation with growth in the next year {small:g} or more?",
    )
    found = _deeds(survey)
    if found is None:
        return untested(
            *claim, f"needs {ENOUGH} accounts with survey.year and revenue of two years"
        )
    verdict = at_least(found[1], found[2], small)
    why = {
        "holds": "satisfied accounts grow more",
        "does not hold": "the other way round" if found[2] < 0 else "such a link is ruled out",
    }.get(verdict, f"the interval includes {small:g}")
    return Claim(*claim, with_interval(*found, form=".2f"), verdict, why)


def _of_iso(survey: Survey) -> Claim:
    claim = (
        "S002-7j (ISO 9000:2000)",
        "meet requirements, strive to exceed expectations",
        "does no dimension fall short, all of them taken together?",
    )
    pairs = survey.pairs
    if survey.gaps is None or pairs is None:
        return untested(*claim, "needs pairs of perceived and expected service")
    dims = survey.gaps.drop("all")
    # met takes every dimension; one of several that falls short is looked for (Bonferroni)
    together = sf.servqual_gap(*pairs, confidence=1 - LEVEL / len(dims)).drop("all")
    short = int((together["high"] < 0).sum())
    lowest = together["gap"].idxmin()
    gap, low, high = together.loc[lowest, ["gap", "low", "high"]]
    here = f"{short} of {len(dims)} fall short; {lowest} {with_interval(gap, low, high, '+.2f')}"
    if short:
        return Claim(*claim, here, "does not hold", "not met")
    met = bool((dims["low"] >= 0).all())
    # each dimension has its own interval here; above, all of them share one level
    verdict: Verdict = "holds" if met else UNTOLD
    return Claim(*claim, here, verdict, "met" if met else "the gaps may be 0 or below", len(dims))


def _of_responsibility(survey: Survey) -> Claim:
    claim = (
        "S004-1e",
        "handle complaints; the first contact stays responsible",
        "gap of responsiveness against the mean gap",
    )
    pairs = survey.pairs
    if pairs is None or len(pairs[0]) < 2 or len(pairs[2]) < 2 or "responsiveness" not in pairs[2]:
        return untested(*claim, "needs pairs of perceived and expected service")
    gaps = _each_gap(pairs)
    mean, low, high = _mean_interval(gaps["responsiveness"] - gaps.mean(axis=1))
    difference = with_interval(mean, low, high, form=".2f")
    here = (
        f"{flat(gaps['responsiveness'].mean()):.2f} against "
        f"{flat(gaps.mean(axis=1).mean()):.2f}, a difference of {difference}"
    )
    # it says what to do, not what is so: the survey knows where service falls short, no more
    place = (
        "service falls shorter here"
        if high < 0
        else "service falls less short here"
        if low > 0
        else "no difference is seen"
    )
    return Claim(*claim, here, UNTESTED, f"a rule, not a statement: {place}", 0)


def account_review(survey: Survey, prompt_hours: float = sf.PROMPT_HOURS) -> Finding:
    """What the account review takes from the lesson."""
    rows = survey.rows.dropna(subset=["account_id"])
    who = rows["account_id"].astype("str")
    score = survey.index[rows.index]
    frame = pd.DataFrame({"satisfaction": score.groupby(who).mean(), "answers": who.value_counts()})
    known = _means(score, who)
    if known is not None:
        for side in ("low", "high"):
            frame[f"satisfaction_{side}"] = known.table[side].clip(0, 100)
    if "L" in survey.blocks:
        frame["loyalty"] = survey.indices["L"].groupby(who).mean()
    found = _delivered(survey)
    if found is not None:
        frame["delivered_value"] = found["delivered"].groupby(who).mean()
    if "hours_to_answer" in rows:
        late = rows["hours_to_answer"].ge(prompt_hours).fillna(False).astype(int)
        frame["late_answers"] = late.groupby(who).sum()
    words = {"prompt_hours": float(prompt_hours)}
    made = frame.rename_axis("account_id").sort_index().reset_index()
    return steps.review(LESSON, made, words)
