"""Lesson 13: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.buying_centre import losses, maps, people
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.buying_centre import (
    DEPARTED_SINGLE,
    DEPARTURES,
    FALL,
    LINE,
    LOOK_AFTER,
    LOSS_MORE,
    LOSS_SINGLE,
    NOBODY,
    SINGLE,
)

#: The counts of the lost are planted, so the gap as counted is exact. At equal sales it moves with
#: the accounts that were found: standard deviation .0001 over 14 seeds.
_GAP, _EQUAL = 0.0005, 0.0005
_SHARE, _MONEY = 0.0005, 0.0005
_NEAR_GAP, _NEAR_SHARE, _LAST_YEAR = 0.1, 0.05, 12

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

Tables = Mapping[str, pd.DataFrame]


def _day(tables: Tables) -> pd.Timestamp:
    last = pd.Timestamp(tables["ledger"]["date"].max()).to_period("M") + LOOK_AFTER
    return pd.Timestamp(last.end_time.normalize())


def _last_year(tables: Tables) -> pd.Series:
    """Sales of the last twelve months by account; what came back counts as nothing bought."""
    ledger = tables["ledger"]
    last = pd.Timestamp(ledger["date"].max()).to_period("M")
    first = (last - (_LAST_YEAR - 1)).to_timestamp()
    sums = ledger[ledger["date"] >= first].groupby("account_id")["revenue"].sum()
    return sums.reindex(tables["accounts"]["account_id"], fill_value=0.0).clip(lower=0)


def _hanging(tables: Tables) -> pd.DataFrame:
    return people.threads(tables["contacts"], _last_year(tables), _day(tables))


def _known_ones(tables: Tables) -> pd.Series:
    """Accounts with one name in the file, whenever that was met."""
    found = people.threads(tables["contacts"].drop(columns="last_contact"), _last_year(tables))
    return found["threads"] == 1


def _advisers(tables: Tables) -> set[str]:
    measures = maps.influence(tables["contacts"], tables["contact_ties"], between_only=True)
    return set(maps.hidden_advisers(tables["contacts"], measures).index)


def _reported_to(tables: Tables) -> set[str]:
    """The same on the chart of the organisation alone: whom do people report through?"""
    measures = maps.influence(tables["contacts"], tables["contact_ties"], kinds=["reports"])
    return set(maps.hidden_advisers(tables["contacts"], measures).index)


def _most_powerful(tables: Tables) -> set[str]:
    """The most powerful of each of the twelve largest accounts."""
    contacts = tables["contacts"].sort_values(["power", "contact_id"], ascending=[False, True])
    first = contacts.drop_duplicates("account_id").set_index("account_id")["contact_id"]
    return set(first.reindex(_last_year(tables).nlargest(12).index).dropna())


def _fakes(tables: Tables) -> set[str]:
    found = people.champions(tables["contacts"])
    return set(found.index[found["verdict"] == "no power"])


def _unfriendly(tables: Tables) -> set[str]:
    contacts = tables["contacts"]
    return set(contacts.loc[(contacts["champion"] == 1) & (contacts["stance"] < 1), "contact_id"])


def _look_friendly(tables: Tables) -> set[str]:
    found = people.support(tables["contacts"])
    return set(found.index[(found["mean"] > 0) & (found["weighted"] < 0)])


def _against(tables: Tables) -> set[str]:
    found = people.support(tables["contacts"])
    return set(found.index[found["mean"] < 0])


def _gap(tables: Tables) -> losses.Difference:
    return losses.departure_loss(tables["departures"]).gap


def _sized(tables: Tables) -> pd.DataFrame:
    """The departures with their sales before and after by the ledger."""
    cases, ledger = tables["departures"], tables["ledger"]
    rows = ledger.loc[ledger["line"] == LINE]
    months = rows.assign(period=rows["date"].dt.to_period("M"))
    monthly = months.groupby(["account_id", "period"])["revenue"].sum().reset_index()
    found = cases.join(losses.by_the_ledger(cases, monthly, fall=FALL))
    return found.assign(size=np.log(found["year"]))


def _equal(sized: pd.DataFrame, cases: pd.DataFrame) -> float:
    """The gap at equal sales of the year before, by the ledger."""
    return losses.departure_loss(cases.join(sized[["size"]]), ["size"]).adjusted.value


def _unmet(tables: Tables, chosen: pd.Series) -> set[str]:
    """Of these people, those not met within a year."""
    contacts = tables["contacts"]
    ago = (_day(tables) - contacts["last_contact"]).dt.days
    return set(contacts.loc[chosen & ~(ago <= people.WITHIN), "contact_id"])


def _today(tables: Tables) -> pd.DataFrame:
    """With the threads that today's file shows of the account."""
    now = people.threads(tables["contacts"], as_of=_day(tables))["threads"]
    cases = tables["departures"]
    return cases.assign(threads=cases["account_id"].map(now))


def _gap_today(tables: Tables) -> losses.Loss:
    return losses.departure_loss(_today(tables))


def _without_who_left(tables: Tables) -> float:
    cases = tables["departures"]
    return losses.departure_loss(cases.assign(threads=cases["threads"] - 1)).gap.value


def _rate_alone(tables: Tables) -> float:
    return float(losses.departure_loss(tables["departures"]).table["share"]["single"])


def _against_the_half_before(tables: Tables) -> pd.Series:
    """Whether six months are a third below those before, season and all."""
    found = _sized(tables)
    return found["after"] <= (1 - FALL) * (found["year"] - found["same"])


def _money(tables: Tables, single: pd.Series) -> float:
    bought = _last_year(tables)
    return float(bought[single.reindex(bought.index)].sum() / bought.sum())


ITEMS = (
    Item(
        "the twelve advisers without rank",
        lambda truth: set(truth["buying_centre"]["advisers"]),
        naive=(
            Naive("the chart of who reports to whom alone", _reported_to),
            Naive("the most powerful of the twelve largest accounts", _most_powerful),
        ),
    ),
    Item(
        "the eight champions without power",
        lambda truth: set(truth["buying_centre"]["fake_champions"]),
        naive=(Naive("champions that are not friendly", _unfriendly),),
    ),
    Item(
        "the six accounts whose people are friendly and whose power is not",
        lambda truth: set(truth["buying_centre"]["look_friendly"]),
        naive=(Naive("accounts whose plain mean is below zero", _against),),
    ),
    Item(
        "share of the accounts that hang on one person",
        stated("buying_centre", "single"),
        _SHARE,
        (
            Naive(
                "accounts with one name in the file",
                lambda tables: float(_known_ones(tables).mean()),
            ),
        ),
    ),
    Item(
        "share of last year's sales that hangs on one person",
        stated("buying_centre", "single_money"),
        _MONEY,
        (
            Naive(
                "the share of the accounts taken for that of the money",
                lambda tables: float(_hanging(tables)["single"].mean()),
            ),
        ),
    ),
    Item(
        "how much oftener an account is lost where the one person leaves",
        stated("buying_centre", "gap"),
        _GAP,
        (
            Naive("people counted in today's file", lambda tables: _gap_today(tables).gap.value),
            Naive("without the one who left", _without_who_left),
            Naive("how often single threads are lost, for how much oftener", _rate_alone),
        ),
    ),
    Item(
        "the same at equal sales of the year before",
        stated("buying_centre", "gap"),
        _EQUAL,
        (Naive("people counted in today's file", lambda t: _equal(_sized(t), _today(t))),),
    ),
    Item(
        "the departures after which the ledger holds a third less",
        lambda truth: truth["buying_centre"]["lost"],
        naive=(
            Naive(
                "accounts that bought nothing more",
                lambda t: int((_sized(t)["after"] <= 0).sum()),
            ),
            Naive(
                "against the six months before, whatever the season",
                lambda t: int(_against_the_half_before(t).sum()),
            ),
        ),
    ),
    Item(
        "who holds a veto and was not met",
        lambda truth: set(truth["buying_centre"]["veto_unmet"]),
        naive=(
            Naive(
                "who decides and was not met",
                lambda t: _unmet(t, t["contacts"]["role"] == "decider"),
            ),
        ),
    ),
    Item(
        "the interval of that difference, as counted, lies above 0",
        lambda truth: True,
        naive=(Naive("people counted in today's file", lambda t: _gap_today(t).gap.low > 0),),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 13 finds in the tables of a world, by the names of ITEMS."""
    hanging, gap = _hanging(tables), _gap(tables)
    sized = _sized(tables)
    values = (
        _advisers(tables),
        _fakes(tables),
        _look_friendly(tables),
        float(hanging["single"].mean()),
        _money(tables, hanging["single"]),
        gap.value,
        _equal(sized, tables["departures"]),
        int(sized["fell"].sum()),
        _unmet(tables, tables["contacts"]["veto"] == 1),
        bool(gap.low > 0),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    count = max(2, round(DEPARTURES * accounts * months / (600 * 48)))
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        single = rng.random(count) < DEPARTED_SINGLE
        lost = rng.random(count) < np.where(single, LOSS_SINGLE, LOSS_MORE)
        told = False, False, False
        if single.any() and not single.all():
            cases = pd.DataFrame({"threads": np.where(single, 1, 2), "lost": lost.astype(int)})
            gap = losses.departure_loss(cases).gap
            true = LOSS_SINGLE - LOSS_MORE
            told = gap.low > 0, abs(gap.value - true) <= _NEAR_GAP, gap.low <= true <= gap.high
        hanging = rng.random(accounts) < SINGLE / (1 - NOBODY)
        statements = {
            "the gap is told: its interval lies above 0": told[0],
            "the gap comes out within 10 points": told[1],
            "its 95 % interval holds the true gap": told[2],
            "the share of accounts that hang on one person is within 5 points": abs(
                hanging.mean() * (1 - NOBODY) - SINGLE
            )
            <= _NEAR_SHARE,
        }
        for name, answer in statements.items():
            found.setdefault(name, []).append(bool(answer))
    return found
