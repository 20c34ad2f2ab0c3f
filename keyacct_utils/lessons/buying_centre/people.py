"""Whom we know in an account, who is for us, and on how many people it hangs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.buying_centre.maps import checked_people
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = ["champions", "coverage_by_level", "freshness", "next_visits", "support", "threads"]

#: Days within which a person counts as met.
WITHIN = 365
#: Days after which half of a contact's freshness is gone: no document gives a number.
HALF_LIFE = 180.0
#: From here on a person's word has weight, and a stance is for us.
STRONG, FRIENDLY = 5.0, 1.0


def _day(as_of: Any) -> pd.Timestamp:
    day = pd.to_datetime(as_of, errors="coerce")
    if day is None or pd.isna(day):
        raise ValueError(f"as_of is {as_of!r}: give the day of the look, such as '2024-12-31'")
    return pd.Timestamp(day)


def days_since(last_contact: pd.Series, as_of: Any) -> pd.Series:
    """Days from the last contact to the day of the look; missing where there was none."""
    days = pd.to_datetime(pd.Series(last_contact), errors="coerce")
    lost = days.isna() & pd.Series(last_contact).notna()
    if lost.any():
        raise ValueError(
            f"last_contact: {some(pd.Series(last_contact)[lost])} is no date; write 2024-10-18"
        )
    since = (_day(as_of) - days).dt.days
    if (since < 0).any():
        raise ValueError(
            f"last_contact: {int((since < 0).sum())} days lie after as_of "
            f"({_day(as_of):%Y-%m-%d}); look from a later day, or mend them"
        )
    return since.astype(float)


def _met(contacts: pd.DataFrame, as_of: Any, within: float) -> pd.Series:
    """Who was met within so many days; everybody where no day is known."""
    if within <= 0:
        raise ValueError(f"within is {within:g}: expected a number of days above 0")
    if "last_contact" not in contacts:
        return pd.Series(True, contacts.index)
    if as_of is None:
        raise ValueError("as_of: contacts have days, so give the day from which they are looked at")
    return days_since(contacts["last_contact"], as_of) <= within


def freshness(last_contact: pd.Series, as_of: Any, half_life: float = HALF_LIFE) -> pd.Series:
    """How much of a contact is left since we last met?

    Parameters
    ----------
    last_contact : Series of dates
        Missing where nobody of us ever met the person.
    as_of : date
        Day of the look.
    half_life : float
        Days after which half is left, above 0. An assumption.

    Returns
    -------
    Series : fraction 0 to 1; 0 where there never was a contact.

    Raises
    ------
    ValueError
        For a half-life of 0 or less, and days after the look.

    Notes
    -----
    0.5 ** (days / half_life): the decay of a memory, which no document of the collection states;
    see what other half-lives say.
    """
    if not half_life > 0:
        raise ValueError(f"half_life is {half_life:g}: expected a number of days above 0")
    return (0.5 ** (days_since(last_contact, as_of) / half_life)).fillna(0.0).rename("freshness")


def coverage_by_level(
    contacts: pd.DataFrame,
    as_of: Any = None,
    *,
    within: float = WITHIN,
    levels: Sequence[str] | None = None,
) -> pd.DataFrame:
    """At which levels of each account do we know somebody, and whom did we meet lately?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, level, and last_contact if known.
    as_of : date, optional
        Day of the look; needed where last_contact is known.
    within : float
        Days within which a person counts as met.
    levels : sequence of str, optional
        Order of the levels; default as text.

    Returns
    -------
    DataFrame
        account_id, level, known (people), met (people), for each account and level that some
        account has; an account without anybody known at a level has zeros there. People without a
        level count for none.

    Raises
    ------
    ValueError
        For levels that are not those of the contacts, or odd days.

    Notes
    -----
    A plan covers all levels of a buying centre (S003-2h), the base of it too (S000-3g).
    """
    checked_people(contacts, "level")
    there = sorted(map(str, contacts["level"].dropna().unique()))
    if not there:
        raise ValueError("contacts: no row has a level; fill the column, or leave the step out")
    if levels is not None and (set(levels) != set(there) or len(set(levels)) != len(levels)):
        raise ValueError(
            f"levels are {some(levels)}; the contacts have {some(there)}, each to be named once"
        )
    order = list(levels) if levels is not None else there
    rows = contacts.assign(met=_met(contacts, as_of, within).astype(int))
    counted = rows.dropna(subset=["level"]).groupby(["account_id", "level"], observed=True)["met"]
    accounts = sorted(contacts["account_id"].unique())
    index = pd.MultiIndex.from_product([accounts, order], names=["account_id", "level"])
    table = counted.agg(known="size", met="sum").reindex(index, fill_value=0)
    return table.reset_index()


def support(contacts: pd.DataFrame) -> pd.DataFrame:
    """Is an account for us, if each word has the weight of who says it?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, power (points 0-10), stance (-2 against to 2 for us).

    Returns
    -------
    DataFrame by account_id
        people (with power and stance), mean (of the stances), weighted (by power; missing where
        nobody has any power), supporters, neutral and opponents (people).

    Raises
    ------
    ValueError
        For values out of range.

    Notes
    -----
    weighted = sum(p s) / sum(p) (S002-4d: supporters, opponents, neutral; factions). People without
    power or stance written are left out of both means.
    """
    checked_people(contacts, "power", "stance")
    for name, low, high in (("power", 0, 10), ("stance", -2, 2)):
        values = to_number(contacts[name], f"contacts.{name}")
        odd = values[(values < low) | (values > high)]
        if len(odd):
            raise ValueError(
                f"contacts.{name}: {some(odd)} lie outside {low} to {high}; mend the scale"
            )
    rows = contacts.dropna(subset=["power", "stance"])
    rows = rows.assign(product=rows["power"] * rows["stance"])
    of = rows.groupby("account_id")
    weight = of["power"].sum()
    table = pd.DataFrame(
        {
            "people": of.size(),
            "mean": of["stance"].mean(),
            "weighted": of["product"].sum() / weight.where(weight > 0),
        }
    )
    for name, chosen in (
        ("supporters", rows["stance"] > 0),
        ("neutral", rows["stance"] == 0),
        ("opponents", rows["stance"] < 0),
    ):
        table[name] = chosen.groupby(rows["account_id"]).sum().astype(int)
    return table.rename_axis("account_id")


def threads(
    contacts: pd.DataFrame,
    money: pd.Series | None = None,
    as_of: Any = None,
    *,
    within: float = WITHIN,
) -> pd.DataFrame:
    """On how many people does each account hang, and how much money with it?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, and last_contact if known.
    money : Series, optional
        Amount by account_id. Accounts that nobody of the contacts belongs to count as hanging on
        nobody.
    as_of : date, optional
        Day of the look; needed where last_contact is known.
    within : float
        Days within which a person counts as met. Without days everybody known is a thread.

    Returns
    -------
    DataFrame by account_id
        known (people in the file), threads (of them met), single (bool: just one), nobody (bool:
        none), who (contact_id of the single one, else missing), money (missing without it).

    Raises
    ------
    ValueError
        As the docstring of the module's other functions say.

    Notes
    -----
    A thread (线) is a person of the account whom we met within ``within`` days. The file
    says whom we wrote down: it may know more people than we do, and fewer.
    """
    checked_people(contacts)
    rows = contacts.assign(met=_met(contacts, as_of, within))
    of = rows.groupby("account_id")
    table = pd.DataFrame({"known": of.size(), "threads": of["met"].sum().astype(int)})
    if money is not None:
        if not isinstance(money, pd.Series) or money.index.has_duplicates:
            raise ValueError("money: give a Series by account_id, each account once")
        table = table.reindex(table.index.union(money.index), fill_value=0)
    table["single"] = table["threads"] == 1
    table["nobody"] = table["threads"] == 0
    alive = rows[rows["met"]].sort_values("contact_id").drop_duplicates("account_id")
    who = alive.set_index("account_id")["contact_id"].reindex(table.index)
    table["who"] = who.where(table["single"])
    table["money"] = np.nan if money is None else money.reindex(table.index).astype(float)
    return table.rename_axis("account_id")


def champions(
    contacts: pd.DataFrame, *, strong: float = STRONG, friendly: float = FRIENDLY
) -> pd.DataFrame:
    """Can those who count as our champions do anything for us?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, champion (0 or 1), power (0-10), stance (-2 to 2).
    strong : float
        Power from which a word has weight.
    friendly : float
        Stance from which somebody is for us.

    Returns
    -------
    DataFrame by contact_id
        account_id, power, stance, verdict of each champion: "sound", "no power", "not for us",
        "neither", or "unknown" where power or stance is not written.

    Raises
    ------
    ValueError
        Where nobody counts as a champion, or a column lacks.

    Notes
    -----
    A champion has power and is for us; friendliness alone moves nothing (S002-4d).
    """
    checked_people(contacts, "champion", "power", "stance")
    rows = contacts[contacts["champion"].fillna(0).astype(float) > 0].set_index("contact_id")
    if rows.empty:
        raise ValueError("contacts: nobody is marked as champion (1), so there is none to check")
    power, stance = (to_number(rows[name], f"contacts.{name}") for name in ("power", "stance"))
    table = rows[["account_id"]].assign(power=power, stance=stance)
    can, will = power >= strong, stance >= friendly
    words = np.select(
        [power.isna() | stance.isna(), can & will, will, can],
        ["unknown", "sound", "no power", "not for us"],
        "neither",
    )
    return table.assign(verdict=words)


def next_visits(
    contacts: pd.DataFrame,
    hanging: pd.DataFrame,
    gap: float,
    as_of: Any = None,
    *,
    leave: float = 0.1,
    within: float = WITHIN,
    places: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Whom to see next, so that as much money as possible no longer hangs on one person?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, and veto (0 or 1), power and last_contact if known: who holds a veto
        comes first, then who has more power.
    hanging : DataFrame
        From `threads`, with money.
    gap : float
        How much more often a single-thread account is lost when its person leaves, a fraction.
    as_of : date, optional
    leave : float
        Chance that a person leaves within a year, a fraction: an assumption.
    within : float
        Days within which a person counts as met.
    places : DataFrame, optional
        From `influence`: of people with the same power the one with more betweenness comes first.

    Returns
    -------
    DataFrame
        account_id, contact_id (to be seen; missing where the file knows nobody else), money,
        kept (money x leave x gap: what a second thread is expected to keep in a year), the largest
        first.

    Raises
    ------
    ValueError
        For a chance outside 0 to 1.

    Notes
    -----
    It supposes that a met person is as good a thread as those of the accounts that had two, which
    no departure has tested.
    """
    checked_people(contacts)
    need_columns(hanging, ("single", "money"), "hanging")
    for name, value, least in (("gap", gap, -1.0), ("leave", leave, 0.0)):
        if not least <= value <= 1:
            raise ValueError(f"{name} is {value:g}: expected a fraction between {least:g} and 1")
    rows = hanging[hanging["single"] & (hanging["money"] > 0)]
    others = contacts[~_met(contacts, as_of, within)].set_index("contact_id")
    others = others.assign(
        veto=others["veto"].fillna(0).astype(float) if "veto" in others else 0.0,
        weight=others["power"].fillna(-1.0) if "power" in others else 0.0,
        between=places["betweenness"].reindex(others.index) if places is not None else 0.0,
        order=others.index,
    )
    others = others.sort_values(
        ["veto", "weight", "between", "order"],
        ascending=[False, False, False, True],
        kind="stable",
    )
    first = others.reset_index().drop_duplicates("account_id").set_index("account_id")
    table = pd.DataFrame(
        {
            "account_id": rows.index,
            "contact_id": first["contact_id"].reindex(rows.index).to_numpy(),
            "money": rows["money"].to_numpy(),
            "kept": rows["money"].to_numpy() * leave * gap,
        }
    )
    return table.sort_values(
        ["money", "account_id"], ascending=[False, True], kind="stable", ignore_index=True
    )
