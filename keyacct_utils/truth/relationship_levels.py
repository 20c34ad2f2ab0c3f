"""Lesson 05: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import chi2

from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.lessons.shared.comparison import agreement
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world import relationship_levels as generator

_TOPIC = "relationship_levels"
#: From this age on an offer of level 1 has, as planted, less than a tenth of a point of its extra
#: left on average.
OLD_MONTHS = 24
#: How far the naive effect overstates, as every seed of 40 shows; the level-3 tolerance without the
#: account value (METHODS N05).
OVERSTATED, BLIND = 1.2, (16.0, 27.0)
#: Propensities are raised to this; level of the likelihood-ratio test whether level 3 decays
#: (planted: it does not).
FLOOR, SIGNIFICANT = 0.01, 0.001
_OVERSTATED, _BLIND, _NO_DECAY = (
    f"at least {OVERSTATED:g} times",
    f"{BLIND[0]:g} to {BLIND[1]:g} %",
    "no decay",
)
_VALUE = "account_value"
#: One decision a year, as the synthetic book has them.
_MONTHS_A_YEAR = 12

#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48

#: What counts as recovered: three standard deviations of each estimate over 40 seeds. The share
#: lost is found low, by .6 of one: `world.ledger.refused_years` keeps the sales planned for the
#: first and the last year. In six seeds without that it was higher by .007 to .010 each.
_NEAR = {1: 1.1, 2: 0.7, 3: 1.1}
_NEAR_LOST, _NEAR_ROBUST = 0.035, 0.10
_NEAR_REGRESSION, _NEAR_WEIGHTED = 0.06, 0.12
#: A larger book is judged as one of this many accounts: it finds more, and the check stays under
#: ten seconds.
_MOST = 1_000
STATEMENTS = (
    f"the tolerance of level 2 is within {_NEAR[2]:g} points",
    f"the tolerance of level 3 is within {_NEAR[3]:g} points",
    "level 3 is told from level 2 (intervals apart)",
    f"the effect by regression is within {_NEAR_REGRESSION:g} of the true one",
    f"the weighted effect is within {_NEAR_WEIGHTED:g} of the true one",
    "the naive effect exceeds the adjusted one",
    "the half-life of a level-1 offer is right within a factor of 2",
)


def offers_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The offers with the account value and the gap."""
    offers = tables["renewals"].merge(
        tables["ties"][["account_id", _VALUE]], on="account_id", how="left"
    )
    return offers.assign(gap=rl.price_gap(offers))


def around_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The offers with what their account bought in the year before and after."""
    ledger = tables["ledger"]
    month = ledger["date"].dt.to_period("M").astype("int64")
    sold = ledger["revenue"].groupby([ledger["account_id"], month.rename("month")]).sum()
    found = rl.purchases_around(offers_of(tables), sold.reset_index())
    return found.assign(year=found["date"].dt.year)


def _of(fit: rl.RenewalFit, level: object, what: str = "tolerance") -> float:
    return float(fit.tolerance[what].to_numpy()[list(fit.tolerance.index).index(level)])


def _effects(offers: pd.DataFrame) -> dict[str, rl.LevelEffect]:
    return {
        "naive": rl.level_effect(offers, "naive"),
        "regression": rl.level_effect(offers, "regression"),
        "weighted": rl.level_effect(offers, "ipw", covariates=(_VALUE, "gap"), floor=FLOOR),
    }


def _over(ratio: float) -> str:
    return _OVERSTATED if ratio >= OVERSTATED else f"{ratio:.2f} times"


def _wide(tolerance: float) -> str:
    return _BLIND if BLIND[0] <= tolerance <= BLIND[1] else f"{tolerance:.1f} %"


def _gained_by_decay(offers: pd.DataFrame, life: float) -> float:
    """Twice the log-likelihood that a decay of level 3 gains."""
    third = rl.renewal_model(offers, [_VALUE], half_life=life, decaying=3)
    return 2 * (third.log_likelihood - rl.renewal_model(offers, [_VALUE]).log_likelihood)


def _largest_kept(level: int) -> tuple[Naive]:
    def finds(tables: Mapping[str, pd.DataFrame]) -> float:
        offers = offers_of(tables)
        kept = (offers["bond_level"] == level) & (offers["renewed"] == 1)
        return float(offers.loc[kept, "gap"].max())

    return (Naive("takes the largest gap at which an offer was renewed", finds),)


def _counts(tables: Mapping[str, pd.DataFrame]) -> float:
    return rl.level_effect(offers_of(tables), "naive").estimate


def _any_decay(tables: Mapping[str, pd.DataFrame]) -> str:
    return "it decays" if _gained_by_decay(offers_of(tables), 6.0) > 0 else _NO_DECAY


def _alike(tables: Mapping[str, pd.DataFrame]) -> float:
    return float((tables["ties"]["bond_level"] == tables["ties"]["bond_level_rater2"]).mean())


def _adjusted_over(tables: Mapping[str, pd.DataFrame]) -> str:
    true = generator.true_effect(tables["ties"][_VALUE].to_numpy())
    return _over(rl.level_effect(offers_of(tables), "regression").estimate / true)


_COUNT = (Naive("counts the shares renewed at the two levels", _counts),)
ITEMS = (
    Item(
        "tolerance of level 1 in the long run",
        stated(_TOPIC, "tolerance", "1"),
        _NEAR[1],
        _largest_kept(1),
    ),
    Item("tolerance of level 2", stated(_TOPIC, "tolerance", "2"), _NEAR[2], _largest_kept(2)),
    Item("tolerance of level 3", stated(_TOPIC, "tolerance", "3"), _NEAR[3], _largest_kept(3)),
    Item(
        "tolerance of a level-1 offer on its first day",
        stated(_TOPIC, "tolerance_level_1_new"),
        1.3,
        (
            Naive(
                "takes one tolerance for offers of all ages",
                lambda tables: _of(rl.renewal_model(offers_of(tables), [_VALUE]), 1),
            ),
        ),
    ),
    Item(
        "decay of level 3",
        lambda truth: _NO_DECAY,
        naive=(Naive("takes any better fit for a decay", _any_decay),),
    ),
    Item(
        "slope",
        stated(_TOPIC, "slope"),
        0.3,
        (
            Naive(
                "leaves the account value out",
                lambda tables: rl.renewal_model(offers_of(tables)).slope.estimate,
            ),
        ),
    ),
    Item(
        "points of tolerance per unit of account value",
        stated(_TOPIC, "gamma"),
        0.6,
        (
            Naive(
                "takes the coefficient of the logit for points of gap",
                lambda tables: float(rl.renewal_model(offers_of(tables), [_VALUE]).params[_VALUE]),
            ),
        ),
    ),
    Item(
        "effect of level 3 over level 1, regression",
        stated(_TOPIC, "true_effect_3_minus_1"),
        _NEAR_REGRESSION,
        _COUNT,
    ),
    Item(
        "effect of level 3 over level 1, weighted",
        stated(_TOPIC, "true_effect_3_minus_1"),
        _NEAR_WEIGHTED,
        _COUNT,
    ),
    Item(
        "effect of level 3 over level 1, doubly robust",
        stated(_TOPIC, "true_effect_3_minus_1"),
        _NEAR_ROBUST,
        _COUNT,
    ),
    Item(
        "share of purchases lost after a refusal",
        stated(_TOPIC, "share_of_purchases_lost_after_a_refusal"),
        _NEAR_LOST,
        (Naive("takes a refusal for the end of the business", lambda tables: 1.0),),
    ),
    Item(
        "naive effect against the true one",
        lambda truth: _OVERSTATED,
        naive=(Naive("takes the adjusted effect for the plain count", _adjusted_over),),
    ),
    Item(
        "tolerance of level 3 without the account value",
        lambda truth: _BLIND,
        naive=(
            Naive(
                "leaves the account value in",
                lambda tables: _wide(_of(rl.renewal_model(offers_of(tables), [_VALUE]), 3)),
            ),
        ),
    ),
    Item(
        "kappa of the two raters",
        stated(_TOPIC, "kappa_raters"),
        0.005,
        (Naive("takes the share of accounts rated alike", _alike),),
    ),
)


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the estimators of the lesson find in a world, by the names of the ITEMS."""
    ties, offers = tables["ties"], offers_of(tables)
    fit = rl.renewal_model(offers, [_VALUE], half_life="fit")
    assert fit.new_offer and fit.half_life
    banded = rl.renewal_model(
        offers.assign(band=rl.age_bands(offers, [OLD_MONTHS])), [_VALUE], level="band"
    )
    gained = _gained_by_decay(offers, fit.half_life.estimate)
    fades = chi2.sf(gained, df=1) < SIGNIFICANT
    blind = _of(rl.renewal_model(offers), 3)
    effect = _effects(offers)
    over = effect["naive"].estimate / generator.true_effect(ties[_VALUE].to_numpy())
    robust = rl.level_effect(offers, "aipw", covariates=(_VALUE, "gap"), floor=FLOOR)
    kappa = agreement(
        ties.set_index("account_id")["bond_level"],
        ties.set_index("account_id")["bond_level_rater2"],
    )["kappa"]
    return {
        "tolerance of level 1 in the long run": _of(banded, f"1 ({OLD_MONTHS} months or older)"),
        "tolerance of level 2": _of(fit, 2),
        "tolerance of level 3": _of(fit, 3),
        "tolerance of a level-1 offer on its first day": fit.new_offer.estimate,
        "decay of level 3": "it decays" if fades else _NO_DECAY,
        "slope": fit.slope.estimate,
        "points of tolerance per unit of account value": float(fit.value_effects["gamma"].iloc[0]),
        "effect of level 3 over level 1, regression": effect["regression"].estimate,
        "effect of level 3 over level 1, weighted": effect["weighted"].estimate,
        "effect of level 3 over level 1, doubly robust": robust.estimate,
        "share of purchases lost after a refusal": rl.refusal_loss(
            around_of(tables), [_VALUE]
        ).estimate,
        "naive effect against the true one": _over(over),
        "tolerance of level 3 without the account value": _wide(blind),
        "kappa of the two raters": round(float(kappa), 2),
    }


def _draw(accounts: int, months: int, rng: np.random.Generator) -> pd.DataFrame:
    """Offers of a book of this size, one a year and account, with what is planted in the synthetic
    book.
    """
    value = rng.normal(size=accounts)
    wish = generator.SELECTION * value + np.sqrt(1 - generator.SELECTION**2) * rng.normal(
        size=accounts
    )
    top, middle = (
        max(1, round(generator.SHARE_LEVEL_3 * accounts)),
        max(1, round(generator.SHARE_LEVEL_2 * accounts)),
    )
    place = np.argsort(np.argsort(wish))
    level = np.where(place >= accounts - top, 3, np.where(place >= accounts - top - middle, 2, 1))
    row = np.repeat(np.arange(accounts), max(1, months // _MONTHS_A_YEAR))
    gap = rng.uniform(0, generator.MAX_GAP, len(row))
    age = np.floor(generator.MAX_OFFER_MONTHS * rng.random(len(row)) ** generator.OFFER_AGE_POWER)
    odds = (
        generator.tolerance(level[row], age) - gap + generator.GAMMA * value[row]
    ) / generator.SLOPE
    return pd.DataFrame(
        {
            "account_id": row.astype(str),
            "our_price": 1.0,
            "rival_price": 1 - gap / 100,
            "gap": gap,
            "bond_level": level[row],
            "months_since_offer": age,
            _VALUE: value[row],
            "renewed": (rng.random(len(row)) < expit(odds)).astype(int),
            "true": generator.true_effect(value),
        }
    )


def _answers(offers: pd.DataFrame) -> tuple[bool, ...]:
    """Which of the STATEMENTS hold in this book."""
    true = float(offers["true"].iloc[0])
    fit = rl.renewal_model(offers, [_VALUE], half_life="fit")
    effect = _effects(offers)
    life = fit.half_life.estimate if fit.half_life else np.nan
    return (
        abs(_of(fit, 2) - generator.TOLERANCE[2]) <= _NEAR[2],
        abs(_of(fit, 3) - generator.TOLERANCE[3]) <= _NEAR[3],
        _of(fit, 3, "low") > _of(fit, 2, "high"),
        abs(effect["regression"].estimate - true) <= _NEAR_REGRESSION,
        abs(effect["weighted"].estimate - true) <= _NEAR_WEIGHTED,
        effect["naive"].estimate > effect["regression"].estimate,
        0.5 <= life / generator.HALF_LIFE_MONTHS <= 2,
    )


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many random books of this size does each statement of the lesson hold? Where no model
    can be fitted, none does.
    """
    rows = []
    for _ in range(repeats):
        try:
            rows.append(_answers(_draw(min(accounts, _MOST), months, rng)))
        except ValueError:
            rows.append((False,) * len(STATEMENTS))
    return {name: [bool(row[place]) for row in rows] for place, name in enumerate(STATEMENTS)}
