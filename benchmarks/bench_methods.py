"""The account-level methods of lessons 02 to 06 at a million accounts, and the path model, in one
run.

CPU seconds of this process, the least of several rounds taken in turn.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from bench_rollup import least_cpu

from keyacct_utils.lessons.concentration import measures as concentration
from keyacct_utils.lessons.profitability import whale
from keyacct_utils.lessons.satisfaction_index import pls
from keyacct_utils.lessons.shared import criteria_weights
from keyacct_utils.lessons.value_grading import account_ranking
from keyacct_utils.lessons.value_grading import grades as value_grading

CRITERIA = [f"c{i}" for i in range(8)]
#: Times the plain numpy expression of the same score.
PLAIN_LIMIT = 3.0
#: CPU seconds for the path model on 250 answers to 24 items.
PLS_SECONDS = 0.2


def path_data(
    rows: int = 250, blocks: int = 6, items: int = 4
) -> tuple[pd.DataFrame, dict[str, list[str]], dict[str, list[str]]]:
    """Answers of one common cause to ``blocks`` blocks of ``items`` items, each block driven by
    all before it.
    """
    rng = np.random.default_rng(0)
    cause = rng.normal(size=(rows, 1))
    names = {f"B{b}": [f"B{b}_{i}" for i in range(items)] for b in range(blocks)}
    data = pd.DataFrame(
        cause + rng.normal(size=(rows, blocks * items)),
        columns=[item for part in names.values() for item in part],
    )
    return data, names, {f"B{b}": [f"B{a}" for a in range(b)] for b in range(1, blocks)}


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    ids = pd.Index([f"A{i:07d}" for i in range(options.accounts)], name="account_id")
    table = pd.DataFrame(
        rng.normal(size=(options.accounts, len(CRITERIA))), index=ids, columns=CRITERIA
    )
    values, weights = table.to_numpy(), np.full(len(CRITERIA), 1 / len(CRITERIA))
    equal = dict(zip(CRITERIA, weights, strict=True))
    amounts = pd.Series(rng.lognormal(0, 1.7, options.accounts), index=ids)
    axes = {"current": CRITERIA[:4], "potential": CRITERIA[4:]}
    answers, names, paths = path_data()
    cpu = least_cpu(
        {
            "plain weighted score": lambda: (
                ((values - values.mean(axis=0)) / values.std(axis=0)) @ weights
            ),
            "weighted_score": lambda: criteria_weights.weighted_score(table, equal),
            "abc_classes": lambda: concentration.abc_classes(amounts),
            "axis_scores": lambda: value_grading.axis_scores(table, axes),
            "topsis": lambda: account_ranking.topsis(table.abs(), equal),
            "whale_curve": lambda: whale.whale_curve(amounts - 1),
            "pls_path_model 250 x 24": lambda: pls.pls_path_model(answers, names, paths),
        },
        options.rounds,
    )
    limits = {
        "weighted_score": PLAIN_LIMIT * cpu["plain weighted score"],
        "pls_path_model 250 x 24": PLS_SECONDS,
    }
    for name, seconds in cpu.items():
        print(
            f"{name:26} {seconds:7.2f} s"
            + (f"   limit {limits[name]:.2f} s" if name in limits else "")
        )


if __name__ == "__main__":
    main()
