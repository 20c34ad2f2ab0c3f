"""Lesson 16: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.price_response import prices, response, tariffs
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world.price_response import ELASTICITY, price_panel, scaled_classes

#: Three standard errors (over 40 seeds) of the right method.
_MEAN, _RIGID, _ELASTIC, _SENSITIVE = 0.035, 0.031, 0.027, 0.03
_OF_SENSITIVE, _READING, _SIGMA = 0.3, 0.002, 0.046
_INDIFFERENT, _BEST_POINT, _MOST = 135.0, 280.0, 0.95
_LEVELS = {1: 0.87, 2: 0.88, 3: 1.1}
#: Peers of the price dispersion, and the log gap from which a price counts as cut.
PEERS, CUT = 200, np.log(1 - 0.08)
#: Close enough for a decision in a book of another size.
_NEAR, _RIGHT = 0.05, 0.95
_DISTRICTS = 8
#: The half-life with which the level-1 offer of lesson 05 fades, in months.
_HALF_LIFE = 6.0

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 400, 48

Tables = Mapping[str, pd.DataFrame]


def _months(tables: Tables) -> pd.DataFrame:
    rows = tables["price_months"]
    return rows.assign(
        log_list=np.log(rows["list_price"]), unit_price=rows["amount"] / rows["volume"]
    )


def _accounts(tables: Tables) -> pd.DataFrame:
    return response.account_elasticities(_months(tables), instrument="log_list", controls=["risk"])


def _classes(tables: Tables) -> pd.DataFrame:
    return response.class_summary(response.elasticity_class(_accounts(tables)))


def _as_agreed(tables: Tables) -> pd.DataFrame:
    found = response.account_elasticities(_months(tables))
    return response.class_summary(response.elasticity_class(found))


def _third(tables: Tables, place: int) -> float:
    """The mean of one third of the accounts, sorted by their estimates."""
    ordered = np.sort(_accounts(tables)["elasticity"].to_numpy())[::-1]
    return float(np.array_split(ordered, len(ELASTICITY))[place].mean())


def _one_for_all(tables: Tables) -> float:
    """The mean elasticity, taken for that of every class."""
    how: dict[str, Any] = {"instruments": ["log_list"], "controls": ["risk"]}
    return response.elasticity(_months(tables), **how).estimate


def _reading(tables: Tables) -> float:
    """Spread of the log of volume as read over volume as billed."""
    rows = tables["price_months"]
    return float(np.log(rows["volume"] * rows["price"] / rows["amount"]).std())


def _all_swings(tables: Tables) -> float:
    """Spread of the log volume of an account, all of it taken for an error of reading."""
    rows = tables["price_months"]
    log = np.log(rows["volume"])
    return float((log - log.groupby(rows["account_id"]).transform("mean")).std())


def _mean(**how: Any) -> Naive:
    names = {
        "pooled": "all rows compared with each other",
        "within": "the price as it was agreed, though discounts follow risk",
        "unit_price": "the price taken from amount over volume",
    }
    kind = str(how.pop("name"))
    return Naive(names[kind], lambda tables: response.elasticity(_months(tables), **how).estimate)


def _last_year(tables: Tables) -> pd.DataFrame:
    """Line P of the last year."""
    ledger = tables["ledger"]
    last = ledger["date"].dt.year == ledger["date"].dt.year.max()
    rows = ledger[last & (ledger["line"] == "P")]
    return rows.assign(month=rows["date"])


def _won_lately(tables: Tables) -> pd.Index:
    """The accounts that joined in the last two years."""
    file = tables["accounts"].set_index("account_id")
    since = tables["ledger"]["date"].max() - pd.DateOffset(months=24)
    return file.index[pd.to_datetime(file["start_date"]) > since]


def _told_apart(tables: Tables, chosen: set[str]) -> bool:
    """Whether the chosen accounts are those that were won lately, but for one in twenty."""
    new = set(_won_lately(tables))
    both = len(chosen & new)
    return both >= _MOST * len(new) and both >= _MOST * len(chosen)


def _pay_less(tables: Tables) -> set[str]:
    found = prices.price_dispersion(_last_year(tables), peers=PEERS, reference="list_price")
    return set(found.index[found["gap"] < CUT].get_level_values("account_id"))


def _most_money(tables: Tables) -> set[str]:
    """As many accounts as were won lately, those with the largest discount in money."""
    rows = _last_year(tables)
    given = (
        (rows["volume"] * rows["list_price"] - rows["revenue"]).groupby(rows["account_id"]).sum()
    )
    return set(given.nlargest(len(_won_lately(tables))).index)


def offers(tables: Tables) -> pd.DataFrame:
    """The offers with the account's value, and what is left of a level-1 offer's newness."""
    ties = tables["ties"].set_index("account_id")["account_value"]
    rows = tables["renewals"]
    fresh = 0.5 ** (rows["months_since_offer"] / _HALF_LIFE) * (rows["bond_level"] == 1)
    return rows.assign(value=rows["account_id"].map(ties), fresh=fresh)


def _without_value(tables: Tables) -> float:
    """The tolerance of level 3 where the accounts' values are not held fixed."""
    table, _ = prices.price_tolerance(offers(tables), controls=("fresh",))
    return float(table["tolerance"][3])


def _mean_gap(tables: Tables, level: int) -> float:
    rows = tables["renewals"]
    rows = rows[(rows["bond_level"] == level) & (rows["renewed"] == 0)]
    return float((100 * (1 - rows["rival_price"] / rows["our_price"])).mean())


def _all_answers(tables: Tables, first: str, second: str) -> float:
    """The mean of two answers over all respondents, muddled ones too."""
    return float(tables["price_survey"][[first, second]].to_numpy(dtype=float).mean())


def _meter(tables: Tables, name: str) -> float:
    return float(getattr(prices.price_sensitivity_meter(tables["price_survey"]), name))


ITEMS = (
    Item(
        "the mean elasticity",
        stated("price_response", "mean_elasticity"),
        _MEAN,
        (
            _mean(name="pooled", method="pooled"),
            _mean(name="within"),
            _mean(name="unit_price", price="unit_price"),
        ),
    ),
    Item(
        "the elasticity of the rigid accounts",
        stated("price_response", "elasticity", "rigid"),
        _RIGID,
        (
            Naive(
                "the price as it was agreed",
                lambda tables: float(_as_agreed(tables)["elasticity"]["rigid"]),
            ),
        ),
    ),
    Item(
        "the elasticity of the elastic accounts",
        stated("price_response", "elasticity", "elastic"),
        _ELASTIC,
        (Naive("one elasticity for all accounts", _one_for_all),),
    ),
    Item(
        "the elasticity of the sensitive accounts",
        stated("price_response", "elasticity", "sensitive"),
        _SENSITIVE,
        (Naive("estimates sorted and cut into thirds", lambda tables: _third(tables, 2)),),
    ),
    Item(
        "how many accounts are sensitive",
        stated("price_response", "accounts", "sensitive"),
        _OF_SENSITIVE,
        (
            Naive(
                "the price as it was agreed",
                lambda tables: float(_as_agreed(tables)["expected"]["sensitive"]),
            ),
        ),
    ),
    Item(
        "log error with which volumes are read",
        stated("price_response", "reading_sd"),
        _READING,
        (Naive("all swings of volume taken for it", _all_swings),),
    ),
    Item(
        "elasticity of substitution of peak by valley",
        stated("price_response", "substitution"),
        _SIGMA,
        (
            Naive(
                "before and after, whatever else changed",
                lambda tables: tariffs.substitution(tables["tou_months"], period=None).estimate,
            ),
        ),
    ),
    *(
        Item(
            f"tolerated price gap of level {level}",
            stated("relationship_levels", "tolerance", str(level)),
            allowed,
            (
                Naive(
                    "the mean gap of the offers that were refused", partial(_mean_gap, level=level)
                )
                if level < 3
                else Naive("the account's value left out", _without_value),
            ),
        )
        for level, allowed in _LEVELS.items()
    ),
    Item(
        "the price at which as many find it cheap as expensive",
        stated("price_response", "price_points", "indifference"),
        _INDIFFERENT,
        (
            Naive(
                "the mean of all that is called expensive",
                lambda tables: _all_answers(tables, "expensive", "expensive"),
            ),
        ),
    ),
    Item(
        "the price at which as few find it too cheap as too expensive",
        stated("price_response", "price_points", "optimum"),
        _BEST_POINT,
        (
            Naive(
                "the mean of all that is called too expensive",
                lambda tables: _all_answers(tables, "too_expensive", "too_expensive"),
            ),
        ),
    ),
    Item(
        "those who pay 8 % or more below their peers are the customers of the last two years",
        lambda truth: True,
        None,
        (
            Naive(
                "the largest discounts in money",
                lambda tables: _told_apart(tables, _most_money(tables)),
            ),
        ),
    ),
)


def recover(tables: Tables) -> dict[str, Any]:
    """What lesson 16 finds in the tables of a world, by the names of ITEMS."""
    months, classes = _months(tables), _classes(tables)
    mean = response.elasticity(months, instruments=["log_list"], controls=["risk"])
    levels, _ = prices.price_tolerance(offers(tables), controls=("value", "fresh"))
    meter = prices.price_sensitivity_meter(tables["price_survey"])
    values = (
        mean.estimate,
        *(float(classes["elasticity"][name]) for name in ELASTICITY),
        float(classes["expected"]["sensitive"]),
        _reading(tables),
        tariffs.substitution(tables["tou_months"]).estimate,
        *(float(levels["tolerance"][level]) for level in _LEVELS),
        meter.indifference,
        meter.optimum,
        _told_apart(tables, _pay_less(tables)),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


_FEWEST_MONTHS = response.FEWEST_MONTHS
_STATEMENTS = (
    "the mean elasticity is within 0.05",
    "its 95 % interval holds the true mean",
    "at least 95 % of the accounts get their true class",
    "the sensitive accounts are told to within a tenth of their number",
)


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    enough = months >= _FEWEST_MONTHS and accounts >= response.FEWEST_ACCOUNTS
    return () if enough else _STATEMENTS


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of this size, with what was planted, does each statement of the lesson
    hold?
    """
    found: dict[str, list[bool]] = {name: [] for name in _STATEMENTS}
    counts = scaled_classes(accounts * 600 // 400)
    for _ in range(repeats):
        if untried(accounts, months):
            for name in _STATEMENTS:
                found[name].append(False)
            continue
        classes = rng.permutation(
            np.resize(np.repeat(list(counts), list(counts.values())), accounts)
        )
        true = np.array([ELASTICITY[name] for name in classes])
        cubes = price_panel(
            rng, true, rng.integers(0, _DISTRICTS, accounts), rng.lognormal(10, 1, accounts), months
        )
        rows = pd.DataFrame({name: values.ravel() for name, values in cubes.items()})
        rows["account_id"] = np.repeat(np.arange(accounts), months)
        rows["month"] = np.tile(np.arange(months), accounts)
        tables = {"price_months": rows}
        mean = response.elasticity(_months(tables), instruments=["log_list"], controls=["risk"])
        told = response.elasticity_class(_accounts(tables))
        right = (told["class"].to_numpy() == classes[told.index.to_numpy(dtype=int)]).mean()
        wanted = int((classes == "sensitive").sum())
        answers = (
            abs(mean.estimate - true.mean()) <= _NEAR,
            mean.low <= true.mean() <= mean.high,
            right >= _RIGHT,
            abs(told["sensitive"].sum() - wanted) <= max(1.0, 0.1 * wanted),
        )
        for name, answer in zip(_STATEMENTS, answers, strict=True):
            found[name].append(bool(answer))
    return found
