"""The steps of lesson 13: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.buying_centre import LESSON, figures, losses, maps, owners, people
from keyacct_utils.lessons.shared.claims import Claim, at_least, untested
from keyacct_utils.lessons.shared.owners import sold_through
from keyacct_utils.lessons.shared.resampling import drawn_counts, percentile_limits
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: Resamples of accounts for an interval.
DRAWS = 400
#: Fewer accounts, or departures of a kind, than these get no interval and no rule.
FEWEST, FEWEST_CASES = 20, 5
#: Levels in words that need no order to be named.
KNOWN_LEVELS = (("exec", "mid", "user"), ("高层", "中层", "基层"))
#: Fewer months than these, and as many before, say nothing of who stays.
LEAST_SPAN = 6
#: Days after a departure until it is known whether the account was lost.
SIX_MONTHS = 183
#: Rows of a list, people of a map and accounts of a grid.
ROWS, PEOPLE, GRID = 10, 25, 12
#: The account of a drill or a map where nobody names one.
LARGEST = "largest"
#: What contacts.role calls the one who decides, where nobody names it otherwise.
DECIDER = "decider"
#: How much less the base has to be met, and the share from which "often" is said: assumptions.
MARGIN, OFTEN = 0.05, 0.25

#: What no table of a book could test: source, claim, test, what would allow it.
NOT_HERE = (
    (
        "S003-9e",
        "A stable staff of our own means more customers and more profit",
        "sales of the accounts of those of us who left, against those of who stayed",
        "days on which our own people left, and their accounts before, would allow it",
    ),
    (
        "S000-5p",
        "A chain of first responsibility runs from head office to the branch",
        "people of head office and branches met by the same chain",
        "a level of our own people would allow it",
    ),
    (
        "S002-1d",
        "Communication has four levels, of which interest is the deepest",
        "accounts kept longer where interests are exchanged",
        "talks at a day before the outcome would allow it",
    ),
    (
        "S003-2h",
        "Experts hold a veto: a plan covers all levels",
        "tenders lost at a level that nobody met",
        "tenders by account and level would allow it",
    ),
    (
        "S003-7d",
        "The client values size match, knowledge of the industry, a tailored solution, references",
        "reasons written down by people of the account",
        "such reasons would allow it",
    ),
)


@dataclass(frozen=True)
class Centre:
    """What the lesson looks at."""

    name: str
    currency: str
    returns: str
    period: str
    #: Where the people come from: "contacts" or "ledger"; empty where nobody is named.
    origin: str
    #: contact_id, account_id, and what else is known of a person; no column without any value.
    contacts: pd.DataFrame
    #: Ties between people of one account; no row where none is known.
    ties: pd.DataFrame
    #: Departures whose outcome is known.
    departures: pd.DataFrame
    #: Sales of the period by account, none below zero; None without a ledger.
    money: pd.Series | None
    #: Of them, those whose loss the departures tell of: of ``lines``, or all.
    stake: pd.Series | None
    lines: tuple[str, ...]
    #: Visits within the window by account that say nothing of whom they met, and which table holds
    #: them; None where no table does.
    went: pd.Series | None
    went_from: str
    #: The last day of that table, where it ends before the day of the look.
    went_until: pd.Timestamp | None
    #: Names of ours, by manager.
    ours: pd.Series
    #: Sales of the period by account and person who ordered, and by account and who of us sold.
    ordered: pd.DataFrame
    sold: pd.DataFrame
    #: By account: who of us has it, whether nobody else sold to it, sales of the period, and
    #: whether it bought in the span before the last and in the last; the source, and months of a
    #: span.
    owned: pd.DataFrame
    owned_from: str
    span: int
    #: Day of the look; missing where no day is known.
    as_of: pd.Timestamp | None
    within: int
    #: Levels, the highest first; empty where none are known. Whether that order is known.
    levels: tuple[str, ...]
    ranked: bool
    low: tuple[str, ...]
    decider: str
    #: Id of the account of the drill and the map, or "largest".
    account: str
    labels: pd.Series
    #: What was left out, in numbers: ties, departures, rows without a person.
    left_out: Mapping[str, int]

    @property
    def unit(self) -> str:
        """The currency behind an amount."""
        return f" {self.currency}" if self.currency else ""

    @property
    def dated(self) -> bool:
        """Whether it is known when people were met."""
        return "last_contact" in self.contacts

    @property
    def when(self) -> str:
        """Of which time the sales are."""
        return "the whole book" if self.period == "all" else self.period

    def called(self, contact: str) -> str:
        """A person as a reader sees it: name and id."""
        known = self.contacts.set_index("contact_id")
        name = known["name_zh"].get(contact) if "name_zh" in known else None
        return contact if name is None or pd.isna(name) or name == contact else f"{name} {contact}"

    def shown(self, account: str) -> str:
        """An account as a reader sees it."""
        return str(self.labels.get(account, account))

    def one_of_us(self, manager: str) -> str:
        """One of us as a reader sees it: name and id."""
        name = self.ours.get(manager)
        return manager if name is None or pd.isna(name) or name == manager else f"{name} {manager}"

    @property
    def base(self) -> str:
        """Of which time and line the sales at stake are."""
        return f"{self.when}, line {', '.join(self.lines)}" if self.lines else self.when

    @property
    def days_from(self) -> str:
        """The column that would tell when people were met."""
        return "ledger.date" if self.origin == "ledger" else "contacts.last_contact"


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without columns in which nothing stands."""
    kept = [name for name in frame if frame[name].notna().any()]
    return frame[kept]


def _people(opened: Book, groups: pd.Series) -> tuple[pd.DataFrame, str, int]:
    """One row per person; where they come from; amounts without a person."""
    if opened.has("contacts"):
        found = _known(opened.counted("contacts"))
        if len(found):
            account = found["account_id"].replace(dict(groups))
            return found.assign(account_id=account), "contacts", 0
    empty = pd.DataFrame(columns=["contact_id", "account_id"])
    if not opened.has("ledger", "contact_id"):
        return empty, "", 0
    try:
        rows = opened.by_person("contact_id")
    except ValueError:  # the ledger stays in another database
        return empty, "", 0
    nameless = int((rows["contact_id"] == "").sum())
    rows = rows[rows["contact_id"] != ""]
    shared = rows["contact_id"].duplicated(keep=False)
    rows["contact_id"] = rows["contact_id"].where(
        ~shared, rows["contact_id"] + " (" + rows["account_id"] + ")"
    )
    found = rows[["contact_id", "account_id", "last"]].rename(columns={"last": "last_contact"})
    return _known(found.reset_index(drop=True)), "ledger" if len(found) else "", nameless


def _by(opened: Book, column: Literal["contact_id", "manager_id"], dates: Any) -> pd.DataFrame:
    """Sales above zero by account and person; no row where the ledger names none."""
    rows = sold_through(opened, column, *dates)
    return rows[rows["revenue"] > 0].reset_index(drop=True)


def _look(opened: Book, contacts: pd.DataFrame) -> pd.Timestamp | None:
    """The day of the look: the book's own, or the last that anything is dated; none of them later
    than a contact.
    """
    days = [opened.as_of]
    if opened.as_of is None and opened.has("ledger", "date"):
        days.append(opened.totals()["last_date"].iloc[0])
    if "last_contact" in contacts:
        days.append(contacts["last_contact"].max())
    known = [pd.Timestamp(day) for day in days if day is not None and not pd.isna(day)]
    return max(known) if known else None


def _order(
    contacts: pd.DataFrame, levels: tuple[str, ...] | Literal["own"]
) -> tuple[tuple[str, ...], bool]:
    """Levels from the highest to the lowest, and whether that is known."""
    if "level" not in contacts:
        if levels != "own":
            raise ValueError("levels: the book has no contacts.level, so leave levels at 'own'")
        return (), False
    there = sorted(map(str, contacts["level"].dropna().unique()))
    if levels != "own":
        if set(levels) != set(there) or len(set(levels)) != len(levels):
            raise ValueError(
                f"levels names {', '.join(map(repr, levels))}; the contacts have "
                f"{', '.join(map(repr, there))}, each of them once, the highest first"
            )
        return tuple(levels), True
    for known in KNOWN_LEVELS:
        if set(there) <= set(known):
            return tuple(name for name in known if name in there), True
    # Power is no rank: whom all ask may sit low.
    return tuple(there), False


def _ties(opened: Book, contacts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Ties between people of one account, and how many others were left out."""
    empty = pd.DataFrame(columns=["from_id", "to_id", "kind"])
    if not opened.has("contact_ties") or not len(contacts):
        return empty, 0
    rows = opened.table("contact_ties")
    account = contacts.set_index("contact_id")["account_id"]
    one, other = rows["from_id"].map(account), rows["to_id"].map(account)
    kept = one.notna() & (one == other) & (rows["from_id"] != rows["to_id"])
    return rows[kept].reset_index(drop=True), int((~kept).sum())


def _lines(opened: Book, departures: pd.DataFrame) -> tuple[str, ...]:
    """The lines of the ledger that the departures tell of; none where they tell of all sales."""
    if "line" not in departures or departures["line"].isna().any() or departures.empty:
        return ()
    named = sorted(map(str, departures["line"].unique()))
    if not opened.has("ledger"):
        return tuple(named)
    there = (
        sorted(map(str, opened.rollup()["line"].unique())) if opened.has("ledger", "line") else []
    )
    if odd := [name for name in named if name not in there]:
        raise ValueError(
            f"departures.line names {', '.join(map(repr, odd))}, and the ledger has "
            + (f"the lines {', '.join(map(repr, there))}" if there else "no column line")
            + "; write each line as the ledger does, or leave departures.line empty for all sales"
        )
    return tuple(named)


def _by_month(opened: Book, departures: pd.DataFrame, lines: tuple[str, ...]) -> pd.DataFrame:
    """Departures with what the ledger says of the account before and after; missing where it says
    nothing.
    """
    empty = pd.DataFrame(np.nan, index=departures.index, columns=["year", "same", "after", "fell"])
    if departures.empty or "date" not in departures or not opened.has("ledger", "date"):
        return departures.join(empty)
    found = []
    for line in lines or (None,):
        rows = departures if line is None else departures[departures["line"] == line]
        monthly = opened.rollup(period="month", by_line=False, line=line)
        found.append(losses.by_the_ledger(rows, monthly))
    return departures.join(pd.concat(found))


def _departures(
    opened: Book, as_of: pd.Timestamp | None, groups: pd.Series
) -> tuple[pd.DataFrame, tuple[str, ...], dict[str, int]]:
    """Departures of people whom we had met and whose outcome is known, and the lines they tell of;
    how many of the others.
    """
    if not opened.has("departures"):
        return pd.DataFrame(columns=["account_id", "threads", "lost"]), (), {}
    rows = opened.counted("departures")
    rows = rows.assign(account_id=rows["account_id"].replace(dict(groups)))
    lines = _lines(opened, rows)
    told = {"unmet": int((rows["threads"] == 0).sum())}
    rows = rows[rows["threads"] > 0]
    if "date" not in rows or rows["date"].isna().all():
        return _by_month(opened, rows.reset_index(drop=True), lines), lines, told
    # what becomes of an account within six months is not known before they are over
    early = rows["date"] > (as_of or rows["date"].max()) - pd.Timedelta(days=SIX_MONTHS)
    if as_of is None:
        early = pd.Series(False, rows.index)
    told["early"] = int(early.sum())
    rows = rows[~early]
    gone = rows[rows["lost"] == 1].groupby("account_id")["date"].min()
    after = rows["date"] > gone.reindex(rows["account_id"]).set_axis(rows.index)
    told["after"] = int(after.sum())
    return _by_month(opened, rows[~after].reset_index(drop=True), lines), lines, told


def _sales(
    opened: Book, line: str | None, dates: tuple[Any, Any], accounts: pd.Index
) -> tuple[pd.Series, int]:
    """Sales of a line by account, none below zero; how many were below."""
    rows = opened.rollup(start=dates[0], end=dates[1], by_line=False, line=line)
    sums = rows.set_index("account_id")["revenue"].astype(float)
    # who has people in the file and no row bought nothing in the period
    sums = sums.reindex(sums.index.union(accounts), fill_value=0.0)
    return sums.clip(lower=0), int((sums < 0).sum())


def _went(
    opened: Book, as_of: pd.Timestamp | None, within: int, groups: pd.Series
) -> tuple[pd.Series | None, str, pd.Timestamp | None]:
    """Visits to each account within the window, by a table that names nobody who was met; the
    table, and its last day where that is before the day of the look.
    """
    if as_of is None:
        return None, "", None
    since = as_of - pd.Timedelta(days=within)
    if opened.has("activities", "account_id", "date", "type"):
        rows, source = opened.counted("activities"), "activities"
        last = rows["date"].max()
        rows = rows[(rows["type"] == "visit") & rows["date"].between(since, as_of)]
        found = rows["account_id"].value_counts()
    elif opened.has("visits", "quarter", "account_id", "visits"):
        rows, source = opened.counted("visits"), "visits"
        last = rows["quarter"].max() + pd.DateOffset(months=3) - pd.Timedelta(days=1)
        rows = rows[rows["quarter"].between(since, as_of)]
        found = rows.groupby("account_id")["visits"].sum()
    else:
        return None, "", None
    found = found.groupby(found.index.to_series().replace(dict(groups))).sum()
    return found, source, last if last < as_of else None


def _spans(opened: Book) -> tuple[int, list[tuple[Any, Any]]]:
    """The last whole months of the book's period and as many before them: twelve, or half of what
    the ledger holds. A month in which the ledger breaks off is no month of silence.
    """
    if not opened.has("ledger", "date"):
        return 0, []
    known = opened.totals().iloc[0]
    if pd.isna(known["first_date"]) or pd.isna(known["last_date"]):
        return 0, []
    first, last = (pd.Period(known[f"{end}_date"], "M") for end in ("first", "last"))
    last -= int(opened.cut_short() is not None)
    _, end = opened.period_dates()
    if end is not None:
        last = min(last, pd.Period(end, "M"))
    span = min(12, ((last - first).n + 1) // 2)
    if span < LEAST_SPAN:
        return 0, []
    starts = (last - 2 * span + 1, last - span + 1)
    return span, [(start.start_time.date(), (start + span - 1).end_time.date()) for start in starts]


def _largest_seller(rows: pd.DataFrame) -> pd.Series:
    """Who of us sold the most to each account."""
    rows = rows[rows["manager_id"] != ""].sort_values(
        ["revenue", "manager_id"], ascending=[False, True], kind="stable"
    )
    return rows.drop_duplicates("account_id").set_index("account_id")["manager_id"]


def _owned(
    opened: Book, sold: pd.DataFrame, money: pd.Series | None, groups: pd.Series
) -> tuple[pd.DataFrame, str, int]:
    """Who of us has each account, by who sold the most to it or by the list of accounts."""
    empty = pd.DataFrame(columns=["manager_id", "alone", "sales"])
    if money is None:
        return empty, "", 0
    span, spans = _spans(opened)
    if len(sold):
        owner = _largest_seller(sold)
        alone = sold[sold["manager_id"] != ""]["account_id"].value_counts() == 1
        source = "ledger"
    elif opened.has("accounts", "account_id", "manager_id"):
        rows = opened.counted("accounts").dropna(subset=["manager_id"])
        rows = rows.assign(account_id=rows["account_id"].replace(dict(groups)))
        owner = rows.drop_duplicates("account_id").set_index("account_id")["manager_id"]
        alone, source = pd.Series(True, owner.index), "accounts"
    else:
        return empty, "", 0
    if owner.empty:
        return empty, "", 0
    table = pd.DataFrame({"manager_id": owner, "alone": alone.reindex(owner.index)})
    table["sales"] = money.reindex(table.index).fillna(0.0)
    if spans:
        before, now = (
            opened.rollup(start=start, end=end, by_line=False).set_index("account_id")["revenue"]
            for start, end in spans
        )
        had = _largest_seller(_by(opened, "manager_id", spans[0])) if source == "ledger" else owner
        table = table.reindex(table.index.union(had.index))
        table["had"] = had.reindex(table.index)
        table["before"] = before.reindex(table.index).fillna(0.0) > 0
        table["stayed"] = now.reindex(table.index).fillna(0.0) > 0
    return table.rename_axis("account_id"), source, span


def _our_names(opened: Book) -> pd.Series:
    """Names of our own people, by id; empty where the book has none."""
    if not opened.has("managers", "manager_id", "name_zh"):
        return pd.Series(dtype=object)
    return opened.table("managers").set_index("manager_id")["name_zh"].dropna()


def centre(
    opened: Book,
    period: str = "book",
    within: int = 365,
    account: str = LARGEST,
    decider: str = DECIDER,
    *,
    levels: tuple[str, ...] | Literal["own"] = "own",
    low: tuple[str, ...] | Literal["own"] = "own",
) -> Centre:
    """Whom does the book name at each account, and what hangs on them?

    Parameters
    ----------
    opened : Book
        With contacts; or a ledger that says who ordered, whose people count as met on the days of
        their sales.
    period : of the sales.
    within : days within which a person counts as met.
    account : id of the account of the drill and of the map; "largest" for that with most sales.
    decider : what contacts.role calls the one who decides.
    levels : levels from the highest to the lowest; "own" where they are exec, mid, user, or the
        mean power of their people shall order them.
    low : levels without rank; "own" for the lowest.

    Raises
    ------
    ValueError
        For an odd number of days, and for an account, a role or a level that no contact has, or a
        line of departures that the ledger does not have.
    """
    if isinstance(within, bool) or not within >= 1:
        raise ValueError(f"within is {within}: expected a number of days, 1 or more")
    start, end = opened.period_dates(period)
    groups = opened.grouped()
    contacts, origin, nameless = _people(opened, groups)
    order, ranked = _order(contacts, levels)
    if low != "own" and (isinstance(low, str) or not low or set(low) - set(order)):
        raise ValueError(
            f"low is {low!r}; give levels of the contacts: {', '.join(map(repr, order)) or 'none'}"
        )
    there = set(contacts["account_id"])
    if account != LARGEST and account not in there:
        like = f" or an id such as {sorted(there)[0]!r}" if there else ""
        raise ValueError(
            f"account is {account!r}, and nobody of it is in the book; write {LARGEST!r}{like}"
        )
    roles = set(map(str, contacts["role"].dropna())) if "role" in contacts else set()
    if decider != DECIDER and decider not in roles:
        raise ValueError(
            f"decider is {decider!r}, and nobody has that role; write one of "
            f"{', '.join(map(repr, sorted(roles))) or 'none, since contacts.role is not there'}"
        )
    as_of = _look(opened, contacts)
    ties, lost_ties = _ties(opened, contacts)
    departures, lines, told = _departures(opened, as_of, groups)
    money, stake, below = None, None, 0
    if opened.has("ledger"):
        accounts = pd.Index(contacts["account_id"].unique())
        money, below = _sales(opened, None, (start, end), accounts)
        parts = [_sales(opened, line, (start, end), money.index)[0] for line in lines]
        stake = pd.concat(parts).groupby(level=0).sum() if parts else money
    went, went_from, went_until = _went(opened, as_of, within, groups)
    sold = _by(opened, "manager_id", (start, end))
    owned, owned_from, span = _owned(opened, sold, money, groups)
    return Centre(
        name=opened.name,
        currency=opened.currency,
        returns=opened.returns,
        period=opened.period if period == "book" else period,
        origin=origin,
        contacts=contacts,
        ties=ties,
        departures=departures,
        money=money,
        stake=stake,
        lines=lines,
        went=went,
        went_from=went_from,
        went_until=went_until,
        ours=_our_names(opened),
        ordered=_by(opened, "contact_id", (start, end)),
        sold=sold,
        owned=owned,
        owned_from=owned_from,
        span=span,
        as_of=as_of,
        within=within,
        levels=order,
        ranked=ranked,
        low=order[-1:]
        if low == "own" and ranked and len(order) > 1
        else ()
        if low == "own"
        else low,
        decider=decider,
        account=account,
        labels=opened.labels(),
        left_out={
            "bad_ties": lost_ties,
            "nameless": nameless,
            "below": below,
            **told,
        },
    )


def _no_people(found: Centre) -> Finding:
    """Why there is nothing to say of people on this book."""
    return unknown(
        "Nobody at the accounts is named: the table contacts would tell who, or ledger.contact_id "
        "who ordered."
    )


def _hangs(found: Centre, within: int | None = None) -> pd.DataFrame:
    """Threads and sales by account."""
    return people.threads(found.contacts, found.money, found.as_of, within=within or found.within)


def book_in_numbers(found: Centre) -> Finding:
    """Which book, whom does it name, and when is it looked at?"""
    numbers: dict[str, Any] = {
        "book": found.name,
        "people": len(found.contacts),
        "accounts": found.contacts["account_id"].nunique(),
        "ties": len(found.ties),
        "departures": len(found.departures),
        "day": f"{found.as_of:%Y-%m-%d}" if found.as_of is not None else "",
        "within": found.within,
        "levels": list(found.levels),
        "column": found.days_from,
        "period": found.when,
        **found.left_out,
    }
    if not found.origin:
        said = ["**{book}**: nobody at the accounts is named."]
        if len(found.owned):
            said.append(
                "So only our own side can be looked at, under *Deeper: on our side*: who of us has "
                "which account, and whose accounts stay. The table contacts, or ledger.contact_id "
                "(who ordered), would tell the rest."
            )
        return Finding(numbers, tuple(said))
    says = [
        "**{book}**: {people:count person/people} of {accounts:count account}, from the table "
        "contacts."
        if found.origin == "contacts"
        else "**{book}**: {people:count person/people} of {accounts:count account}, who ordered by "
        "the ledger. A person counts as met on the days on which it bought."
        if found.dated
        else "**{book}**: {people:count person/people} of {accounts:count account}, who ordered by "
        "the ledger.",
        "Looked at from {day}: who was met in the {within} days before is a thread."
        if found.dated
        else "When they were met is not known, so everybody named counts as a thread: {column} "
        "would tell who of them is one still.",
    ]
    if found.levels:
        says.append(
            "Levels, the highest first: {levels:names}."
            if found.ranked
            else "Levels: {levels:names}; which is above which is not known. Name them in "
            "`levels`, the highest first."
        )
    if len(found.ties):
        says.append("They are joined by {ties:count tie}.")
    if found.left_out["bad_ties"]:
        says.append(
            "Left out for naming somebody else's people, nobody, or one person twice: "
            "{bad_ties:count tie}."
        )
    if found.left_out["nameless"]:
        says.append("Accounts of which some sales name nobody: {nameless}.")
    for name, text in (
        ("unmet", "Departures of people whom we had not met in the year before: {unmet}."),
        ("early", "Departures less than six months back, whose end is not known yet: {early}."),
        ("after", "Departures from accounts that were lost before: {after}."),
    ):
        if found.left_out.get(name):
            says.append(f"{text[:-1]}, left out.")
    says += steps.gross(found.returns)
    return Finding(numbers, tuple(says))


def pencil() -> pd.DataFrame:
    """Five accounts on a napkin: people in the file, those met within a year, sales."""
    return pd.DataFrame(
        {
            "people in the file": [4, 2, 3, 1, 5],
            "met within a year": [3, 1, 1, 1, 0],
            "sales": [100, 60, 240, 20, 80],
        },
        index=["Anhe", "Boda", "Chenxi", "Dafeng", "Enkang"],
    )


def hanging(found: Centre) -> Finding:
    """How many accounts hang on one person, and how much of the sales?"""
    if not found.origin:
        return _no_people(found)
    table = _hangs(found)
    total = float(table["money"].sum()) if found.money is not None else 0.0
    numbers: dict[str, Any] = {
        "all": len(table),
        "single": int(table["single"].sum()),
        "nobody": int((table["nobody"] & (table["known"] > 0)).sum()),
        "unnamed": int((table["known"] == 0).sum()),
        "part": float(table["single"].mean()),
        "known": int(table["known"].sum()),
        "within": found.within,
        "period": found.when,
        "threads": table,
        "below": found.left_out["below"],
        "lines": list(found.lines),
    }
    one_each = bool((table["known"] <= 1).all()) and len(table) > 1
    says = [
        "For **{single:count account}** of {all} the book names one person, and for none it names "
        "more: that is what was written down, and does not say that nobody else is known."
        if one_each
        else "**{single:count account}** of {all} ({part:percent}) hang on one person."
        if numbers["single"] > 1
        else "**One account** of {all} ({part:percent}) hangs on one person."
        if numbers["single"]
        else "None of {all:count account} hangs on one person."
    ]
    if total > 0:
        numbers["share"] = float(table.loc[table["single"], "money"].sum() / total)
    if total > 0 and numbers["single"]:
        numbers["sales"] = float(table.loc[table["single"], "money"].sum())
        says.append(
            "They hold {share:percent} of the sales of {period} ({sales:money}" + found.unit + ")."
            if numbers["single"] != 1
            else "It holds {share:percent} of the sales of {period} ({sales:money}"
            + found.unit
            + ")."
        )
        if numbers["below"]:
            says.append(steps.SHARES_OF)
    elif found.money is None and numbers["single"]:
        says.append("What that is in sales is not known: a ledger would tell.")
    if found.lines and found.stake is not None and numbers["single"]:
        held = found.stake.reindex(table.index).fillna(0.0)
        numbers["stake"] = float(held[table["single"]].sum())
        says.append(
            "Not all of this is lost with a person: the departures of this book tell of the line "
            "{lines:names}, of which these accounts bought {stake:money}" + found.unit + "."
        )
    if numbers["nobody"]:
        says += _nobody_met(found, table, numbers)
    if numbers["unnamed"]:
        says.append("Nobody at all is named for {unnamed:count account} that bought.")
    says.append(
        "This is a count of all that the book holds, so it has no interval; what it hangs on is "
        "the number of days."
        if found.dated
        else "This is a count of all that the book holds, so it has no interval."
    )
    counts = table["threads"].clip(upper=5).value_counts().reindex(range(6), fill_value=0)
    held = table.groupby(table["threads"].clip(upper=5))["money"].sum().reindex(range(6))
    bars = pd.DataFrame({"accounts": counts / len(table)})
    if total > 0:
        bars["sales"] = held.fillna(0.0) / total
    bars.index = pd.Index([*map(str, range(5)), "5+"])
    numbers["bars"] = bars
    picture = Picture(
        lambda title: figures.thread_plot(
            bars, title, "people met per account" if found.dated else "people named per account"
        ),
        "The book names one person for {single:count account} of {all}, and more for none"
        if one_each
        else "None of {all:count account} hangs on one person"
        if not numbers["single"]
        else "{part:percent0} of the accounts hang on one person, and {share:percent0} of the sales"
        if total > 0
        else "{part:percent0} of the accounts hang on one person",
        "Bars by number of people: share of the accounts and of the sales. One person: "
        "{part:percent} of the accounts, {share:percent} of the sales."
        if total > 0
        else "Bars by number of people: share of the accounts. One person: {part:percent}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _nobody_met(found: Centre, table: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """Accounts at which nobody is written down as met, and visits there that name nobody."""
    says = ["At {nobody:count account} nobody is written down as met in the {within} days."]
    there = table.index[table["nobody"] & (table["known"] > 0)]
    visits = found.went.reindex(there).fillna(0) if found.went is not None else pd.Series(0, there)
    if (visits > 0).any():
        numbers |= {
            "went": int(visits.sum()),
            "went_to": int((visits > 0).sum()),
            "went_from": found.went_from,
        }
        says.append(
            "Yet the table {went_from} holds {went:count visit} to {went_to} of them in that time: "
            "it says who of us went and not who was met, so write the person down."
            if numbers["went_to"] < numbers["nobody"]
            else "Yet the table {went_from} holds {went:count visit} there in that time: it says "
            "who of us went and not who was met, so write the person down."
            if numbers["nobody"] == 1
            else "Yet the table {went_from} holds {went:count visit} to all of them in that time: "
            "it says who of us went and not who was met, so write the person down."
        )
        says += _went_until(found, numbers)
    return says


def _went_until(found: Centre, numbers: dict[str, Any]) -> list[str]:
    """That the table of visits ends before the day of the look, where it does."""
    if found.went_until is None:
        return []
    numbers["went_until"] = f"{found.went_until:%Y-%m-%d}"
    return ["That table ends on {went_until}: what came after is not in it."]


def _since(found: Centre) -> pd.Series:
    """Days since the last contact, by person."""
    contacts = found.contacts.set_index("contact_id")
    return people.days_since(contacts["last_contact"], found.as_of)


def levels_met(found: Centre, *, show: int = GRID) -> Finding:
    """At which levels did we meet anybody?

    Parameters
    ----------
    show : accounts in the figure, the largest first.
    """
    if show < 1:
        raise ValueError(f"show is {show}: expected 1 account or more")
    if not found.origin:
        return _no_people(found)
    if not found.levels:
        return unknown("At which level people stand, contacts.level would tell.")
    rows = people.coverage_by_level(
        found.contacts, found.as_of, within=found.within, levels=found.levels
    )
    table = rows.groupby("level", sort=False)[["known", "met"]].sum().reindex(found.levels)
    per = rows.assign(has=rows["met"] > 0).groupby("level", sort=False)["has"].sum()
    table["share"] = table["met"] / table["known"].where(table["known"] > 0)
    table["accounts"] = per.reindex(found.levels).astype(int)
    numbers: dict[str, Any] = {
        "least": str(table["share"].idxmin()),
        "low": float(table["share"].min()),
        "most": str(table["share"].idxmax()),
        "high": float(table["share"].max()),
        "accounts": int(rows["account_id"].nunique()),
        "everywhere": int((rows[rows["known"] > 0].groupby("account_id")["met"].min() > 0).sum()),
        "frame": rows,
        "within": found.within,
    }
    if not found.dated:
        says = [
            "Named at each level: see the table. When they were met is not known, so it cannot be "
            "told whom of them we meet: contacts.last_contact would tell."
        ]
    elif len(table) > 1 and numbers["low"] < numbers["high"]:
        says = [
            "In the {within} days we met {high:percent} of the people we know in {most}, and "
            "{low:percent} of those in {least}.",
            "At {everywhere} of {accounts:count account} somebody was met at each level at which "
            "somebody is known.",
        ]
    else:
        says = ["In the {within} days we met {high:percent} of the people we know at each level."]
    columns = {
        "known": Shown("people known", ",.0f"),
        "met": Shown("of them met" if found.dated else "counted as met", ",.0f"),
        "share": Shown("share", "percent"),
        "accounts": Shown("accounts with somebody met", ",.0f"),
    }
    order = (
        found.money.sort_values(ascending=False, kind="stable").index
        if found.money is not None
        else pd.Index(sorted(rows["account_id"].unique()))
    )
    order = order[order.isin(rows["account_id"].unique())][:show].tolist()
    grid = rows[rows["account_id"].isin(order)]
    numbers |= {"shown": len(order)}
    names = pd.Series({name: found.shown(name) for name in order})
    picture = Picture(
        lambda title: figures.grid_plot(grid, order, found.levels, names, title),
        "Somebody was met at every level that is known at {everywhere} of {accounts:count account}"
        if found.dated
        else "Whom the book names at each level",
        "Grid of {shown:count account} in rows and levels in columns: people met of those known; "
        "empty where nobody is known.",
    )
    return Finding(
        numbers, tuple(says), table.rename_axis("level"), columns, picture if found.dated else None
    )


def for_us(found: Centre) -> Finding:
    """Which accounts look friendly, and are not where the power lies?"""
    if not {"power", "stance"} <= set(found.contacts):
        return unknown(
            "Who is for us and whose word has weight, contacts.power and contacts.stance would "
            "tell."
        )
    table = people.support(found.contacts)
    turned = table[(table["mean"] > 0) & (table["weighted"] < 0)]
    numbers: dict[str, Any] = {
        "accounts": len(table),
        "friendly": int((table["mean"] > 0).sum()),
        "turned": len(turned),
        "even": int(((table["mean"] > 0) & (table["weighted"] == 0)).sum()),
        "ids": turned.index.tolist(),
        "names": [found.shown(name) for name in turned.index],
        "bare": len(found.contacts) - int(table["people"].sum()),
        "frame": table,
    }
    says = [
        "At {friendly} of {accounts:count account} the people are for us on average. "
        + (
            "**At {turned} of these the weight of power is against us**: {names:names}."
            if len(turned)
            else "At none of these is the weight of power against us."
        )
        if (table["mean"] > 0).any()
        else "At none of {accounts:count account} the people are for us on average."
    ]
    if numbers["even"]:
        says.append("At {even} more of these it is even: weighed by power, exactly zero.")
    if numbers["bare"]:
        says.append("People without power or stance written count for nothing: {bare}.")
    picture = Picture(
        lambda title: figures.support_plot(table.dropna(), title),
        "{turned:count account} look friendly and are against us by weight"
        if len(turned) > 1
        else "One account looks friendly and is against us by weight"
        if len(turned)
        else "No account looks friendly and is against us by weight",
        "Points: mean stance of each account across, stance weighted by power up. {turned} lie to "
        "the right of zero and below it."
        if len(turned) > 1
        else "Points: mean stance of each account across, stance weighted by power up. One lies to "
        "the right of zero and below it."
        if len(turned)
        else "Points: mean stance of each account across, stance weighted by power up. None lies "
        "to the right of zero and below it.",
    )
    drawn = picture if len(table.dropna()) > 1 else None
    shown = turned.sort_values("weighted").head(ROWS)
    return Finding(
        numbers,
        tuple(says),
        pd.DataFrame(
            {
                "account": [found.shown(name) for name in shown.index],
                "mean": shown["mean"].to_numpy(),
                "weighted": shown["weighted"].to_numpy(),
                "supporters": shown["supporters"].to_numpy(),
                "opponents": shown["opponents"].to_numpy(),
            }
        )
        if len(shown)
        else None,
        {
            "mean": Shown("mean stance", ".2f"),
            "weighted": Shown("weighted by power", ".2f"),
            "supporters": Shown("for us", ",.0f"),
            "opponents": Shown("against us", ",.0f"),
        },
        drawn,
        show_table=False,
    )


def measures(found: Centre) -> pd.DataFrame:
    """The measures of the map, once for all steps; no row where no tie is known."""
    if not len(found.ties):
        return pd.DataFrame()
    return maps.influence(found.contacts, found.ties)


def advisers(
    found: Centre, placed: pd.DataFrame, *, top: int = 3, weak: float = 5.0, fewest: int = 6
) -> Finding:
    """Who has no rank and stands between the others?

    Parameters
    ----------
    placed : from `measures`.
    top : places by betweenness that count.
    weak : power below which a word is written down as weak.
    fewest : people of an account, from which somebody can hide.
    """
    if not 0 < weak <= 10:
        raise ValueError(f"weak is {weak:g}: power runs from 0 to 10")
    for name, value in (("top", top), ("fewest", fewest)):
        if value < 1:
            raise ValueError(f"{name} is {value}: expected 1 or more")
    if not len(placed):
        return unknown("Who is tied to whom, the table contact_ties would tell.")
    if not found.low:
        return unknown(
            "Which level has no rank is not known: give contacts.level, and name the lowest in "
            "`low`."
        )
    rows = maps.hidden_advisers(
        found.contacts, placed, low=found.low, top=top, weak=weak, fewest=fewest
    )
    large = placed.groupby("account_id")["people"].first()
    numbers: dict[str, Any] = {
        "count": len(rows),
        "accounts": int((large >= fewest).sum()),
        "fewest": fewest,
        "top": top,
        "low": list(found.low),
        "ids": rows.index.tolist(),
    }
    if not numbers["accounts"]:
        return unknown(
            "No account has {fewest:count person/people} in the file, fewer than which nobody can "
            "hide.",
            fewest=fewest,
        )
    if rows.empty:
        return Finding(
            numbers,
            (
                "In {accounts:count account} with {fewest:count person/people} or more nobody of "
                "the level {low:names} stands among the first {top} between the others.",
            ),
        )
    shown = pd.DataFrame(
        {
            "person": [found.called(who) for who in rows.index],
            "account": [found.shown(name) for name in rows["account_id"]],
            "level": rows["level"].to_numpy(),
            **({"power": rows["power"].to_numpy()} if rows["power"].notna().any() else {}),
            "betweenness": rows["betweenness"].to_numpy(),
            "place": rows["place"].to_numpy(),
        }
    )
    numbers["mean"] = float(rows["betweenness"].mean())
    says = (
        "**{count:count person/people}** of the level {low:names} in {accounts:count account} with "
        "{fewest:count person/people} or more stand among the first {top} between the others, "
        "and are written down as weak or not at all."
        if len(rows) != 1
        else "**One person** of the level {low:names} in {accounts:count account} with "
        "{fewest:count person/people} or more stands among the first {top} between the "
        "others, and is written down as weak or not at all.",
        "What the map holds is what somebody of us saw: a tie that nobody wrote down is on no map.",
    )
    columns = {
        "person": Shown("person"),
        "power": Shown("power", ".0f"),
        "betweenness": Shown("betweenness", ".2f"),
        "place": Shown("place", ",.0f"),
    }
    return Finding(numbers, says, shown, columns)


def other_charts(
    found: Centre, placed: pd.DataFrame, *, top: int = 3, weak: float = 5.0, fewest: int = 6
) -> Finding:
    """Whom does each kind of tie find, and do other rules find others?

    Parameters
    ----------
    placed : from `measures`.
    top, weak, fewest : as for `advisers`.
    """
    if not len(found.ties) or not found.low:
        return unknown(
            "Other readings of the map take the tables contacts (level) and contact_ties."
        )
    kinds = sorted(found.ties["kind"].dropna().unique())
    rules: list[tuple[str, list[str] | None, int, float]] = []
    rules += [("all kinds of ties", None, top, weak)]
    rules += [(f"only: {name}", [name], top, weak) for name in kinds[:6]] if len(kinds) > 1 else []
    rules += [("the first place only", None, 1, weak), ("whatever the power", None, top, 11.0)]
    size = found.contacts["account_id"].map(found.contacts["account_id"].value_counts())
    contacts = found.contacts[size >= fewest]
    ties = found.ties[found.ties["from_id"].isin(contacts["contact_id"])]
    low = [name for name in found.low if name in set(contacts.get("level", ()))]
    if not len(ties) or not low:
        return unknown("No account with ties has so many people in the file.")
    kinds = [name for name in kinds if name in set(ties["kind"])]
    base: set[str] = set()
    rows = []
    measured: dict[str, pd.DataFrame] = {"None": placed}
    for name, chosen, places, bar in rules:
        if chosen is not None and chosen[0] not in kinds:
            continue
        key = str(chosen)
        if key not in measured:
            measured[key] = maps.influence(contacts, ties, kinds=chosen, between_only=True)
        ids = set(
            maps.hidden_advisers(
                contacts, measured[key], low=low, top=places, weak=bar, fewest=fewest
            ).index
        )
        base = base or ids if name == "all kinds of ties" else base
        rows.append((name, len(ids), len(ids & base)))
    table = pd.DataFrame(rows, columns=["reading", "found", "same"])
    numbers = {
        "base": len(base),
        "least": int(table["found"].min()),
        "most": int(table["found"].max()),
        "top": top,
    }
    says = (
        "By the reading, from {least} to {most:count person/people} are found; how many of them "
        "are among the {base} found with all ties stands beside.",
    )
    return Finding(
        numbers,
        says,
        table,
        {
            "reading": Shown("reading"),
            "found": Shown("people found", ",.0f"),
            "same": Shown("of them found with all ties too", ",.0f"),
        },
    )


def _chosen(found: Centre, among: Sequence[str], *, at_stake: bool = False) -> str:
    """The account that is asked for: by id, or the largest of those that will do."""
    if found.account != LARGEST:
        return found.account
    sizes = found.contacts["account_id"].value_counts()
    weight = found.stake if at_stake and found.stake is not None else found.money
    weight = weight if weight is not None else sizes
    ranked = weight.reindex(sorted(among), fill_value=0.0).sort_values(
        ascending=False, kind="stable"
    )
    return str(ranked.index[0])


def the_map(found: Centre, placed: pd.DataFrame) -> Finding:
    """Who is tied to whom in one account, and who is between? Without an account that was asked for
    in that with most sales of those where an adviser without rank was found, else of all with ties.

    Parameters
    ----------
    placed : from `measures`.
    """
    if not len(placed):
        return unknown(
            "A map takes the table contact_ties: who reports to, advises and meets whom."
        )
    tied = placed[placed["ties"] > 0]
    hidden = (
        maps.hidden_advisers(found.contacts, placed, low=found.low)["account_id"]
        if found.low
        else pd.Series(dtype=str)
    )
    chosen = _chosen(found, list(hidden) or list(tied["account_id"].unique()))
    rows = placed[placed["account_id"] == chosen].sort_values("place", kind="stable")
    if not (rows["ties"] > 0).any():
        return unknown("No tie of {name} is known.", name=found.shown(chosen))
    rows = rows.head(PEOPLE)
    contacts = found.contacts.set_index("contact_id").reindex(rows.index)
    known = found.ties["from_id"].isin(rows.index) & found.ties["to_id"].isin(rows.index)
    first = rows.index[0]
    numbers: dict[str, Any] = {
        "account": found.shown(chosen),
        "id": chosen,
        "people": len(rows),
        "ties": int(known.sum()),
        "pairs": int(rows["ties"].sum() // 2),
        "first": found.called(first),
        "between": float(rows["betweenness"].iloc[0]),
        "frame": rows,
    }
    shown = pd.DataFrame(
        {
            "person": [found.called(who) for who in rows.index],
            **{
                name: contacts[name].to_numpy()
                for name in ("level", "role", "power")
                if name in contacts
            },
            "ties": rows["ties"].to_numpy(),
            "betweenness": rows["betweenness"].to_numpy(),
            "closeness": rows["closeness"].to_numpy(),
            "constraint": rows["constraint"].to_numpy(),
        }
    )  # fmt: skip
    columns = {
        "power": Shown("power", ".0f"),
        "ties": Shown("ties", ",.0f"),
        "betweenness": Shown("betweenness", ".2f"),
        "closeness": Shown("closeness", ".2f"),
        "constraint": Shown("constraint", ".2f"),
    }
    between = numbers["between"] > 0
    level = (
        str(contacts["level"].iloc[0])
        if found.levels and pd.notna(contacts["level"].iloc[0])
        else ""
    )
    numbers["level"] = level
    says = [
        "{account}: {people:count person/people}, {ties:count tie}."
        if numbers["pairs"] == numbers["ties"]
        else "{account}: {people:count person/people}, {ties:count tie} that join {pairs:count "
        "pair}: two people count as tied once, by however many kinds of ties."
    ]
    if between:
        says.append(
            "**{first}** ({level}) stands between most: {between:percent0} of the shortest ways of "
            "two others lead there."
            if level
            else "**{first}** stands between most: {between:percent0} of the shortest ways of two "
            "others lead there."
        )
    else:
        says.append("Nobody stands between two others.")
    picture = Picture(
        lambda title: figures.map_plot(
            contacts, found.ties[known], rows, found.levels if found.ranked else (), title
        ),
        "{first} stands between the others at {account}"
        if between
        else "Nobody stands between two others at {account}",
        "Map of {people:count person/people} and {ties:count tie}, the levels one above the other; "
        "larger where more ways lead through. The largest: {first}, {between:percent0}.",
    )
    return Finding(numbers, tuple(says), shown, columns, picture, show_table=False)


def champion_check(found: Centre, *, strong: float = 5.0, friendly: float = 1.0) -> Finding:
    """Can those who count as champions do anything for us?

    Parameters
    ----------
    strong : power from which a word has weight.
    friendly : stance from which somebody is for us.
    """
    if not 0 <= strong <= 10 or not -2 <= friendly <= 2:
        raise ValueError(
            f"strong is {strong:g} and friendly {friendly:g}: power runs from 0 to 10, stance from "
            "-2 to 2"
        )
    if not {"champion", "power", "stance"} <= set(found.contacts):
        return unknown(
            "Whether our champions can do anything, contacts.champion, power and stance would tell."
        )
    if not (found.contacts["champion"] == 1).any():
        return unknown("Nobody in contacts.champion counts as a champion.")
    table = people.champions(found.contacts, strong=strong, friendly=friendly)
    counts = table["verdict"].value_counts()
    weak = table[table["verdict"].isin(["no power", "neither"])].sort_index()
    numbers: dict[str, Any] = {
        "all": len(table),
        "sound": int(counts.get("sound", 0)),
        "weak": len(weak),
        "against": int(counts.get("not for us", 0)),
        "open": int(counts.get("unknown", 0)),
        "ids": table.index[table["verdict"] == "no power"].tolist(),
        "strong": strong,
        "strongest": float(table["power"].max()) if table["power"].notna().any() else 0.0,
    }
    says = [
        "Of {all:count champion}: with power and for us {sound}, **without power {weak}** (below "
        "{strong:g}), with power and not for us {against}."
    ]
    if numbers["open"]:
        says.append("Of {open} power or stance is not written.")
    bad = table[table["verdict"] != "sound"].sort_values(["verdict", "account_id"], kind="stable")
    shown = pd.DataFrame(
        {
            "person": [found.called(who) for who in bad.index],
            "account": [found.shown(name) for name in bad["account_id"]],
            "power": bad["power"].to_numpy(),
            "stance": bad["stance"].to_numpy(),
            "verdict": bad["verdict"].to_numpy(),
        }
    )
    columns = {"power": Shown("power", ".0f"), "stance": Shown("stance", ".0f")}
    return Finding(numbers, tuple(says), shown if len(shown) else None, columns)


def _loss(found: Centre) -> losses.Loss | None:
    rows = found.departures
    single = rows["threads"] == 1
    if single.sum() < FEWEST_CASES or (~single).sum() < FEWEST_CASES:
        return None
    return losses.departure_loss(rows)


def departed(found: Centre, *, fall: float = losses.FALL) -> Finding:
    """How much oftener is an account lost where the one person leaves?

    Parameters
    ----------
    fall : by how much less an account buys that counts as lost in the ledger, a fraction: an
        assumption.
    """
    if not 0 < fall <= 1:
        raise ValueError(f"fall is {fall:g}: expected a fraction above 0 and at most 1")
    rows = found.departures
    single = int((rows["threads"] == 1).sum()) if len(rows) else 0
    if not len(rows):
        return unknown(
            "What departures did, the table departures would tell: the day, how many people were "
            "met before, and whether the account was lost."
        )
    loss = _loss(found)
    if loss is None:
        return unknown(
            "What one thread costs is told from {needed:count departure} of either kind or more; "
            "here are {single} with one thread and {more} with several.",
            needed=FEWEST_CASES,
            single=single,
            more=len(rows) - single,
        )
    table = loss.table
    one, more = table.loc["single"], table.loc["more"]
    numbers: dict[str, Any] = {
        "cases": len(rows),
        "accounts": rows["account_id"].nunique(),
        "one": float(one["share"]),
        "one_low": float(one["low"]),
        "one_high": float(one["high"]),
        "more": float(more["share"]),
        "more_low": float(more["low"]),
        "more_high": float(more["high"]),
        "gap": loss.gap.value,
        "low": loss.gap.low,
        "high": loss.gap.high,
        "frame": table,
        "lines": list(found.lines),
    }
    says = [
        "The departures tell of the line {lines:names} alone."
        if found.lines
        else "The departures tell of all sales of an account.",
        "Of {cases:count departure}: where the one person left, {one:percent} of the accounts were "
        "lost within six months; where others stayed, {more:percent}.",
        "**The difference is {gap:points} points** ({low:points} to {high:points})"
        + (
            ": more is lost with one thread."
            if loss.gap.low > 0
            else ": less is lost with one thread."
            if loss.gap.high < 0
            else ", so whether one thread costs anything is not told."
        ),
    ]
    if numbers["accounts"] < numbers["cases"]:
        says.append(
            "They are of {accounts:count account}, and the interval takes each for a case of its "
            "own: it may be too narrow."
        )
    adjusted = _at_equal_size(found)
    if adjusted is not None:
        value, n = adjusted
        numbers |= {
            "equal": value.value,
            "equal_low": value.low,
            "equal_high": value.high,
            "sized": n,
        }
        same = f"{100 * value.value:.1f}" == f"{100 * loss.gap.value:.1f}"
        says.append(
            "At equal sales of the year before ({sized:count case}) it is the same: {equal:points} "
            "points ({equal_low:points} to {equal_high:points})."
            if same
            else "At equal sales of the year before ({sized:count case}): {equal:points} points "
            "({equal_low:points} to {equal_high:points})."
        )
    says += _in_the_ledger(found, fall, numbers)
    picture = Picture(
        lambda title: figures.loss_plot(table, title),
        "With one thread {one:percent0} were lost, with several {more:percent0}",
        "Two points with 95 % intervals: lost with one thread {one:percent}, with several "
        "{more:percent}.",
    )
    return Finding(numbers, tuple(says), picture=picture)


def _in_the_ledger(found: Centre, fall: float, numbers: dict[str, Any]) -> list[str]:
    """Whether the ledger agrees with what is called lost, and how much of the sales was lost."""
    rows = found.departures.dropna(subset=["same", "after"])
    rows = rows[rows["same"] > 0]
    gone = rows[rows["lost"] == 1]
    if gone.empty:
        numbers["depth"] = 1.0
        return [
            "Whether they were lost, no ledger says of that time: a lost account is taken to lose "
            "all of these sales."
        ]
    less = rows["after"] <= (1 - fall) * rows["same"]
    numbers |= {
        "fall": fall,
        "told": len(gone),
        "agree": int(less[gone.index].sum()),
        "kept_cases": len(rows) - len(gone),
        "others": int(less.drop(gone.index).sum()),
    }
    depth = float(1 - gone["after"].sum() / gone["same"].sum())
    numbers["depth"] = min(max(depth, 0.0), 1.0)
    says = [
        "By the ledger {agree} of {told:count lost account} bought less by {fall:percent0} or more "
        "in the six months after than in the same months of the year before, and {others} of "
        "{kept_cases:count other account}."
    ]
    if numbers["depth"] > 0:
        says.append("**Lost is not all**: the lost ones bought {depth:percent} less together.")
    else:
        says.append("The lost ones bought no less together: the table and the ledger disagree.")
    return says


def _at_equal_size(found: Centre) -> tuple[losses.Difference, int] | None:
    """The gap at equal sales; none where too few losses or no sales are known."""
    rows = found.departures
    written = rows["sales_before"] if "sales_before" in rows else pd.Series(np.nan, rows.index)
    sized = rows.assign(before=rows["year"].fillna(written))
    sized = sized[sized["before"] > 0]
    single = sized["threads"] == 1
    enough = min(single.sum(), (~single).sum()) >= FEWEST_CASES and sized["lost"].sum() >= FEWEST
    if not enough:
        return None
    sized = sized.assign(size=np.log(sized["before"]))
    value = losses.departure_loss(sized, ["size"]).adjusted
    return None if np.isnan(value.value) else (value, len(sized))


def drill(found: Centre, gone: Finding) -> Finding:
    """One person leaves on Friday: what hangs on it? Without an account that was asked for at the
    single thread with most sales at stake.

    Parameters
    ----------
    gone : from `departed`.
    """
    if not found.origin:
        return _no_people(found)
    table = _hangs(found)
    candidates = table.index[table["single"]]
    if found.account == LARGEST and not len(candidates):
        return unknown("No account hangs on one person, so there is none to drill.")
    chosen = _chosen(found, list(candidates) or list(table.index), at_stake=True)
    row = table.loc[chosen]
    own = found.contacts[found.contacts["account_id"] == chosen]
    since = _since(found) if found.dated else None
    alive = own if since is None else own[own["contact_id"].map(since) <= found.within]
    numbers: dict[str, Any] = {
        "account": found.shown(chosen),
        "id": chosen,
        "threads": int(row["threads"]),
        "known": int(row["known"]),
        "period": found.when,
        "base": found.base,
        "within": found.within,
    }
    if alive.empty:
        numbers["within"] = found.within
        return Finding(
            numbers,
            ("{account}: nobody was met in the {within} days, so nobody has to leave.",),
        )
    weight = alive["power"].fillna(-1.0) if "power" in alive else pd.Series(0.0, alive.index)
    leaver = str(
        alive.assign(weight=weight)
        .sort_values(["weight", "contact_id"], ascending=[False, True], kind="stable")["contact_id"]
        .iloc[0]
    )
    others = own[own["contact_id"] != leaver]
    numbers |= {"who": found.called(leaver), "who_id": leaver, "left": len(alive) - 1}
    says = ["**{who}** of {account} leaves on Friday."]
    says.append(
        "Nobody is left whom we met in the {within} days."
        if numbers["left"] == 0 and found.dated
        else "Nobody is left whom the book names."
        if numbers["left"] == 0
        else "Of those we met, {left:count person/people} stay."
        if found.dated
        else "The book names {left:count person/people} more."
    )
    went = int(found.went.get(chosen, 0)) if found.went is not None else 0
    if went:
        numbers |= {"went": went, "went_from": found.went_from}
        says.append(
            "The table {went_from} holds {went:count visit} to the account in that time, and not "
            "whom they met."
        )
        says += _went_until(found, numbers)
    if found.stake is not None:
        numbers |= {"sales": float(found.stake[chosen]), "all_sales": float(row["money"])}
        says.append(
            "{sales:money}" + found.unit + " of sales ({base}) hang on the account."
            if numbers["sales"] > 0 and not found.lines
            else "{sales:money}"
            + found.unit
            + " of sales ({base}) are at stake, of {all_sales:money}"
            + found.unit
            + " that the account bought in all."
            if numbers["sales"] > 0
            else "The account bought nothing that is at stake ({base})."
        )
    if gone.known and "one" in gone.numbers:
        kind = "one" if numbers["left"] == 0 else "more"
        numbers |= {
            "rate": gone.numbers[kind],
            "rate_low": gone.numbers[f"{kind}_low"],
            "rate_high": gone.numbers[f"{kind}_high"],
        }
        says.append(
            "Where the one person left, {rate:percent} of the accounts ({rate_low:percent} to "
            "{rate_high:percent}) were lost within six months."
            if kind == "one"
            else "Where others stayed, {rate:percent} of the accounts ({rate_low:percent} to "
            "{rate_high:percent}) were lost within six months."
        )
        if found.stake is not None and numbers["sales"] > 0 and gone.numbers["depth"] > 0:
            part = numbers["sales"] * gone.numbers["depth"]
            numbers |= {
                "depth": gone.numbers["depth"],
                "expected": part * numbers["rate"],
                "expected_low": part * numbers["rate_low"],
                "expected_high": part * numbers["rate_high"],
            }
            if numbers["depth"] < 1:
                says.append("A lost one bought {depth:percent} less.")
            says.append(
                "On average over such cases that is **{expected:money}"
                + found.unit
                + "** of a year's sales like these ({expected_low:money} to {expected_high:money}, "
                "by the interval of how often alone)."
                if _a_year(found.period)
                else "On average over such cases that is **{expected:money}"
                + found.unit
                + "** of sales like these ({expected_low:money} to {expected_high:money}, by the "
                "interval of how often alone)."
            )
            says.append("For this one account it happens or it does not.")
    else:
        says.append("How often such an account is lost, the table departures would tell.")
    shown = _to_meet(found, others, since)
    if shown is not None:
        says.append("Whom else the file names there stands in the table, the weightiest first.")
    columns = {
        "power": Shown("power", ".0f"),
        "stance": Shown("stance", ".0f"),
        "days": Shown("days since met", ",.0f"),
    }
    return Finding(numbers, tuple(says), shown, columns)


def _a_year(period: str) -> bool:
    """Whether a period is one year, by its name."""
    return period.isdigit() and len(period) == 4


def _to_meet(found: Centre, others: pd.DataFrame, since: pd.Series | None) -> pd.DataFrame | None:
    """The others of an account as a table; none where the file names nobody."""
    if others.empty:
        return None
    rows = others.assign(
        weight=others["power"].fillna(-1.0) if "power" in others else 0.0
    ).sort_values(["weight", "contact_id"], ascending=[False, True], kind="stable")
    rows = rows.head(ROWS)
    return pd.DataFrame(
        {
            "person": [found.called(who) for who in rows["contact_id"]],
            **{
                name: rows[name].to_numpy()
                for name in ("level", "role", "power", "stance")
                if name in rows
            },
            **({"days": rows["contact_id"].map(since).to_numpy()} if since is not None else {}),
        }
    )


def visits(found: Centre, placed: pd.DataFrame, gone: Finding, *, leave: float = 0.1) -> Finding:
    """Whom to see next, so that less hangs on one person?

    Parameters
    ----------
    placed : from `measures`.
    gone : from `departed`.
    leave : chance that a person leaves within a year, a fraction: an assumption.
    """
    if not 0 < leave < 1:
        raise ValueError(f"leave is {leave:g}: expected a fraction above 0 and below 1")
    if not found.origin:
        return _no_people(found)
    if found.stake is None:
        return unknown("What a visit may keep is sales: a ledger would tell how much.")
    table = _hangs(found)
    table["money"] = found.stake.reindex(table.index).fillna(0.0)
    if not (table["single"] & (table["money"] > 0)).any():
        return unknown("No account with sales hangs on one person.")
    counted = gone.known and "gap" in gone.numbers
    told = counted and gone.numbers["low"] > 0
    depth = gone.numbers["depth"] if counted else 1.0
    rows = people.next_visits(
        found.contacts,
        table,
        gone.numbers["gap"] * depth if counted else 0.0,
        found.as_of,
        leave=leave,
        within=found.within,
        places=placed if len(placed) else None,
    )
    shown_rows = rows.head(ROWS)
    contacts = found.contacts.set_index("contact_id").reindex(shown_rows["contact_id"])
    shown = pd.DataFrame(
        {
            "account": [found.shown(name) for name in shown_rows["account_id"]],
            "see": [
                found.called(who) if pd.notna(who) else "somebody new"
                for who in shown_rows["contact_id"]
            ],
            **{name: contacts[name].to_numpy() for name in ("role", "power") if name in contacts},
            **(
                {"veto": np.where(contacts["veto"].fillna(0) == 1, "yes", "")}
                if "veto" in contacts
                else {}
            ),
            "sales": shown_rows["money"].to_numpy(),
            **({"kept": shown_rows["kept"].to_numpy()} if told else {}),
        }
    )
    numbers: dict[str, Any] = {
        "visits": len(rows),
        "new": int(rows["contact_id"].isna().sum()),
        "without": int(table["single"].sum()) - len(rows),
        "shown": len(shown),
        "part": float(rows["money"].head(ROWS).sum() / rows["money"].sum()),
        "leave": leave,
        "base": found.base,
        "frame": rows,
    }
    says = [
        "{visits:count account} with sales at stake ({base}) hang on one person, and a visit to "
        "each would give it a second thread; the first {shown} reach {part:percent0} of these "
        "sales."
        if len(rows) > 1
        else "One visit would give the one account with sales at stake ({base}) a second thread."
    ]
    if numbers["without"]:
        says.append("Left out for having bought nothing of it: {without:count account} more.")
    if numbers["new"]:
        says.append("At {new:count account} the file names nobody else to be seen.")
    if counted:
        all_money = float(rows["money"].sum())
        numbers |= {
            "depth": depth,
            "kept": all_money * leave * depth * gone.numbers["gap"],
            "kept_low": all_money * leave * depth * gone.numbers["low"],
            "kept_high": all_money * leave * depth * gone.numbers["high"],
        }
        says.append(
            "If a person leaves with a chance of {leave:percent0} in a year, and a second thread "
            "does what it did in the departures, all of them together keep {kept:money}"
            + found.unit
            + " of such sales ({kept_low:money} to {kept_high:money}); at half the chance, half of "
            "it."
            if told
            else "Whether a second thread keeps anything, the departures do not tell: at a chance "
            "of {leave:percent0} in a year that a person leaves it would be from {kept_low:money} "
            "to {kept_high:money}" + found.unit + " of such sales."
        )
    else:
        says.append("What a second thread keeps, the table departures would tell.")
    columns = {
        "see": Shown("see next"),
        "power": Shown("power", ".0f"),
        "sales": Shown("sales of {base}", "money"),
        "kept": Shown("expected to keep", "money"),
    }
    return Finding(numbers, tuple(says), shown, columns)


def our_side(found: Centre) -> Finding:
    """On how many of us does each account hang, and what if one of us leaves?"""
    if "manager_id" in found.contacts:
        rows = found.contacts.dropna(subset=["manager_id"])
        if found.dated:
            rows = rows[rows["contact_id"].map(_since(found)) <= found.within]
        pairs, source = rows[["account_id", "manager_id"]].drop_duplicates(), "contacts"
    elif len(found.sold):
        pairs, source = found.sold[found.sold["manager_id"] != ""], "ledger"
        pairs = pairs[["account_id", "manager_id"]]
    else:
        return unknown(
            "On how many of us an account hangs, contacts.manager_id would tell (who of us knows "
            "the person), or ledger.manager_id (who sold)."
        )
    if pairs.empty:
        return unknown("No account has anybody of us who met its people in that time.")
    per = pairs["account_id"].value_counts()
    alone = per[per == 1].index
    numbers: dict[str, Any] = {
        "accounts": len(per),
        "one": len(alone),
        "part": len(alone) / len(per),
        "most": int(per.max()),
        "of_us": pairs["manager_id"].nunique(),
        "source": source,
        "within": found.within,
        "period": found.when,
    }
    says = [
        "{one} of {accounts:count account} ({part:percent}) are met by one of us alone; the same "
        "account is met by {most} of us at most."
        if source == "contacts"
        else "{one} of {accounts:count account} ({part:percent}) bought through one of us alone in "
        "{period}; the same account bought through {most} of us at most."
    ]
    owner = pairs[pairs["account_id"].isin(alone)].set_index("account_id")["manager_id"]
    owner = owner.map(found.one_of_us)
    table = owner.value_counts().rename("accounts").to_frame().rename_axis("manager")
    columns = {
        "manager": Shown("one of us"),
        "accounts": Shown("accounts that hang on it", ",.0f"),
        "sales": Shown("their sales of {period}", "money"),
        "share": Shown("share of all sales", "percent"),
    }
    total = float(found.money.sum()) if found.money is not None else 0.0
    if total > 0 and len(table):
        held = found.money.reindex(owner.index).fillna(0.0).groupby(owner.to_numpy()).sum()
        table["sales"] = held.reindex(table.index).fillna(0.0)
        table["share"] = table["sales"] / total
        table = table.sort_values("sales", ascending=False, kind="stable")
    if total > 0 and len(table) and float(table["sales"].iloc[0]) > 0:
        numbers |= {"who": str(table.index[0]), "share": float(table["share"].iloc[0])}
        numbers["sales"] = float(table["sales"].iloc[0])
        says.append(
            "Most hangs on {who}: if that one of us leaves, {share:percent} of all sales "
            "({sales:money}" + found.unit + ") lose the only one of us whom they know."
            if source == "contacts"
            else "Most hangs on {who}: {share:percent} of all sales ({sales:money}"
            + found.unit
            + ") are of accounts that bought through nobody else of us."
        )
    return Finding(
        numbers, tuple(says), table.head(ROWS).reset_index() if len(table) else None, columns
    )


def our_accounts(found: Centre) -> Finding:
    """What has each of us, what goes with one of us, and whose accounts stay?"""
    rows = found.owned.dropna(subset=["manager_id"])
    if rows.empty:
        return unknown(
            "Who of us has which account, ledger.manager_id (who sold) or accounts.manager_id "
            "would tell, beside a ledger."
        )
    total = float(found.money.sum()) if found.money is not None else 0.0
    of = rows.groupby("manager_id")
    table = pd.DataFrame({"accounts": of.size(), "sales": of["sales"].sum()})
    table["alone"] = (
        rows["sales"].where(rows["alone"].astype(bool), 0.0).groupby(rows["manager_id"]).sum()
    )
    table = table.sort_values("sales", ascending=False, kind="stable")
    numbers: dict[str, Any] = {
        "of_us": len(table),
        "accounts": len(rows),
        "period": found.when,
        "source": found.owned_from,
        "orphans": int((found.money > 0).sum() - (rows["sales"] > 0).sum())
        if found.money is not None
        else 0,
    }
    says = [
        "{accounts:count account} are with {of_us} of us, by who sold the most to each in {period}."
        if found.owned_from == "ledger"
        else "{accounts:count account} are with {of_us} of us, by the list of accounts."
    ]
    if found.owned_from == "ledger":
        sellers = set(found.sold["manager_id"]) - {""}
        numbers["outsold"] = len(sellers - set(map(str, table.index)))
        if numbers["outsold"]:
            says.append("Of us who sold the most to no account, and so have none here: {outsold}.")
    if total > 0:
        table["share"] = table["sales"] / total
        first = table.iloc[0]
        numbers |= {
            "who": found.one_of_us(str(table.index[0])),
            "share": float(first["share"]),
            "sales": float(first["sales"]),
            "alone": float(first["alone"]),
        }
        says.append(
            "Most is with {who}: accounts with {sales:money}"
            + found.unit
            + " of sales ({share:percent})."
        )
        if found.owned_from == "ledger":
            says.append(
                "Of that, {alone:money}" + found.unit + " are of accounts that nobody else of us "
                "sold to."
                if numbers["alone"] > 0
                else "To each of these accounts somebody else of us sold too."
            )
        says.append(
            "That is what has to be handed over if this one leaves; how much of it is lost, "
            "a table of our own people who left would tell."
        )
    if numbers["orphans"] > 0:
        says.append("Accounts that bought and are with nobody of us: {orphans}.")
    says += _who_stays(found, table, numbers)
    if len(table) > ROWS:
        numbers["shown"] = ROWS
        says.append("Shown are the {shown} with the most sales.")
    table.insert(0, "name", [found.one_of_us(str(who)) for who in table.index])
    table = table.drop(columns="alone" if found.owned_from == "accounts" else [])
    columns = {
        "name": Shown("one of us"),
        "accounts": Shown("accounts", ",.0f"),
        "sales": Shown("sales of these accounts, {period}", "money"),
        "alone": Shown("where nobody else sold", "money"),
        "share": Shown("share of all sales", "percent"),
        "then": Shown("accounts in the months before", ",.0f"),
        "stayed": Shown("stayed of these, as counted", "percent")
        if "then" in table
        else Shown("stayed, as counted", "percent"),
        "shrunk": Shown("luck taken out", "percent"),
        "low": Shown("from", "percent"),
        "high": Shown("to", "percent"),
    }
    return Finding(numbers, tuple(says), table.head(ROWS).reset_index(drop=True), columns)


def _who_stays(found: Centre, table: pd.DataFrame, numbers: dict[str, Any]) -> list[str]:
    """Retention by owner: columns of the table, and what is said of them."""
    if not found.span:
        return ["Whose accounts stay, sales of a year and of the year before would tell."]
    cases = found.owned[found.owned["before"].astype(bool)].dropna(subset=["had"])
    numbers |= {"span": found.span, "cases": len(cases), "stay": int(cases["stayed"].sum())}
    whole = (
        "Of {cases:count account} that one of us had and that bought in the {span:count month} "
        "before, {stay} bought in the last {span}."
    )
    if not 0 < numbers["stay"] < numbers["cases"]:
        return [whole, "So nobody of us differs from the others in that."]
    if cases["had"].nunique() < owners.FEWEST_OWNERS:
        return [whole, "Fewer than four of us had them: too few to compare."]
    kept = owners.owner_retention(
        pd.DataFrame({"manager_id": cases["had"], "stayed": cases["stayed"].astype(int)})
    )
    if found.owned_from == "ledger":
        table["then"] = kept["accounts"].reindex(table.index)
        whole += (
            " Here an account counts for who of us sold the most to it in the {span:count month} "
            "before, in the columns accounts and sales for who did in {period}."
        )
    whole += " The intervals hold that how far we differ is itself an estimate."
    table["stayed"] = kept["share"].reindex(table.index)
    for name in ("shrunk", "low", "high"):
        table[name] = kept[name].reindex(table.index)
    numbers |= {
        "raw_low": float(kept["share"].min()),
        "raw_high": float(kept["share"].max()),
        "shrunk_low": float(kept["shrunk"].min()),
        "shrunk_high": float(kept["shrunk"].max()),
    }
    if percent(numbers["shrunk_low"], 0) == percent(numbers["shrunk_high"], 0):
        return [
            whole,
            "As counted, from {raw_low:percent0} to {raw_high:percent0} stayed with one of us: no "
            "more apart than luck would make equals.",
        ]
    return [
        whole,
        "As counted, from {raw_low:percent0} to {raw_high:percent0} stayed with one of "
        "us; with luck taken out from {shrunk_low:percent0} to {shrunk_high:percent0}.",
    ]


def vetoes(found: Centre) -> Finding:
    """Who can stop a purchase alone, and was not met?"""
    if "veto" not in found.contacts:
        return unknown("Who can stop a purchase alone, contacts.veto would tell.")
    rows = found.contacts[found.contacts["veto"].fillna(0).astype(float) > 0]
    if rows.empty:
        return unknown("Nobody in contacts.veto can stop a purchase alone.")
    numbers: dict[str, Any] = {
        "all": len(rows),
        "accounts": rows["account_id"].nunique(),
        "within": found.within,
        "base": found.base,
    }
    if not found.dated:
        return Finding(
            numbers,
            (
                "**{all:count person/people}** at {accounts:count account} can stop a purchase "
                "alone; when they were met is not known.",
            ),
        )
    days = rows["contact_id"].map(_since(found))
    unmet = rows.assign(days=days)[~(days <= found.within)]
    money = (
        found.stake.reindex(unmet["account_id"]).fillna(0.0) if found.stake is not None else None
    )
    unmet = unmet.assign(sales=money.to_numpy() if money is not None else 0.0)
    unmet = unmet.sort_values(["sales", "contact_id"], ascending=[False, True], kind="stable")
    numbers |= {
        "unmet": len(unmet),
        "ids": sorted(unmet["contact_id"]),
        "shown": min(ROWS, len(unmet)),
    }
    says = [
        "{all:count person/people} at {accounts:count account} can stop a purchase alone. "
        "**{unmet} of them** were not met in the {within} days."
        if len(unmet)
        else "{all:count person/people} at {accounts:count account} can stop a purchase alone, and "
        "all were met in the {within} days."
    ]
    shown = unmet.head(ROWS)
    table = pd.DataFrame(
        {
            "person": [found.called(who) for who in shown["contact_id"]],
            "account": [found.shown(name) for name in shown["account_id"]],
            **{
                name: shown[name].to_numpy()
                for name in ("level", "role", "stance")
                if name in shown
            },
            "days": shown["days"].to_numpy(),
            **({"sales": shown["sales"].to_numpy()} if money is not None else {}),
        }
    )
    columns = {
        "stance": Shown("stance", ".0f"),
        "days": Shown("days since met", ",.0f"),
        "sales": Shown("sales of {base}", "money"),
    }
    return Finding(numbers, tuple(says), table if len(table) else None, columns)


def buyers(found: Centre) -> Finding:
    """Through how many people does each account order, and how much through one?"""
    rows = found.ordered[found.ordered["contact_id"] != ""]
    if rows.empty:
        return unknown("Who ordered, ledger.contact_id would tell.")
    total = found.ordered.groupby("account_id")["revenue"].sum()
    largest = rows.groupby("account_id")["revenue"].max()
    share = (largest / total.reindex(largest.index)).rename("share")
    per = rows["account_id"].value_counts()
    one = float(total.reindex(per[per == 1].index).sum() / total.sum())
    numbers: dict[str, Any] = {
        "accounts": len(per),
        "single": int((per == 1).sum()),
        "part": one,
        "median": float(share.median()),
        "half": int((share > 0.5).sum()),
        "named": float(rows["revenue"].sum() / total.sum()),
        "period": found.when,
    }
    says = [
        "In {period}, {single} of {accounts:count account} ordered through one person alone; they "
        "hold {part:percent} of the sales.",
        "At half of the accounts or more the largest buyer placed {median:percent} of the sales or "
        "more.",
    ]
    if numbers["named"] < 1:
        says.append("Sales that name somebody: {named:percent}.")
    return Finding(numbers, tuple(says))


def other_windows(found: Centre, *, windows: tuple[int, ...] = (90, 180, 365, 730)) -> Finding:
    """How much hangs on the days within which a person counts as met?

    Parameters
    ----------
    windows : numbers of days, 1 or more.
    """
    if not windows or any(days < 1 for days in windows):
        raise ValueError(f"windows are {windows}: expected numbers of days, 1 or more")
    if not found.origin:
        return _no_people(found)
    if not found.dated:
        return unknown(
            "When people were met is not known: {column} would tell.", column=found.days_from
        )
    rows = []
    for days in sorted(set(windows)):
        table = _hangs(found, days)
        share = np.nan
        if found.money is not None and float(table["money"].sum()) > 0:
            share = float(table.loc[table["single"], "money"].sum() / table["money"].sum())
        rows.append((days, int(table["single"].sum()), int(table["nobody"].sum()), share))
    table = pd.DataFrame(rows, columns=["days", "single", "nobody", "share"])
    if table["share"].isna().all():
        table = table.drop(columns="share")
    numbers = {
        "least": int(table["single"].min()),
        "most": int(table["single"].max()),
        "n": len(table),
    }
    says = (
        "With {n} numbers of days, from {least} to {most:count account} hang on one person."
        if numbers["least"] < numbers["most"]
        else "With each number of days ({n} are tried) as many hang on one person: {most:count "
        "account}.",
    )
    return Finding(
        numbers,
        says,
        table,
        {
            "days": Shown("days", ",.0f"),
            "single": Shown("accounts on one person", ",.0f"),
            "nobody": Shown("on nobody", ",.0f"),
            "share": Shown("share of sales on one person", "percent"),
        },
    )


def fresh(found: Centre, *, half_lives: tuple[float, ...] = (90, 180, 360)) -> Finding:
    """How much of our contacts is left, if a contact fades?

    Parameters
    ----------
    half_lives : days after which half of a contact is left.
    """
    if not half_lives or any(not days > 0 for days in half_lives):
        raise ValueError(f"half_lives are {half_lives}: expected numbers of days above 0")
    if not found.dated:
        return unknown(
            "When people were met is not known: {column} would tell.", column=found.days_from
        )
    contacts = found.contacts
    rows = []
    for days in sorted(set(half_lives)):
        left = people.freshness(contacts["last_contact"], found.as_of, days)
        per = left.groupby(contacts["account_id"]).sum()
        rows.append((days, float(left.mean()), float(per.median()), int((per < 1).sum())))
    table = pd.DataFrame(rows, columns=["half_life", "mean", "median", "thin"])
    numbers = {
        "accounts": contacts["account_id"].nunique(),
        "least": int(table["thin"].min()),
        "most": int(table["thin"].max()),
        "n": len(table),
    }
    says = (
        "By the half-life, from {least} to {most} of {accounts:count account} have less than one "
        "fresh person left, all added up."
        if numbers["least"] < numbers["most"]
        else "{most} of {accounts:count account} have less than one fresh person left, all added "
        "up.",
    )
    return Finding(
        numbers,
        says,
        table,
        {
            "half_life": Shown("half-life, days", ",.0f"),
            "mean": Shown("left of a contact, mean", "percent"),
            "median": Shown("left per account, median, in people", ".2f"),
            "thin": Shown("accounts with less than one", ",.0f"),
        },
    )


def titles(found: Centre) -> Finding:
    """Is the one who decides the one at the top?"""
    if not found.levels or "role" not in found.contacts:
        return unknown(
            "Who decides and at which level, contacts.role and contacts.level would tell."
        )
    rows = found.contacts.dropna(subset=["role", "level"])
    chosen = rows[rows["role"] == found.decider]
    if chosen.empty:
        return unknown(
            "Nobody has the role {name}: set `decider` to one of {roles:names}.",
            name=found.decider,
            roles=sorted(map(str, rows["role"].unique())),
        )
    if not found.ranked:
        return unknown("Which level is the top is not known: name the levels in `levels`.")
    top = next(name for name in found.levels if (rows["level"] == name).any())
    has_top = set(rows.loc[rows["level"] == top, "account_id"])
    chosen = chosen[chosen["account_id"].isin(has_top)]
    if chosen.empty:
        return unknown("No account has both a person who decides and one of {top}.", top=top)
    below = int((chosen["level"] != top).sum())
    low, high = proportion_confint(below, len(chosen), method="wilson")
    numbers = {
        "deciders": len(chosen),
        "below": below,
        "share": below / len(chosen),
        "low": float(low),
        "high": float(high),
        "top": top,
        "enough": "yes" if len(chosen) >= FEWEST else "no",
    }
    says = (
        "Of {deciders:count person/people} who decide where somebody of {top} is known, {below} "
        "stand lower: {share:percent}"
        + (" ({low:percent} to {high:percent})." if len(chosen) >= FEWEST else "."),
    )
    return Finding(numbers, says)


def talks(found: Centre) -> Finding:
    """What is exchanged with whom?"""
    if "talks" not in found.contacts:
        return unknown("What is exchanged with whom, contacts.talks would tell.")
    rows = found.contacts.dropna(subset=["talks"])
    counts = rows["talks"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    table = counts.rename("people").to_frame()
    table["share"] = table["people"] / len(rows)
    numbers = {"first": str(counts.index[0]), "part": float(table["share"].iloc[0]), "n": len(rows)}
    return Finding(
        numbers,
        ("With {part:percent} of {n:count person/people} what is exchanged is {first}.",),
        table.rename_axis("exchanged"),
        {"people": Shown("people", ",.0f"), "share": Shown("share", "percent")},
    )


def _met_less(found: Centre, draws: int | None) -> tuple[float, float, float] | None:
    """Share met of the lowest levels less that of the others, with accounts drawn anew."""
    if not (found.dated and found.low and len(found.levels) > 1):
        return None
    rows = people.coverage_by_level(
        found.contacts, found.as_of, within=found.within, levels=found.levels
    )
    rows["base"] = rows["level"].isin(found.low)
    if rows["account_id"].nunique() < FEWEST:
        return None
    wide = rows.pivot_table(
        index="account_id", columns="base", values=["known", "met"], aggfunc="sum"
    )
    if wide.shape[1] < 4:
        return None
    weights = drawn_counts(len(wide), draws or DRAWS, np.random.default_rng(0))
    sums = {key: weights @ wide[key].to_numpy(dtype=float) for key in wide.columns}
    whole = wide.sum()
    if min(float(whole[("known", flag)]) for flag in (True, False)) <= 0:
        return None
    drawn = (
        sums[("met", True)] / sums[("known", True)] - sums[("met", False)] / sums[("known", False)]
    )
    value = (
        whole[("met", True)] / whole[("known", True)]
        - whole[("met", False)] / whole[("known", False)]
    )
    low, high = percentile_limits(drawn[np.isfinite(drawn)])
    return float(value), low, high


def claims(
    found: Centre,
    *,
    often: float = OFTEN,
    margin: float = MARGIN,
    draws: int | None = None,
) -> Finding:
    """What the documents claim, and what this book says.

    Parameters
    ----------
    often : share from which "often" is said, a fraction: an assumption.
    margin : how much less the base has to be met, a difference of two shares: an assumption.
    draws : resamples of accounts.
    """  # fmt: skip
    if not 0 < often < 1:
        raise ValueError(f"often is {often:g}: expected a fraction above 0 and below 1")
    if not 0 <= margin < 1:
        raise ValueError(f"margin is {margin:g}: expected a fraction from 0 to below 1")
    rows: list[Claim] = []
    text = "Do not court only the middle and the top: the base moves the product"
    test = (
        "share of the lowest level met less that of the others; less by "
        f"{percent(margin, 0)} or more is asked for, an assumption"
    )
    less = _met_less(found, draws)
    if less is not None:
        value, low, high = less
        rows.append(
            Claim(
                "S000-3g",
                "The base is courted less than the middle and the top",
                test,
                f"{with_interval(value, low, high, 'points')} points",
                at_least(-high, -low, margin),
                "advice; tested is whether it is needed",
            )
        )
    else:
        rows.append(
            untested(
                "S000-3g", text, test, "levels and days of people of more accounts would allow it"
            )
        )
    text = "The spokesman of an account is often not the head of the house"
    test = (
        "share of those who decide below the top level, where the top is known; often is "
        f"{percent(often, 0)} or more, an assumption"
    )
    seen = titles(found)
    if seen.known and seen.numbers["enough"] == "yes":
        n = seen.numbers
        rows.append(
            Claim(
                "S000-5m",
                text,
                test,
                with_interval(n["share"], n["low"], n["high"]),
                at_least(n["low"], n["high"], often),
            )
        )
    else:
        rows.append(
            untested("S000-5m", text, test, "roles and levels of more accounts would allow it")
        )
    text = "Many have a say: a purchase is decided by several people"
    strong = "power" in found.contacts
    test = (
        f"accounts with two people or more of power {people.STRONG:g} or more, as a share of those "
        "with power written; most is more than half"
        if strong
        else "accounts with two people or more in the file; most is more than half"
    )
    rated = found.contacts.dropna(subset=["power"]) if strong else found.contacts
    heavy = rated["power"] >= people.STRONG if strong else pd.Series(True, rated.index)
    per = heavy.groupby(rated["account_id"]).sum()
    if found.origin == "contacts" and len(per) >= FEWEST:
        several = int((per > 1).sum())
        low, high = proportion_confint(several, len(per), method="wilson")
        rows.append(
            Claim(
                "S002-4b, S002-4d",
                text,
                test,
                with_interval(several / len(per), float(low), float(high)),
                at_least(float(low), float(high), 0.5),
                "" if several else "a file that was filled in briefly has one name each",
            )
        )
    else:
        rows.append(
            untested(
                "S002-4b, S002-4d",
                text,
                test,
                "the table contacts with more accounts would allow it",
            )
        )
    text = "One interface: each account has one of us to turn to"
    test = "accounts that are met by one of us alone; each is all"
    ours = our_side(found)
    if ours.known:
        n = ours.numbers
        sold = n["source"] == "ledger"
        if sold:
            test = "accounts that bought through one of us alone; each is all"
        rows.append(
            Claim(
                "S000-3b, S003-7e",
                text,
                test,
                f"{n['one']:,} of {n['accounts']:,}",
                "holds" if n["one"] == n["accounts"] else "does not hold",
                "a count of all who sold; whom the account meets is not known"
                if sold
                else "a count of all; one interface is also one thread",
                0,
            )
        )
    else:
        rows.append(untested("S000-3b, S003-7e", text, test, "contacts.manager_id would allow it"))
    rows += [untested(*each) for each in NOT_HERE]
    return steps.verdicts(rows)


def account_review(found: Centre, placed: pd.DataFrame, gone: Finding) -> Finding:
    """What the account review takes from this lesson."""
    if not found.origin:
        return _no_people(found)
    table = _hangs(found)
    frame = pd.DataFrame({"account_id": table.index, "threads": table["threads"].to_numpy()})
    frame["hangs_on"] = [found.called(who) if pd.notna(who) else "" for who in table["who"]]
    if {"power", "stance"} <= set(found.contacts):
        support = people.support(found.contacts).reindex(table.index)
        frame["support"] = support["weighted"].to_numpy()
        frame["support_mean"] = support["mean"].to_numpy()
    if len(placed) and found.low:
        hidden = maps.hidden_advisers(found.contacts, placed, low=found.low)
        names = pd.Series([found.called(who) for who in hidden.index], hidden["account_id"])
        first = names[~names.index.duplicated()]
        frame["adviser"] = first.reindex(table.index).fillna("").to_numpy()
    told = gone.known and "one" in gone.numbers
    if told and found.stake is not None:
        rates = {
            name: np.where(table["single"], gone.numbers[f"one{name}"], gone.numbers[f"more{name}"])
            for name in ("", "_low", "_high")
        }
        stake = found.stake.reindex(table.index).fillna(0.0) * gone.numbers["depth"]
        for name, rate in rates.items():
            lost = pd.Series(rate * stake.to_numpy(), table.index)
            frame[f"departure_loss{name}"] = lost.where(table["threads"] > 0).to_numpy()
    numbers = {
        "within": found.within if found.dated else 0,
        "met": f"met in the {found.within} days before {found.as_of:%Y-%m-%d}"
        if found.dated
        else "named",
        "base": found.base,
        "currency": found.currency or "in the book's currency",
    }
    return steps.review(LESSON, frame, numbers)


__all__ = [
    "Centre",
    "account_review",
    "advisers",
    "book_in_numbers",
    "buyers",
    "centre",
    "champion_check",
    "claims",
    "departed",
    "drill",
    "for_us",
    "fresh",
    "hanging",
    "levels_met",
    "measures",
    "other_charts",
    "other_windows",
    "our_accounts",
    "our_side",
    "pencil",
    "talks",
    "the_map",
    "titles",
    "vetoes",
    "visits",
]
