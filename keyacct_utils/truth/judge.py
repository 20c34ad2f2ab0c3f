"""Planted truth judged over many seeds: how often is each item recovered, and is the method biased?

    python -m keyacct_utils.truth.judge [--seeds 40] [--first SEED] [--lesson 01 ...] [--book yunhe]

Prints a Markdown table; that of linjiang is the one that ``docs/truth.md`` holds.
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
from keyacct_utils.lessons.catalogue import LESSONS
from keyacct_utils.truth import yunhe
from keyacct_utils.truth.planted import Item
from keyacct_utils.world import SEED, World, build, distributor
from keyacct_utils.world.write import write_truth

#: An item counts as sound if it is recovered in this share of the seeds.
ENOUGH = 0.95


def _difference(planted: Any, found: Any) -> float:
    """Found less planted, for numbers; missing for names and classes."""
    return (
        float(found - planted)
        if isinstance(planted, int | float) and not isinstance(planted, bool)
        else np.nan
    )


def _found(world: World, book: str, lessons: Sequence[str]) -> list[tuple[str, Item, Any]]:
    """Lesson, item and what was found of it in a world."""
    if book == distributor.FOLDER:
        found = yunhe.recover(world.tables)
        return [
            (code, item, found[item.name]) for code in lessons for item in yunhe.ITEMS.get(code, ())
        ]
    rows = []
    for code in lessons:
        topic = truth.topic_of(code)
        found = topic.recover(world.tables)
        rows += [(code, item, found[item.name]) for item in topic.ITEMS]
    return rows


def outcomes(
    seeds: Iterable[int], lessons: Sequence[str], book: str = "linjiang", naive: bool = False
) -> pd.DataFrame:
    """One row per seed and item: lesson, item, recovered, difference; with ``naive`` also whether a
    wrong method of the item passed too.
    """
    rows = []
    for seed in seeds:
        world = distributor.build(seed) if book == distributor.FOLDER else build(seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            write_truth(world.truth, Path(folder))
            known = truth.read_folder(Path(folder))
        for code, item, found in _found(world, book, lessons):
            planted = item.planted(known)
            recovered = truth.compare(planted, found, item.tolerance)[0]
            row = {
                "seed": seed,
                "lesson": code,
                "item": item.name,
                "recovered": recovered,
                "difference": _difference(planted, found),
            }
            if naive:
                row["fooled"] = any(
                    truth.compare(planted, wrong.finds(world.tables), item.tolerance)[0]
                    for wrong in item.naive
                )
            rows.append(row)
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Per item: share of seeds that recovered it, median bias in standard errors (sd over seeds),
    and whether both suffice; where it was asked, no seed may let a wrong method pass.
    """
    table = rows.groupby(["lesson", "item"], sort=False).agg(
        recovered=("recovered", "mean"), bias=("difference", "median"), spread=("difference", "std")
    )
    table["bias in standard errors"] = (
        table["bias"] / table["spread"].where(table["spread"] > 1e-9)
    ).round(2)
    unbiased = table["bias in standard errors"].abs().fillna(0) < 1
    by_item = rows.groupby(["lesson", "item"], sort=False)  # in the order of the table
    told = ~by_item["fooled"].any() if "fooled" in rows else True
    sound = (table["recovered"] >= ENOUGH) & unbiased & told
    table["verdict"] = np.where(sound, "sound", "NOT SOUND")
    return table.drop(columns=["bias", "spread"])


def main() -> None:
    """Judge the lessons and print the table; exit code 1 if an item is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument(
        "--first", type=int, help="the first seed; the book's own where it is not given"
    )
    parser.add_argument("--book", choices=("linjiang", distributor.FOLDER), default="linjiang")
    parser.add_argument(
        "--lesson", nargs="*", default=[item.code for item in LESSONS if item.code != "00"]
    )
    options = parser.parse_args()
    own = distributor.SEED if options.book == distributor.FOLDER else SEED
    seeds = [(options.first or own) + number for number in range(options.seeds)]
    second = options.book == distributor.FOLDER
    rows = outcomes(tqdm(seeds, unit="seed"), options.lesson, options.book, naive=second)
    table = summary(rows)
    print("# Planted truth over many seeds\n")
    print(
        f"{options.seeds} synthetic books, seeds {seeds[0]} to "
        f"{seeds[-1]}. An item is sound if it is recovered in at least"
    )
    print(
        f"{ENOUGH:.0%} of them and its median bias is under "
        "one standard error"
        + (", and no wrong method passes in any.\n" if second else ". Made by `make truth`.\n")
    )
    print(
        "| lesson | item | recovered | bias in standard errors | verdict |\n|---|---|---|---|---|"
    )
    for row in table.reset_index().to_dict("records"):
        bias = (
            "-"
            if pd.isna(row["bias in standard errors"])
            else f"{row['bias in standard errors']:+.2f}"
        )
        print(
            f"| {row['lesson']} | {row['item']} | "
            f"{row['recovered']:.0%} | {bias} | {row['verdict']} |"
        )
    raise SystemExit(int((table["verdict"] != "sound").any()))


if __name__ == "__main__":
    main()
