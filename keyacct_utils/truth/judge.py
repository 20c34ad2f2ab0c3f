"""Planted truth judged over many seeds: how often is each item recovered, and is the method biased?

    python -m keyacct_utils.truth.judge [--seeds 40] [--first SEED] [--lesson 01 ...]

Prints a Markdown table, the one that ``docs/truth.md`` holds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from keyacct_utils import truth
from keyacct_utils.lessons import LESSONS
from keyacct_utils.world import SEED, build
from keyacct_utils.world.write import write_truth

#: An item counts as sound if it is recovered in this share of the seeds.
ENOUGH = 0.95


def _difference(planted: Any, found: Any) -> float:
    """Found less planted, for numbers; missing for names and classes."""
    return float(found - planted) if isinstance(planted, int | float) and not isinstance(planted, bool) else np.nan


def outcomes(seeds: Iterable[int], lessons: Sequence[str]) -> pd.DataFrame:
    """One row per seed and item: lesson, item, recovered, difference."""
    rows = []
    for seed in seeds:
        world = build(seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            write_truth(world.truth, Path(folder))
            known = truth.read_folder(Path(folder))
        for code in lessons:
            topic = truth.topic_of(code)
            found = topic.recover(world.tables)
            for item in topic.ITEMS:
                planted = item.planted(known)
                recovered = truth.compare(planted, found[item.name], item.tolerance)[0]
                difference = _difference(planted, found[item.name])
                rows.append({"seed": seed, "lesson": code, "item": item.name, "recovered": recovered, "difference": difference})
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Per item: share of seeds that recovered it, median bias in standard errors (sd over seeds), and whether both suffice."""
    table = rows.groupby(["lesson", "item"], sort=False).agg(
        recovered=("recovered", "mean"), bias=("difference", "median"), spread=("difference", "std")
    )
    table["bias in standard errors"] = (table["bias"] / table["spread"].where(table["spread"] > 1e-9)).round(2)
    unbiased = table["bias in standard errors"].abs().fillna(0) < 1
    table["verdict"] = np.where((table["recovered"] >= ENOUGH) & unbiased, "sound", "NOT SOUND")
    return table.drop(columns=["bias", "spread"])


def main() -> None:
    """Judge the lessons and print the table; exit code 1 if an item is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=SEED, help="the first seed")
    parser.add_argument("--lesson", nargs="*", default=[item.code for item in LESSONS if item.code != "00"])
    options = parser.parse_args()
    seeds = [options.first + number for number in range(options.seeds)]
    table = summary(outcomes(tqdm(seeds, unit="seed"), options.lesson))
    print("# Planted truth over many seeds\n")
    print(f"{options.seeds} synthetic books, seeds {seeds[0]} to {seeds[-1]}. An item is sound if it is recovered in at least")
    print(f"{ENOUGH:.0%} of them and its median bias is under one standard error. Made by `make truth`.\n")
    print("| lesson | item | recovered | bias in standard errors | verdict |\n|---|---|---|---|---|")
    for row in table.reset_index().to_dict("records"):
        bias = "-" if pd.isna(row["bias in standard errors"]) else f"{row['bias in standard errors']:+.2f}"
        print(f"| {row['lesson']} | {row['item']} | {row['recovered']:.0%} | {bias} | {row['verdict']} |")
    raise SystemExit(int((table["verdict"] != "sound").any()))


if __name__ == "__main__":
    main()
