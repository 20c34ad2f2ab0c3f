"""Prices by time of use, and what the eight tariffs of S000-7f would bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from keyacct_utils.lessons.price_response.response import Elasticity, elasticity
from keyacct_utils.lessons.shared.checks import need_columns, some, to_number

__all__ = [
    "INSTRUMENTS",
    "Costs",
    "substitution",
    "tariff_frontier",
    "tariff_simulator",
    "two_part_bill",
    "yearly_loads",
]

_PARTS = ("peak", "flat", "valley")
_VOLUMES = tuple(f"{part}_volume" for part in _PARTS)
_PRICES = tuple(f"{part}_price" for part in _PARTS)
#: Months with much water, in which power costs less (S000-7f; the months are an assumption).
WET_MONTHS = (5, 6, 7, 8, 9, 10)
HOURS_A_YEAR = 8_760


def substitution(
    months: pd.DataFrame,
    *,
    unit: str = "account_id",
    period: str | None = "month",
    cluster: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> Elasticity:
    """How much use moves from peak to valley when peak power gets dearer (elasticity of
    substitution, 替代弹性)?

    Parameters
    ----------
    months : DataFrame, one row per account and month
        peak_volume, valley_volume, peak_price, valley_price, all above zero.
    period : column of the month; None compares before and after, whatever else happened meanwhile
    cluster : as `elasticity`

    Returns
    -------
    Elasticity
        sigma in ln(q_peak / q_valley) = a - sigma ln(p_peak / p_valley): 0.1 says that a spread
        wider by one percent moves the ratio of use by a tenth of a percent.

    Raises
    ------
    ValueError
        As `elasticity`.

    Notes
    -----
    Account and month effects: what changes for everybody in a month is no answer to a price. So it
    takes accounts whose spread changed at different times. S000-7e; of industry the field's
    studies report own-price elasticities of about -0.1.
    """
    need = ["peak_volume", "valley_volume", "peak_price", "valley_price"]
    need_columns(months, [unit, *need], "months")
    frame = pd.DataFrame({name: to_number(months[name], f"months.{name}") for name in need})
    if bad := int((~(np.isfinite(frame) & (frame > 0))).any(axis=1).sum()):
        raise ValueError(
            f"months: {bad} row(s) without peak and valley above zero: leave such months out"
        )
    named = [cluster] if isinstance(cluster, str) else list(cluster or ())
    need_columns(months, named, "months")
    ratios = months[list(dict.fromkeys([unit, *([period] if period else []), *named]))].assign(
        price=frame["peak_price"] / frame["valley_price"],
        volume=frame["peak_volume"] / frame["valley_volume"],
    )
    found = elasticity(ratios, unit=unit, period=period, cluster=cluster, confidence=confidence)
    return replace(found, estimate=-found.estimate, low=-found.high, high=-found.low)


def yearly_loads(
    months: pd.DataFrame,
    *,
    wet_months: Sequence[int] = WET_MONTHS,
    year: int = 12,
    unit: str = "account_id",
    month: str = "month",
) -> pd.DataFrame:
    """What each account used in the last ``year`` months, as `tariff_simulator` takes it.

    Parameters
    ----------
    months : DataFrame
        account, month (dates), peak, flat and valley volume and price; max_demand and
        holiday_volume where known.
    wet_months : months of the year with cheap water power

    Returns
    -------
    DataFrame, by account
        peak_volume ... valley_price (mean), wet_volume, holiday_volume, baseline (volume of the
        ``year`` months before; missing where there are none), max_demand (largest), load_factor.

    Raises
    ------
    ValueError
        Columns lacking, no row.
    """
    need_columns(months, [unit, month, *_VOLUMES, *_PRICES], "months")
    if not len(months):
        raise ValueError("months has 0 rows: expected one row per account and month")
    when = pd.PeriodIndex(pd.to_datetime(months[month]), freq="M")
    back = (when.max() - when).map(lambda span: span.n).to_numpy()
    volume = months[list(_VOLUMES)].sum(axis=1)
    frame = months.assign(volume=volume, wet_volume=volume.where(when.month.isin(wet_months), 0.0))
    for part in _PARTS:
        frame[f"{part}_bill"] = frame[f"{part}_volume"] * frame[f"{part}_price"]
    now, before = frame[back < year], frame[(back >= year) & (back < 2 * year)]
    bills = [f"{part}_bill" for part in _PARTS]
    extra = [name for name in ("holiday_volume",) if name in frame]
    loads = now.groupby(unit)[[*_VOLUMES, *bills, "volume", "wet_volume", *extra]].sum()
    for part in _PARTS:
        loads[f"{part}_price"] = loads[f"{part}_bill"] / loads[f"{part}_volume"]
    loads["baseline"] = before.groupby(unit)["volume"].sum().reindex(loads.index)
    if "max_demand" in frame:
        loads["max_demand"] = now.groupby(unit)["max_demand"].max()
        hours = HOURS_A_YEAR * now.groupby(unit)[month].nunique() / 12
        loads["load_factor"] = loads["volume"] / (loads["max_demand"] * hours)
    return loads.drop(columns=bills)


@dataclass(frozen=True)
class Costs:
    """What power costs us; all are assumptions, currency per kWh but where said."""

    peak: float
    flat: float
    valley: float
    #: In the months with much water.
    wet: float
    #: A kW of capacity less, a year.
    capacity: float
    #: Part of the power that storage loses.
    storage_loss: float = 0.25
    #: Part of the use at peak that could be stored, and of the demand that could be cut off.
    storable: float = 0.05
    interruptible: float = 0.15
    #: Hours a year in which it is cut off.
    hours_off: float = 60.0
    #: Load factor from which the price of it holds.
    even_load: float = 0.60

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            part = name in ("storage_loss", "storable", "interruptible", "even_load")
            if not (np.isfinite(value) and value >= 0 and (not part or value <= 1)):
                wanted = "a part between 0 and 1" if part else "a number of 0 or more"
                raise ValueError(f"costs.{name} is {value!r}: expected {wanted}")


#: Values of the loads by column.
_Loads = Mapping[str, np.ndarray]
#: How volume, bill and cost change, and who is in it.
_Change = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _price(loads: _Loads) -> np.ndarray:
    bill = sum(loads[v] * loads[p] for v, p in zip(_VOLUMES, _PRICES, strict=True))
    return np.asarray(bill / loads["volume"])


def _cost(loads: _Loads, costs: Costs) -> np.ndarray:
    """Mean cost of a kWh."""
    whole = sum(loads[f"{part}_volume"] * getattr(costs, part) for part in _PARTS)
    return np.asarray(whole / loads["volume"])


def _cheaper(
    volume: np.ndarray, price: np.ndarray, cost: np.ndarray | float, cut: float, answer: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """More volume, another bill, more cost where a volume gets cheaper by a part."""
    more = volume * ((1 - cut) ** answer - 1)
    return more, (volume + more) * price * (1 - cut) - volume * price, more * cost


def _over_baseline(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    inside = loads["volume"] > loads["baseline"]
    more = loads["volume"] * ((1 - size) ** e - 1)
    over = loads["volume"] + more - loads["baseline"]
    bill = more * _price(loads) - size * _price(loads) * over
    return more, bill, more * _cost(loads, costs), inside


def _wet(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    found = _cheaper(loads["wet_volume"], _price(loads), costs.wet, size, e)
    return *found, loads["wet_volume"] > 0


def _holiday(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    found = _cheaper(loads["holiday_volume"], _price(loads), _cost(loads, costs), size, e)
    return *found, loads["holiday_volume"] > 0


def _load_factor(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    found = _cheaper(loads["volume"], _price(loads), _cost(loads, costs), size, e)
    return *found, loads["load_factor"] >= costs.even_load


def _shifted(
    loads: _Loads, peak: np.ndarray, valley: np.ndarray, size: float, sigma: float, costs: Costs
) -> _Change:
    """Peak dearer and valley cheaper by a part: use moves, peak and valley together stay."""
    both = loads["peak_volume"] + loads["valley_volume"]
    wider = (1 + size) / (1 - size)
    ratio = loads["peak_volume"] / loads["valley_volume"] * wider**-sigma
    at_peak = both * ratio / (1 + ratio)
    moved = loads["peak_volume"] - at_peak
    bill = at_peak * peak * (1 + size) + (both - at_peak) * valley * (1 - size)
    bill = bill - loads["peak_volume"] * peak - loads["valley_volume"] * valley
    return 0 * moved, bill, moved * (costs.valley - costs.peak), both > 0


def _storage(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    """What can be stored is bought at night, at a price of its own."""
    night = loads["valley_price"] * (1 - size)
    inside = night / (1 - costs.storage_loss) < loads["peak_price"]
    moved = costs.storable * loads["peak_volume"]
    bought = moved / (1 - costs.storage_loss)
    bill = bought * night - moved * loads["peak_price"]
    return bought - moved, bill, bought * costs.valley - moved * costs.peak, inside


def _interruptible(loads: _Loads, size: float, e: np.ndarray, costs: Costs) -> _Change:
    """A credit for demand that may be cut off: the size is the part of the capacity saved that the
    account gets.
    """
    kw = costs.interruptible * loads["max_demand"]
    lost = kw * costs.hours_off
    bill = -lost * loads["peak_price"] - kw * size * costs.capacity
    return -lost, bill, -lost * costs.peak - kw * costs.capacity, kw > 0


#: The eight tariffs of S000-7f, what each is called, and the columns of the loads that it needs.
INSTRUMENTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "over_baseline": ("discount above last year's volume", "超基数优惠", ("baseline",)),
    "wet_season": ("discount in wet months", "丰水期优惠", ("wet_volume",)),
    "wider_spread": ("wider spread of peak and valley", "拉大峰谷价差", ()),
    "two_period": ("day and night price in place of one price", "两段制电价", ()),
    "storage": ("night price for storage", "蓄能优惠", ()),
    "load_factor": ("discount for even load", "负荷率电价", ("load_factor",)),
    "holiday": ("discount on holidays", "节假日优惠", ("holiday_volume",)),
    "interruptible": ("credit for load that may be cut off", "可中断电价", ("max_demand",)),
}
_BY_PRICE: dict[str, Callable[[_Loads, float, np.ndarray, Costs], _Change]] = {
    "over_baseline": _over_baseline,
    "wet_season": _wet,
    "storage": _storage,
    "load_factor": _load_factor,
    "holiday": _holiday,
    "interruptible": _interruptible,
}


def tariff_simulator(
    loads: pd.DataFrame,
    instrument: str,
    size: float,
    costs: Costs,
    *,
    elasticity: float | pd.Series = -0.1,
    sigma: float = 0.1,
) -> pd.DataFrame:
    """What would a tariff do to each account's bill, and to our margin (S000-7f)?

    Parameters
    ----------
    loads : DataFrame, from `yearly_loads`
    instrument : one of `INSTRUMENTS`
    size : part of the price that is given away, by which peak rises and valley falls, or
        (interruptible) of the capacity saved that the account gets
    costs : what power costs us
    elasticity : answer of the volume whose price changes; one for all, or by account
    sigma : elasticity of substitution of peak by valley

    Returns
    -------
    DataFrame, by account
        inside (whom the tariff concerns), volume, bill, cost, margin: what changes in a year.
        0 for the others.

    Raises
    ------
    ValueError
        An unknown instrument; a size that is not between 0 and 1; columns lacking; volumes or
        prices that are missing or not above zero.

    Notes
    -----
    Arithmetic on stated answers, no forecast: q after = q (p after / p)^e, or the ratio of peak to
    valley times (price ratio after / before)^-sigma with their sum held. Whoever would have bought
    anyway gets the discount too.
    """
    if instrument not in INSTRUMENTS:
        raise ValueError(f"instrument is {instrument!r}: expected one of {some(INSTRUMENTS)}")
    used, answer = _checked(loads, [instrument], elasticity, sigma)
    found = _simulated(used, instrument, size, costs, answer, sigma)
    return pd.DataFrame(found, index=loads.index)


def _checked(
    loads: pd.DataFrame, instruments: Sequence[str], elasticity: float | pd.Series, sigma: float
) -> tuple[_Loads, np.ndarray]:
    """The loads as numbers with their sum, and the answer of each account."""
    if not (np.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma is {sigma!r}: expected 0 or more")
    need = [column for name in instruments for column in INSTRUMENTS[name][2]]
    need_columns(loads, [*_VOLUMES, *_PRICES, *need], "loads")
    used = pd.DataFrame(
        {n: to_number(loads[n], f"loads.{n}") for n in [*_VOLUMES, *_PRICES, *need]},
        index=loads.index,
    )
    sound = np.isfinite(used[[*_VOLUMES, *_PRICES]]) & (used[[*_VOLUMES, *_PRICES]] > 0)
    bad = ~sound.all(axis=1)
    if bad.any() or not len(used):
        raise ValueError(
            f"loads: {int(bad.sum())} of {len(used)} account(s) without volumes and prices above "
            f"zero: {some(used[bad].index)}; drop them"
        )
    used["volume"] = used[list(_VOLUMES)].sum(axis=1)
    answer = pd.Series(elasticity, index=loads.index, dtype=float)
    if answer.isna().any():
        raise ValueError(f"elasticity: missing for {some(answer.index[answer.isna()])}")
    return {str(name): used[name].to_numpy() for name in used}, answer.to_numpy()


def _simulated(
    used: _Loads, instrument: str, size: float, costs: Costs, answer: np.ndarray, sigma: float
) -> dict[str, np.ndarray]:
    """Who is in it, and how volume, bill, cost and margin of each account change."""
    if not 0 <= size < 1:
        raise ValueError(f"size is {size!r}: expected a part between 0 and 1, such as 0.05")
    if instrument == "wider_spread":
        change = _shifted(used, used["peak_price"], used["valley_price"], size, sigma, costs)
    elif instrument == "two_period":
        one = _price(used)
        change = _shifted(used, one, one, size, sigma, costs)
    else:
        change = _BY_PRICE[instrument](used, size, answer, costs)
    volume, bill, cost, inside = change
    found = {"volume": volume, "bill": bill, "cost": cost, "margin": bill - cost}
    return {"inside": inside} | {k: np.where(inside, v, 0.0) for k, v in found.items()}


def tariff_frontier(
    loads: pd.DataFrame,
    sizes: Sequence[float],
    costs: Costs,
    *,
    instruments: Sequence[str] = tuple(INSTRUMENTS),
    elasticity: float | pd.Series = -0.1,
    sigma: float = 0.1,
) -> pd.DataFrame:
    """For each tariff and size: what do the accounts save, and what does it bring us?

    Parameters
    ----------
    loads, costs, elasticity, sigma : as for `tariff_simulator`
    sizes : parts between 0 and 1
    instruments : those to try

    Returns
    -------
    DataFrame
        instrument, size, accounts (that it concerns), saved (by how much all their bills fall;
        below zero where they rise, more volume included), margin (change of ours), both of a year.
    """
    if unknown := [name for name in instruments if name not in INSTRUMENTS]:
        raise ValueError(f"instruments: {some(unknown)}: expected some of {some(INSTRUMENTS)}")
    used, answer = _checked(loads, instruments, elasticity, sigma)
    rows = []
    for name in instruments:
        for size in sizes:
            found = _simulated(used, name, size, costs, answer, sigma)
            saved, margin = -found["bill"].sum(), found["margin"].sum()
            rows.append((name, size, int(found["inside"].sum()), saved, margin))
    return pd.DataFrame(rows, columns=["instrument", "size", "accounts", "saved", "margin"])


def two_part_bill(
    volume: float, max_demand: float, energy_price: float, capacity_price: float, months: float = 12
) -> float:
    """The bill of a two-part tariff (两部制电价): so much per kWh, and per kW and month (S002-3b).

    Parameters
    ----------
    volume : kWh in the time
    max_demand : kW that is paid for each month
    energy_price : currency per kWh
    capacity_price : currency per kW and month
    months : of the time

    Raises
    ------
    ValueError
        A number that is missing or below zero.
    """
    given = {"volume": volume, "max_demand": max_demand, "energy_price": energy_price}
    given |= {"capacity_price": capacity_price, "months": months}
    for name, value in given.items():
        if not (np.isfinite(value) and value >= 0):
            raise ValueError(f"{name} is {value!r}: expected a number of 0 or more")
    return float(volume * energy_price + max_demand * capacity_price * months)
