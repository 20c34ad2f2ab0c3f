"""Lesson 06: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from keyacct_utils.lessons.satisfaction_index import index as satisfaction
from keyacct_utils.truth.planted import Item, Naive, stated
from keyacct_utils.world import satisfaction_index as generator

BLOCKS = {
    "E": ("E1", "E2", "E3"),
    "Q": ("Q1", "Q2", "Q3"),
    "V": ("V1", "V2", "V3"),
    "S": ("S1", "S2", "S3"),
    "L": ("L1", "L2"),
}
PATHS = (("E", "S"), ("Q", "S"), ("V", "S"), ("S", "L"))
_TOPIC = "satisfaction_index"
_STATEMENTS = (
    "every corrected path to satisfaction is within 0.10 of the truth",
    "quality is found to be what matters most",
    "the interval of the small path of expectations leaves out 0",
    "the corrected path of quality is nearer to the truth than the raw one",
    "the widest service gap is named rightly",
    "the interval of the gain from prompt answers leaves out 0",
)
#: A larger survey is judged as one of so many accounts: it finds more.
_LARGEST = 2_000
_FIRST_DAY, _ACCOUNTS_PER_MANAGER = "2021-01-01", 25
#: Answers per manager in a typical table of results.
FEW = 5
#: Tolerances are 3 standard deviations of the right method over 60 surveys of this size. Each
#: item names a wrong method, which misses by more.
_PATH, _CORRELATION = 0.065, 0.07
_DRIVER = (0.047, 0.05, 0.08)
#: Half-width of the sample size that is compared, in points of the index.
WITHIN = 8.0


def _reliability_of_five(truth: Mapping[str, dict]) -> float:
    """Of a manager's mean of five answers: variance of managers over that of the mean, in units of
    latent satisfaction.
    """
    between, loading = truth[_TOPIC]["manager_sd"] ** 2, truth[_TOPIC]["loading"]
    alpha = 3 * loading**2 / (1 + 2 * loading**2)
    return between / (between + (1 / alpha - between) / FEW)


def _composite(truth: Mapping[str, dict]) -> float:
    return satisfaction.composite_reliability(truth[_TOPIC]["driver_loadings"])


def _extracted(truth: Mapping[str, dict]) -> float:
    return satisfaction.average_variance_extracted(truth[_TOPIC]["driver_loadings"])


def _loading(item: int) -> Callable[[Mapping[str, dict]], float]:
    return lambda truth: truth[_TOPIC]["driver_loadings"][item]


def _answers_needed(truth: Mapping[str, dict]) -> int:
    """By the spread that the loadings of satisfaction give to the index: items have the variance
    of the latent scale and of rounding.
    """
    item = generator.ITEM_SD**2 + 1 / 12
    shared = item * truth[_TOPIC]["loading"] ** 2
    of_mean = (item + 2 * shared) / 3
    return satisfaction.required_sample_size(WITHIN, 100 * float(np.sqrt(of_mean)) / 9)


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 36


def _in_a_hurry(tables: Mapping[str, pd.DataFrame]) -> dict[str, float | str]:
    """What somebody finds who takes the wrong methods of ITEMS, by their names."""
    survey = tables["survey"]
    means = pd.DataFrame({name: survey[list(items)].mean(axis=1) for name, items in BLOCKS.items()})
    raw = means.corr()
    first = survey[["E1", "Q1", "V1"]].astype("float64").set_axis(list("EQV"), axis=1)
    single = first.corr()
    scores = satisfaction.pls_path_model(survey, BLOCKS, PATHS, draws=0).loadings
    by_scores = [scores[list(BLOCKS[name])] for name in "EQV"]
    alphas = [
        satisfaction.cronbach_alpha(survey[list(BLOCKS[name])], standardized=True) for name in "EQV"
    ]
    alike = float(np.mean([np.sqrt(alpha / (3 - 2 * alpha)) for alpha in alphas]))
    gaps = satisfaction.servqual_gap(
        *satisfaction.servqual_pairs(survey), satisfaction.SERVQUAL_ITEMS
    ).drop("all")
    in_time = survey["hours_to_answer"].lt(satisfaction.PROMPT_HOURS).fillna(False).astype(bool)
    silent = survey["hours_to_answer"].isna()
    worth, price = (survey.filter(like=start) for start in ("value_", "cost_"))
    delivered = worth.sum(axis=1) - price.sum(axis=1)
    one = (first["V"] - first["V"].mean()) / first["V"].std()
    by_z = (norm.ppf(0.975) * 100 / 9 * float(means["S"].std()) / WITHIN) ** 2
    return {
        **{f"corrected path {name} to S": float(raw["S"][name]) for name in "EQV"},
        "corrected path S to L, without the gain from prompt answers": float(raw["L"]["S"]),
        "the corrected path of quality against the raw one": "not above",
        **{f"corrected correlation {a}-{b}": float(single[b][a]) for a, b in ("EQ", "EV", "QV")},
        "loading of an item of satisfaction or loyalty": float(
            scores[[*BLOCKS["S"], *BLOCKS["L"]]].mean()
        ),
        **{f"loading of item {item} of a driver": alike for item in (1, 2, 3)},
        "composite reliability of a driver": float(
            np.mean([satisfaction.composite_reliability(each) for each in by_scores])
        ),
        "average variance extracted of a driver": float(
            np.mean([satisfaction.average_variance_extracted(each) for each in by_scores])
        ),
        f"answers to know the index within {WITHIN:g} points": int(np.ceil(by_z)),
        **{f"gap of {name}": float(row["perceived"]) - 5.5 for name, row in gaps.iterrows()},
        "the widest gap": str((-gaps["gap"]).idxmin()),
        "points of loyalty from a prompt answer": float(
            means["L"][in_time].mean() - means["L"][silent].mean()
        ),
        "mean delivered value in points": float(
            worth.mean(axis=1).mean() - price.mean(axis=1).mean()
        ),
        "delivered value per standard deviation of V": float(np.cov(delivered, one)[0, 1]),
        "reliability of a manager's mean of five answers": satisfaction.cronbach_alpha(
            survey[list(BLOCKS["S"])]
        ),
    }


def _instead(name: str, method: str) -> tuple[Naive]:
    """The wrong method of one item."""
    return (Naive(method, lambda tables: _in_a_hurry(tables)[name]),)


def _item(
    name: str, planted: Callable[[Mapping[str, dict]], Any], tolerance: float | None, method: str
) -> Item:
    return Item(name, planted, tolerance, _instead(name, method))


_RAW, _SINGLE = "the raw correlation of the scores", "the correlation of single items"
_ON_THE_SCORE = "loadings on the score, which holds the item itself"
ITEMS = (
    *(
        _item(f"corrected path {name} to S", stated(_TOPIC, "paths_to_S", name), _PATH, _RAW)
        for name in "EQV"
    ),
    _item(
        "corrected path S to L, without the gain from prompt answers",
        stated(_TOPIC, "path_S_to_L"),
        _PATH,
        _RAW,
    ),
    _item(
        "the corrected path of quality against the raw one",
        lambda truth: "above",
        None,
        "no correction, so that it is the raw one",
    ),
    *(
        _item(
            f"corrected correlation {a}-{b}",
            stated(_TOPIC, "latent_correlations", a + b),
            _CORRELATION,
            _SINGLE,
        )
        for a, b in ("EQ", "EV", "QV")
    ),
    _item(
        "loading of an item of satisfaction or loyalty",
        stated(_TOPIC, "loading"),
        0.014,
        _ON_THE_SCORE,
    ),
    *(
        _item(
            f"loading of item {item + 1} of a driver",
            _loading(item),
            tolerance,
            "all items of a block alike: the loading that alpha would need",
        )
        for item, tolerance in enumerate(_DRIVER)
    ),
    _item("composite reliability of a driver", _composite, 0.018, _ON_THE_SCORE),
    _item("average variance extracted of a driver", _extracted, 0.026, _ON_THE_SCORE),
    _item(
        f"answers to know the index within {WITHIN:g} points", _answers_needed, 1, "z in place of t"
    ),
    *(
        _item(
            f"gap of {name}",
            stated(_TOPIC, "servqual_gaps", name),
            0.14,
            "performance alone, against the middle of the scale",
        )
        for name in satisfaction.SERVQUAL_ITEMS
    ),
    _item(
        "the widest gap",
        lambda truth: min(truth[_TOPIC]["servqual_gaps"], key=truth[_TOPIC]["servqual_gaps"].get),
        None,
        "gaps the other way round: the sign turned",
    ),
    _item(
        "points of loyalty from a prompt answer",
        stated(_TOPIC, "recovery_points"),
        0.40,
        "complainers who were answered in time, against those who never complained",
    ),
    _item(
        "mean delivered value in points",
        stated(_TOPIC, "delivered_value_mean"),
        2.0,
        "means of the parts, not sums",
    ),
    _item(
        "delivered value per standard deviation of V",
        stated(_TOPIC, "delivered_value_per_sd_of_V"),
        2.6,
        "one item taken for V",
    ),
    _item(
        "reliability of a manager's mean of five answers",
        _reliability_of_five,
        0.088,
        "the reliability of the items, taken for that of the managers",
    ),
)


def settled_loyalty(survey: pd.DataFrame, gain: float) -> pd.DataFrame:
    """The survey with the gain in loyalty from prompt answers to complaints taken out again."""
    prompt = survey["hours_to_answer"].lt(satisfaction.PROMPT_HOURS).fillna(False).astype(bool)
    return survey.assign(**{item: survey[item] - gain * prompt for item in BLOCKS["L"]})


def _pairs(model: satisfaction.PathModel) -> pd.Series:
    return pd.Series(model.latent_correlations.stack())


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, float | str]:
    """What the lesson's estimators find in the tables of a book, by the names of ITEMS."""
    survey = tables["survey"]
    satisfied, loyal = (
        survey[list(BLOCKS["S"])].mean(axis=1),
        survey[list(BLOCKS["L"])].mean(axis=1),
    )
    gain = satisfaction.recovery_effect(loyal, satisfied, survey["hours_to_answer"]).estimate
    model = satisfaction.pls_path_model(settled_loyalty(survey, gain), BLOCKS, PATHS, draws=0)
    raw, corrected, latent = (
        table.to_dict()
        for table in (model.paths["estimate"], model.paths["disattenuated"], _pairs(model))
    )
    gaps = satisfaction.servqual_gap(
        *satisfaction.servqual_pairs(survey), satisfaction.SERVQUAL_ITEMS
    )["gap"].drop("all")
    delivered = satisfaction.delivered_value(
        survey.filter(like="value_"), survey.filter(like="cost_")
    )["delivered"]
    slope = np.cov(delivered, model.scores["V"], ddof=0)[0, 1]
    managers = satisfaction.group_means(satisfied, survey["manager_id"])
    drivers = model.blocks.loc[list("EQV")]
    return {
        "corrected path E to S": corrected["E", "S"],
        "corrected path Q to S": corrected["Q", "S"],
        "corrected path V to S": corrected["V", "S"],
        "corrected path S to L, without the gain from prompt answers": corrected["S", "L"],
        "the corrected path of quality against the raw one": "above"
        if corrected["Q", "S"] > raw["Q", "S"]
        else "not above",
        "corrected correlation E-Q": latent["E", "Q"],
        "corrected correlation E-V": latent["E", "V"],
        "corrected correlation Q-V": latent["Q", "V"],
        "loading of an item of satisfaction or loyalty": float(
            model.consistent_loadings[[*BLOCKS["S"], *BLOCKS["L"]]].mean()
        ),
        **{
            f"loading of item {item} of a driver": float(
                model.consistent_loadings[[f"{name}{item}" for name in "EQV"]].mean()
            )
            for item in (1, 2, 3)
        },
        "composite reliability of a driver": float(drivers["composite_reliability"].mean()),
        "average variance extracted of a driver": float(drivers["ave"].mean()),
        f"answers to know the index within {WITHIN:g} points": satisfaction.required_sample_size(
            WITHIN, 100 / 9 * float(satisfied.std())
        ),
        **{f"gap of {name}": float(gap) for name, gap in gaps.items()},
        "the widest gap": str(gaps.idxmin()),
        "points of loyalty from a prompt answer": gain,
        "mean delivered value in points": float(delivered.mean()),
        "delivered value per standard deviation of V": float(
            slope / np.sqrt(model.blocks["rho_a"]["V"])
        ),
        "reliability of a manager's mean of five answers": satisfaction.mean_reliability(
            managers, FEW
        ).estimate,
    }


def _upstream(accounts: int, months: int) -> dict[str, pd.DataFrame]:
    """The least that the survey is drawn from: accounts that were there from the start, and the
    first month.
    """
    start = pd.Timestamp(_FIRST_DAY)
    ids = [f"A{i:04d}" for i in range(1, accounts + 1)]
    managers = [f"M{i % max(accounts // _ACCOUNTS_PER_MANAGER, 1):03d}" for i in range(accounts)]
    plain = pd.DataFrame({"account_id": ids, "manager_id": managers, "start_date": start})
    return {
        "accounts": plain,
        "ledger": pd.DataFrame({"date": [start, start + pd.DateOffset(months=months - 1)]}),
    }


def _answers(survey: pd.DataFrame) -> dict[str, bool]:
    """Which statements of the lesson hold in one survey; a method that refuses so few answers has
    found nothing.
    """
    found = dict.fromkeys(_STATEMENTS, False)
    truth, quality = np.array(list(generator.PATHS.values())), generator.PATHS["Q"]
    gaps = satisfaction.servqual_gap(
        *satisfaction.servqual_pairs(survey), satisfaction.SERVQUAL_ITEMS
    )["gap"].drop("all")
    found[_STATEMENTS[4]] = gaps.idxmin() == min(
        generator.SERVQUAL, key=lambda name: generator.SERVQUAL[name][1]
    )
    with contextlib.suppress(ValueError):
        loyal, satisfied = (survey[list(BLOCKS[name])].mean(axis=1) for name in "LS")
        found[_STATEMENTS[5]] = (
            satisfaction.recovery_effect(loyal, satisfied, survey["hours_to_answer"]).low > 0
        )
    with contextlib.suppress(ValueError):
        paths = satisfaction.pls_path_model(survey, BLOCKS, PATHS, draws=100).paths
        drivers = paths.loc[list(PATHS[:3])]
        found[_STATEMENTS[0]] = bool(np.abs(drivers["disattenuated"] - truth).max() <= 0.10)
        found[_STATEMENTS[1]] = drivers["disattenuated"].idxmax() == ("Q", "S")
        found[_STATEMENTS[2]] = bool(drivers["low"]["E", "S"] > 0)
        raw, corrected = (
            abs(drivers[name]["Q", "S"] - quality) for name in ("estimate", "disattenuated")
        )
        found[_STATEMENTS[3]] = bool(corrected < raw)
    return found


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many surveys of this size (1.5 answers per account) does each statement of the lesson
    hold?
    """
    upstream = _upstream(min(accounts, _LARGEST), months)
    surveys = (generator.build(rng, upstream, months)[0]["survey"] for _ in range(repeats))
    answers = [_answers(survey) for survey in surveys]
    return {name: [each[name] for each in answers] for name in _STATEMENTS}
