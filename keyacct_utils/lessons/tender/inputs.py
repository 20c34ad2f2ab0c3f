"""What lesson 17 looks at: bids with their tenders, or any list of tries that were won or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from keyacct_utils.lessons.shared.named import Priced
from keyacct_utils.lessons.showing.words import percent
from keyacct_utils.lessons.tender.choice import score_columns

if TYPE_CHECKING:
    from keyacct_utils.book import Book

__all__ = ["Tenders", "tenders"]

#: Scores and flags of a bid that may have decided, beside its price.
KNOWN = ("tech", "service", "incumbent", "local")
#: What a tender says of its rule.
RULE = ("price_weight", "tech_weight", "service_weight", "rule")


@dataclass(frozen=True)
class Tenders(Priced):
    """What the lesson looks at."""

    name: str
    currency: str
    #: One row per bid: tender_id, bidder, price, won, share (price over the unit), valid, and what
    #: the book has besides; empty in a book of opportunities.
    bids: pd.DataFrame
    #: "budget", or "mean bid" where not every tender has a budget.
    unit: str
    #: One row per tender of these bids, indexed by tender_id; empty columns where nothing is known.
    rows: pd.DataFrame
    #: One row per try of ours that is decided: won (1 or 0) and columns to group by.
    tries: pd.DataFrame
    #: What a try is: "bid" or "opportunity".
    kind: str
    #: Tenders set aside: without a winner, with several, won by a bid that was vetoed.
    no_winner: int
    several: int
    vetoed_winner: int
    #: Opportunities that are still open.
    still_open: int
    #: Tenders outside of the period.
    outside: int
    #: Bids in the book, counted or not.
    listed: int = 0
    #: Opportunities in the book that count nowhere, since bids of ours are the tries.
    beside: int = 0

    def part(self, price: float) -> str:
        """A price over the unit, in words: "85.1 %" of a budget, "1.013" times the mean bid."""
        return percent(price) if self.unit == "budget" else f"{price:.3f}"

    @property
    def of(self) -> str:
        """What such a price is a part of."""
        return "of the budget" if self.unit == "budget" else "times the mean bid"

    @property
    def valid(self) -> pd.DataFrame:
        """Bids that could have won, of tenders with two of them or more."""
        kept = self.bids[self.bids["valid"]] if len(self.bids) else self.bids
        if kept.empty:
            return kept
        return kept[kept.groupby("tender_id")["price"].transform("size") > 1]

    @property
    def ours_known(self) -> bool:
        """Whether the book says which bids are ours."""
        return "ours" in self.bids and bool((self.bids["ours"] == 1).any())

    def features(self) -> tuple[str, ...]:
        """Price, and the scores and flags that vary between the bids of a tender."""
        return ("price", *score_columns(self.valid, KNOWN)) if len(self.valid) else ("price",)


def _in_period(opened: Book, rows: pd.DataFrame, column: str, period: str) -> pd.Series:
    """Which rows lie in the period; all where none is asked for."""
    inside = pd.Series(True, index=rows.index)
    chosen = opened.period if period == "book" else period
    if chosen == "all":
        return inside
    if column not in rows:
        raise ValueError(f"period is {chosen!r}, but no {column} is known: use period = 'all'")
    start, end = opened.period_dates(period)
    return (rows[column] >= pd.Timestamp(start)) & (rows[column] <= pd.Timestamp(end))  # type: ignore[arg-type]


def _tenders(opened: Book, period: str) -> tuple[pd.DataFrame, set[str], int]:
    """One row per tender that counts, the tenders that the book leaves out, and how many lie
    outside of the period.
    """
    if not opened.has("tenders"):
        if period not in ("all", "book") or (period == "book" and opened.period != "all"):
            raise ValueError(f"period is {period!r}, but no tenders.date is known: use 'all'")
        return pd.DataFrame(index=pd.Index([], dtype="str", name="tender_id")), set(), 0
    every = opened.table("tenders")
    kept = opened.counted("tenders") if opened.has("tenders", "account_id") else every
    inside = _in_period(opened, kept, "date", period)
    gone = set(every["tender_id"]) - set(kept.loc[inside, "tender_id"])
    return kept[inside].set_index("tender_id"), gone, int((~inside).sum())


def _set_aside(bids: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """Bids of tenders with one winner that was not vetoed, and how many tenders have none."""
    winners = bids["won"].groupby(bids["tender_id"]).transform("sum")
    odd = ((bids["won"] == 1) & ~bids["valid"]).groupby(bids["tender_id"]).transform("any")
    sound = (winners == 1) & ~odd
    count = {
        "no_winner": bids.loc[winners == 0, "tender_id"].nunique(),
        "several": bids.loc[winners > 1, "tender_id"].nunique(),
        "vetoed_winner": bids.loc[odd & (winners == 1), "tender_id"].nunique(),
    }
    return bids[sound].reset_index(drop=True), count


def _priced(bids: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Price over the budget; over the mean of the valid bids where a budget is not known."""
    budget = rows["budget"] if "budget" in rows else pd.Series(dtype=float)
    known = bids["tender_id"].map(budget).astype(float)
    if len(bids) and known.notna().all():
        return bids.assign(share=bids["price"] / known), "budget"
    mean = bids["price"].where(bids["valid"]).groupby(bids["tender_id"]).transform("mean")
    return bids.assign(share=bids["price"] / mean), "mean bid"


def _sectors(opened: Book) -> pd.Series:
    if not opened.has("accounts", "sector"):
        return pd.Series(dtype="str")
    return opened.table("accounts").set_index("account_id")["sector"]


def _our_bids(opened: Book, bids: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Our bids as tries, with what the tender and its client are."""
    mine = bids[bids["ours"] == 1].copy() if "ours" in bids else bids.iloc[:0].copy()
    for name in ("account_id", "budget"):
        if name in rows:
            mine[name] = mine["tender_id"].map(rows[name])
    if "account_id" in mine:
        mine["sector"] = mine["account_id"].map(_sectors(opened))
    return mine.rename(columns={"budget": "value"}).reset_index(drop=True)


def _opportunities(opened: Book, period: str) -> tuple[pd.DataFrame, int, int]:
    """Opportunities that are decided, how many are open, how many lie outside of the period."""
    if not opened.has("opportunities", "outcome"):
        return pd.DataFrame({"won": pd.Series(dtype=int)}), 0, 0
    named = opened.has("opportunities", "account_id")
    rows = opened.counted("opportunities") if named else opened.table("opportunities")
    inside = _in_period(opened, rows, "closed", period)
    decided = rows["outcome"].isin(["won", "lost"])
    if period == "book" and "closed" not in rows:
        inside = pd.Series(True, index=rows.index)
    kept = rows[decided & inside]
    kept = kept.assign(won=(kept["outcome"] == "won").astype(int))
    if named:
        kept = kept.assign(sector=kept["account_id"].map(_sectors(opened)))
    return kept.reset_index(drop=True), int((~decided).sum()), int((decided & ~inside).sum())


def tenders(opened: Book, period: str = "all") -> Tenders:
    """Who bid what, who won; or which tries were won and which lost?

    Parameters
    ----------
    opened : Book
    period : tenders opened (opportunities closed) in it: "all", "book" (the book's own), a year, a
        quarter or a month.

    Raises
    ------
    ValueError
        Where neither a tender nor an opportunity was decided, or for a period without dates.
    """
    aside = {"no_winner": 0, "several": 0, "vetoed_winner": 0}
    listed = len(opened.table("bids")) if opened.has("bids") else 0
    bids = pd.DataFrame()
    rows, gone, outside, unit = pd.DataFrame(), set[str](), 0, "budget"
    tries, kind, still = pd.DataFrame({"won": pd.Series(dtype=int)}), "opportunity", 0
    if opened.has("bids"):
        rows, gone, outside = _tenders(opened, period)
        bids = opened.table("bids")
        bids = bids[~bids["tender_id"].isin(gone)]
        veto = bids["veto"].fillna(0) if "veto" in bids else pd.Series(0, index=bids.index)
        flags: dict[str, Any] = {
            name: bids[name].fillna(0).astype(int) for name in ("ours", "won") if name in bids
        }
        bids = bids.assign(valid=(veto == 0).astype(bool), **flags)
        bids, aside = _set_aside(bids)
        bids, unit = _priced(bids, rows)
        rows = rows.reindex(pd.Index(bids["tender_id"].unique(), name="tender_id"))
        tries, kind = _our_bids(opened, bids, rows), "bid"
    if tries.empty:
        found, still, later = _opportunities(opened, period)
        if len(found) or bids.empty:
            tries, kind, outside = found, "opportunity", outside + later
    beside = opened.has("opportunities", "outcome") and kind == "bid"
    if bids.empty and tries.empty:
        raise ValueError(
            "no tender has one winner and no opportunity is decided: check bids.won (1 for the "
            "winner), opportunities.outcome (won, lost) and the period"
        )
    return Tenders(
        name=opened.name,
        currency=opened.currency,
        bids=bids,
        unit=unit,
        rows=rows,
        tries=tries,
        kind=kind,
        still_open=still,
        outside=outside,
        listed=listed,
        beside=len(opened.table("opportunities")) if beside else 0,
        **aside,
    )
