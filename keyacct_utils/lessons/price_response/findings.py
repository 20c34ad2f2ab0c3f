"""The steps of lesson 16: each a Finding from plain inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

from keyacct_utils.lessons.price_response import LESSON, figures, prices, response, tariffs
from keyacct_utils.lessons.shared import periods
from keyacct_utils.lessons.shared.amounts import FEW_SHARE, Interval, fraction, top_count
from keyacct_utils.lessons.shared.claims import UNTOLD, Claim, at_least, untested
from keyacct_utils.lessons.shared.named import Named
from keyacct_utils.lessons.showing import steps
from keyacct_utils.lessons.showing.finding import Finding, Picture, Shown, unknown
from keyacct_utils.lessons.showing.templates import with_interval
from keyacct_utils.lessons.showing.words import percent

if TYPE_CHECKING:
    from keyacct_utils.book import Book

#: An account's class counts as sure from this chance on.
SURE = 0.9
#: Months at the end of the book from which a year's volume, price and cost are taken.
LAST_YEAR = 12
#: Band of the gap to a rival's price, in percent points.
GAP_BAND = 2.5
#: Highest risk that can be noted.
MOST_RISK = 10
#: Offers without which no renewal is judged; points of a gap that curves are drawn to at least.
FEWEST_OFFERS = 30
#: Methods of the ladder of elasticities that others are told by.
IN_LINE, ALONE = "rows of one line compared", "each account with itself"
POSTED = "what the posted price moved"
#: Months from which errors are clustered by month too: of fewer an interval would be too narrow.
MONTHS_CLUSTERED = 10
#: Rows of the table of those who pay less.
FIRST = 10
#: Largest share of a class that is none: one account in twenty.
A_CLASS = 0.05
_VOLUME = "It takes a volume: the column volume of the ledger, or the table price_months."


@dataclass(frozen=True)
class Observed(Named):
    """What the lesson looks at."""

    name: str
    currency: str
    when: str
    returns: str
    #: Accounts x months with price and volume above zero: key (account, or account and line),
    #: account_id, month (of a ledger: of the line), when (the calendar month), volume, price;
    #: log_posted, unit_cost, risk, unit_price where known.
    months: pd.DataFrame
    #: Whether these are the ledger's, whose prices are amount over volume.
    from_ledger: bool
    #: Rows that have no price.
    left_out: int
    #: The ledger of the period by account, line and month, with its peers' group.
    sales: pd.DataFrame
    #: What the group of peers is made of.
    peers_of: str
    revenue: pd.Series
    labels: pd.Series
    offers: pd.DataFrame | None
    #: Columns of the offers that are held fixed.
    controls: tuple[str, ...]
    by_time: pd.DataFrame | None
    survey: pd.DataFrame | None
    #: Whether the prices of the ledger move so much within account and line that they are mixes of
    #: products, how much (standard deviation of the log), and from which spread on.
    mixed: bool
    spread: float
    mix: float
    #: The day on which each account became a customer, where the book knows it.
    customer_since: pd.Series | None

    @property
    def instrument(self) -> str | None:
        """The column that moves the price and nothing else, where there is one."""
        return "log_posted" if "log_posted" in self.months else None

    @property
    def size(self) -> dict[str, int]:
        """Accounts and months with a price that was agreed; none where there is no such table."""
        if self.from_ledger or not len(self.months):
            return {"accounts": 0, "months": 0}
        return {
            "accounts": self.months["account_id"].nunique(),
            "months": self.months["month"].nunique(),
        }

    @property
    def held(self) -> tuple[str, ...]:
        """What is held fixed beside account and month."""
        return ("risk",) if "risk" in self.months else ()


def observed(
    opened: Book,
    period: str = "book",
    *,
    instrument: Literal["list_price", "unit_cost", "price", "none"] = "list_price",
    half_life: float = 6.0,
    mix: float = 0.25,
) -> Observed:
    """What did each account pay and buy, month by month?

    Parameters
    ----------
    opened : Book
    period : "book", "all", a year, a quarter or a month
        For those who pay less than peers. An elasticity takes all months that there are.
    instrument : column of price_months that moves the price and nothing else
        "price" says that prices were set for all alike, whatever one account did: then they need no
        repair (of a ledger too). "none" leaves them as they are.
    half_life : months in which what a new offer adds to the tolerance of level 1 halves (S000-7a)
    mix : standard deviation of the log of the ledger's prices, within account, line and month, from
        which a line counts as a mix of products

    Raises
    ------
    ValueError
        A half-life or a mix that is not above zero.
    """
    for name, value in (("half_life", half_life), ("mix", mix)):
        if not value > 0:
            raise ValueError(f"{name} is {value!r}: expected a number above 0")
    start, end = opened.period_dates(period)
    dated = opened.has("ledger", "date")
    monthly = opened.rollup(period="month") if dated else pd.DataFrame()
    whole = opened.rollup(start=start, end=end)
    months, left_out, from_ledger = _months(opened, _unbroken(opened, monthly), instrument)
    sales, peers_of = _sales(opened, monthly, start, end)
    totals = opened.totals(start=start, end=end).iloc[0]
    spread = response.price_spread(months, unit="key") if len(months) else 0.0
    offers, controls = _offers(opened, half_life)
    has_time = opened.has("tou_months")
    return Observed(
        name=opened.name,
        currency=opened.currency,
        when=periods.in_words(totals),
        returns=opened.returns,
        months=months,
        from_ledger=from_ledger,
        left_out=left_out,
        sales=sales,
        peers_of=peers_of,
        revenue=whole.groupby("account_id")["revenue"].sum(),
        labels=opened.labels(),
        offers=offers,
        controls=controls,
        by_time=_used(opened.counted("tou_months")) if has_time else None,
        survey=opened.table("price_survey") if opened.has("price_survey") else None,
        mixed=from_ledger and spread > mix,
        spread=spread,
        mix=mix,
        customer_since=_customer_since(opened),
    )


def _customer_since(opened: Book) -> pd.Series | None:
    if not opened.has("accounts", "start_date"):
        return None
    since = opened.table("accounts").set_index("account_id")["start_date"].dropna()
    return pd.to_datetime(since) if len(since) else None


def _used(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Months with use at peak, between and in the valley."""
    volumes = ["peak_volume", "flat_volume", "valley_volume"]
    kept = rows[(rows[volumes] > 0).all(axis=1)].reset_index(drop=True)
    return kept if len(kept) else None


def _unbroken(opened: Book, monthly: pd.DataFrame) -> pd.DataFrame:
    """Without a last month in which the ledger breaks off: volumes fall there, and no price did
    it."""
    broken = opened.cut_short()
    return monthly if broken is None else monthly[monthly["period"] != f"{broken:%Y-%m}"]


def _months(opened: Book, monthly: pd.DataFrame, instrument: str) -> tuple[pd.DataFrame, int, bool]:
    """The months with a price and a volume, how many rows have none, and whether they are the
    ledger's.
    """
    if opened.has("price_months"):
        rows = opened.counted("price_months")
        sound = (rows["volume"] > 0) & (rows["price"] > 0)
        if "risk" in rows and rows["risk"].notna().any():
            sound &= rows["risk"].notna()
        posted = instrument if instrument in rows and rows[instrument].notna().any() else None
        if posted:
            sound &= rows[posted] > 0
        kept = rows[sound].reset_index(drop=True)
        if not len(kept):
            return pd.DataFrame(), len(rows), False
        kept["key"], kept["when"] = kept["account_id"], kept["month"]
        if posted:
            kept["log_posted"] = np.log(kept[posted].astype(float))
        if "amount" in kept and (kept["amount"] > 0).all():
            kept["unit_price"] = kept["amount"] / kept["volume"]
        empty = [name for name in ("risk", "unit_cost") if name in kept and kept[name].isna().all()]
        return kept.drop(columns=empty), int((~sound).sum()), False
    if not len(monthly) or not opened.has("ledger", "volume"):
        return pd.DataFrame(), 0, True
    rows = monthly[monthly["period"] != ""]
    sound = (rows["revenue"] > 0) & (rows["volume"] > 0)
    kept = rows[sound].reset_index(drop=True)
    if not len(kept):
        return kept, len(rows), True
    found = pd.DataFrame(
        {
            "key": kept["account_id"] + "|" + kept["line"],
            "account_id": kept["account_id"],
            "line": kept["line"],
            "month": kept["period"] + "|" + kept["line"],
            "when": kept["period"],
            "volume": kept["volume"].astype(float),
            "price": kept["revenue"] / kept["volume"],
        }
    )
    if opened.has("ledger", "cost_goods"):
        found["unit_cost"] = kept["cost"] / kept["volume"]
    if instrument == "price":
        found["log_posted"] = np.log(found["price"])
    return found, int((~sound).sum()), True


def _sales(opened: Book, monthly: pd.DataFrame, start: Any, end: Any) -> tuple[pd.DataFrame, str]:
    """The months of the period with amount, volume and group of peers."""
    if not len(monthly) or not opened.has("ledger", "volume"):
        return pd.DataFrame(), ""
    rows = monthly[monthly["period"] != ""]
    if start is not None:
        rows = rows[(rows["period"] >= f"{start:%Y-%m}") & (rows["period"] <= f"{end:%Y-%m}")]
    rows = rows[(rows["revenue"] > 0) & (rows["volume"] > 0)].assign(month=rows["period"])
    group, words = rows["line"].astype(str), "line"
    if opened.has("accounts", "voltage_kv"):
        volt = opened.table("accounts").set_index("account_id")["voltage_kv"]
        known = rows["account_id"].map(volt)
        group = group.where(known.isna(), group + " at " + known.map("{:g} kV".format))
        words = "line and voltage"
    return rows.assign(group=group).reset_index(drop=True), words


def _offers(opened: Book, half_life: float) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Offers with their gap and group, and what of them is held fixed."""
    if not opened.has("renewals"):
        return None, ()
    rows = opened.counted("renewals")
    rows = rows[(rows["our_price"] > 0) & (rows["rival_price"] > 0) & rows["renewed"].isin([0, 1])]
    if not len(rows):
        return None, ()
    rows = rows.assign(gap=100 * (1 - rows["rival_price"] / rows["our_price"]), group="all offers")
    controls: list[str] = []
    if "bond_level" in rows and rows["bond_level"].notna().all():
        rows["group"] = "level " + rows["bond_level"].astype(int).astype(str)
        if "months_since_offer" in rows and rows["months_since_offer"].notna().all():
            age = rows["months_since_offer"].astype(float)
            rows["fresh"] = 0.5 ** (age / half_life) * (rows["bond_level"] == 1)
            controls.append("fresh")
    if opened.has("ties", "account_value"):
        value = opened.table("ties").set_index("account_id")["account_value"]
        rows["value"] = rows["account_id"].map(value)
        controls.append("value")
        rows = rows.dropna(subset=["value"])
    kept = [name for name in controls if rows[name].std() > 0]
    return (rows.reset_index(drop=True) if len(rows) else None), tuple(kept)


def book_in_numbers(found: Observed) -> Finding:
    """Which book, which time, how many months with a price."""
    months = found.months
    numbers: dict[str, Any] = {
        "book": found.name,
        "when": found.when,
        "accounts": len(found.revenue),
        "sales": float(found.revenue.sum()),
        "unit": found.unit_of_money,
        "rows": len(months),
        "priced": months["account_id"].nunique() if len(months) else 0,
        "left_out": found.left_out,
    }
    says = ["**{book}**, {when}: {accounts:count account}, sales of {sales:money}{unit}."]
    says += steps.gross(found.returns)
    if not len(months):
        return Finding(numbers, (*says, f"No month has a price. {_VOLUME}"))
    if found.from_ledger:
        says.append(
            "The ledger has {rows:count row} of an account, line and month with amount and volume "
            "above zero ({priced:count account}): their price is amount over volume."
        )
    else:
        when = pd.to_datetime(months["month"])
        numbers |= {"since": f"{when.min():%Y-%m}", "until": f"{when.max():%Y-%m}"}
        says.append(
            "The table price_months has {rows:count month/account-months} with a price and a "
            "volume, of {priced:count account}, from {since} to {until}: the "
            "elasticities take them all."
        )
    if found.left_out:
        says.append("Left out for want of one of both: {left_out:count row}.")
    return Finding(numbers, tuple(says))


def _methods(found: Observed) -> list[tuple[str, dict[str, Any]]]:
    """What is tried, one after the other."""
    made: list[tuple[str, dict[str, Any]]] = [("all rows compared", {"method": "pooled"})]
    if found.from_ledger and found.months["line"].nunique() > 1:
        made.append((IN_LINE, {"unit": "line", "period": None}))
    made += [(ALONE, {"period": None}), ("each month with its own mean too", {})]
    held: dict[str, Any] = {"controls": list(found.held)} if found.held else {}
    if held:
        made.append(("noted risk held fixed", held))
    if found.instrument:
        made.append((POSTED, {"instruments": [found.instrument], **held}))
    return made


def _estimate(found: Observed, **how: Any) -> response.Elasticity:
    within = {"unit": "key", "cluster": _clusters(found.months)}
    return response.elasticity(found.months, **(within | how))


def _clusters(months: pd.DataFrame) -> list[str]:
    """Within what errors may hang together: an account, and a month that hits all of them."""
    month = "when" if "when" in months else "month"  # of a ledger a month is one of its line
    many = months[month].nunique() >= MONTHS_CLUSTERED
    return ["account_id", month] if many else ["account_id"]


def _tried(found: Observed) -> tuple[dict[str, response.Elasticity], str]:
    """The estimate of each method up to the first that tells nothing, and why it does not."""
    rows: dict[str, response.Elasticity] = {}
    for name, how in _methods(found):
        try:
            rows[name] = _estimate(found, **how)
        except ValueError as error:
            return rows, str(error).rstrip(".")
    return rows, ""


def elasticities(found: Observed) -> Finding:
    """By how many percent does volume change with one percent of price: as it looks, repaired?"""
    if not len(found.months):
        return unknown(f"No elasticity: no month has a price. {_VOLUME}")
    rows, why = _tried(found)
    if ALONE not in rows or (why and found.instrument and not found.from_ledger):
        return unknown("No elasticity could be told: {why}.", why=why)
    best_name, best = list(rows.items())[-1]
    if POSTED in rows and best.strength < response.WEAK:
        return unknown(
            "The posted price hardly moves what is paid (F of {strength:.1f}): set instrument to "
            "another column, or to none.",
            strength=best.strength,
        )
    table = pd.DataFrame(
        [(item.estimate, item.low, item.high, item.one_way) for item in rows.values()],
        columns=["estimate", "low", "high", "one_way"],
        index=pd.Index(list(rows), name="method"),
    )
    alone = rows[ALONE]
    numbers: dict[str, Any] = {
        "plain": float(table["estimate"].iloc[0]),
        "alone": alone.estimate,
        "alone_low": alone.low,
        "alone_high": alone.high,
        "best": best.estimate,
        "low": best.low,
        "high": best.high,
        "how": best_name,
        "rows": best.rows,
        "accounts": best.accounts,
        "spread": best.spread,
        "left": response.price_left(found.months, unit="key"),
        "least": float(table["estimate"].min()),
        "most": float(table["estimate"].max()),
        "moves": float(np.exp(found.spread)),
        "repaired": "yes" if POSTED in rows else "no",
        "frame": table,
    }
    if why:
        numbers["why"] = why
    if IN_LINE in rows:
        numbers["in_line"] = rows[IN_LINE].estimate
    columns = {name: Shown(name, ".2f") for name in ("estimate", "low", "high")}
    view = table[list(columns)]
    return Finding(
        numbers, _elasticity_says(found, numbers), view, columns, _ladder(table, numbers),
        show_table=False,
    )  # fmt: skip


def _ladder(table: pd.DataFrame, numbers: dict[str, Any]) -> Picture:
    """The estimates, method by method."""
    repaired = numbers["repaired"] == "yes"
    return Picture(
        lambda title: figures.ladder_plot(table, title),
        "From {plain:.2f} to {best:.2f}: what the method makes of the same rows"
        if repaired
        else "Between {least:.2f} and {most:.2f}: what the method makes of the same rows",
        "Points with intervals for each method, from all rows compared ({plain:.2f}) to the best "
        "that the book allows ({best:.2f})."
        if repaired
        else "Points with intervals for each method, from all rows compared ({plain:.2f}) to the "
        "last: {how} ({best:.2f}).",
    )


def _elasticity_says(found: Observed, numbers: dict[str, Any]) -> tuple[str, ...]:
    """One number where a posted price repairs it; else what is told with the months left in, and
    with them taken out.
    """
    repaired, why = numbers["repaired"] == "yes", "why" in numbers
    left = "next to nothing" if numbers["left"] < 0.001 else "{left:percent}"
    fixed = (
        "and the noted risk held fixed: "
        if "noted risk held fixed" in numbers["frame"].index
        else ""
    )
    if repaired and not found.from_ledger:
        says = [
            "**One percent more price goes with a change of {best:.2f} percent in volume** (95 % "
            "interval {low:.2f} to {high:.2f}; {how})."
        ]
    elif why:
        says = [
            "**One percent more price goes with a change of {alone:.2f} percent in volume** (95 % "
            "interval {alone_low:.2f} to {alone_high:.2f}; each account with itself). With what a "
            "month has in common taken out too, nothing can be told: {why}. So the number is right "
            "only where nothing but the price moved all volumes of a month together."
        ]
    else:
        says = [
            "**One percent more price goes with a change of {alone:.2f} percent in volume** where "
            "each account is compared with itself (95 % interval {alone_low:.2f} to "
            "{alone_high:.2f}), **and of {best:.2f}** where what a month has in common is taken "
            "out too ("
            + fixed
            + "{low:.2f} to {high:.2f}). The months leave "
            + left
            + " of how prices moved within an account (variance). The first is right where nothing "
            "but the price moved all volumes of a month together; the second where no account got "
            "its own price for what it was about to buy."
        ]
    says.append(_sign(numbers))
    if found.mixed:
        says.append(
            "But what a unit costs moves by a factor of {moves:.2f} within account and line (one "
            "standard deviation): that is a mix of products more than a price, and all this says "
            "little."
        )
    elif not found.instrument:
        says.append(
            "Nothing in this book says why a price was what it was: where discounts go to those "
            "who are about to buy less, each of these is bent upwards. A column list_price in "
            "price_months would allow the repair."
        )
    return tuple(says)


def _sign(numbers: dict[str, Any]) -> str:
    """What the plain comparison would have said."""
    if numbers["repaired"] == "yes" and numbers["high"] < 0 < numbers["plain"]:
        return (
            "All rows compared with each other say {plain:.2f}: that a dearer month is a better "
            "one. The sign is wrong."
        )
    if "in_line" in numbers:
        return (
            "All rows compared with each other, whatever the line, say {plain:.2f}; those of one "
            "line {in_line:.2f}: who buys much may pay less, and that is no answer to a price."
        )
    return "All rows compared with each other say {plain:.2f}."


def discounts_follow_risk(
    found: Observed, bands: tuple[float, float, float] = (2.5, 4.5, 6.5)
) -> Finding:
    """Who gets the discounts, and how much do they buy at that time?

    Parameters
    ----------
    bands : points of noted risk up to which it is low, middle and high

    Raises
    ------
    ValueError
        Bands that do not rise from 0 to 10.
    """
    if not 0 < bands[0] < bands[1] < bands[2] < MOST_RISK:
        raise ValueError(f"bands is {bands!r}: expected three rising numbers between 0 and 10")
    need = {"risk", "log_posted"} - set(found.months.columns)
    if need:
        return unknown(
            "Whether discounts go to those who are about to leave cannot be told: price_months "
            "would need list_price and risk."
        )
    months = found.months
    usual = np.log(months["volume"]) - np.log(months["volume"]).groupby(months["key"]).transform(
        "mean"
    )
    given = 1 - months["price"] / np.exp(months["log_posted"])
    names = [
        f"low: up to {bands[0]:g}", f"middle: up to {bands[1]:g}", f"high: up to {bands[2]:g}",
        "very high: above",
    ]  # fmt: skip
    band = np.searchsorted(bands, months["risk"].to_numpy(dtype=float))
    frame = pd.DataFrame({"given": given, "usual": usual, "band": band})
    table = frame.groupby("band")[["given", "usual"]].mean()
    table.insert(0, "rows", frame["band"].value_counts().reindex(table.index))
    table["usual"] = np.exp(table["usual"])
    table.index = pd.Index([names[code] for code in table.index], name="risk")
    if len(table) < 2:
        return unknown("All months were noted with about the same risk: there is no comparison.")
    first, last = table.iloc[0], table.iloc[-1]
    slope = stats.linregress(months["risk"], given)
    half = stats.norm.isf(0.025) * slope.stderr
    numbers = {
        "first": str(table.index[0]).split(":")[0],
        "last": str(table.index[-1]).split(":")[0],
        "given": float(first["given"]),
        "given_last": float(last["given"]),
        "usual": float(first["usual"]),
        "usual_last": float(last["usual"]),
        "slope": float(slope.slope),
        "slope_low": float(slope.slope - half),
        "slope_high": float(slope.slope + half),
    }
    says = (
        "From {first} to {last} noted risk the mean discount goes from {given:percent} to "
        "{given_last:percent}, and volume from {usual:.2f} to {usual_last:.2f} times what the "
        "account usually buys (geometric means; usual is that of all its months).",
    )
    columns = {
        "rows": Shown("account-months", ",.0f"),
        "given": Shown("discount", "percent"),
        "usual": Shown("volume, times the usual", ".2f"),
    }
    return Finding(numbers, says, table, columns)


def division_bias(
    found: Observed, elastic: Finding, errors: tuple[float, ...] = (0.02, 0.05, 0.1)
) -> Finding:
    """What does an error in the volume do, where the price is amount over volume?

    Parameters
    ----------
    elastic : from `elasticities`
    errors : log errors of the volume to try: 0.05 for about 5 %
    """
    if not elastic.known:
        return Finding(elastic.numbers, unknown=elastic.unknown)
    for error in errors:
        fraction("errors", error)
    how: dict[str, Any] = {"controls": list(found.held)} if found.held else {}
    if found.from_ledger:
        how = {"period": None}
    elif "why" in elastic.numbers:
        why = elastic.numbers["why"]
        return unknown("What an error in the volume does cannot be told: {why}.", why=why)
    agreed = _estimate(found, **how)
    both = "unit_price" in found.months
    divided = _estimate(found, price="unit_price", **how) if both else agreed
    numbers: dict[str, Any] = {"agreed": agreed.estimate, "divided": divided.estimate}
    numbers |= {"error": errors[0], "last": errors[-1]}
    says = []
    if both:
        months = found.months
        read = float(np.log(months["volume"] * months["price"] / months["amount"]).std())
        free = response.division_free(divided.estimate, divided.spread, read)
        bent = [response.division_bent(agreed.estimate, agreed.spread, error) for error in errors]
        numbers |= {"read": read, "bent": bent[0], "bent_last": bent[-1]}
        says.append(
            "With the price as it was agreed, each account and each month with its own mean and "
            "the noted risk held fixed, these rows give "
            "{agreed:.2f}; with amount over volume {divided:.2f}. Volumes differ by {read:percent} "
            "from what was billed (standard deviation)."
            if found.held
            else "With the price as it was agreed, each account and each month with its own mean, "
            "these rows give {agreed:.2f}; with amount over "
            "volume {divided:.2f}. Volumes differ by {read:percent} from what was billed (standard "
            "deviation)."
        )
        if np.isfinite(free):
            numbers["undone"] = free
            says.append(
                "With that error taken out, amount over volume says {undone:.2f}, as the agreed "
                "price does but for chance."
                if abs(free - agreed.estimate) <= (agreed.high - agreed.low) / 2
                else "With that error taken out, amount over volume says {undone:.2f}."
            )
        says.append(
            "An error of {error:percent0} in volume would turn {agreed:.3f} into {bent:.3f}, one "
            "of {last:percent0} into {bent_last:.3f}."
        )
        return Finding(numbers, tuple(says))
    if not found.from_ledger:
        return unknown(
            "The prices of this book were agreed, not divided: an error in the volume stands on "
            "one side only, and bends nothing."
        )
    values = [response.division_free(divided.estimate, divided.spread, error) for error in errors]
    table = pd.DataFrame({"error": errors, "free": values})
    says.append(
        "Here all prices are amount over volume: each account compared with itself, they give "
        "{divided:.2f}."
    )
    if np.isfinite(values).all():
        numbers |= {"free": values[0], "free_last": values[-1]}
        says.append(
            "If the volume is read with an error of {error:percent0}, this hides an elasticity of "
            "{free:.2f}; with {last:percent0}, of {free_last:.2f}."
        )
    else:
        says.append(
            "These prices move so little that an error of {last:percent0} in volume could explain "
            "all of it: then they say nothing."
        )
    columns = {
        "error": Shown("error in volume", "percent0"),
        "free": Shown("elasticity without it", ".2f"),
    }
    return Finding(numbers, tuple(says), table, columns, show_table=False)


def _by_account(found: Observed) -> pd.DataFrame:
    """Slopes of the accounts by the best that the book allows; from the ledger, of each account's
    largest line.
    """
    months = found.months
    if found.from_ledger:
        money = (months["price"] * months["volume"]).groupby([months["account_id"], months["line"]])
        size = money.sum().reset_index(name="amount")
        size = size.sort_values(["amount", "line"], ascending=[False, True], kind="stable")
        main = size.drop_duplicates("account_id").set_index("account_id")["line"]
        months = months[months["line"] == months["account_id"].map(main)]
    return response.account_elasticities(
        months, instrument=found.instrument, controls=list(found.held)
    )


def classes(found: Observed, cuts: tuple[float, float] = (0.2, 1.0)) -> Finding:
    """Which accounts are rigid, elastic or sensitive, and how sure is that (S000-7e)?

    Parameters
    ----------
    cuts : sizes of elasticity below which an account is rigid, and above which sensitive; no
        document names them.
    """
    if not len(found.months):
        return unknown(f"No classes: no month has a price. {_VOLUME}")
    if not found.instrument:
        return unknown(
            "No classes: nothing says why a price was what it was, and a discount that goes to "
            "those who are about to buy less makes an account look as if it liked high prices. A "
            "column list_price in price_months would allow them; so would instrument set to price, "
            "where prices were set for all alike."
        )
    if found.mixed:
        return unknown(
            "No classes: the prices of this ledger move by a factor of {moves:.2f} within account "
            "and line, so they are mixes of products. Lines of one product each would tell.",
            moves=float(np.exp(found.spread)),
        )
    try:
        told = response.elasticity_class(_by_account(found), cuts)
    except ValueError as error:
        if "cuts" in str(error):
            raise
        return unknown("No classes could be told: {why}.", why=str(error).rstrip("."))
    summary = response.class_summary(told)
    chance = told[list(response.CLASSES)]
    sure = chance.max(axis=1) >= SURE
    summary["sure"] = told["class"][sure].value_counts().reindex(summary.index, fill_value=0)
    point = np.select(
        [told["elasticity"] > -cuts[0], told["elasticity"] >= -cuts[1]], ["rigid", "elastic"],
        "sensitive",
    )  # fmt: skip
    numbers: dict[str, Any] = {
        "accounts": len(told),
        **{name: float(summary["expected"][name]) for name in response.CLASSES},
        "sensitive_share": float(summary["expected"]["sensitive"] / len(told)),
        "sure": int(sure.sum()),
        "sure_chance": SURE,
        "cut": cuts[0],
        "second": cuts[1],
        "moved": int((point != told["class"]).sum()),
        "left_out": len(told.index) and found.months["account_id"].nunique() - len(told),
        "error": float(told["error"].median()),
        "frame": told,
        "summary": summary,
    }
    says = [
        "Of {accounts:count account}, {rigid:.0f} are expected to be rigid (below {cut:.1f}), "
        "{elastic:.0f} elastic and {sensitive:.0f} sensitive (above {second:.1f}): sums of "
        "chances.",
        "For {sure} of them one class has a chance of {sure_chance:percent0} or more.",
        "Sorted by their own months alone, {moved} would stand in another class: half of the "
        "estimates have an error of {error:.2f} or more.",
    ]
    if numbers["left_out"]:
        says.append("Too few months, or a price that stands still: {left_out:count account}.")
    columns = {
        "expected": Shown("accounts expected", ".0f"),
        "likeliest": Shown("likeliest class", ",.0f"),
        "sure": Shown("of these sure", ",.0f"),
        "elasticity": Shown("mean elasticity", ".2f"),
    }
    picture = Picture(
        lambda title: figures.classes_plot(told, cuts, title),
        "About {sensitive:.0f} of {accounts:count account} answer a price more than in proportion"
        if cuts[1] >= 1
        else "About {sensitive:.0f} of {accounts:count account} are sensitive to price",
        "Accounts from rigid to sensitive: grey points are estimates from own months, coloured "
        "points what is expected of each given all accounts. Dashed lines mark {cut:.1f} and "
        "{second:.1f}.",
    )
    return Finding(numbers, tuple(says), summary, columns, picture)


@dataclass(frozen=True)
class _Leaving:
    """The renewal model of the offers: with account value and newness of an offer held fixed, and
    of the accounts as they are.
    """

    table: pd.DataFrame
    slope: Interval
    plain: pd.DataFrame
    plain_slope: Interval

    def tolerance(self, offers: pd.DataFrame, moved: np.ndarray | None = None) -> pd.Series:
        """What the account of each offer tolerates, by its group and by what is held fixed; with
        the coefficients moved by so much.
        """
        names, controls = list(self.table.index), list(self.table.attrs["controls"])
        params = np.array(self.table.attrs["params"]) + (0 if moved is None else moved)
        own = offers["group"].map(dict(zip(names, params, strict=False))).astype(float)
        for name, value in zip(controls, params[len(names) + 1 :], strict=True):
            own = own + value * offers[name].astype(float)
        return own / params[len(names)]


def _leaving(found: Observed) -> _Leaving | str:
    """The model, or why there is none."""
    if found.offers is None:
        return "it takes a table renewals: our price, the rival's, what became of the offer"
    if len(found.offers) < FEWEST_OFFERS:
        return f"{len(found.offers)} offers with both prices are too few"
    try:
        fixed = prices.price_tolerance(found.offers, "group", controls=list(found.controls))
        plain = prices.price_tolerance(found.offers, "group") if found.controls else fixed
        return _Leaving(*fixed, *plain)
    except ValueError as error:
        return str(error).rstrip(".")


def who_leaves(found: Observed, gap: float = 10.0) -> Finding:
    """Who leaves at which price gap: the tolerance of each group, and what a gap would cost?

    Parameters
    ----------
    gap : percent by which a rival undercuts us, at which the groups are compared
    """
    model = _leaving(found)
    if isinstance(model, str):
        return unknown("Who leaves at which price gap cannot be told: {why}.", why=model)
    offers, slope = found.offers, model.plain_slope.estimate
    assert offers is not None
    half = model.plain[["tolerance", "low", "high"]].set_axis(
        ["half", "half_low", "half_high"], axis=1
    )
    table = model.table.join(half)
    chance = expit((table["half"] - gap) / slope)
    table = table.assign(stays=chance)
    grid = np.linspace(0, max(gap, float(offers["gap"].quantile(0.99))), 101)
    curves = pd.DataFrame(
        {name: expit((table["half"][name] - grid) / slope) for name in table.index}, index=grid
    )
    band = np.floor(offers["gap"] / GAP_BAND)
    seen = offers.groupby([offers["group"], band])["renewed"].agg(["mean", "size"]).reset_index()
    seen = seen[seen["size"] >= 10].rename(columns={"mean": "renewed"})
    seen["gap"] = (seen["gap"] + 0.5) * GAP_BAND
    least, most = str(table["half"].idxmin()), str(table["half"].idxmax())
    numbers: dict[str, Any] = {
        "offers": len(offers),
        "gap": gap,
        "least": least,
        "most": most,
        "stays": float(chance[least]),
        "stays_most": float(chance[most]),
        "slope": slope,
        "frame": table,
    }
    for name in ("half", "half_low", "half_high", "tolerance", "low", "high"):
        numbers[name] = float(table.loc[least, name])
        numbers[f"{name}_most"] = float(table.loc[most, name])
    picture = Picture(
        lambda title: figures.leaving_plot(curves, seen, title),
        "At a gap of {half:.1f} percent half of {least} leave",
        "Share that stays by the gap to a rival's price, falling for each group; points are the "
        "offers as they went, in bands of the gap. {least:start} falls first.",
    )
    shown, columns = _leaving_table(found, table)
    return Finding(numbers, _leaving_says(found, len(table) > 1), shown, columns, picture)


def _leaving_says(found: Observed, several: bool) -> tuple[str, ...]:
    """What is said of accounts as they are, and of accounts that are alike."""
    says = [
        "{offers:count offer}: half of {least} leave at a gap of {half:.1f} percent of our price "
        "(95 % interval {half_low:.1f} to {half_high:.1f})."
    ]
    if not several:
        return (*says, "At a gap of {gap:g} percent {stays:percent0} stay.")
    says.append(
        "Of {most} half leave at {half_most:.1f} ({half_low_most:.1f} to {half_high_most:.1f}). At "
        "a gap of {gap:g} percent {stays:percent0} of {least} stay, and {stays_most:percent0} of "
        "{most}."
    )
    alike = {
        ("value",): "Good accounts have the better bonds. Among accounts of mean value {least} "
        "tolerates",
        ("fresh",): "Some offers were new. Long after an offer {least} tolerates",
        ("fresh", "value"): "Good accounts have the better bonds, and some offers were new. Among "
        "accounts of mean value, long after an offer, {least} tolerates",
    }.get(tuple(sorted(found.controls)))
    if alike:
        says.append(
            alike + " {tolerance:.1f} ({low:.1f} to {high:.1f}), {most} {tolerance_most:.1f} "
            "({low_most:.1f} to {high_most:.1f})."
        )
    return tuple(says)


def _leaving_table(found: Observed, table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Shown]]:
    columns = {
        "offers": Shown("offers", ",.0f"),
        "renewed": Shown("renewed", "percent0"),
        "stays": Shown("stays at {gap:g} percent", "percent0"),
        "half": Shown("half leave at", ".1f"),
        "half_low": Shown("from", ".1f"),
        "half_high": Shown("to", ".1f"),
    }
    if found.controls:
        columns |= {
            "tolerance": Shown("tolerates, if alike", ".1f"),
            "low": Shown("from", ".1f"),
            "high": Shown("to", ".1f"),
        }
    return table[list(columns)], columns


def _of_last_year(found: Observed, told: Finding) -> pd.DataFrame:
    """Volume, price, cost and elasticity of each account in the last year of its table."""
    months = found.months
    if found.from_ledger:
        when = months["month"].str.slice(0, 7)
    else:
        when = pd.to_datetime(months["month"]).dt.strftime("%Y-%m")
    last = sorted(when.unique())[-LAST_YEAR:]
    rows = months[when >= last[0]]
    bill = rows["price"] * rows["volume"]
    spent = rows["unit_cost"] * rows["volume"] if "unit_cost" in rows else np.nan * bill
    sums = pd.DataFrame({"volume": rows["volume"], "bill": bill, "spent": spent})
    sums = sums.groupby(rows["account_id"]).sum(min_count=1)
    frame = told.numbers["frame"][["shrunk", "low", "high", "class"]].join(sums, how="inner")
    return frame.assign(
        price=frame["bill"] / frame["volume"],
        unit_cost=frame["spent"] / frame["volume"],
        elasticity=frame["shrunk"],
    )


def _last_offers(
    found: Observed, model: _Leaving | str, moved: np.ndarray | None = None
) -> pd.DataFrame:
    """The gap of each account's last offer, and what the account tolerates."""
    if isinstance(model, str) or found.offers is None:
        return pd.DataFrame(columns=["gap", "tolerance"])
    rows = (
        found.offers.sort_values("date", kind="stable") if "date" in found.offers else found.offers
    )
    last = rows.drop_duplicates("account_id", keep="last").set_index("account_id")
    return pd.DataFrame({"gap": last["gap"], "tolerance": model.tolerance(last, moved)})


def _error_of_tolerance(
    found: Observed, frame: pd.DataFrame, model: _Leaving | str, discount: float
) -> float:
    """Standard error of the gain of all that comes from the renewal model (delta method)."""
    if isinstance(model, str):
        return 0.0
    attrs, k = model.table.attrs, len(model.table)
    cov = np.array(attrs["cov"])

    def total(moved: np.ndarray) -> float:
        slope = 1 / (attrs["params"][k] + moved[k])
        offers = _last_offers(found, model, moved)
        return float(_targets(frame, offers, model, discount, slope)["gain"].sum())

    steps_ = np.diag(0.01 * np.sqrt(np.diag(cov)))
    gradient = np.array([(total(h) - total(-h)) / (2 * h.max()) for h in steps_])
    return float(np.sqrt(gradient @ cov @ gradient))


def _targets(
    frame: pd.DataFrame,
    offers: pd.DataFrame,
    model: _Leaving | str,
    discount: float,
    slope: float | None = None,
) -> pd.DataFrame:
    """Gain of a discount, with leaving where an offer is known."""
    known = frame.index.isin(offers.index)
    parts = []
    if known.any() and not isinstance(model, str):
        with_gap = frame[known].join(offers)
        slope = slope or model.slope.estimate
        parts.append(prices.discount_targets(with_gap, discount, slope=slope))
    else:
        known = np.zeros(len(frame), dtype=bool)
    if (~known).any():
        parts.append(prices.discount_targets(frame[~known], discount))
    return pd.concat(parts).reindex(frame.index)


def whose_discount_pays(
    found: Observed,
    told: Finding,
    discount: float = 0.05,
    *,
    rise: float = 0.02,
    margin: float = 0.25,
    least: float = 0.01,
) -> Finding:
    """For whom does a discount bring more than it costs, and who would bear a price rise?

    Parameters
    ----------
    told : from `classes`
    discount, rise : parts of the price
    margin : part of the price that is left, where no unit cost is known
    least : part of the account's bill that a gain has to reach to count
    """
    given = {"discount": discount, "rise": rise, "margin": margin, "least": least}
    for name, value in given.items():
        fraction(name, value)
    if not discount > 0 or not rise > 0:
        raise ValueError(f"discount is {discount}, rise {rise}: expected parts above 0")
    if not told.known:
        return Finding(told.numbers, unknown=told.unknown)
    frame = _of_last_year(found, told)
    assumed = frame["unit_cost"].isna()
    frame["unit_cost"] = frame["unit_cost"].where(~assumed, (1 - margin) * frame["price"])
    model = _leaving(found)
    offers = _last_offers(found, model)
    cut = _targets(frame, offers, model, discount)
    up = _targets(frame, offers, model, -rise)
    both = pd.DataFrame(
        {
            "class": frame["class"],
            "gain": cut["gain"],
            "pays": cut["low"] > least * frame["bill"],
            "rise_gain": up["gain"],
            "bears": up["low"] > least * frame["bill"],
        }
    )
    table = both.groupby("class").agg(
        accounts=("gain", "size"), gain=("gain", "sum"), pays=("pays", "sum"),
        rise_gain=("rise_gain", "sum"), bears=("bears", "sum"),
    ).reindex([name for name in response.CLASSES if (both["class"] == name).any()])  # fmt: skip
    numbers = _gains(found, frame, both, cut, discount, rise, margin)
    half = stats.norm.isf(0.025) * _error_of_tolerance(found, frame, model, discount)
    numbers |= {
        "low": numbers["all"] - float(np.hypot(numbers["all"] - numbers["low"], half)),
        "high": numbers["all"] + float(np.hypot(numbers["high"] - numbers["all"], half)),
        "least": least,
        "assumed": int(assumed.sum()),
        "gaps": int(frame.index.isin(offers.index).sum()),
    }
    says = [
        "A discount of {discount:percent} for all {accounts:count account} would change our "
        "margin by {all:money}{unit} a year (95 % interval {low:money} to {high:money}). It brings "
        "{least:percent0} of the bill or more with {pays} of them, and given to these alone "
        "{chosen:money}.",
        "At the mean margin of {margin:percent} of the price, volume alone would have to grow by "
        "{needed:percent} to pay for it."
        if numbers["margin"] > discount
        else "At the mean margin of {margin:percent} of the price no growth pays for it.",
        "A price rise of {rise:percent} for all would change it by {rise_all:money}{unit}; with "
        "{bears} of them it brings {least:percent0} of the bill or more.",
    ]
    if numbers["assumed"]:
        says.append("No unit cost is known for {assumed:count account}: the margin is assumed.")
    says.append(
        "Leaving is counted where an offer of a rival is known: for {gaps:count account}."
        if numbers["gaps"]
        else "That accounts leave is not counted: no offer of a rival is known."
    )
    columns = {
        "accounts": Shown("accounts", ",.0f"),
        "gain": Shown("discount for all: margin", "money"),
        "pays": Shown("it pays with", ",.0f"),
        "rise_gain": Shown("rise for all: margin", "money"),
        "bears": Shown("rise pays with", ",.0f"),
    }
    return Finding(numbers, tuple(says), table.rename_axis("class"), columns)


def _gains(
    found: Observed,
    frame: pd.DataFrame,
    both: pd.DataFrame,
    cut: pd.DataFrame,
    discount: float,
    rise: float,
    margin: float,
) -> dict[str, Any]:
    """The sums of both changes."""
    mean = float(1 - (frame["unit_cost"] * frame["volume"]).sum() / frame["bill"].sum())
    numbers: dict[str, Any] = {
        "accounts": len(both),
        "discount": discount,
        "rise": rise,
        "unit": found.unit_of_money,
        "all": float(both["gain"].sum()),
        "pays": int(both["pays"].sum()),
        "share": float(both["pays"].mean()),
        "chosen": float(both.loc[both["pays"], "gain"].sum()),
        "rise_all": float(both["rise_gain"].sum()),
        "bears": int(both["bears"].sum()),
        "margin": mean,
        "frame": cut.assign(bears=both["bears"], rise_gain=both["rise_gain"]),
        "low": float(cut["low"].sum()),
        "high": float(cut["high"].sum()),
    }
    if mean > discount:
        numbers["needed"] = prices.break_even_growth(discount, mean)
    return numbers


def _apart(sales: pd.DataFrame) -> pd.Series:
    """Log price per unit, less its mean in the same group and month."""
    log = np.log(sales["revenue"] / sales["volume"])
    return log - log.groupby([sales["group"], sales["month"]]).transform("mean")


def who_pays_less(
    found: Observed,
    limit: float = 0.05,
    *,
    peers: int = 120,
    mix: float = 0.25,
    new_months: int = 24,
) -> Finding:
    """Who pays less than accounts of the same size for the same line in the same month?

    Parameters
    ----------
    limit : part of the peers' price; a smaller difference would change nothing
    peers : accounts nearest in size to compare with
    mix : standard deviation of the log prices of a month from which a line counts as a mix of
        products: a low price may be a cheaper mix there, and nobody is judged
    new_months : months before the end of the sales in which a customer counts as new
    """
    fraction("limit", limit)
    if not new_months >= 1:
        raise ValueError(f"new_months is {new_months!r}: expected 1 or more")
    if not mix > 0:
        raise ValueError(f"mix is {mix!r}: expected a standard deviation above 0, such as 0.25")
    if not len(found.sales):
        return unknown(
            "Who pays less than peers cannot be told: it takes months with amount and volume. Add "
            "the column volume to a dated ledger."
        )
    sales = found.sales
    spread = _apart(sales).groupby(sales["group"]).std().fillna(0.0)
    mixed = sorted(map(str, spread.index[spread > mix]))
    sales = sales[~sales["group"].isin(mixed)]
    if not len(sales):
        return unknown(
            "In each line prices of one month differ so much between accounts (by a factor of "
            "{least:.2f} or more, one standard deviation) that it must be a mix of products: lines "
            "of one product each would tell.",
            least=float(np.exp(spread.min())),
        )
    try:
        gaps = prices.price_dispersion(sales, group="group", peers=peers)
    except ValueError as error:
        return unknown("No peers could be found: {why}.", why=str(error).rstrip("."))
    part = gaps.assign(part=np.expm1(gaps["gap"]))
    bar = np.log1p(-limit) if limit < 1 else -np.inf
    part["less"] = part["high"] < bar
    part["more"] = part["low"] > -bar
    first = part[part["less"]].sort_values("forgone", ascending=False, kind="stable")
    numbers: dict[str, Any] = {
        "accounts": part.index.get_level_values(0).nunique(),
        "pairs": len(part),
        "less": int(first.index.get_level_values(0).nunique()),
        "more": int(part[part["more"]].index.get_level_values(0).nunique()),
        "limit": limit,
        "forgone": float(first["forgone"].sum()),
        "share": float(first["forgone"].sum() / first["amount"].sum()) if len(first) else 0.0,
        "compared": float(part["amount"].sum()),
        "compared_share": float(part["amount"].sum() / found.sales["revenue"].sum()),
        "unit": found.unit_of_money,
        "mixed": mixed,
        "mix": mix,
        "peers_of": found.peers_of,
        "frame": part,
    }
    says = [
        "Of {accounts:count account} with peers (same {peers_of}, month and size), {less} surely "
        "pay less by {limit:percent} or more, {more} surely more. That compares purchases of "
        "{compared:money}{unit}, {compared_share:percent} of what has a price.",
    ]
    if numbers["less"]:
        says.append(
            "At their peers' price the former would have paid {forgone:money}{unit} more, "
            "{share:percent} of what they paid for these purchases: had they bought as much."
        )
    numbers |= (made := _by_age(found, part, new_months))
    if numbers["less"] and made:
        says.append(
            "Of {new:count account} won in the last {new_months:count month}, {new_less} are among "
            "them, with a median price {new_part:percent} below that of peers; of "
            "{old:count older account}, {old_less}, with {old_part:percent}."
            if made["new_less"] and made["old_less"]
            else "Of {new:count account} won in the last {new_months:count month}, {new_less} are "
            "among them; of {old:count older account}, {old_less}."
        )
    if mixed:
        says.append(
            "Left out as mixes of products, since prices of peers differ too much there: "
            "{mixed:names}."
        )
    view = pd.DataFrame(
        {
            "name": found.named(i for i, _ in first.index[:FIRST]),
            **_since(found, first),
            "group": [name for _, name in first.index[:FIRST]],
            "part": first["part"].head(FIRST).to_numpy(),
            "amount": first["amount"].head(FIRST).to_numpy(),
            "forgone": first["forgone"].head(FIRST).to_numpy(),
        },
        index=pd.Index([i for i, _ in first.index[:FIRST]], name="account"),
    )
    columns = {
        "since": Shown("since"),
        "group": Shown("peers of"),
        "part": Shown("price, against theirs", "percent"),
        "amount": Shown("compared purchases", "money"),
        "forgone": Shown("at their price, more", "money"),
    }
    drawn = part.reset_index().rename(columns={"less": "low_", "low": "from_"})
    drawn = drawn.assign(gap=drawn["part"], low=drawn["low_"])[["amount", "gap", "low"]]
    unit = found.unit_of_money
    picture = Picture(
        lambda title: figures.peers_plot(drawn, limit, title, f"compared purchases{unit}"),
        "{less} of {accounts:count account} surely pay less than their peers by {limit:percent0}",
        "Each account and line by its compared purchases and by how its price lies to that of its "
        "peers. The dashed line lies {limit:percent0} below them.",
    )
    return Finding(
        numbers,
        tuple(says),
        view if len(view) else None,
        columns,
        picture if len(part) > 1 else None,
    )


def _by_age(found: Observed, part: pd.DataFrame, new_months: int) -> dict[str, Any]:
    """How many new and older accounts surely pay less, and by how much (median)."""
    if found.customer_since is None:
        return {}
    accounts = part.index.get_level_values(0)
    since = found.customer_since.reindex(accounts)
    ends = pd.Period(str(found.sales["month"].max()), freq="M") - new_months
    young = (since > ends.end_time).to_numpy()
    made: dict[str, Any] = {"new_months": new_months}
    for name, inside in (("new", young), ("old", since.notna().to_numpy() & ~young)):
        low = part[inside & part["less"].to_numpy()]
        made[name] = int(accounts[inside].nunique())
        made[f"{name}_less"] = int(low.index.get_level_values(0).nunique())
        made[f"{name}_part"] = -float(low["part"].median()) if len(low) else 0.0
    return made if made["new"] and made["old"] else {}


def _since(found: Observed, first: pd.DataFrame) -> dict[str, list[str]]:
    """The month in which each of the first accounts became a customer, as a column."""
    if found.customer_since is None:
        return {}
    since = found.customer_since.reindex([i for i, _ in first.index[:FIRST]])
    return {"since": since.dt.strftime("%Y-%m").fillna("").tolist()}


def peak_and_valley(found: Observed) -> Finding:
    """How much use moves from peak to valley when the spread gets wider (S000-7f)?"""
    if found.by_time is None:
        return unknown(
            "How use moves between peak and valley cannot be told: it takes the table tou_months."
        )
    try:
        right = tariffs.substitution(found.by_time, cluster=_clusters(found.by_time))
        plain = tariffs.substitution(found.by_time, period=None)
    except ValueError as error:
        return unknown("No substitution could be told: {why}.", why=str(error).rstrip("."))
    numbers = {
        "sigma": right.estimate,
        "low": right.low,
        "high": right.high,
        "plain": plain.estimate,
        "accounts": right.accounts,
        "tenth": 0.1,
    }
    says = (
        "**A spread wider by a tenth moves the ratio of peak to valley use by {moved:percent}** "
        "(elasticity of substitution {sigma:.2f}, 95 % interval {low:.2f} to {high:.2f}, from "
        "{accounts:count account}).",
        "Before and after compared, whatever else changed meanwhile, would have said {plain:.2f}.",
    )
    return Finding(numbers | {"moved": abs(np.expm1(-right.estimate * np.log(1.1)))}, says)


def _costs(
    found: Observed,
    parts: tuple[float, float, float, float],
    capacity_hours: float,
    scale: float = 1.0,
    even_load: float = 0.6,
) -> tariffs.Costs:
    """What power costs, from parts of the mean price between peak and valley; all but capacity
    times the scale.
    """
    assert found.by_time is not None
    flat = float(found.by_time["flat_price"].mean())
    peak, between, valley, wet = (scale * part * flat for part in parts)
    return tariffs.Costs(peak, between, valley, wet, capacity_hours * flat, even_load=even_load)


def _loads(found: Observed, wet_months: tuple[int, int]) -> pd.DataFrame:
    """The loads of the last year of all that used power at all times of day."""
    first, last = wet_months
    if not (1 <= first <= 12 and 1 <= last <= 12):
        raise ValueError(f"wet_months is {wet_months!r}: expected two months from 1 to 12")
    wet = [(first + step - 1) % 12 + 1 for step in range((last - first) % 12 + 1)]
    assert found.by_time is not None
    loads = tariffs.yearly_loads(found.by_time, wet_months=wet)
    return loads[(loads.filter(regex="_(?:volume|price)$") > 0).all(axis=1)]


def _instruments(loads: pd.DataFrame) -> list[str]:
    """The tariffs that the columns allow."""
    return [
        name
        for name, (_, _, need) in tariffs.INSTRUMENTS.items()
        if all(column in loads and loads[column].notna().any() for column in need)
    ]


def eight_tariffs(
    found: Observed,
    shifted: Finding,
    size: float = 0.05,
    *,
    elasticity: float = -0.1,
    costs: tuple[float, float, float, float] = (1.15, 0.85, 0.45, 0.6),
    capacity_hours: float = 600.0,
    wet_months: tuple[int, int] = (5, 10),
    even_load: float = 0.6,
    sizes: tuple[float, ...] = (0.02, 0.05, 0.1, 0.15, 0.2),
) -> Finding:
    """What would each of the eight tariffs bring the accounts, and us (S000-7f)?

    Parameters
    ----------
    shifted : from `peak_and_valley`
    size : part of the price, as `tariff_simulator` takes it
    elasticity : answer of a volume whose price changes
    costs : of a unit at peak, between, in the valley and in wet months, as parts of the mean price
        between peak and valley
    capacity_hours : what a kW of capacity costs a year, in hours of that price
    wet_months : first and last month of the year in which water power is cheap
    even_load : load factor from which a load counts as even
    sizes : those of the figure
    """
    if not shifted.known or found.by_time is None:
        return unknown("What the tariffs would bring cannot be told without the table tou_months.")
    loads = _loads(found, wet_months)
    names = _instruments(loads)
    if not len(loads):
        return unknown("No account used power at all times of day in the last year.")
    known = _costs(found, costs, capacity_hours, even_load=even_load)
    sigma = max(0.0, float(shifted.numbers["sigma"]))
    how: dict[str, Any] = {"instruments": names, "elasticity": elasticity, "sigma": sigma}
    table = tariffs.tariff_frontier(loads, [size], known, **how).set_index("instrument")
    drawn = tariffs.tariff_frontier(loads, sizes, known, **how)
    words = {name: tariffs.INSTRUMENTS[name][0] for name in names}
    both = table[(table["saved"] > 0) & (table["margin"] > 0)]
    best, worst = str(table["margin"].idxmax()), str(table["margin"].idxmin())
    numbers: dict[str, Any] = {
        "tariffs": len(table),
        "size": size,
        "accounts": len(loads),
        "best": words[best],
        "most": float(table["margin"].max()),
        "worst": words[worst],
        "lost": float(table["margin"].min()),
        "first_wet": wet_months[0],
        "last_wet": wet_months[1],
        "even_load": even_load,
        "storable": known.storable,
        "storage_loss": known.storage_loss,
        "interruptible": known.interruptible,
        "hours_off": known.hours_off,
        "both": [words[name] for name in both.index],
        "n_both": len(both),
        "gain": sorted(words[name] for name in table.index[table["margin"] > 0]),
        "unit": found.unit_of_money,
        "elasticity": elasticity,
        "sigma": sigma,
        "frame": table,
    }
    says = [
        "Of {tariffs:count tariff} with a size of {size:percent}, so many would lower the "
        "accounts' bills and raise our margin too: {n_both} ({both:names}).",
        "The largest gain of our margin comes from: {best}, {most:money}{unit} a year."
        if numbers["most"] > 0
        else "None of them raises our margin.",
    ]
    if numbers["lost"] < 0:
        says.append("The largest loss comes from: {worst}, {lost:money}{unit}.")
    says += [
        "All of it is arithmetic on stated answers ({elasticity:.2f} for volume, {sigma:.2f} "
        "between peak and valley) and on assumptions: the costs; months {first_wet} to {last_wet} "
        "are wet; a load is even from a load factor of {even_load:percent0} on; "
        "{storable:percent0} of the use at peak can be stored, with a loss of "
        "{storage_loss:percent0}; {interruptible:percent0} of the demand may be cut off, "
        "{hours_off:.0f} hours a year.",
    ]
    view = table.drop(columns="size").assign(
        chinese=[tariffs.INSTRUMENTS[name][1] for name in table.index], bills=-table["saved"]
    )
    view.index = pd.Index([words[name] for name in table.index], name="tariff")
    columns = {
        "chinese": Shown("in Chinese"),
        "accounts": Shown("accounts", ",.0f"),
        "bills": Shown("their bills change by", "money"),
        "margin": Shown("our margin changes by", "money"),
    }
    picture = Picture(
        lambda title: figures.frontier_plot(drawn, words, title, found.unit_of_money),
        "{n_both} of {tariffs:count tariff}: lower bills, and more margin",
        "Each tariff as a line of growing size: by how much bills fall, and what our margin "
        "gains or loses. Above and right of the axes both gain.",
    )
    shown = view[["chinese", "accounts", "bills", "margin"]]
    return Finding(numbers, tuple(says), shown, columns, picture)


def price_points(found: Observed, limits: Literal["not", "other"] = "not") -> Finding:
    """Between which prices would people buy, by what they say (S000-2d)?

    Parameters
    ----------
    limits : how the range is bounded, as `price_sensitivity_meter` takes it
    """
    if found.survey is None:
        return unknown("What price people would bear cannot be told without table price_survey.")
    try:
        meter = prices.price_sensitivity_meter(found.survey, limits)
    except ValueError as error:
        return unknown("No price points could be told: {why}.", why=str(error).rstrip("."))
    numbers: dict[str, Any] = {
        "respondents": meter.respondents,
        "left_out": meter.left_out,
        "indifference": meter.indifference,
        "optimum": meter.optimum,
        "cheapest": meter.cheapest,
        "dearest": meter.dearest,
        "unit": found.unit_of_money,
    }
    says = [
        "By {respondents:count answer}, as many find {indifference:,.0f}{unit} cheap as find it "
        "expensive; at {optimum:,.0f} as few find it too cheap as too expensive. The range that is "
        "borne runs from {cheapest:,.0f} to {dearest:,.0f}."
    ]
    if meter.left_out:
        says.append("Left out, since their four prices are not in order: {left_out:count answer}.")
    curves = meter.curves.copy()
    if limits == "not":
        curves = curves.assign(not_cheap=1 - curves["cheap"])
        curves = curves.assign(not_expensive=1 - curves["expensive"])
        numbers["ends"] = "too cheap meets not cheap, and too expensive meets not expensive"
    else:
        numbers["ends"] = "too cheap meets expensive, and too expensive meets cheap"
    says.append("The range ends where {ends}.")
    marks = {
        "range from": meter.cheapest,
        "optimum": meter.optimum,
        "indifference": meter.indifference,
        "to": meter.dearest,
    }
    picture = Picture(
        lambda title: figures.meter_plot(curves, marks, title, f"price{found.unit_of_money}"),
        "Between {cheapest:,.0f} and {dearest:,.0f} the offer is borne",
        "Curves by price: too cheap and cheap fall, expensive and too expensive rise. Dotted lines "
        "mark the optimum (too cheap meets too expensive), the indifference (cheap meets "
        "expensive) and the range, which ends where {ends}.",
    )
    return Finding(numbers, tuple(says), None, {}, picture)


def other_errors(found: Observed, elastic: Finding) -> Finding:
    """How much wider are the intervals, since a month hits many accounts at once?

    Parameters
    ----------
    elastic : from `elasticities`.
    """
    if not elastic.known:
        return Finding(elastic.numbers, unknown=elastic.unknown)
    if len(_clusters(found.months)) < 2:
        return unknown(
            "Whether errors hang together by month takes {least} months or more with a price.",
            least=MONTHS_CLUSTERED,
        )
    frame = elastic.numbers["frame"]
    half = (frame["high"] - frame["low"]) / 2
    table = frame.assign(
        first_low=frame["estimate"] - frame["one_way"],
        first_high=frame["estimate"] + frame["one_way"],
        times=half / frame["one_way"],
    )
    signs = [np.sign(table[side]) for side in ("first_low", "first_high", "low", "high")]
    gone = (signs[0] == signs[1]) & (signs[2] != signs[3])
    numbers: dict[str, Any] = {
        "widest": float(table["times"].max()),
        "widest_of": str(table["times"].idxmax()),
        "last": float(table["times"].iloc[-1]),
        "last_of": str(table.index[-1]),
        "gone": [str(name) for name in table.index[gone]],
        "frame": table,
    }
    says = [
        "Whatever hits a month hits all its accounts. With that counted the interval of "
        "**{widest_of}** is {widest:.2f} times as wide as one that joins only the errors of an "
        "account, that of **{last_of}** {last:.2f} times."
        if table["times"].idxmax() != table.index[-1]
        else "Whatever hits a month hits all its accounts. With that counted the interval of "
        "**{last_of}** is {last:.2f} times as wide as one that joins only the errors of an "
        "account.",
        "Sure by the narrower interval and open by the wider is the sign of: {gone:names}."
        if numbers["gone"]
        else "No sign that is sure by the narrower interval is open by the wider.",
    ]
    view = pd.DataFrame(
        {
            "by account": [_from_to(*row) for row in table[["first_low", "first_high"]].to_numpy()],
            "both": [_from_to(*row) for row in table[["low", "high"]].to_numpy()],
            "times": table["times"],
        },
        index=table.index,
    )
    columns = {
        "by account": Shown("within an account"),
        "both": Shown("and within a month"),
        "times": Shown("times as wide", ".2f"),
    }
    return Finding(numbers, tuple(says), view, columns)


def _from_to(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}"


def other_cuts(
    told: Finding, choices: tuple[tuple[float, float], ...] = ((0.1, 0.8), (0.2, 1.0), (0.3, 1.2))
) -> Finding:
    """How do the classes move with their cut-offs, which no document names?"""
    if not told.known:
        return Finding(told.numbers, unknown=told.unknown)
    frame = told.numbers["frame"]
    rows = {
        f"{low:g} and {high:g}": response.class_summary(
            response.elasticity_class(frame, (low, high))
        )["expected"]
        for low, high in choices
    }
    table = pd.DataFrame(rows).T.rename_axis("cut-offs")
    numbers = {
        "choices": len(table),
        **{f"{name}_low": float(table[name].min()) for name in response.CLASSES},
        **{f"{name}_high": float(table[name].max()) for name in response.CLASSES},
    }
    moving = [
        name
        for name in ("rigid", "sensitive")
        if round(table[name].min()) != round(table[name].max())
    ]
    says = (
        {
            ("rigid", "sensitive"): "With {choices} pairs of cut-offs between {rigid_low:.0f} and "
            "{rigid_high:.0f} accounts are rigid, and between {sensitive_low:.0f} and "
            "{sensitive_high:.0f} sensitive.",
            ("rigid",): "With {choices} pairs of cut-offs between {rigid_low:.0f} and "
            "{rigid_high:.0f} accounts are rigid; sensitive are {sensitive_low:.0f} each time.",
            ("sensitive",): "With {choices} pairs of cut-offs between {sensitive_low:.0f} and "
            "{sensitive_high:.0f} accounts are sensitive; rigid are {rigid_low:.0f} each time.",
            (): "With {choices} pairs of cut-offs {rigid_low:.0f} are rigid and "
            "{sensitive_low:.0f} sensitive, each time.",
        }[tuple(moving)],
    )
    shown = {name: Shown(str(name), ".0f") for name in table}
    return Finding(numbers, says, table, shown, show_table=False)


def other_costs(
    found: Observed,
    shifted: Finding,
    size: float = 0.05,
    *,
    elasticities: tuple[float, float] = (-0.1, -0.5),
    costs: tuple[float, float, float, float] = (1.15, 0.85, 0.45, 0.6),
    capacity_hours: float = 600.0,
    wet_months: tuple[int, int] = (5, 10),
    even_load: float = 0.6,
    dearer: float = 0.1,
) -> Finding:
    """Which tariffs keep raising our margin when power costs more, or volume answers more?"""
    if not shifted.known or found.by_time is None:
        return unknown("There are no tariffs whose costs could be tried.")
    fraction("dearer", dearer)
    loads = _loads(found, wet_months)
    names = _instruments(loads)
    kept: set[str] | None = None
    ever: set[str] = set()
    for scale in (1 - dearer, 1.0, 1 + dearer):
        known = _costs(found, costs, capacity_hours, scale, even_load)
        for answer in elasticities:
            sigma = max(0.0, float(shifted.numbers["sigma"]))
            table = tariffs.tariff_frontier(
                loads, [size], known, instruments=names, elasticity=answer, sigma=sigma
            )
            good = set(table.loc[table["margin"] > 0, "instrument"])
            ever |= good
            kept = good if kept is None else kept & good
    words = tariffs.INSTRUMENTS
    numbers = {
        "dearer": dearer,
        "always": [words[name][0] for name in names if name in (kept or set())],
        "sometimes": [words[name][0] for name in names if name in ever - (kept or set())],
        "low": elasticities[0],
        "high": elasticities[1],
    }
    says = (
        "With costs up or down by {dearer:percent0} and an elasticity of {low:.1f} or {high:.1f}, "
        "our margin rises each time with: {always:names}; only some of the times with: "
        "{sometimes:names}.",
    )
    return Finding(numbers, says)


def claims(
    found: Observed,
    elastic: Finding,
    told: Finding,
    leaving: Finding,
    pays: Finding,
    shifted: Finding,
) -> Finding:
    """What the documents claim of prices, each with its test on this book."""
    made = [_of_classes(told), _of_rise(elastic), _of_tiers(found, told), _of_bonds(leaving)]
    made += [_of_half_price(found), _of_discounts(pays), _of_risk(found), _of_size(found)]
    made += [_of_spread(shifted)]
    made += [
        untested(
            "S003-9d",
            "where the price at home lies below that abroad, buyers turn it round",
            "sales and prices of both markets",
            "needs a line and a price of each market",
        ),
        untested(
            "S003-12b, S000-2d",
            "each client gets the plan that is best for it, at what it is willing to pay",
            "bills under each plan, and what the offer is worth to each",
            "one survey says what people say, not what they pay",
        ),
        untested(
            "S001-1f, S000-7b",
            "clubs, and a promise to match prices, hold a customer",
            "who stays with and without them; lesson 05 asks so",
            "here a price is looked at, not a bond",
        ),
    ]
    return steps.verdicts(made)


def _of_classes(told: Finding) -> Claim:
    claim = (
        "S000-7e",
        "there are rigid, elastic and sensitive customers",
        f"expected share of the smallest class, at least {percent(A_CLASS, 0)}",
    )
    if not told.known:
        return untested(*claim, "needs prices and volumes of ten accounts")
    expected = told.numbers["summary"]["expected"]
    n = told.numbers["accounts"]
    low, high = proportion_confint(expected.min(), n, method="wilson")
    here = with_interval(float(expected.min() / n), float(low), float(high), form="percent")
    return Claim(*claim, here, at_least(low, high, A_CLASS), "cut-offs are an assumption")


def _of_rise(elastic: Finding) -> Claim:
    claim = (
        "S000-3f",
        "a lower price sells more",
        "elasticity, below zero",
    )
    if not elastic.known or elastic.numbers["repaired"] == "no":
        return untested(*claim, "needs prices that were not set by what was bought: list_price")
    low, high = elastic.numbers["low"], elastic.numbers["high"]
    here = with_interval(elastic.numbers["best"], low, high, form=".2f")
    return Claim(*claim, here, at_least(-high, -low, 0.0))


def _of_tiers(found: Observed, told: Finding) -> Claim:
    claim = (
        "S000-5l",
        "top customers care for quality, middle and low tiers for price",
        "mean elasticity of the top fifth less that of the others, above zero",
    )
    if not told.known:
        return untested(*claim, "needs prices and volumes of ten accounts")
    slope = told.numbers["frame"]["elasticity"]
    ordered = found.revenue.reindex(slope.index).sort_values(ascending=False, kind="stable")
    count = top_count(len(ordered), FEW_SHARE)
    top, rest = slope[ordered.index[:count]], slope[ordered.index[count:]]
    if min(len(top), len(rest)) < 2:
        return untested(*claim, "needs two accounts in each tier")
    made = stats.ttest_ind(top, rest, equal_var=False).confidence_interval()
    here = with_interval(
        float(top.mean() - rest.mean()), float(made.low), float(made.high), form=".2f"
    )
    return Claim(*claim, here, at_least(made.low, made.high, 0.0))


def _of_bonds(leaving: Finding) -> Claim:
    claim = (
        "S000-7a, S000-6c",
        "price and social bonds bear small gaps only, a structural bond a large one",
        "tolerance of level 3 less that of level 2, above zero",
    )
    table = leaving.numbers.get("frame")
    if table is None or not {"level 2", "level 3"} <= set(table.index):
        return untested(*claim, "needs renewals with rivals' prices and bond levels")
    two, three = table.loc["level 2"], table.loc["level 3"]
    low, high = three["low"] - two["high"], three["high"] - two["low"]
    here = with_interval(
        float(three["tolerance"] - two["tolerance"]), float(low), float(high), form=".1f"
    )
    return Claim(*claim, here, at_least(low, high, 0.0), "lesson 05 says what else differs")


def _of_half_price(found: Observed) -> Claim:
    claim = (
        "S000-5k",
        "at a rival's price below half, four of five or more change over",
        "share lost of offers with such a gap",
    )
    if found.offers is None:
        return untested(*claim, "needs renewals with rivals' prices")
    far = found.offers[found.offers["gap"] >= 50]
    if len(far) < FEWEST_OFFERS:
        return untested(
            *claim, "no rival here was so cheap, and a curve says nothing beyond its data"
        )
    lost = int((far["renewed"] == 0).sum())
    low, high = proportion_confint(lost, len(far), method="wilson")
    here = with_interval(lost / len(far), float(low), float(high))
    return Claim(*claim, here, at_least(low, high, 0.8))


def _of_discounts(pays: Finding) -> Claim:
    claim = (
        "S000-3f",
        "discounts for key accounts pay",
        "change of margin by a discount for all, above zero",
    )
    if not pays.known:
        return untested(*claim, "needs elasticities of accounts")
    low, high = pays.numbers["low"], pays.numbers["high"]
    here = with_interval(pays.numbers["all"], low, high, form="money")
    return Claim(*claim, here, at_least(low, high, 0.0), "interval of elasticities and tolerances")


def _of_risk(found: Observed) -> Claim:
    claim = (
        "S004-1e",
        "discounts are for those at risk",
        "points of discount per point of noted risk, above zero",
    )
    seen = discounts_follow_risk(found)
    if not seen.known:
        return untested(*claim, "needs list_price and risk in price_months")
    slope, low, high = (100 * seen.numbers[n] for n in ("slope", "slope_low", "slope_high"))
    return Claim(
        *claim,
        with_interval(slope, low, high, form=".2f"),
        at_least(low, high, 0.0),
        "so it is done; whether it pays is another question",
    )


def _of_size(found: Observed) -> Claim:
    claim = (
        "S002-3b",
        "large steady users pay less per unit",
        "percent of price per percent of size in the largest line, below zero",
    )
    if not len(found.sales):
        return untested(*claim, "needs a ledger with volumes")
    main = found.sales.groupby("line")["revenue"].sum().idxmax()
    rows = found.sales[found.sales["line"] == main]
    if _apart(rows).std() > found.mix:
        why = "the largest line is a mix of products, so what a unit costs there is no price"
        return Claim(*claim, "-", UNTOLD, why, 0)
    log = np.log(rows.groupby("account_id")[["revenue", "volume"]].sum())
    price, size = (log["revenue"] - log["volume"]), log["volume"]
    if len(log) < FEWEST_OFFERS or size.std() < response.STILL:
        return untested(*claim, f"needs {FEWEST_OFFERS} accounts that differ in size")
    made = stats.linregress(size, price)
    half = float(stats.t.isf(0.025, len(log) - 2)) * made.stderr
    here = with_interval(
        float(made.slope), float(made.slope - half), float(made.slope + half), form=".3f"
    )
    verdict = at_least(-made.slope - half, -made.slope + half, 0.0)
    return Claim(*claim, here, verdict, "an error in volume would pull it below zero")


def _of_spread(shifted: Finding) -> Claim:
    claim = (
        "S000-7f",
        "a wider spread of peak and valley moves use",
        "elasticity of substitution, above zero",
    )
    if not shifted.known:
        return untested(*claim, "needs tou_months")
    low, high = shifted.numbers["low"], shifted.numbers["high"]
    here = with_interval(shifted.numbers["sigma"], low, high, form=".2f")
    return Claim(*claim, here, at_least(low, high, 0.0))


def account_review(
    found: Observed, told: Finding, less: Finding, pays: Finding | None = None
) -> Finding:
    """What the account review takes from the lesson."""
    frame = pd.DataFrame(index=found.revenue.index.rename("account_id"))
    words: dict[str, Any] = {"currency": found.currency or "currency of the book"}
    if told.known:
        part = told.numbers["frame"]
        chance = part[list(response.CLASSES)].max(axis=1)
        frame = frame.join(
            pd.DataFrame(
                {
                    "price_class": part["class"],
                    "price_class_chance": chance,
                    "elasticity": part["shrunk"],
                    "elasticity_low": part["low"],
                    "elasticity_high": part["high"],
                }
            )
        )
        words |= {"cut": told.numbers["cut"], "second": told.numbers["second"]}
    if pays is not None and pays.known:
        gains = pays.numbers["frame"][["gain", "verdict"]]
        gains = gains.rename(columns={"gain": "discount_gain", "verdict": "discount_verdict"})
        frame = frame.join(gains)
        words["discount"] = pays.numbers["discount"]
    if less.known:
        rows = less.numbers["frame"]
        main = rows.sort_values("amount", ascending=False, kind="stable").reset_index()
        main = main.drop_duplicates("account_id").set_index("account_id")
        frame = frame.join(main["part"].rename("price_to_peers"))
        forgone = rows["forgone"].groupby(level=0).sum()
        frame = frame.join(forgone.rename("peers_price_more"))
    frame = frame.dropna(how="all")
    return steps.review(
        LESSON, frame.reset_index() if len(frame.columns) else frame.iloc[:0], words
    )


def pencil(
    price_before: Sequence[float],
    price_after: Sequence[float],
    volume_before: Sequence[float],
    volume_after: Sequence[float],
    names: Sequence[str],
) -> pd.DataFrame:
    """Five accounts on a napkin: change of price, change of volume, one over the other."""
    frame = pd.DataFrame(
        {
            "price, percent": 100 * (np.array(price_after) / np.array(price_before) - 1),
            "volume, percent": 100 * (np.array(volume_after) / np.array(volume_before) - 1),
        },
        index=list(names),
    )
    frame["elasticity"] = frame["volume, percent"] / frame["price, percent"]
    return frame.round(2)
