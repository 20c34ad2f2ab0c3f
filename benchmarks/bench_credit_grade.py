"""The credit rule against the sort that consecutive arrears need, and the scorecard measures
against plain numpy, in one run.

CPU seconds of this process, the least of several rounds taken in turn, so that a noisy machine hits
all alike.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from bench_rollup import least_cpu

from keyacct_utils.contract.tables import CREDIT_CODES
from keyacct_utils.lessons.credit_grade import scorecard
from keyacct_utils.lessons.credit_grade import scoring as credit_rules

EVENTS_PER_ACCOUNT = 10
LIMIT = 2.0  # times the sort
PLAIN_LIMIT = 3.0  # times the plain expression
WOE_SECONDS = 0.3


def events(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Random events of three years, half of them arrears."""
    codes = np.array([code for group in CREDIT_CODES.values() for code in group])
    share = np.where(codes == "arrears", 0.5, 0.5 / (len(codes) - 1))
    number = rng.choice(len(codes), rows, p=share)
    days = rng.integers(0, 1095, rows)
    account = rng.integers(0, rows // EVENTS_PER_ACCOUNT, rows)
    names = np.array([f"A{i:07d}" for i in range(rows // EVENTS_PER_ACCOUNT)])
    return pd.DataFrame(
        {
            "account_id": pd.array(names[account], dtype="str"),
            "date": np.datetime64("2021-01-01", "s") + days.astype("timedelta64[D]"),
            "code": pd.array(codes[number], dtype="str"),
            "months": rng.integers(1, 4, rows),
        }
    )


def plain_auc(score: np.ndarray, bad: np.ndarray) -> float:
    """The area under the curve by ranks, without a thought for ties."""
    rank = np.empty(len(score))
    rank[np.argsort(score)] = np.arange(len(score))
    n_bad = bad.sum()
    return float(1 - (rank[bad].sum() - n_bad * (n_bad - 1) / 2) / (n_bad * (len(bad) - n_bad)))


def plain_ks(score: np.ndarray, bad: np.ndarray) -> float:
    """The largest gap of the two distributions, without a thought for ties."""
    worst_first = bad[np.argsort(score)]
    return float(
        np.abs(np.cumsum(worst_first) / bad.sum() - np.cumsum(~worst_first) / (~bad).sum()).max()
    )


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    frame = events(options.rows, rng)
    row, when = pd.factorize(frame["account_id"])[0], frame["date"].to_numpy()
    cpu = least_cpu(
        {
            "sort": lambda: frame.sort_values(["account_id", "date"]),
            "lexsort of codes and dates": lambda: np.lexsort((when, row)),
            "factorised sort": lambda: np.lexsort(
                (frame["date"].to_numpy(), pd.factorize(frame["account_id"])[0])
            ),
            "score": lambda: credit_rules.score_events(frame, as_of="2024-01-01"),
            "score, all months": lambda: credit_rules.score_events(
                frame, as_of="2024-01-01", reading=credit_rules.Reading(window_months=None)
            ),
        },
        options.rounds,
    )
    for name, seconds in cpu.items():
        ratio = (
            f"{seconds / cpu['factorised sort']:6.2f} of the factorised sort (limit {LIMIT:g})"
            if "score" in name
            else ""
        )
        print(f"{options.rows:12,} events    {name:20} {seconds:7.2f} s {ratio}")
    score, bad = rng.normal(size=options.accounts), rng.random(options.accounts) < 0.07
    cpu = least_cpu(
        {
            "plain AUC": lambda: plain_auc(score, bad),
            "gini_auc": lambda: scorecard.gini_auc(score, bad),
            "plain KS": lambda: plain_ks(score, bad),
            "ks_statistic": lambda: scorecard.ks_statistic(score, bad),
            "woe_table, number": lambda: scorecard.woe_table(pd.Series(score), bad),
        },
        options.rounds,
    )
    limits = {
        "gini_auc": PLAIN_LIMIT * cpu["plain AUC"],
        "ks_statistic": PLAIN_LIMIT * cpu["plain KS"],
        "woe_table, number": WOE_SECONDS,
    }
    for name, seconds in cpu.items():
        limit = f"limit {limits[name]:.2f} s" if name in limits else ""
        print(f"{options.accounts:12,} accounts  {name:20} {seconds:7.2f} s {limit}")


if __name__ == "__main__":
    main()
