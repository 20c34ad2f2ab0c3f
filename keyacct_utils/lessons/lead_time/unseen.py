"""How strong would something that nobody wrote down have to be, to make a difference nothing?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from keyacct_utils.lessons.lead_time.channel import design_of
from keyacct_utils.lessons.shared.checks import need_columns

Floats = npt.NDArray[np.float64]

__all__ = ["Plain", "Unseen", "as_strong_as", "left_by_unseen", "needed_strength", "strengths"]


class Plain(NamedTuple):
    """Difference of the channel by least squares, with its plain error and degrees of freedom."""

    value: float
    se: float
    df: int
    #: By thing known: what it explains of the channel and of the days, the others held equal.
    known: pd.DataFrame


class Unseen(NamedTuple):
    """What is left of a difference once something unseen is held equal too."""

    value: float
    low: float
    high: float


def needed_strength(value: float, se: float, df: int, confidence: float | None = None) -> float:
    """Which share of what is left unexplained would something unseen have to explain, of the
    channel and of the days alike, to make the difference nothing (稳健性值)?

    Parameters
    ----------
    value, se, df : difference, its error and the degrees of freedom of an ordinary least-squares
        regression.
    confidence : None, for the difference itself to be 0; such as 0.95, for the end of that interval
        to be 0.

    Returns
    -------
    float : between 0 (its interval holds 0 as it is) and 1.

    Notes
    -----
    (sqrt(f^4 + 4 f^2) - f^2) / 2 with f = t / sqrt(df), less the critical t over sqrt(df - 1).

    References
    ----------
    Cinelli & Hazlett 2020, Journal of the Royal Statistical Society B 82(1), 39-67 (robustness
    value). Checked against their survey in Darfur: 13.9 % and 7.6 %.
    """
    if not se > 0 or df < 2:
        raise ValueError(f"se is {se:g} and df {df}: expected an error above 0 and df of 2 or more")
    f = abs(value) / se / np.sqrt(df)
    if confidence is not None:
        f -= stats.t.isf((1 - confidence) / 2, df - 1) / np.sqrt(df - 1)
    if f <= 0:
        return 0.0
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def left_by_unseen(
    value: float, se: float, df: int, of_channel: float, of_days: float, confidence: float = 0.95
) -> Unseen:
    """What is left of a difference at the worst, if something unseen explains so much?

    Parameters
    ----------
    value, se, df : as in `needed_strength`.
    of_channel, of_days : share that it explains of what is left of the channel and of the days.
        1 or more of the channel leaves nothing to compare: the limits are missing.

    References
    ----------
    Cinelli & Hazlett 2020 (bias, and the error with it held equal).
    """
    if not 0 <= of_channel < 1:
        return Unseen(np.nan, np.nan, np.nan)
    of_days = min(of_days, 1.0)
    bias = se * np.sqrt(df) * np.sqrt(of_days * of_channel / (1 - of_channel))
    left = float(np.sign(value) * (abs(value) - bias))
    spread = se * np.sqrt((1 - of_days) / (1 - of_channel)) * np.sqrt(df / (df - 1))
    reach = float(stats.t.isf((1 - confidence) / 2, df - 1) * spread)
    return Unseen(left, left - reach, left + reach)


def as_strong_as(of_channel: float, of_days: float, times: float = 1.0) -> tuple[float, float]:
    """What something unseen explains that is as strong as something known (or so many times), and
    that what is known does not foretell.

    Parameters
    ----------
    of_channel, of_days : partial R2 of the known thing, see `strengths`.

    Returns
    -------
    tuple : share of the channel (1 at the most) and of the days.

    References
    ----------
    Cinelli & Hazlett 2020, 4.4 (bounds by observed covariates).
    """
    channel = times * of_channel / (1 - of_channel)
    if channel >= 1:
        return 1.0, 1.0
    together = np.sqrt(times) * of_channel / np.sqrt((1 - times * of_channel) * (1 - of_channel))
    if together >= 1:
        return 1.0, 1.0
    grown = (np.sqrt(times) + together) / np.sqrt(1 - together**2)
    return float(channel), float(min(1.0, grown**2 * of_days / (1 - of_days)))


def _rest(y: Floats, x: Floats) -> float:
    """Sum of the squares that a regression leaves."""
    return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())


def strengths(
    cases: pd.DataFrame,
    covariates: Sequence[str],
    *,
    outcome: str = "days",
    treated: str = "green_channel",
) -> Plain:
    """The difference by least squares, and what each thing known explains of the channel and of the
    days beside the others (partial R2).

    Parameters
    ----------
    cases, covariates, outcome, treated : as in `channel.channel_effect`.

    Raises
    ------
    ValueError
        Missing columns, or fewer cases than columns.
    """
    need_columns(cases, [outcome, treated, *covariates], "cases")
    frame = cases[[outcome, treated, *covariates]].dropna()
    design = design_of(frame, covariates)
    y, flag = frame[outcome].to_numpy(dtype=float), frame[treated].to_numpy(dtype=float)
    one = np.ones((len(frame), 1))
    x = np.column_stack([one, design.to_numpy(dtype=float)])
    df = len(frame) - x.shape[1] - 1
    if df < 2 or np.linalg.matrix_rank(np.column_stack([x, flag])) <= x.shape[1]:
        raise ValueError(
            f"cases: {len(frame)} rows for {x.shape[1] + 1} columns that have to differ; take more "
            "cases or fewer covariates"
        )
    full = np.column_stack([flag, x])
    found = np.linalg.lstsq(full, y, rcond=None)[0]
    left_days, left_channel = _rest(y, full), _rest(flag, x)
    rows = {}
    for name in covariates:
        keep = [column.split(": ")[0] != name for column in design.columns]
        if all(keep):
            continue
        rest = np.column_stack([one, design.loc[:, keep].to_numpy(dtype=float)])
        rows[name] = {
            "of_channel": 1 - left_channel / _rest(flag, rest),
            "of_days": 1 - left_days / _rest(y, np.column_stack([flag, rest])),
        }
    se = float(np.sqrt(left_days / df / left_channel))
    known = pd.DataFrame.from_dict(rows, orient="index", columns=["of_channel", "of_days"])
    return Plain(float(found[0]), se, df, known.clip(0, 1))
