"""Lesson 15: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.white_space import affinities, campaigns, demand, gaps
from keyacct_utils.truth.planted import AtLeast, Item, Naive, stated
from keyacct_utils.world import white_space as world

#: Three standard errors of the slope (.013) and of the effect (half a point).
_SLOPE, _EFFECT = 0.04, 0.015
_SHARE, _HALF, _FIRST, _STRATA = 0.80, 0.5, 30, 5
#: A client overstates where it surely says a tenth more than comes.
_OVER = 0.10

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48
Tables = Mapping[str, pd.DataFrame]


def _by_account(tables: Tables, name: str, value: str) -> pd.Series:
    return tables[name].set_index("account_id")[value]


def _spend(tables: Tables) -> pd.Series:
    every = tables["account_sizes"]["account_id"]
    found = tables["holdings"].groupby("account_id")["spend"].sum()
    return found.reindex(every.to_numpy(), fill_value=0.0)


def _line(tables: Tables) -> gaps.Wallet:
    size = _by_account(tables, "account_sizes", "size")
    return gaps.survey_line(size, _by_account(tables, "wallet_survey", "wallet"))


def _wide(tables: Tables) -> pd.DataFrame:
    rows = tables["holdings"]
    return rows.pivot_table(
        index="account_id", columns="product", values="spend", aggfunc="sum"
    ).fillna(0.0)


def size_groups(size: pd.Series) -> pd.Series:
    """Fifths of the size."""
    return pd.Series(pd.qcut(size.rank(method="first"), _STRATA, labels=False), size.index)


def _pairs(tables: Tables, by: str = "odds_low") -> set[str]:
    held = _wide(tables) > 0
    size = _by_account(tables, "account_sizes", "size")
    found = affinities.affinity(held, size_groups(size[held.index]))
    best = found.nlargest(len(world.PAIRS), by)
    return {" + ".join(sorted(pair)) for pair in best[["first", "second"]].to_numpy()}


def _volumes(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    said = tables["client_forecasts"].pivot(index="month", columns="account_id", values="forecast")
    ledger = tables["ledger"]
    power = ledger[(ledger["line"] == "P") & ledger["account_id"].isin(list(said.columns))]
    came = power.pivot_table(index="date", columns="account_id", values="volume", aggfunc="sum")
    return said, came[list(said.columns)]


def _overstating(tables: Tables, lead: int) -> set[str]:
    table = demand.client_bias(*_volumes(tables), lead)
    return set(map(str, table.index[table["low"] > _OVER]))


def _often_above(tables: Tables) -> set[str]:
    """Clients that said more than came in most months."""
    said, came = _volumes(tables)
    lead = world.LEAD
    above = (said.to_numpy()[:-lead] > came.to_numpy()[lead:]).mean(axis=0)
    return {str(name) for name, share in zip(said.columns, above, strict=True) if share > _HALF}


def _by_levels(tables: Tables) -> int:
    """The lead at which the levels of all clients together go together best."""
    said, came = (np.log(frame.to_numpy()) for frame in _volumes(tables))
    months = len(said)
    found = {
        lead: np.corrcoef(said[: months - lead].ravel(), came[lead:].ravel())[0, 1]
        for lead in range(13)
        if lead != world.LEAD
    }
    return max(found, key=lambda lead: found[lead])


def _told(tables: Tables, potential: pd.Series) -> pd.DataFrame:
    """A potential and what is bought, of the accounts that were not asked for their wallet."""
    asked = tables["wallet_survey"]["account_id"]
    frame = pd.DataFrame({"told": potential, "spend": _spend(tables)}).dropna()
    return frame.drop(index=frame.index.intersection(list(asked)))


def _tested(truth: Mapping[str, Any], found: pd.DataFrame) -> gaps.GapTest:
    known = truth["white_space.csv"].set_index("account_id")["wallet"]
    return gaps.gap_test(found["told"], found["spend"], known, _FIRST)


def _share(truth: Mapping[str, Any]) -> AtLeast:
    return AtLeast(_SHARE, lambda found: _tested(truth, found).share.estimate)


def _found(truth: Mapping[str, Any]) -> AtLeast:
    return AtLeast(_HALF, lambda found: _tested(truth, found).hits / _FIRST)


def _same_wallet(tables: Tables) -> pd.DataFrame:
    """The mean surveyed wallet, taken for everybody's."""
    mean = float(tables["wallet_survey"]["wallet"].mean())
    return _told(tables, pd.Series(mean, _spend(tables).index))


def _catalogue(tables: Tables) -> pd.DataFrame:
    """What an account would buy if it held all services at the mean of those it holds."""
    held = _wide(tables) > 0
    return _told(tables, _spend(tables) * held.shape[1] / held.sum(axis=1))


def _as_large(tables: Tables) -> float:
    """Slope of a wallet that is a fixed multiple of the size: the mean ratio, taken for all."""
    size, wallet = (
        _by_account(tables, name, value)
        for name, value in (("account_sizes", "size"), ("wallet_survey", "wallet"))
    )
    ratio = float((wallet / size.reindex(wallet.index)).mean())
    return float(np.polyfit(np.log(size), np.log(ratio * size), 1)[0])


def _campaign(tables: Tables) -> campaigns.Uplift:
    return campaigns.uplift(tables["campaign_months"])


ITEMS = (
    Item(
        "percent of wallet per percent of size",
        stated("white_space", "slope"),
        _SLOPE,
        (Naive("twice the size taken for twice the wallet", _as_large),),
    ),
    Item(
        "correlation of told and true share of wallet, of accounts not asked",
        _share,
        None,
        (Naive("the mean wallet taken for everybody's", _same_wallet),),
    ),
    Item(
        "share of the 30 largest true gaps among the 30 largest told ones",
        _found,
        None,
        (
            Naive("the mean wallet taken for everybody's", _same_wallet),
            Naive("all services at the mean of those held", _catalogue),
        ),
    ),
    Item(
        "the three pairs of services that go together whatever the size",
        lambda truth: {" + ".join(sorted(pair)) for pair in truth["white_space"]["pairs"]},
        naive=(Naive("the largest lifts", lambda tables: _pairs(tables, "lift")),),
    ),
    Item(
        "months by which clients foretell their volume",
        stated("white_space", "lead"),
        naive=(Naive("levels compared, not growth", _by_levels),),
    ),
    Item(
        "the clients that overstate",
        lambda truth: set(truth["white_space"]["overstating"]),
        naive=(Naive("who said more than came in most months", _often_above),),
    ),
    Item(
        "effect of the campaign",
        stated("white_space", "effect"),
        _EFFECT,
        (
            Naive("after less before, with the campaign", lambda t: _campaign(t).before_after),
            Naive("with less without, after the start", lambda t: _campaign(t).with_without),
        ),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 15 finds in the tables of a world, by the names of ITEMS."""
    line = _line(tables)
    told = _told(tables, line.table["potential"])
    found = demand.lead_lag(*_volumes(tables))
    values = (
        line.slope,
        told,
        told,
        _pairs(tables),
        found.best,
        _overstating(tables, found.best),
        _campaign(tables).effect.estimate,
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


_OF_SURVEY = (
    "the slope of the wallet comes out within 0.04",
    "its 95 % interval holds the true slope",
    "told and true share of wallet correlate at 0.8 or more",
    "half of the largest gaps or more are found",
)
_OF_FORECASTS = ("the lead of what clients say is found", "that lead is told as sure")
_OF_CAMPAIGN = (
    "the campaign is told from nothing",
    "the 95 % interval of its effect holds the true one",
)
#: Tables without which a book cannot show a statement, whatever its size.
TAKES = {
    **dict.fromkeys(_OF_SURVEY, ("account_sizes", "wallet_survey")),
    **dict.fromkeys(_OF_FORECASTS, ("client_forecasts",)),
    **dict.fromkeys(_OF_CAMPAIGN, ("campaign_months",)),
}
_FEWEST_MONTHS = demand.SEASON + demand.FEWEST_PAIRS + world.LEAD


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    none: tuple[str, ...] = _OF_SURVEY if round(world.SURVEYED * accounts) < gaps.FEWEST else ()
    none += _OF_FORECASTS if months < _FEWEST_MONTHS or _clients(accounts) < 2 else ()
    return none + (_OF_CAMPAIGN if months <= world.MONTHS else ())


def _clients(accounts: int) -> int:
    return min(world.CLIENTS, accounts // 5)


def _survey(rng: np.random.Generator, accounts: int) -> list[bool]:
    """The first four statements in one book."""
    asked = round(world.SURVEYED * accounts)
    if asked < gaps.FEWEST:
        return [False] * len(_OF_SURVEY)
    ids = [f"A{n:05d}" for n in range(accounts)]
    size = np.exp(world.SIZE_LEVEL + rng.normal(0, _SIZE_SD, accounts))
    log = 9.0 + world.SLOPE * np.log(size) + rng.normal(0, world.WALLET_SD, accounts)
    wallet = pd.Series(np.exp(log), ids)
    spend = wallet * rng.beta(*world.SHARE, accounts)
    spend = spend.where(rng.random(accounts) < _BUYING, 0.0)
    chosen = world.surveyed(rng, size, asked)
    line = gaps.survey_line(pd.Series(size, ids), wallet.iloc[chosen])
    rest = np.setdiff1d(np.arange(accounts), chosen)
    first = max(1, round(_FIRST * accounts / BUNDLED_SIZE[0]))
    test = gaps.gap_test(
        line.table["potential"].iloc[rest], spend.iloc[rest], wallet.iloc[rest], first
    )
    return [
        abs(line.slope - world.SLOPE) <= _SLOPE,
        line.low <= world.SLOPE <= line.high,
        test.share.estimate >= _SHARE,
        test.hits / first >= _HALF,
    ]


def _leads(rng: np.random.Generator, accounts: int, months: int) -> list[bool]:
    """Whether the lead is found, and told as sure, in one book."""
    clients = _clients(accounts)
    if months < _FEWEST_MONTHS or clients < 2:
        return [False] * len(_OF_FORECASTS)
    index = pd.period_range("2021-01", periods=months + world.LEAD, freq="M")
    season = np.resize(np.log(np.array(world.SEASON["P"])), len(index))[:, None]
    came = 12 + season + rng.normal(0, _OWN_SD, (len(index), clients))
    said = np.exp(came + rng.normal(0, world.SAID_SD, came.shape))
    names = [f"C{n}" for n in range(clients)]
    told = pd.DataFrame(said[world.LEAD :], index[: -world.LEAD], names)
    found = demand.lead_lag(told, pd.DataFrame(np.exp(came), index, names).iloc[: -world.LEAD])
    return [found.best == world.LEAD, found.best == world.LEAD and found.sure]


def _effects(rng: np.random.Generator, months: int) -> list[bool]:
    """What is told of the campaign in one book: a year with it, and at most one before."""
    before = min(months - world.MONTHS, world.MONTHS)
    if before < 1:
        return [False] * len(_OF_CAMPAIGN)
    t, half = np.arange(before + world.MONTHS), world.BRANCHES // 2
    after, treated = t >= before, np.arange(world.BRANCHES) < half
    log = rng.normal(0, world.NOISE, (world.BRANCHES, len(t)))
    log += rng.normal(0, world.DRIFT, (world.BRANCHES, 1)) * after
    running = treated[:, None] & after
    rows = pd.DataFrame(
        {
            "branch": np.repeat([f"B{n}" for n in range(world.BRANCHES)], len(t)),
            "month": np.tile(t, world.BRANCHES),
            "running": running.ravel().astype(int),
            "sales": np.exp(log + np.log(1 + world.EFFECT) * running).ravel(),
        }
    )
    found = campaigns.uplift(rows).effect
    return [found.low > 0, found.low <= world.EFFECT <= found.high]


#: Spread of the logarithm of the size, share of accounts that buy, noise of a month of volume.
_SIZE_SD, _BUYING, _OWN_SD = 1.15, 0.8, 0.07


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    names = (*_OF_SURVEY, *_OF_FORECASTS, *_OF_CAMPAIGN)
    found: dict[str, list[bool]] = {name: [] for name in names}
    for _ in range(repeats):
        answers = _survey(rng, accounts), _leads(rng, accounts, months), _effects(rng, months)
        for name, answer in zip(names, [one for part in answers for one in part], strict=True):
            found[name].append(bool(answer))
    return found
