"""Case D (S002-1m): sales up, profit down, and which accounts and which causes did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

EFFECTS = ("volume", "mix", "price", "unit_cost", "other")


def _side(frame: pd.DataFrame, name: str, keys: list[str], base: str) -> pd.DataFrame:
    columns = ["revenue", "cost", *(["volume"] if base == "volume" else [])]
    need_columns(frame, [*keys, *columns], name)
    numbers = pd.DataFrame(
        {column: to_number(frame[column], f"{name}.{column}") for column in columns}
    )
    bad = int(
        (
            ~np.isfinite(numbers.to_numpy()).all(axis=1) | frame[keys].isna().any(axis=1).to_numpy()
        ).sum()
    )
    if frame.empty or bad:
        way = "; without volumes use base='revenue'" if base == "volume" else ""
        raise ValueError(
            f"{name}: {bad} of {len(frame)} rows lack a key "
            f"or a finite amount; mend or drop them{way}"
        )
    total = numbers.groupby([frame[key] for key in keys]).sum()
    return total.assign(volume=total["revenue"]) if base == "revenue" else total


def _kept(rows: pd.DataFrame, weights: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Effects of volume, price and unit cost of what was bought in both periods."""
    v0, v1 = rows["volume_0"], rows["volume_1"]
    p0, p1, c0, c1 = (
        rows["revenue_0"] / v0,
        rows["revenue_1"] / v1,
        rows["cost_0"] / v0,
        rows["cost_1"] / v1,
    )
    now = {"now": 1.0, "before": 0.0, "mid": 0.5}[weights]  # weight of the later volume
    of_price = now * v1 + (1 - now) * v0
    unit = now * (p0 - c0) + (1 - now) * (p1 - c1)
    return (v1 - v0) * unit, of_price * (p1 - p0), -of_price * (c1 - c0)


def profit_bridge(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    base: Literal["volume", "revenue"] = "volume",
    weights: Literal["now", "before", "mid"] = "now",
) -> pd.DataFrame:
    """Why did gross profit change: more or less sold, another mix, another price, another cost
    (利润桥)?

    Parameters
    ----------
    before, after : DataFrame
        Two periods: account_id, revenue, cost, volume and, if both have it, line (volumes of two
        lines do not add up).
    base : {"volume", "revenue"}
        The unit: kWh or pieces; or a unit of revenue, for a book without volumes (price is then 0
        and ``unit_cost`` is the change of the margin).
    weights : {"now", "before", "mid"}
        The volume at which the change of price and cost of a kept account is counted; the volume
        effect takes the other end.

    Returns
    -------
    DataFrame, one row per account_id (and line)
        status ("kept", "new", "lost", "other"), profit_before, profit_after, change, and its parts
        volume, mix, price, unit_cost and other, which sum to it.

    Raises
    ------
    ValueError
        A column, amount or key that is missing, no row, an unknown base or weight, or nothing sold
        before.

    Notes
    -----
    With unit profit u = p - c, volume v and the mean unit profit of the line before, U: a kept
    account has volume effect
    ``(v1 - v0) u0`` of which ``(v1 - v0) (u0 - U)`` is mix, price effect ``v1 (p1 - p0)``, cost
    effect ``-v1 (c1 - c0)``. A new account is compared with the line: ``v1 U``, ``v1 (p1 - P)``,
    ``-v1 (c1 - C)``. A lost one is all volume and mix: ``-v0 u0``. Where volume is not above 0 in a
    period with amounts (returns) the change is "other". S002-1m.
    """
    if base not in ("volume", "revenue") or weights not in ("now", "before", "mid"):
        raise ValueError(
            f"base is {base!r}, weights {weights!r}; expected volume or revenue; now, before or mid"
        )
    keys = ["account_id", *(["line"] if "line" in before and "line" in after else [])]
    old, new = _side(before, "before", keys, base), _side(after, "after", keys, base)
    rows = (
        old.add_suffix("_0")
        .join(new.add_suffix("_1"), how="outer")
        .fillna(0.0)
        .sort_index()
        .reset_index()
    )
    line = rows["line"] if "line" in rows else pd.Series("all", index=rows.index)
    sold = (
        rows[["revenue_0", "cost_0", "volume_0"]]
        .where(rows["volume_0"] > 0, 0.0)
        .groupby(line)
        .transform("sum")
    )
    if not (sold["volume_0"] > 0).any():
        raise ValueError(
            f"before: no volume above 0 in {len(old)} rows, "
            "so nothing to compare with; use base='revenue'"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_price, mean_cost = (
            sold["revenue_0"] / sold["volume_0"],
            sold["cost_0"] / sold["volume_0"],
        )
    empty = {
        end: (rows[[f"revenue_{end}", f"cost_{end}", f"volume_{end}"]] == 0).all(axis=1)
        for end in "01"
    }
    kept = (rows["volume_0"] > 0) & (rows["volume_1"] > 0)
    fresh = (
        empty["0"] & (rows["volume_1"] > 0) & mean_price.notna()
    )  # a line of which nothing was sold before has no mean
    lost = empty["1"] & (rows["volume_0"] > 0)
    out = rows[keys].assign(status=np.select([kept, fresh, lost], ["kept", "new", "lost"], "other"))
    out["profit_before"] = rows["revenue_0"] - rows["cost_0"]
    out["profit_after"] = rows["revenue_1"] - rows["cost_1"]
    out["change"] = out["profit_after"] - out["profit_before"]
    out[list(EFFECTS)] = 0.0
    out.loc[kept, ["volume", "price", "unit_cost"]] = np.column_stack(_kept(rows[kept], weights))
    sales = rows.loc[fresh, "volume_1"]
    out.loc[fresh, "volume"] = sales * (mean_price - mean_cost)[fresh]
    out.loc[fresh, "price"] = rows.loc[fresh, "revenue_1"] - sales * mean_price[fresh]
    out.loc[fresh, "unit_cost"] = -rows.loc[fresh, "cost_1"] + sales * mean_cost[fresh]
    out.loc[lost, "volume"] = out.loc[lost, "change"]
    plain = ((rows["volume_1"] - rows["volume_0"]) * (mean_price - mean_cost)).where(
        kept | lost, out["volume"]
    )
    out["mix"], out["volume"] = out["volume"] - plain, plain
    out["other"] = out["change"].where(~(kept | fresh | lost), 0.0)
    out[list(EFFECTS)] += 0.0  # no minus before nothing
    return out


def bridge_steps(
    bridge: pd.DataFrame,
    groups: Mapping[str, str] | pd.Series,
    further: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """The bridge in a few steps, for a table or a figure.

    Parameters
    ----------
    bridge : DataFrame
        From `profit_bridge`.
    groups : mapping or Series, account_id to group
        Price and unit cost are summed by these groups, each a step; accounts without a group are
        "others".
    further : mapping, optional
        Steps from elsewhere (cost of credit, cost to serve), currency; a rise of cost is negative.

    Returns
    -------
    DataFrame indexed by step
        amount (currency) and to, the level reached: first the profit before, then volume, mix,
        price and cost by group, other (steps of 0 are left out), ``further``, last the profit
        after.

    Raises
    ------
    ValueError
        If the frame is no bridge.
    """
    need_columns(bridge, ("account_id", "profit_before", "profit_after", *EFFECTS), "bridge")
    if not len(bridge):
        raise ValueError("bridge has 0 rows: nothing to add up")
    group = bridge["account_id"].map(dict(groups)).astype("str").fillna("others")
    by_group = (bridge["price"] + bridge["unit_cost"]).groupby(group).sum().sort_values()
    steps = {"volume": bridge["volume"].sum(), "mix of accounts": bridge["mix"].sum()}
    steps |= {f"price and cost: {name}": value for name, value in by_group.items()}
    steps |= {"returns and others": bridge["other"].sum()}
    clash = set(steps) & set(further or {})
    if clash:
        raise ValueError(
            f"further: {some(sorted(clash))} is a step of the bridge already; give it another name"
        )
    moves = pd.Series(
        {name: value for name, value in steps.items() if value} | dict(further or {}), dtype=float
    )
    start = float(bridge["profit_before"].sum())
    amount = pd.concat(
        [pd.Series({"before": start}), moves, pd.Series({"after": start + moves.sum()})]
    )
    level = np.concatenate([[start], start + moves.cumsum(), [start + moves.sum()]])
    return pd.DataFrame({"amount": amount, "to": level}).rename_axis("step")
