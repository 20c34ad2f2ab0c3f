"""The steps of lesson 10: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from keyacct_utils.lessons.churn import (
    LESSON,
    figures,
    health,
    rates,
    rhythm,
    spells,
    survival,
)
from keyacct_utils.lessons.shared.amounts import fraction
from keyacct_utils.lessons.shared.claims import (
    ABOUT,
    UNTOLD,
    Claim,
    at_least,
    by_interval,
    untested,
)
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.shared.periods import last_day
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import figures as shared_figures
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Sentence, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import listing, percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples of an interval.
DRAWS = 400
#: A survival curve begins where so many are at risk.
FEWEST_AT_RISK = 10
#: Losses and lines without which a health score is not tried.
FEWEST_LOSSES, FEWEST_RUNNING = 15, 50
#: Losses for each group without which the groups are not tested together.
LOSSES_EACH_GROUP = 3
#: Lines in each group of a calibration, at least.
FEWEST_EACH_GROUP = 5
#: Calls, expected or counted, without which the two are not held against each other.
FEWEST_CALLS = 5
#: Groups that are told apart; smaller ones are joined.
MOST_GROUPS = 12
OTHERS = "all others"
#: What a line may be told by before it ends: the size of one unit, and how it is called.
UNITS = {"price_gap": 5.0, "missed_visits": 1.0, "satisfaction": 10.0}
CALLED = {
    "price_gap": "price gap, 5 points more",
    "missed_visits": "visits missed",
    "satisfaction": "satisfaction, 10 points more",
}
WORST = {"satisfaction": "low"}
KINDS = ("sector", "product", "district", "line", "size")
THIRDS = ("smallest third", "middle third", "largest third")
NOT_KNOWN = "not known"
OWN_BUSINESS, RIVAL, UNNAMED = "own_business", "rival", "other"
GOVERNMENT = "government"
NO_LINES = (
    "No {noun} of this book was watched with a rhythm or an end of its own: three purchases of an "
    "account, or a table subscriptions, would allow it."
)


#: Reasons that nobody can act on, as `end_reason` writes them; None: those named to `churn`.
Reasons = str | tuple[str, ...] | list[str] | None


@dataclass(frozen=True)
class Leavers(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    #: First and last day under watch.
    begin: pd.Timestamp
    end: pd.Timestamp
    #: "line" of the table subscriptions, or "account" of the ledger.
    noun: str
    #: One row per line that was watched: account_id, duration, entry, event, cause, value.
    lines: pd.DataFrame
    #: The same as they were entered, for a look from an earlier day; empty where there are none.
    entered: pd.DataFrame
    #: Group of each line, for each kind of group that the book knows.
    groups: Mapping[str, pd.Series]
    covariates: tuple[str, ...]
    #: From `rhythm.lapsed` on the last day.
    silence: pd.DataFrame
    #: Days on which each account bought.
    bought: pd.DataFrame
    #: Sales a year of each account while it bought.
    yearly: pd.Series
    level: float
    labels: pd.Series
    #: Groups of accounts, to look up.
    of_account: Mapping[str, pd.Series] = field(default_factory=dict)
    #: Reasons that nobody here can act on; one may be given as a text.
    not_ours: str | tuple[str, ...] = (OWN_BUSINESS,)

    @property
    def lost(self) -> pd.DataFrame:
        """The lines that ended."""
        return self.lines[self.lines["event"] == 1]

    def asked(self, not_ours: Reasons = None) -> list[str]:
        """The reasons that nobody here can act on: those of the call, or else those of the book."""
        given = self.not_ours if not_ours is None else not_ours
        return [given] if isinstance(given, str) else list(given)

    def ours(self, not_ours: Reasons, lines: pd.DataFrame | None = None) -> pd.DataFrame:
        """Lines of which only those count as lost that left for a reason that could be acted on."""
        rows = self.lines if lines is None else lines
        kept = (rows["event"] == 1) & ~rows["cause"].isin(self.asked(not_ours))
        return rows.assign(event=kept.astype(int))


def churn(
    opened: Book,
    period: str = "all",
    *,
    level: float = 0.95,
    not_ours: str | tuple[str, ...] = (OWN_BUSINESS,),
) -> Leavers:
    """Who was watched, from when to when, and who left?

    Parameters
    ----------
    opened : Book
    period : the time under watch: "all", "book" (the book's own), a year, a quarter or a month. The
        rhythm of each account is learned from all rows up to its last day.
    level : how improbable a silence has to be before an account counts as lapsed.
    not_ours : reasons of an end that nobody here can act on, as ``end_reason`` writes them: every
        step takes them from here.

    Raises
    ------
    ValueError
        Where no row has a date, no account bought anything, or no line was watched in the period.
    """
    fraction("level", level, one=False)
    start, end = opened.period_dates(period)
    known = opened.totals(end=end).iloc[0]
    if pd.isna(known["first_date"]):
        raise ValueError("no row of the ledger has a date: nothing says who was there when")
    last = last_day(opened, pd.Timestamp(known["last_date"]), end)
    rows = opened.rollup(period="month", by_line=False, end=end)
    dated = rows[rows["period"] != ""]
    rows = dated[dated["sold"] > 0]
    if not len(rows):
        raise ValueError(
            "no account bought anything up to the end of this period: choose another period, or "
            "check the sign of the amounts"
        )
    days = opened.rollup(period="day", by_line=False, end=end)
    days = days[(days["period"] != "") & (days["sold"] > 0)]
    bought = pd.DataFrame(
        {
            "account_id": days["account_id"].to_numpy(),
            "date": pd.to_datetime(days["period"]).to_numpy(),
        }
    )
    silence = rhythm.lapsed(bought, last, level)
    first = pd.Timestamp(known["first_date"])
    yearly = _yearly(dated, silence)
    entered = _entered(opened)
    of_account = _of_account(opened, rows, end)
    ends = entered["end"].dropna() if len(entered) else pd.Series(dtype="datetime64[s]")
    # a register that is older than the ledger is watched from the day after its first end on: that
    # end opens the watch, and a day that was picked for a loss is no day to count one
    first = min(first, ends.min() + pd.Timedelta(days=1)) if len(ends) else first
    begin = max(first, pd.Timestamp(start)) if start is not None else first
    if last <= begin:
        last = begin + pd.Timedelta(days=1)
    if len(entered):
        noun, lines = "line", spells.of_subscriptions(entered, begin, last)
    else:
        noun, lines = "account", spells.of_silence(silence, begin, last)
        lines["value"] = yearly.reindex(lines.index)
    return Leavers(
        name=opened.name,
        currency=opened.currency,
        begin=begin,
        end=last,
        noun=noun,
        lines=lines,
        entered=entered,
        groups=_groups(lines, of_account),
        covariates=_covariates(lines),
        silence=silence,
        bought=bought,
        yearly=yearly,
        level=level,
        labels=opened.labels(),
        of_account=of_account,
        not_ours=not_ours,
    )


def _entered(opened: Book) -> pd.DataFrame:
    """The lines of the book, without the accounts that it leaves out."""
    if not opened.has("subscriptions", "start", "end", "account_id"):
        return pd.DataFrame()
    return opened.counted("subscriptions").dropna(subset=["account_id"])


def _yearly(rows: pd.DataFrame, silence: pd.DataFrame) -> pd.Series:
    """Sales a year of each account from its first to its last purchase, a year at least."""
    years = ((silence["last"] - silence["first"]).dt.days / 365.25).clip(lower=1.0)
    sold = rows.groupby("account_id")["revenue"].sum().reindex(silence.index)
    return (sold / years).clip(lower=0.0)


def _of_account(opened: Book, rows: pd.DataFrame, end: Any) -> dict[str, pd.Series]:
    found: dict[str, pd.Series] = {}
    if opened.has("accounts"):
        file = opened.table("accounts").set_index("account_id")
        found |= {name: file[name].dropna() for name in ("sector", "district") if name in file}
    if opened.has("ledger", "line"):
        by = opened.rollup(end=end)
        by = by[(by["line"] != "") & (by["revenue"] > 0)]
        if len(by):
            top = by.sort_values(["account_id", "revenue"], ascending=[True, False], kind="stable")
            found["line"] = top.drop_duplicates("account_id").set_index("account_id")["line"]
    return {name: series.astype(str) for name, series in found.items()}


def _groups(lines: pd.DataFrame, of_account: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Each kind of group of which the book has two or more."""
    found = {name: lines["account_id"].map(series) for name, series in of_account.items()}
    if "product" in lines:
        found["product"] = lines["product"]
    value = lines["value"].dropna()
    if value.nunique() > FEWEST_AT_RISK:
        third = np.minimum(value.rank(method="first") * 3 // (len(value) + 1), 2).astype(int)
        found["size"] = third.map(dict(enumerate(THIRDS))).reindex(lines.index)
    kept = {}
    for name, series in found.items():
        if series.nunique() < 2:
            continue
        large = series.value_counts().index[: MOST_GROUPS - 1]
        few = series.nunique() > MOST_GROUPS
        kept[name] = (
            series.where(series.isin(list(large)) | series.isna(), OTHERS) if few else series
        )
    return kept


def _covariates(lines: pd.DataFrame) -> tuple[str, ...]:
    """What is known of half of the lines or more, and differs between them."""
    found = []
    for name in UNITS:
        if name in lines and lines[name].notna().mean() >= 0.5 and lines[name].nunique() > 1:
            found.append(name)
    return tuple(found)


def _nouns(found: Leavers, text: str) -> str:
    """A template with the words for what is counted here and for how it went: an account of a
    ledger is only known to be silent.
    """
    gone = "left" if found.noun == "line" else "went silent"
    return text.replace("LINE", found.noun).replace("GONE", gone)


def _not_set(found: Leavers, not_ours: Reasons, numbers: dict[str, Any]) -> list[str | Sentence]:
    """What to say where no loss has a reason that stands for what nobody can act on."""
    asked = found.asked(not_ours)
    lost = found.lost["cause"]
    if not len(lost) or lost.isin(asked).any():
        return []
    if (lost == NOT_KNOWN).all():
        return ["No loss has a reason here, so all count as ones that could be kept."]
    numbers["asked"] = asked
    return [
        "No loss has a reason that stands for what nobody can act on ({asked:names}), so all "
        "count here as ones that could be kept: name yours in the call of churn, as not_ours."
        if asked
        else "No reason is named as one that nobody can act on, so all count here as ones that "
        "could be kept: name yours in the call of churn, as not_ours."
    ]


def _whole(name: str, number: int) -> None:
    """Refuse what is no count of 1 or more."""
    if number != int(number) or number < 1:
        raise ValueError(f"{name} is {number}: expected a whole number of 1 or more")


def _nothing(found: Leavers) -> Finding:
    return unknown(NO_LINES, noun=found.noun)


def book_in_numbers(found: Leavers) -> Finding:
    """Which book, watched from when to when, and who left."""
    lines = found.lines
    alone = found.silence["limit"].isna()
    missing = int(lines["value"].isna().sum()) if len(lines) else 0
    judged = len(found.silence) - int(alone.sum())
    numbers = {
        "book": found.name,
        "begin": f"{found.begin:%Y-%m-%d}",
        "end": f"{found.end:%Y-%m-%d}",
        "lines": len(lines),
        "accounts": lines["account_id"].nunique(),
        "left": int(lines["event"].sum()),
        "before": int((lines["entry"] > 0).sum()),
        "alone": int(alone.sum()),
        "buyers": len(found.silence),
        "judged": judged,
        "earlier": judged - len(lines) if found.noun == "account" else 0,
        "missing": missing,
        "needed": rhythm.FEWEST_GAPS + 1,
        "level": found.level,
    }
    says = ["**{book}**, watched from {begin} to {end}."]
    if found.noun == "line":
        says.append(
            "{lines:count line} of {accounts:count account}; {left} ended in that time, and "
            "{before} had begun before it."
        )
    else:
        says.append(
            "No table of subscriptions says who left. So of {buyers:count account} that bought, "
            "those with {needed} purchase days or more are judged by their own rhythm: {lines} "
            "here; {left} lapsed. Each is watched from its third purchase day on."
            if not numbers["earlier"]
            else "No table of subscriptions says who left. So of {buyers:count account} that "
            "bought, those with {needed} purchase days or more are judged by their own rhythm: "
            "{judged} here. Of these, {earlier} had lapsed before {begin}, which leaves {lines} "
            "under watch; {left} lapsed in that time. Each is watched from its third purchase day "
            "on."
        )
        if numbers["alone"]:
            says.append("With fewer purchase days, and so without a rhythm: {alone:count account}.")
    if len(_later(found)):
        numbers |= {"later": len(_later(found))}
        says.append(
            "The watch ends with the ledger; {later:count line} with an end after that day still "
            "count as running here, and are not called."
        )
    if missing:
        says.append(
            _nouns(found, "Without a yearly value, and in no sum of money: {missing:count LINE}.")
        )
    return Finding(numbers, tuple(says))


def pencil(months: Sequence[float], left: Sequence[int], names: Sequence[str]) -> pd.DataFrame:
    """Five lines on a napkin: months, whether it left, at risk just then, and the share that is
    still there.
    """
    frame = pd.DataFrame({"months": list(months), "left": list(left)}, index=list(names))
    frame = frame.sort_values("months", kind="stable")
    frame["at risk"] = range(len(frame), 0, -1)
    frame["still there"] = (1 - frame["left"] / frame["at risk"]).cumprod().round(3)
    return frame


def _landmark(lines: pd.DataFrame) -> float:
    """The time since the start from which `FEWEST_AT_RISK` were at risk, 0 where there were from
    the first day; missing where there never were.
    """
    for time in np.sort(lines["entry"].unique()):
        if int(((lines["entry"] <= time) & (lines["duration"] > time)).sum()) >= FEWEST_AT_RISK:
            return float(time)
    return np.nan


def _median_limits(curve: pd.DataFrame) -> tuple[float, float]:
    """Times from which the lower and the upper limit of the curve are a half or less; missing
    where that was not seen (Brookmeyer & Crowley 1982, Biometrics 38).
    """
    times = [curve.index[(curve[name] <= 0.5).to_numpy()] for name in ("low", "high")]
    low, high = (float(found[0]) if len(found) else np.nan for found in times)
    return low, high


def how_long(found: Leavers, at: tuple[float, ...] = (12, 24, 36)) -> Finding:
    """Which share is still there after a time?

    Parameters
    ----------
    at : months since the start.
    """
    if not len(found.lines):
        return _nothing(found)
    since = _landmark(found.lines)
    if np.isnan(since):
        return unknown(
            "At no age were {needed} at risk together ({lines} in all): a survival curve would be "
            "about single names.",
            needed=FEWEST_AT_RISK,
            lines=len(found.lines),
        )
    lines = found.lines[found.lines["duration"] > since]
    entry = lines["entry"].clip(lower=since)
    curve = survival.kaplan_meier(lines["duration"], lines["event"], entry)
    numbers: dict[str, Any] = {
        "lines": len(lines),
        "left": int(lines["event"].sum()),
        "since": since,
        "longest": float(lines["duration"].max()),
    }
    if curve.empty:
        return Finding(numbers, (_nouns(found, "None of {lines:count LINE} left in this time."),))
    rows = []
    for time in at:
        at_risk = int(((entry < time) & (lines["duration"] >= time)).sum())
        if time > since and at_risk >= FEWEST_AT_RISK:
            rows.append((time, at_risk, *survival.survival_at(curve, time)))
    table = pd.DataFrame(rows, columns=["time", "at_risk", "stay", "low", "high"])
    says = []
    if since > 0:
        says.append(
            _nouns(
                found,
                "Few were seen young: the curve is of those that had reached {since:.1f} months.",
            )
        )
    if len(table):
        first = table.iloc[-1]
        numbers |= {
            "time": float(first["time"]),
            "stay": float(first["stay"]),
            "low": float(first["low"]),
            "high": float(first["high"]),
        }
        for number, (_, row) in enumerate(table.iloc[:-1].iterrows()):
            numbers |= {f"{name}_{number}": float(row[name]) for name in ("time", "stay")}
            says.append(
                f"After {{time_{number}:.0f}} months {{stay_{number}:percent}} are still there."
            )
        says.append(
            "After {time:.0f} months all that were watched are still there."
            if first["stay"] == 1
            else "After {time:.0f} months {stay:percent} are still there (95 % {low:percent} to "
            "{high:percent})."
        )
    median = float(curve.attrs["median"])
    numbers["median"] = median
    if np.isfinite(median):
        numbers |= dict(zip(("median_low", "median_high"), _median_limits(curve), strict=True))
        says.append(
            "Half have left after {median:.1f} months (95 % {median_low:.1f} to {median_high:.1f})."
            if np.isfinite(numbers["median_high"]) and np.isfinite(numbers["median_low"])
            else "Half have left after {median:.1f} months (95 % from {median_low:.1f} on; the "
            "upper limit was not seen)."
            if np.isfinite(numbers["median_low"])
            else "Half have left after {median:.1f} months; its limits were not seen."
        )
    else:
        says.append("Fewer than half have left by the last time seen ({longest:.0f} months).")
    columns = {
        "time": Shown("months since the start", ",.0f"),
        "at_risk": Shown("at risk", ",.0f"),
        "stay": Shown("still there", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    until = float(np.quantile(lines["duration"], 0.98))
    picture = Picture(
        lambda title: figures.survival_plot(
            curve,
            title,
            "months since the start",
            "share still there",
            until,
        ),
        "After {time:.0f} months {stay:percent} are still there"
        if "time" in numbers
        else _nouns(found, "{left} of {lines:count LINE} left"),
        "A falling step curve of the share still there by months since the start, with its band.",
    )
    shown = table if len(table) else None
    return Finding(numbers, tuple(says), shown, columns, picture, show_table=False)


def _years(lines: pd.DataFrame) -> pd.Series:
    return (lines["duration"] - lines["entry"]) / 12


def _yearly_rate(lines: pd.DataFrame) -> tuple[float, float, float]:
    """Losses a year of those at risk, with its exact limits."""
    table = pd.DataFrame({"events": [lines["event"].sum()], "exposure": [_years(lines).sum()]})
    row = rates.exposure_adjusted_rates(table).iloc[0]
    return float(row["rate"]), float(row["low"]), float(row["high"])


def yearly_loss(found: Leavers) -> Finding:
    """How many leave in a year, of those that are there?"""
    lines = found.lines
    if not len(lines):
        return _nothing(found)
    rate, low, high = _yearly_rate(lines)
    if rate >= 1:
        return unknown(
            "{left:count loss/losses} in {years:.1f} years under watch: too short a time to say "
            "what a year takes.",
            left=int(lines["event"].sum()),
            years=float(_years(lines).sum()),
        )
    numbers: dict[str, Any] = {
        "lines": len(lines),
        "left": int(lines["event"].sum()),
        "years": float(_years(lines).sum()),
        "rate": rate,
        "low": low,
        "high": high,
        "naive": float(lines["event"].mean()),
        "per": 100 * rate,
        "per_low": 100 * low,
        "per_high": 100 * high,
        "year": float(-np.expm1(-rate)),
    }
    says = [
        _nouns(
            found,
            "{left} of {lines:count LINE} GONE, in {years:,.1f} years under watch all together: "
            "**{per:.1f} a year for each hundred under watch** (95 % {per_low:.1f} to "
            "{per_high:.1f}). At this rate {year:percent} of those that run on one day are gone a "
            "year later.",
        ),
        _nouns(
            found,
            "The share that ever GONE, {naive:percent}, is no rate: it grows with the time that "
            "one watches.",
        ),
    ]
    if found.noun == "account" and numbers["left"] and not _calendar(found):
        numbers["chance"] = float(found.silence["chance"].reindex(lines.index).sum())
        says.append(
            "By the model about {chance:.1f} of those that still buy would look so on a given day; "
            "that is an expectation and no bound."
        )
    if found.noun == "account" and numbers["left"]:
        says += _then(found, numbers)
        says.append(
            "So this is a rate of going silent, not of leaving, and its interval is that of the "
            "count alone: it does not know who will buy again."
        )
    money = lines.dropna(subset=["value"])
    whole = float((money["value"] * _years(money)).sum())
    if len(money) and whole > 0:
        gone = float(money.loc[money["event"] == 1, "value"].sum())
        numbers |= {"gone": gone, "money": 100 * gone / whole, "unit": found.unit_of_money}
        says.append(
            _nouns(
                found,
                "In money: {gone:money}{unit} of yearly value GONE, {money:.1f} a year for each "
                "hundred of it under watch.",
            )
        )
    return Finding(numbers, tuple(says))


def _kind(found: Leavers, by: str) -> str | None:
    return by if by in found.groups else next(iter(found.groups), None)


#: What is said of the group that lost most, where too few were lost to tell groups apart: of one,
#: and of more.
FEW_LOSSES = {
    1: "One LINE GONE, of {top}, which holds {held_share:percent} of what was under watch: one "
    "tells nothing of groups.",
    2: "Only {losses:count LINE} GONE, {mine} of {top}, which holds {held_share:percent} of what "
    "was under watch: too few to tell groups apart.",
}


def rates_by_group(
    found: Leavers, by: Literal["sector", "product", "district", "line", "size"] = "sector"
) -> Finding:
    """Who leaves oftener, and not only: of whom is much lost?

    Parameters
    ----------
    by : kind of group; where the book does not know it, the first that it knows.
    """
    if not len(found.lines):
        return _nothing(found)
    kind = _kind(found, by)
    if kind is None:
        return unknown(
            "All belong to one group as far as this book knows: accounts.sector, ledger.line or "
            "subscriptions.product would tell groups apart."
        )
    group = found.groups[kind]
    lines = found.lines[group.notna()]
    group = group[group.notna()]
    if not lines["event"].any():
        return unknown(
            _nouns(found, "None of {lines:count LINE} left: there is nothing to divide by group."),
            lines=len(lines),
        )
    table = rates.exposure_adjusted_rates(spells.by_group(lines, group))
    amounts = lines["value"].fillna(0.0)
    gone = amounts.where(lines["event"] == 1, 0.0).groupby(group.to_numpy()).sum()
    held = (amounts * _years(lines)).groupby(group.to_numpy()).sum()
    money = float(gone.sum()) > 0
    table["lost_share"] = gone / gone.sum() if money else table["share_of_events"]
    table["held_share"] = held / held.sum() if money else table["share_of_exposure"]
    table = table[table["exposure"] > 0].sort_values("lost_share", ascending=False, kind="stable")
    top = table.iloc[0]
    rate = _yearly_rate(lines)[0]
    numbers: dict[str, Any] = {
        "kind": kind,
        "groups": len(table),
        "top": str(table.index[0]),
        "lost_share": float(top["lost_share"]),
        "held_share": float(top["held_share"]),
        "rate": float(top["rate"]),
        "all": rate,
        "top_per": 100 * float(top["rate"]),
        "all_per": 100 * rate,
        "frame": table,
        "of": "money" if money else "losses",
        "ratio": "not defined here",
    }
    says: list[str] = []
    if kind != by:
        numbers["asked"] = by
        says.append("This book does not know groups by {asked}; it is told by {kind}.")
    losses = int(lines["event"].sum())
    few = losses < LOSSES_EACH_GROUP
    numbers |= {"losses": losses, "mine": int(top["events"])}
    says.append(
        _nouns(found, FEW_LOSSES[min(losses, 2)])
        if few
        else "{top:start} has the largest part of the {of} lost, {lost_share:percent}, and "
        "{held_share:percent} of what was under watch."
    )
    told = _told(top)
    if told != "untold" and len(table) > 2 and not _holds_of_all(lines, group, str(top.name)):
        told = "picked"
    if np.isfinite(top["ratio"]) and np.isfinite(top["ratio_high"]):
        numbers |= {
            "ratio": float(top["ratio"]),
            "ratio_low": float(top["ratio_low"]),
            "ratio_high": float(top["ratio_high"]),
        }
        says.append(
            {
                "more": "It leaves {ratio:.2f} times as often as all others (95 % {ratio_low:.2f} "
                "to {ratio_high:.2f}): more often.",
                "less": "It leaves {ratio:.2f} times as often as all others (95 % {ratio_low:.2f} "
                "to {ratio_high:.2f}): less often.",
                "picked": "It leaves {ratio:.2f} times as often as all others (95 % "
                "{ratio_low:.2f} to {ratio_high:.2f} had it been named before anybody looked). But "
                "it was picked from {groups} groups for its loss: with each compared with its "
                "others, and the number of comparisons allowed for, no difference is shown.",
                "untold": "It leaves {ratio:.2f} times as often as all others (95 % "
                "{ratio_low:.2f} to {ratio_high:.2f}): no difference is shown.",
            }[told]
        )
    if money:
        says += _in_money(lines, group == top.name, numbers)
    says += _tested(lines, group, numbers)
    drawn = pd.DataFrame(
        {"estimate": 100 * table["rate"], "low": 100 * table["low"], "high": 100 * table["high"]}
    )
    whole = round(100 * rate, 1)
    view = table.assign(per=100 * table["rate"], low=100 * table["low"], high=100 * table["high"])
    columns = {
        "events": Shown("left", ",.0f"),
        "lost_share": Shown("share of the {of} lost", "percent"),
        "held_share": Shown("its share of all under watch", "percent"),
        "per": Shown("a year, of a hundred", ",.1f"),
        "low": Shown("from", ",.1f"),
        "high": Shown("to", ",.1f"),
        "ratio": Shown("times the others", ".2f"),
    }
    view = view[[*columns]].rename_axis(kind)
    picture = Picture(
        lambda title: shared_figures.ranked_intervals(
            drawn,
            title,
            "losses a year for each hundred under watch (dashed: all together)",
            reference=whole,
        ),
        _nouns(found, "{losses:count LINE} GONE: too few to tell groups apart")
        if few
        else "{top:start}: {top_per:.1f} a year of a hundred, all together {all_per:.1f}",
        "A point with its interval for the yearly rate of each of {groups} groups, beside the rate "
        "of all together.",
    )
    return Finding(numbers, tuple(says), view, columns, picture)


def _in_money(lines: pd.DataFrame, mine: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """What a group loses of its yearly value over what all others lose of theirs, with limits over
    accounts drawn anew.
    """
    value = lines["value"].fillna(0.0)
    gone, held = value.where(lines["event"] == 1, 0.0), value * _years(lines)
    parts = pd.DataFrame({"a": gone * mine, "b": held * mine, "c": gone * ~mine, "d": held * ~mine})
    whole = parts.sum()
    by = parts.groupby(lines["account_id"].to_numpy()).sum().to_numpy(dtype=float)
    if not (whole[["b", "c", "d"]] > 0).all() or len(by) < 2:
        return []
    sums = drawn_counts(len(by), DRAWS, np.random.default_rng(0)) @ by
    sums = sums[(sums[:, 1:] > 0).all(axis=1)]
    if not len(sums):
        return []
    low, high = percentile_limits(sums[:, 0] / sums[:, 1] / (sums[:, 2] / sums[:, 3]))
    numbers |= {
        "money_ratio": float(whole["a"] / whole["b"] / (whole["c"] / whole["d"])),
        "money_low": low,
        "money_high": high,
    }
    return [
        "That ratio counts; in money it loses {money_ratio:.2f} times as much of its yearly value "
        "as all others (95 % {money_low:.2f} to {money_high:.2f} over accounts drawn anew)."
    ]


def _holds_of_all(lines: pd.DataFrame, group: pd.Series, top: str) -> bool:
    """Whether the group's ratio differs from one at 5 % shared among all groups (Bonferroni)."""
    tally = spells.by_group(lines, group)
    strict = rates.exposure_adjusted_rates(tally, confidence=1 - 0.05 / len(tally))
    return _told(strict.T[top]) != "untold"


def _told(row: pd.Series) -> str:
    """Whether an interval of a ratio lies on one side of one."""
    if row["ratio_low"] > 1:
        return "more"
    return "less" if row["ratio_high"] < 1 else "untold"


def _tested(lines: pd.DataFrame, group: pd.Series, numbers: dict[str, Any]) -> list[str]:
    """The log-rank test over all groups, where it can be made."""
    few = "Too few were lost for a test of all groups together."
    if int(lines["event"].sum()) < LOSSES_EACH_GROUP * group.nunique():
        return [few]
    try:
        test = survival.log_rank(lines["duration"], lines["event"], group, lines["entry"])
    except ValueError:
        return [few]
    if not np.isfinite(test.p):
        return [few]
    numbers |= {"p": test.p, "df": test.df}
    if test.p < 0.05:
        return [
            "Over all groups the times differ (log-rank test, p below 0.001)."
            if test.p < 0.001
            else "Over all groups the times differ (log-rank test, p = {p:.3f})."
        ]
    return [
        "Over all groups no difference is shown (log-rank test, p = {p:.2f}): the order of the "
        "points may be chance."
    ]


def _bootstrap(
    lines: pd.DataFrame, part: pd.Series, whole: pd.Series, draws: int | None
) -> tuple[float, float]:
    """Limits of a share of sums over accounts drawn anew; missing where there is one account."""
    both = pd.DataFrame({"part": part, "whole": whole}).groupby(lines["account_id"]).sum()
    if len(both) < 2:
        return np.nan, np.nan
    counts = drawn_counts(len(both), draws or DRAWS, np.random.default_rng(0))
    sums = counts @ both.to_numpy(dtype=float)
    kept = sums[:, 1] > 0
    if not kept.any():
        return np.nan, np.nan
    return percentile_limits(sums[kept, 0] / sums[kept, 1])


def causes(
    found: Leavers,
    not_ours: Reasons = None,
    *,
    draws: int | None = None,
) -> Finding:
    """Why do they leave, and which part could be kept?

    Parameters
    ----------
    not_ours : reasons that nobody here can act on, as they are written in ``end_reason``.
    draws : resamples of accounts for the interval.
    """
    lost = found.lost
    if not len(found.lines):
        return _nothing(found)
    if not len(lost):
        return unknown("Nobody left in this time, so there is no reason to ask for.")
    if (lost["cause"] == NOT_KNOWN).all():
        return unknown(
            "The book does not say why anybody left: subscriptions.end_reason would tell which "
            "losses could be acted on."
        )
    value = lost["value"].fillna(0.0)
    money = bool(value.sum() > 0)
    table = rates.cause_shares(lost["cause"], value if money else None)
    table["shown"] = table["value_share"] if money else table["share"]
    table["ours"] = ~table.index.isin(found.asked(not_ours))
    known = [name for name in found.asked(not_ours) if name in table.index]
    ours = found.ours(not_ours)
    rate, low, high = _yearly_rate(ours)
    weight = lost["value"].fillna(0.0) if money else pd.Series(1.0, index=lost.index)
    mine = weight.where(~lost["cause"].isin(found.asked(not_ours)), 0.0)
    keep_low, keep_high = _bootstrap(lost, mine, weight, draws)
    numbers: dict[str, Any] = {
        "of": "money" if money else "losses",
        "lost": len(lost),
        "top": str(table.index[0]),
        "top_share": float(table["shown"].iloc[0]),
        "keep": float(mine.sum() / weight.sum()),
        "rate": 100 * rate,
        "low": 100 * low,
        "high": 100 * high,
        "all": 100 * _yearly_rate(found.lines)[0],
        "not_ours": list(known),
        "unknown": int((lost["cause"] == NOT_KNOWN).sum()),
        "frame": table,
    }
    says: list[str | Sentence] = [
        "All of the {of} lost went for one reason, {top}."
        if len(table) == 1
        else "Most of the {of} lost went for one reason, {top}: {top_share:percent}."
        if numbers["top_share"] > 0.5
        else "The largest part of the {of} lost, {top_share:percent}, went for one reason: {top}."
    ]
    if not known:
        says += _not_set(found, not_ours, numbers)
    elif np.isnan(keep_low):
        says.append("Without {not_ours:names}, {keep:percent} could have been acted on.")
    else:
        numbers |= {"keep_low": keep_low, "keep_high": keep_high}
        says.append(
            "Without {not_ours:names}, {keep:percent} of the {of} lost could have been acted on "
            "(95 % {keep_low:percent} to {keep_high:percent} over accounts drawn anew)."
        )
    says.append(
        "By count that is {rate:.1f} a year for each hundred under watch ({low:.1f} to "
        "{high:.1f}) of {all:.1f} in all."
    )
    if numbers["unknown"]:
        says.append("Losses without a reason are counted as ones that could be kept: {unknown}.")
    drawn = pd.DataFrame({"share": table["shown"], "ours": table["ours"]})
    columns = {
        "events": Shown("left", ",.0f"),
        "share": Shown("share of the count", "percent"),
        "shown": Shown("share of the {of}", "percent"),
        "ours": Shown("could be kept", "yes"),
    }
    picture = Picture(
        lambda title: figures.causes_plot(
            drawn, title, "share of the yearly value lost" if money else "share of the losses"
        ),
        "{keep:percent} of the {of} lost could have been acted on",
        "Bars of the share of each reason, the largest {top} with {top_share:percent}; coloured by "
        "whether it could be acted on.",
    )
    return Finding(numbers, tuple(says), table[[*columns]], columns, picture, show_table=False)


def _model_lines(found: Leavers, not_ours: Reasons) -> pd.DataFrame:
    lines = found.ours(not_ours)
    return lines.dropna(subset=list(found.covariates)).astype(
        dict.fromkeys(found.covariates, float)
    )


def drivers(found: Leavers, not_ours: Reasons = None) -> Finding:
    """What makes a loss that could be prevented more frequent?

    Parameters
    ----------
    not_ours : reasons that nobody here can act on; lines that leave for them count as still there
        until then.
    """
    if not found.covariates:
        return unknown(
            "Nothing is known of what came before a loss: subscriptions with price_gap, "
            "missed_visits or satisfaction would tell what makes it more frequent."
        )
    lines = _model_lines(found, not_ours)
    names = list(found.covariates)
    options: dict[str, Any] = {"entry": "entry", "units": {n: UNITS[n] for n in names}}
    try:
        cox = survival.hazard_model(lines, names, cluster="account_id", **options)
        logit = survival.hazard_model(lines, names, method="logit", **options)
    except ValueError as error:
        return unknown("No hazard ratio could be reckoned: {why}.", why=str(error))
    table = cox.join(logit["ratio"].rename("odds"))
    every = found.lines.loc[lines.index, "event"]
    together = None
    if int(every.sum()) > int(lines["event"].sum()):
        try:
            mixed = survival.hazard_model(lines.assign(event=every), names, **options)
            together = mixed["ratio"]
            table["together"] = together
        except ValueError:
            together = None
    table.index = pd.Index([CALLED[n] for n in names], name="what")
    top = str((np.abs(table["log_ratio"]) / table["se"]).idxmax())
    sure = table[(table["low"] > 1) | (table["high"] < 1)]
    numbers: dict[str, Any] = {
        "lines": len(lines),
        "dropped": len(found.lines) - len(lines),
        "left": int(lines["event"].sum()),
        "top": top,
        "ratio": float(table["ratio"][top]),
        "low": float(table["low"][top]),
        "high": float(table["high"][top]),
        "sure": list(sure.index),
        "unsure": [name for name in table.index if name not in sure.index],
        "frame": table,
    }
    says: list[str | Sentence] = [_nouns(found, "From {left} losses of {lines:count LINE}.")]
    if len(sure):
        says.append(
            "The clearest: with {top}, they leave {ratio:.2f} times as often (95 % {low:.2f} to "
            "{high:.2f}), all else equal."
        )
    if numbers["unsure"]:
        says.append("Whether it matters at all cannot be told here of: {unsure:names}.")
    if numbers["dropped"]:
        says.append("Left out, since something is not known of them: {dropped}.")
    if together is not None and len(sure):
        numbers["mixed"] = float(table["together"][top])
        says.append(
            "With all reasons thrown together the same ratio would come out as {mixed:.2f}."
        )
    says += _added(lines, table, numbers)
    says += _not_set(found, not_ours, numbers)
    columns = {
        "ratio": Shown("hazard ratio", ".2f"),
        "low": Shown("from", ".2f"),
        "high": Shown("to", ".2f"),
        "odds": Shown("odds ratio of a quarter", ".2f"),
        "together": Shown("all reasons together", ".2f"),
    }
    columns = {name: shown for name, shown in columns.items() if name in table}
    picture = Picture(
        lambda title: figures.forest_plot(
            table, title, "times as often (1: no difference; log scale: half as far as double)"
        ),
        "With {top}: {ratio:.2f} times as often"
        if len(sure)
        else "No effect is shown of what is known",
        "Hazard ratios with their intervals beside the line of no difference; the clearest is "
        "{top} with {ratio:.2f}.",
    )
    return Finding(numbers, tuple(says), table[[*columns]], columns, picture)


def _added(lines: pd.DataFrame, table: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """What missed visits add to the losses, where they are known and raise the hazard."""
    name = "missed_visits"
    if CALLED[name] not in table.index or not set(lines[name].unique()) <= {0.0, 1.0}:
        return []
    row = table.loc[CALLED[name]]
    exposed = float(lines.loc[lines["event"] == 1, name].mean())
    part = [rates.attributable_fraction(exposed, float(row[n])) for n in ("ratio", "low", "high")]
    numbers |= {
        "exposed": exposed,
        "part": part[0],
        "part_low": part[1],
        "part_high": part[2],
    }
    if part[1] <= 0:
        return [
            "Of those lost, {exposed:percent} had missed visits; whether these add any loss cannot "
            "be told here."
        ]
    return [
        "Of those lost, {exposed:percent} had missed visits, but only {part:percent} of the losses "
        "(95 % {part_low:percent} to {part_high:percent}) are more than the same lines would have "
        "had with visits kept: the attributable fraction, if missed visits are a cause. Its limits "
        "are those of the ratio; the share with missed visits is taken as known."
    ]


#: Said where the days are those of a monthly posting.
CALENDAR = (
    "Each account buys on one and the same day of the month in this ledger, as where it is posted "
    "once a month: the rhythm is the calendar's, a silence shows only once a whole month is "
    "missing, and how many chance alone would call cannot be told."
)


def _calendar(found: Leavers) -> bool:
    """Whether every account bought on one day of the month only, twice or more."""
    day = found.bought["date"].dt.day.groupby(found.bought["account_id"].to_numpy())
    return bool((day.nunique() == 1).all() and found.silence["limit"].notna().any())


#: Months back at which those called lapsed are followed.
LOOK_BACK = 12


def _back_months(found: Leavers, months: int) -> int:
    """So many months, half of those of the ledger where that is less."""
    first = pd.Timestamp(found.bought["date"].min())
    return min(months, round((found.end - first).days / spells.MONTH) // 2)


def _followed(found: Leavers, months: int) -> tuple[pd.DataFrame, pd.Series]:
    """Those with a rhythm so many months ago as they were judged then, and whether each bought
    again since.
    """
    cut = found.end - pd.DateOffset(months=months)
    if not (found.bought["date"] <= cut).any():
        return found.silence.iloc[:0], pd.Series(dtype=bool)
    then = rhythm.lapsed(found.bought, cut, found.level)
    then = then[then["limit"].notna()]
    known = found.bought[found.bought["date"] <= found.end]
    back = rhythm.came_back(known, cut).reindex(then.index).fillna(False).astype(bool)
    return then, back


def _then(found: Leavers, numbers: dict[str, Any]) -> list[str]:
    """How many of those called lapsed a time ago bought again since, where any were called."""
    months = _back_months(found, LOOK_BACK)
    if months < 1:
        return []
    then, back = _followed(found, months)
    called = int(then["lapsed"].sum())
    if not called:
        return []
    numbers |= {
        "then_months": months,
        "then_called": called,
        "then_back": int((then["lapsed"] & back).sum()),
    }
    return [
        "Of {then_called:count account} called so {then_months:count month} ago, {then_back} "
        "bought again since."
    ]


def _there(found: Leavers, day: pd.Timestamp) -> pd.Series:
    """By account: whether it bought in the month of a day, up to that day."""
    date = found.bought["date"]
    mine = (date.dt.to_period("M") == day.to_period("M")) & (date <= day)
    return mine.groupby(found.bought["account_id"].to_numpy()).any()


def silent(found: Leavers, *, days: int = 90, shown: int = 10) -> Finding:
    """Who has gone silent, each against its own rhythm?

    Parameters
    ----------
    days : the rule of thumb to compare with: silent for so many days.
    shown : accounts in the table, those with the largest yearly sales first.
    """
    _whole("days", days)
    _whole("shown", shown)
    table = found.silence
    told = table[table["limit"].notna()]
    numbers: dict[str, Any] = {
        "day": f"{found.end:%Y-%m-%d}",
        "accounts": len(table),
        "told": len(told),
        "alone": len(table) - len(told),
        "needed": rhythm.FEWEST_GAPS + 1,
        "lapsed": int(told["lapsed"].sum()),
        "chance": float(told.loc[:, "chance"].sum()),
        "days": days,
        "thumb": int((told["silence"] >= days).sum()),
        "both": int(((told["silence"] >= days) & told["lapsed"]).sum()),
        "shape": float(table.attrs["shape"]),
        "unit": found.unit_of_money,
    }
    if not len(told):
        return unknown(
            "No account bought on {needed} days or more: without a rhythm of its own no silence "
            "is long.",
            needed=numbers["needed"],
        )
    numbers["false"] = numbers["thumb"] - numbers["both"]
    numbers["missed"] = numbers["lapsed"] - numbers["both"]
    says = [
        "On {day}, of {told:count account} with a known rhythm, **{lapsed}** {verb} silent "
        "for longer than it allows."
        if numbers["lapsed"]
        else "On {day}, of {told:count account} with a known rhythm, **none is silent for "
        "longer than it allows**."
    ]
    numbers["verb"] = "is" if numbers["lapsed"] == 1 else "are"
    says.append(
        CALENDAR
        if _calendar(found)
        else "By the model about {chance:.1f} of those that still buy would look so on a given "
        "day: an expectation that takes one regularity for all and each mean gap as known, and no "
        "bound."
    )
    says += _then(found, numbers)
    numbers["there"] = int(_there(found, found.end).reindex(told.index).sum())
    if numbers["there"] == len(told):
        says.append(
            "All of these bought in the last month of the ledger: no rule could name anybody, and "
            "this step tests nothing here."
        )
    if numbers["alone"]:
        says.append(
            "{alone:count account} bought on fewer than {needed} days: nothing is said of these."
        )
    says.append(
        "The rule of thumb of {days} days would name {thumb}: {false} of them keep to their own "
        "rhythm, and it would miss {missed}."
        if numbers["thumb"] or numbers["lapsed"]
        else "The rule of thumb of {days} days would name nobody either."
    )
    gone = told[told["lapsed"]]
    if not len(gone):
        return Finding(numbers, tuple(says))
    worth = found.yearly.reindex(gone.index).fillna(0.0)
    order = worth.sort_values(ascending=False, kind="stable").index[:shown]
    numbers["worth"] = float(worth.sum())
    says.append("While they bought, these were worth {worth:money}{unit} a year.")
    view = gone.loc[order, ["silence", "mean_gap", "limit", "p"]].assign(worth=worth[order])
    view.insert(0, "name", found.named(order))
    columns = {
        "silence": Shown("silent, days", ",.0f"),
        "mean_gap": Shown("mean gap, days", ",.1f"),
        "limit": Shown("too long from, days", ",.0f"),
        "p": Shown("chance of such a gap", ".4f"),
        "worth": Shown("sales a year", "money"),
    }
    return Finding(numbers, tuple(says), view.rename_axis("account"), columns)


def looked_back(found: Leavers, *, months: int = 12, days: int = 90) -> Finding:
    """Who was called lapsed then, and did they come back?

    Parameters
    ----------
    months : how long ago the look was; half of the months of the ledger, where that is less.
    days : the rule of thumb to compare with.
    """
    _whole("months", months)
    _whole("days", days)
    asked, months = months, _back_months(found, months)
    if months < 1:
        return unknown("A look back takes a ledger of two months or more.")
    cut = found.end - pd.DateOffset(months=months)
    then, back = _followed(found, months)
    if not len(then):
        return unknown("Nobody had a rhythm of its own by then.")
    rows = {
        "own rhythm": then["lapsed"],
        "rule of thumb": then["silence"] >= days,
    }
    table = pd.DataFrame(
        [
            (name, int(flag.sum()), int((flag & ~back).sum()), int((~flag & ~back).sum()))
            for name, flag in rows.items()
        ],
        columns=["rule", "named", "stayed_away", "not_named"],
    ).set_index("rule")
    own, thumb = table.iloc[0], table.iloc[1]
    numbers = {
        "day": f"{cut:%Y-%m-%d}",
        "months": months,
        "days": days,
        "told": len(then),
        "named": int(own["named"]),
        "right": int(own["stayed_away"]),
        "thumb": int(thumb["named"]),
        "thumb_right": int(thumb["stayed_away"]),
        "gone": int((~back).sum()),
        "late": int(own["not_named"]),
    }
    if not numbers["gone"]:
        says: list[str | Sentence] = [
            "On {day}, with what was known then: of {told:count account} with a rhythm, {named} "
            "{verb} called lapsed; all of them bought again in the {months:count month} since.",
            "The rule of {days} days named {thumb}.",
        ]
        if not numbers["named"] and not numbers["thumb"]:
            says.append("Nobody stopped and nobody was called: this look back tests no rule.")
    else:
        says = [
            "On {day}, with what was known then: of {told:count account} with a rhythm, {named} "
            "{verb} called lapsed; {right} of these bought nothing in the {months:count month} "
            "since."
            if numbers["named"]
            else "On {day}, with what was known then: of {told:count account} with a rhythm, none "
            "was called lapsed, and {gone} bought nothing in the {months:count month} since.",
            "The rule of {days} days named {thumb}; {thumb_right} of these bought nothing."
            if numbers["thumb"]
            else "The rule of {days} days named nobody.",
            "Not called lapsed then, and bought nothing since: {late}.",
        ]
    numbers["verb"] = "was" if numbers["named"] == 1 else "were"
    if not _calendar(found):
        says += _expected_calls(found, cut, numbers)
    if months < asked:
        numbers["asked"] = asked
        says.append("A look {asked} months back was asked for; this ledger bears {months}.")
    columns = {
        "named": Shown("called lapsed", ",.0f"),
        "stayed_away": Shown("of these stayed away", ",.0f"),
        "not_named": Shown("stayed away, not called", ",.0f"),
    }
    return Finding(numbers, tuple(says), table, columns, show_table=False)


def _expected_calls(
    found: Leavers, cut: pd.Timestamp, numbers: dict[str, Any]
) -> list[str | Sentence]:
    """How many calls of accounts that still bought the model expects at the month-ends of the year
    up to a day, and how many there were.
    """
    bought = found.bought[found.bought["date"] <= found.end]
    looks, expected, false = 0, 0.0, 0
    for day in pd.date_range(end=cut, periods=LOOK_BACK, freq="ME"):
        if not (bought["date"] <= day).any():
            continue
        then = rhythm.lapsed(bought, day, found.level)
        then = then[then["limit"].notna()]
        back = rhythm.came_back(bought, day).reindex(then.index).fillna(False).astype(bool)
        looks += bool(len(then))
        expected += float(then.loc[back, "chance"].sum())
        false += int((then["lapsed"] & back).sum())
    if not looks:
        return []
    numbers |= {"looks": looks, "expected": expected, "false_calls": false}
    told = (
        "At {looks:count month-end} up to that day the model expects {expected:.1f} calls in all "
        "of accounts that bought again later; counted: {false_calls}."
    )
    if expected < FEWEST_CALLS and false < FEWEST_CALLS:
        return [told]
    if 2 * false < expected:
        return [told, "**The model expects too many here**: plan with the count."]
    return (
        [told, "**The model expects too few here**: plan with the count."]
        if (false > 2 * expected)
        else [told]
    )


@dataclass(frozen=True)
class _Trial:
    """A score that was fitted before a day, and what the lines that ran then did after it."""

    score: health.HealthScore
    cut: pd.Timestamp
    running: pd.DataFrame
    chance: pd.Series
    left: pd.Series


def _trial(found: Leavers, not_ours: Reasons, months: int) -> _Trial | str:
    """The back-test, or why there is none."""
    if not found.covariates:
        return (
            "Nothing is known of the lines before they leave: subscriptions with price_gap, "
            "missed_visits or satisfaction would allow a health score."
        )
    cut = found.end - pd.DateOffset(months=months)
    if cut <= found.begin:
        return "The time under watch is too short to fit a score and to test it on later months."
    names = list(found.covariates)
    known = found.ours(not_ours, spells.of_subscriptions(found.entered, found.begin, cut))
    known = known.dropna(subset=names).astype(dict.fromkeys(names, float))
    ended = found.entered["end"].reindex(known.index)
    running = known[ended.isna() | (ended > cut)]
    running = running.assign(age=running["duration"])
    if int(known["event"].sum()) < FEWEST_LOSSES or len(running) < FEWEST_RUNNING:
        return (
            "Too few were lost by then, or ran, to fit a score and to test it: it takes more lines "
            "or a longer time under watch."
        )
    try:
        score = health.health_score(known, names, entry="entry")
    except ValueError:
        return "What is known of the lines gives no score: the losses lie all on one side of it."
    after = found.ours(not_ours).reindex(running.index)["event"].fillna(0).astype(int)
    return _Trial(score, cut, running, score.chance(running, horizon=months), after)


def _undated(found: Leavers, numbers: dict[str, Any]) -> list[str | Sentence]:
    """A table of lines holds one value of each covariate, and no day on which it was known."""
    numbers["covariates"] = list(found.covariates)
    return [
        "The table has one value for each line without a day, and it may have been written down in "
        "the very months that are tested: {covariates:names}. Then the test flatters the score; "
        "only values as they were on {cut} make it fair."
    ]


def calibrated(
    found: Leavers,
    not_ours: Reasons = None,
    *,
    months: int = 12,
    groups: int = 5,
) -> Finding:
    """Fitted on what was known then: did as many leave as the score foretold?

    Parameters
    ----------
    months : at the end of the time under watch, which the score does not see.
    groups : of equal size, from the lowest chance to the highest.
    """
    _whole("months", months)
    _whole("groups", groups)
    made = _trial(found, not_ours, months)
    if isinstance(made, str):
        return unknown(made)
    if groups > len(made.running) // FEWEST_EACH_GROUP:
        raise ValueError(
            f"groups is {groups}: {len(made.running)} lines make at most "
            f"{len(made.running) // FEWEST_EACH_GROUP} groups of {FEWEST_EACH_GROUP} or more"
        )
    table = health.calibration(made.chance, made.left, groups=groups)
    inside = (table["foretold"] >= table["low"]) & (table["foretold"] <= table["high"])
    numbers: dict[str, Any] = {
        "cut": f"{made.cut:%Y-%m-%d}",
        "lines": len(made.running),
        "losses": made.score.losses,
        "months": months,
        "foretold": float(made.chance.sum()),
        "left": int(made.left.sum()),
        "groups": len(table),
        "inside": int(inside.sum()),
        "first": float(table["observed"].iloc[0]),
        "last": float(table["observed"].iloc[-1]),
        "top_foretold": float(table["foretold"].iloc[-1]),
        "top_low": float(table["low"].iloc[-1]),
        "top_high": float(table["high"].iloc[-1]),
        "every": int(found.lines["event"].reindex(made.running.index).fillna(0).sum()),
        "trial": made,
    }
    says = (
        _nouns(
            found,
            "Fitted on {losses} losses up to {cut}, the score foretold {foretold:.1f} losses among "
            "{lines:count LINE} that ran then; in the {months:count month} after, {left} came.",
        ),
        "In {inside} of {groups} groups the chance foretold lies in the interval of what was "
        "observed. The lowest lost {first:percent}.",
        "The highest group: {top_foretold:percent} foretold, {last:percent} lost (95 % "
        "{top_low:percent} to {top_high:percent})."
        if len(table) > 1
        else "All are in one group.",
        "Only losses that count as ones to keep are foretold; of the same lines {every} ended in "
        "these months for any reason.",
        *_undated(found, numbers),
        *_not_set(found, not_ours, numbers),
    )
    columns = {
        "lines": Shown("lines", ",.0f"),
        "foretold": Shown("foretold", "percent"),
        "left": Shown("left", ",.0f"),
        "observed": Shown("observed", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    picture = Picture(
        lambda title: figures.calibration_plot(table, title),
        "{foretold:.0f} losses foretold, {left} came",
        "Points of what was observed over what was foretold in {groups} groups with intervals, "
        "beside the line on which both agree.",
    )
    return Finding(numbers, says, table, columns, picture, show_table=False)


def first_calls(
    found: Leavers,
    trial: Finding,
    calls: int = 30,
    *,
    saved: float = 0.3,
    typed: Mapping[str, float] | None = None,
    draws: int | None = None,
) -> Finding:
    """What would calling the first so many have saved, by the score and by typed-in weights?

    Parameters
    ----------
    trial : from `calibrated`.
    calls : how many lines are called.
    saved : share of the losses that a call prevents; an assumption, the same for every list.
    typed : weights of a dashboard by column, in any unit.
    draws : resamples of accounts for the interval of the difference.
    """
    fraction("saved", saved)
    if calls < 1:
        raise ValueError(f"calls is {calls}: expected one or more")
    if not trial.known:
        return Finding(trial.numbers, unknown=trial.unknown)
    made: _Trial = trial.numbers["trial"]
    value = made.running["value"]
    kept = value.notna() & (value > 0)
    if not kept.any() or not (made.left[kept] * value[kept]).sum() > 0:
        return unknown(
            "No money was lost in the months of the test: subscriptions.yearly_value, or more "
            "losses, would say what a call saves."
        )
    running, value = made.running[kept], value[kept]
    lost = made.left[kept] * value
    if odd := [name for name in typed or {} if name not in UNITS]:
        raise ValueError(
            f"typed names {', '.join(map(repr, odd))}: the columns that can be weighed are "
            f"{', '.join(UNITS)}"
        )
    weights = {n: w for n, w in (typed or {}).items() if n in found.covariates}
    weights = weights or dict.fromkeys(found.covariates, 1.0)
    order = {
        "expected loss, fitted": made.chance[kept] * value,
        "chance alone, fitted": made.chance[kept],
        "typed-in health": -health.typed_in_score(running, weights, worst=WORST),
        "largest first": value,
    }
    table = health.first_calls(order, lost, calls, saved=saved)
    low, high = _difference(running, order, lost, calls, draws)
    fitted, by_hand = table.iloc[0], table.iloc[2]
    numbers: dict[str, Any] = {
        "calls": int(fitted["called"]),
        "share": float(fitted["share"]),
        "reached": float(fitted["reached"]),
        "typed_share": float(by_hand["share"]),
        "typed_reached": float(by_hand["reached"]),
        "saved": saved,
        "money": float(fitted["saved"]),
        "typed_money": float(by_hand["saved"]),
        "more": float(fitted["saved"] - by_hand["saved"]),
        "low": saved * low,
        "high": saved * high,
        "unit": found.unit_of_money,
        "whole": float(lost.sum()),
        "months": trial.numbers["months"],
        "even": int(fitted["called"]) / len(running),
    }
    says = [
        "The first {calls} by expected loss held {share:percent} of the {whole:money}{unit} that "
        "left in the {months:count month} of the test and counts as a loss to keep; by "
        "typed-in health, {typed_share:percent} (drawn blindly, {even:percent} on average)."
    ]
    if np.isnan(low):
        says.append("How sure the difference is cannot be told of one account.")
    elif low > 0:
        says.append(
            "If a call prevents {saved:percent0} of the loss, the fitted list saves {money:money}"
            "{unit} and the typed-in one {typed_money:money}: {more:money} more (95 % "
            "{low:money} to {high:money} over accounts drawn anew)."
        )
    else:
        says.append(
            "If a call prevents {saved:percent0} of the loss, the fitted list saves {money:money}"
            "{unit} and the typed-in one {typed_money:money}. The "
            "difference is {more:money} (95 % {low:money} to {high:money} over accounts drawn "
            "anew); the interval includes no difference, so this test does not decide between "
            "them."
        )
    numbers["lost_lines"] = int(fitted["lost_lines"])
    says.append("The share of the fitted list rests on {lost_lines:count loss/losses}.")
    columns = {
        "called": Shown("called", ",.0f"),
        "lost_lines": Shown("of these left", ",.0f"),
        "reached": Shown("their yearly value", "money"),
        "share": Shown("of all lost", "percent"),
        "saved": Shown("saved, if calls prevent {saved:percent0}", "money"),
    }
    return Finding(numbers, tuple(says), table, columns)


def _difference(
    running: pd.DataFrame,
    order: Mapping[str, pd.Series],
    lost: pd.Series,
    calls: int,
    draws: int | None,
) -> tuple[float, float]:
    """Limits of what the fitted list reaches more than the typed-in one, accounts drawn anew."""
    codes, accounts = pd.factorize(running["account_id"])
    if len(accounts) < 2:
        return np.nan, np.nan
    counts = drawn_counts(len(accounts), draws or DRAWS, np.random.default_rng(0))
    reached = []
    for name in ("expected loss, fitted", "typed-in health"):
        first = np.argsort(-order[name].to_numpy(dtype=float), kind="stable")
        times = counts[:, codes[first]]
        before = np.cumsum(times, axis=1) - times
        taken = np.clip(calls - before, 0, times)
        reached.append(taken @ lost.to_numpy(dtype=float)[first])
    return percentile_limits(reached[0] - reached[1])


def call_list(
    found: Leavers,
    not_ours: Reasons = None,
    *,
    months: int = 12,
    shown: int = 10,
) -> Finding:
    """Whom to call first: today's expected loss, by account.

    Parameters
    ----------
    months : over which the loss is expected.
    shown : accounts in the figure and the table.
    """
    _whole("shown", shown)
    today = _today(found, not_ours, months)
    if isinstance(today, str):
        return unknown(today)
    by = today.groupby("account_id")[["expected", "value"]].sum()
    by["chance"] = by["expected"] / by["value"].where(by["value"] > 0)
    by["lines"] = today.groupby("account_id").size()
    by = by.sort_index().sort_values("expected", ascending=False, kind="stable")
    whole = float(by["expected"].sum())
    if not whole > 0:
        return unknown(
            "The lines that run have no yearly value, so no loss is expected in money: "
            "subscriptions.yearly_value would allow it."
        )
    head = by.head(shown)
    numbers: dict[str, Any] = {
        "who": found.called(by.index[0]),
        "most": float(by["expected"].iloc[0]),
        "whole": whole,
        "months": months,
        "accounts": len(by),
        "shown": len(head),
        "part": float(head["expected"].sum() / whole),
        "unit": found.unit_of_money,
        "lines": len(today),
        "frame": by,
    }
    says = (
        "Over {months:count month} a loss of {whole:money}{unit} of yearly value is expected that "
        "could be prevented, of {accounts:count account}. First on the list: {who} ({most:money}); "
        "{shown:count account} in the table, with {part:percent} of it.",
        *_ended_later(found, numbers),
        *_not_set(found, not_ours, numbers),
    )
    view = head[["lines", "value", "chance", "expected"]].copy()
    view.insert(0, "name", found.named(head.index))
    columns = {
        "lines": Shown("lines", ",.0f"),
        "value": Shown("yearly value", "money"),
        "chance": Shown("chance, by money", "percent"),
        "expected": Shown("expected loss", "money"),
    }
    scale = 1e3 if head["expected"].max() >= 1e4 else 1.0
    unit = ("thousand " if scale > 1 else "") + (found.currency or "currency of the book")
    bars = pd.Series((head["expected"] / scale).to_numpy(), index=found.named(head.index))
    picture = Picture(
        lambda title: figures.calls_plot(bars, title, f"expected loss, {unit}"),
        "{shown:count account} with {part:percent} of the loss expected",
        "Bars of the expected loss of {shown:count account}, the largest first, with "
        "{part:percent} of the whole.",
    )
    return Finding(numbers, says, view.rename_axis("account"), columns, picture)


def _later(found: Leavers) -> pd.Index:
    """Lines under watch whose end was entered as a day after the last one: they have ended since,
    or have given notice.
    """
    if not len(found.entered):
        return found.lines.index[:0]
    end = found.entered["end"].reindex(found.lines.index)
    return found.lines.index[(end > found.end).to_numpy()]


def _ended_later(found: Leavers, numbers: dict[str, Any]) -> list[str | Sentence]:
    """What is said of such lines."""
    if not len(_later(found)):
        return []
    numbers |= {"later": len(_later(found)), "day": f"{found.end:%Y-%m-%d}"}
    return [
        "Not called, since an end is entered for a day after {day}, the last one under watch: "
        "{later:count line}. These have ended since, or have given notice."
    ]


def _today(found: Leavers, not_ours: Reasons, months: float) -> pd.DataFrame | str:
    """Lines that run on the last day, with their chance to leave and what is expected to go."""
    if not found.covariates:
        return (
            "Without price_gap, missed_visits or satisfaction in subscriptions no chance to leave "
            "can be fitted; the step on silence says who to call first."
        )
    lines = _model_lines(found, not_ours)
    running = lines[found.lines.loc[lines.index, "event"] == 0]
    running = running[~running.index.isin(_later(found))]
    if int(lines["event"].sum()) < FEWEST_LOSSES or not len(running):
        return "Too few were lost, or none runs: no chance to leave can be fitted."
    try:
        score = health.health_score(lines, list(found.covariates), entry="entry")
    except ValueError:
        return "What is known of the lines gives no score: the losses lie all on one side of it."
    running = running.assign(age=running["duration"])
    chance = score.chance(running, horizon=months)
    value = running["value"].fillna(0.0)
    return running.assign(chance=chance, value=value, expected=chance * value)


def win_back(
    found: Leavers,
    not_ours: Reasons = None,
    *,
    chance: float = 0.2,
    margin: float = 0.3,
    cost: float = 5_000.0,
    discount: float = 0.1,
) -> Finding:
    """For how many of the lost would an attempt to win them back pay?

    Parameters
    ----------
    chance : of coming back; no document says.
    margin : share of the yearly value that is left after its cost.
    cost : of one attempt, currency of the book.
    discount : rate a year.
    """
    fraction("margin", margin)
    gone = found.lost[~found.lost["cause"].isin(found.asked(not_ours))].dropna(subset=["value"])
    if not len(gone):
        return unknown(
            "Nobody that could be won back is known with a value: it takes losses, and "
            "subscriptions.yearly_value or a ledger."
        )
    expected = float(found.silence["chance"].reindex(found.lines.index).sum())
    if found.noun == "account" and len(gone) <= expected:
        return unknown(
            "{gone:count account} went silent, and about {expected:.1f} of those that still buy "
            "would look so by chance: nobody is known to be lost and to be won back.",
            gone=len(gone),
            expected=expected,
        )
    rate = _yearly_rate(found.lines)[0]
    options = {"retention": float(np.exp(-rate)), "discount": discount, "cost": cost}
    worth = np.array(
        [rates.win_back_value(chance, margin * v, **options) for v in gone["value"]], dtype=float
    )
    single = rates.win_back_value(chance, margin, **options) + cost
    least = cost / single if single > 0 else np.inf
    numbers: dict[str, Any] = {
        "lost": len(gone),
        "pays": int((worth > 0).sum()),
        "chance": chance,
        "margin": margin,
        "cost": cost,
        "discount": discount,
        "stay": options["retention"],
        "gain": float(worth[worth > 0].sum()),
        "all": float(worth.sum()),
        "unit": found.unit_of_money,
        "least": least,
    }
    says = [
        _nouns(
            found,
            "Of {lost:count LINE} KEPT, an attempt at {cost:,.0f}{unit} "
            "pays for none (chance of coming back {chance:percent0}, margin {margin:percent0}, "
            "then kept with {stay:percent} a year, discounted at {discount:percent0})."
            if not numbers["pays"]
            else "Of {lost:count LINE} KEPT, an attempt at "
            "{cost:,.0f}{unit} pays for {pays}: it is worth {gain:money}{unit} together, and "
            "{all:money} if all are tried (chance of coming back {chance:percent0}, margin "
            "{margin:percent0}, then kept with {stay:percent} a year, discounted at "
            "{discount:percent0}).",
        ).replace(
            "KEPT",
            "lost that could have been kept" if found.noun == "line" else "that went silent",
        )
    ]
    if found.noun == "account":
        says += _then(found, numbers)
    says += _not_set(found, not_ours, numbers) if found.noun == "line" else []
    if np.isfinite(least):
        says.append("It pays from a yearly value of {least:money}{unit} on.")
    return Finding(numbers, tuple(says))


def incidence(found: Leavers, not_ours: Reasons = None, *, at: float = 36) -> Finding:
    """Which share leaves for a reason of ours, where failing in business comes first for some?

    Parameters
    ----------
    at : months since the start.
    """
    lost = found.lost
    known = lost["cause"].isin(found.asked(not_ours))
    if not len(lost) or not known.any() or known.all():
        return unknown(
            "It takes losses of two kinds, those that could be kept and those that could not: "
            "subscriptions.end_reason."
        )
    since = _landmark(found.lines)
    if np.isnan(since) or not at > since:
        return unknown("Too few were at risk together at any age.")
    lines = found.lines[found.lines["duration"] > since]
    entry = lines["entry"].clip(lower=since)
    if int(((entry < at) & (lines["duration"] >= at)).sum()) < FEWEST_AT_RISK:
        return unknown("Too few were still seen after {at:.0f} months.", at=at)
    kind = pd.Series("ours", index=lines.index, dtype=object)
    kind = kind.where(~lines["cause"].isin(found.asked(not_ours)), "not ours").where(
        lines["event"] == 1
    )
    if "ours" not in set(kind.dropna()):
        return unknown("No loss of ours is left to follow from the time at which the curve begins.")
    curve = survival.cumulative_incidence(lines["duration"], kind, entry)
    ours = found.ours(not_ours, lines)
    alone = survival.kaplan_meier(ours["duration"], ours["event"], entry)
    before = curve[curve.index <= at]
    numbers = {
        "at": at,
        "share": float(before["ours"].iloc[-1]) if len(before) else 0.0,
        "alone": 1 - survival.survival_at(alone, at)[0],
        "since": since,
    }
    says = (
        "After {at:.0f} months {share:percent} have left for a reason that could be acted on. One "
        "minus the survival curve that takes all others for still there says {alone:percent}: it "
        "counts on customers that had failed by then.",
    )
    return Finding(numbers, says)


def steady_ratios(found: Leavers, not_ours: Reasons = None) -> Finding:
    """Are the hazard ratios the same early and late, as the model takes them?"""
    if not found.covariates:
        return unknown("Without covariates in subscriptions there is no ratio to check.")
    lines, names = _model_lines(found, not_ours), list(found.covariates)
    try:
        table = survival.proportional_test(lines, names, entry="entry")
    except ValueError as error:
        return unknown("The check could not be made: {why}.", why=str(error))
    table = table.dropna()
    if not len(table):
        return unknown("The check could not be made: too few losses.")
    table.index = pd.Index([CALLED[str(n)] for n in table.index], name="what")
    moving = [str(name) for name in table.index[table["p"] < 0.05 / len(table)]]
    numbers = {"moving": moving, "lowest": float(table["p"].min()), "tests": len(table)}
    says = (
        "A ratio that changes with time is shown for: {moving:names}."
        if moving
        else "No ratio is shown to change with time (lowest p of {tests}: {lowest:.2f}).",
    )
    columns = {"correlation": Shown("correlation with time", ".2f"), "p": Shown("p", ".2f")}
    return Finding(numbers, says, table, columns)


def other_levels(found: Leavers, levels: tuple[float, ...] = (0.8, 0.9, 0.95, 0.99)) -> Finding:
    """How does the number of lapsed accounts move with the level?

    Parameters
    ----------
    levels : one or more, fractions between 0 and 1.
    """
    if not levels:
        raise ValueError("levels is empty: give at least one level, as (0.9, 0.95)")
    for level in levels:
        fraction("levels", level, one=False)
    rows = []
    shape = float(found.silence.attrs["shape"])
    for level in levels:
        table = rhythm.lapsed(found.bought, found.end, level, shape=shape)
        rows.append((level, int(table["lapsed"].sum()), float(table["chance"].sum())))
    frame = pd.DataFrame(rows, columns=["level", "lapsed", "chance"])
    if not found.silence["limit"].notna().any():
        return unknown("No account has a rhythm of its own, at any level.")
    numbers = {
        "least": int(frame["lapsed"].min()),
        "most": int(frame["lapsed"].max()),
        "levels": len(frame),
    }
    says: tuple[str, ...] = (
        "Over {levels} levels the number called lapsed runs from {least} to {most}."
        if numbers["least"] != numbers["most"]
        else "At each of {levels} levels the number called lapsed is {least}.",
    )
    columns = {
        "level": Shown("level", "percent0"),
        "lapsed": Shown("called lapsed", ",.0f"),
        "chance": Shown("expected of those that still buy", ",.1f"),
    }
    if _calendar(found):
        frame, columns = frame.drop(columns="chance"), {n: columns[n] for n in ("level", "lapsed")}
    if numbers["most"] == 0 and bool(_there(found, found.end).all()):
        says = (*says, "All bought in the last month of the ledger: no level could call anybody.")
    return Finding(numbers, says, frame, columns)


def other_causes(found: Leavers, also: str = "other", *, not_ours: Reasons = None) -> Finding:
    """How much hangs on which reasons count as ones that nobody can act on?

    Parameters
    ----------
    not_ours : reasons that nobody here can act on.
    also : a reason that may belong there too.
    """
    lost = found.lost
    if not len(lost) or (lost["cause"] == NOT_KNOWN).all():
        return unknown("The book gives no reasons: subscriptions.end_reason would.")
    own = [name for name in found.asked(not_ours) if (lost["cause"] == name).any()]
    if also not in set(lost["cause"]) or not own or also in own:
        return unknown(
            "No loss has the reason {also}, or none has one of {own:names}: nothing moves."
            if also not in own
            else "{also} is already one of what nobody can act on, so nothing moves.",
            own=found.asked(not_ours) or ["none"],
            also=also,
        )
    one = _yearly_rate(found.ours(tuple(own)))
    two = _yearly_rate(found.ours((*own, also)))
    numbers = {"also": also, "one": 100 * one[0], "two": 100 * two[0], "own": own}
    says = (
        "If {also} counts beside {own:names} as what nobody can act on, the losses that could be "
        "kept fall from {one:.1f} to {two:.1f} a year for each hundred under watch.",
    )
    return Finding(numbers, says)


def claims(
    found: Leavers,
    groups: Finding,
    why: Finding,
    driven: Finding,
    *,
    rivals: tuple[str, ...] = (RIVAL,),
    unnamed: tuple[str, ...] = (UNNAMED,),
    draws: int | None = None,
) -> Finding:
    """What the documents claim of churn, each with its test on this book.

    Parameters
    ----------
    rivals : how the reasons begin that name a rival.
    unnamed : reasons behind which a rival may stand too.
    draws : resamples of accounts for the intervals.
    """
    made = [
        _of_own_business(found, draws),
        _of_rivals(found, rivals, unnamed, draws),
        _of_authorities(groups),
        _of_visits(driven),
        untested(
            "S000-5i",
            "3.06 % of the value is lost in a half-year",
            "the same in other firms",
            "one firm and one half-year; it makes 6.03 % a year",
        ),
        untested(
            "S004-1e",
            "a discount keeps customers at risk",
            "renewals with and without it, drawn by lot",
            "a price gap that goes with loss is no test of a discount",
        ),
        untested(
            "S002-1m",
            "winning back lost customers restored the profit",
            "attempts, and who came back",
            "needs a record of attempts",
        ),
        untested(
            "S003-9e",
            "steady staff keeps customers",
            "losses after the manager changed",
            "needs the dates on which managers changed",
        ),
    ]
    return steps.verdicts(made)


def _value_share(
    found: Leavers, chosen: pd.Series, draws: int | None
) -> tuple[float, float, float] | None:
    """Share of the money lost (of the count, where no value is known) for some of the reasons."""
    lost = found.lost
    weight = lost["value"].fillna(0.0)
    if not weight.sum() > 0:
        weight = pd.Series(1.0, index=lost.index)
    part = weight.where(chosen, 0.0)
    low, high = _bootstrap(lost, part, weight, draws)
    return float(part.sum() / weight.sum()), low, high


def _reasons(found: Leavers) -> pd.Series | None:
    lost = found.lost
    if not len(lost) or (lost["cause"] == NOT_KNOWN).all():
        return None
    return lost["cause"].astype(str)


def _of_own_business(found: Leavers, draws: int | None) -> Claim:
    claim = (
        "S000-5i",
        "40 % of the loss is the customer's own trouble in business",
        f"its share of the money lost, within {100 * ABOUT:.0f} points",
    )
    reason, own = _reasons(found), found.asked()
    if reason is None or not reason.isin(own).any():
        return untested(
            *claim,
            f"needs losses with a reason that is named in not_ours ({listing(own, markup=False)})",
        )
    share = _value_share(found, reason.isin(own), draws)
    assert share is not None
    return Claim(
        *claim,
        with_interval(*share, form="percent"),
        by_interval(share[1], share[2], 0.40, ABOUT),
        "interval over accounts drawn anew",
    )


def _of_rivals(
    found: Leavers, rivals: Sequence[str], unnamed: Sequence[str], draws: int | None
) -> Claim:
    claim = (
        "S004-1f",
        "most of the loss goes to rivals",
        "share of the money lost to rivals, at least a half",
    )
    reason = _reasons(found)
    named = None if reason is None else reason.str.startswith(tuple(rivals))
    if reason is None or named is None or not named.any():
        return untested(
            *claim, f"needs losses with a reason that begins with {listing(rivals, markup=False)}"
        )
    share = _value_share(found, named, draws)
    # nobody knows which of these went to a rival too: at most all of them
    hidden = ~named & reason.isin([*unnamed, NOT_KNOWN])
    most = _value_share(found, named | hidden, draws)
    assert share is not None and most is not None
    here = with_interval(*share, form="percent")
    if hidden.any():
        here += f"; with {listing(sorted(set(reason[hidden])), markup=False)} "
        here += with_interval(*most, form="percent")
    low, high = at_least(share[1], share[2], 0.5), at_least(most[1], most[2], 0.5)
    return Claim(
        *claim,
        here,
        low if low == high else UNTOLD,
        "a rival may stand behind a reason that names nobody"
        if low != high
        else "whether for their service or their price is another matter",
    )


def _of_authorities(groups: Finding) -> Claim:
    claim = (
        "S000-5j",
        "authorities leave more than others (26.53 % of the loss)",
        "their rate over that of the others, above one",
    )
    frame = groups.numbers.get("frame") if groups.known else None
    if frame is None or GOVERNMENT not in frame.index:
        return untested(*claim, f"needs accounts of the sector {GOVERNMENT}")
    row = frame.loc[GOVERNMENT]
    if not np.isfinite(row["ratio_high"]):
        return untested(*claim, "needs losses among the others")
    return Claim(
        *claim,
        with_interval(row["ratio"], row["ratio_low"], row["ratio_high"], form=".2f"),
        at_least(float(row["ratio_low"]), float(row["ratio_high"]), 1.0),
        f"they hold {percent(float(row['held_share']))} of what was under watch",
    )


def _of_visits(driven: Finding) -> Claim:
    claim = (
        "S000-5h",
        "account managers enough, and fewer leave",
        "hazard ratio of missed visits, above one",
    )
    frame = driven.numbers.get("frame") if driven.known else None
    if frame is None or CALLED["missed_visits"] not in frame.index:
        return untested(*claim, "needs subscriptions.missed_visits and enough losses")
    row = frame.loc[CALLED["missed_visits"]]
    ruled = at_least(float(row["low"]), float(row["high"]), 1.0)
    return Claim(
        *claim,
        with_interval(row["ratio"], row["low"], row["high"], form=".2f"),
        "holds in part" if ruled == "holds" else ruled,
        "visits missed are a sign of too few managers and no count of them; that visits would have "
        "kept them takes a trial",
    )


def account_review(found: Leavers, not_ours: Reasons = None, *, months: int = 12) -> Finding:
    """What the account review takes from the lesson."""
    table = found.silence
    known = table["limit"].notna()
    frame = pd.DataFrame(
        {
            "silent": np.where(~known, "no rhythm", np.where(table["lapsed"], "yes", "no")),
            "silence_days": table["silence"],
            "silence_limit": table["limit"],
        },
        index=table.index,
    )
    today = _today(found, not_ours, months)
    if not isinstance(today, str):
        by = today.groupby("account_id")[["expected", "value"]].sum()
        frame = frame.join(by["expected"].rename("expected_loss"))
        chance = by["expected"] / by["value"].where(by["value"] > 0)
        frame = frame.join(chance.rename("loss_chance"))
    if found.noun == "line":
        frame = frame.join(found.lost.groupby("account_id").size().rename("lines_lost"))
        there = frame.index.isin(found.lines["account_id"].unique())
        frame["lines_lost"] = frame["lines_lost"].where(~there | frame["lines_lost"].notna(), 0)
    words = {
        "currency": found.currency or "currency of the book",
        "level": found.level,
        "day": f"{found.end:%Y-%m-%d}",
        "begin": f"{found.begin:%Y-%m-%d}",
        "months": months,
    }
    return steps.review(LESSON, frame.rename_axis("account_id").reset_index(), words)
