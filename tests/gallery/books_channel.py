"""Odd books of distributors: what the lesson on the channel has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MONTHS = [f"{2022 + n // 12}-{n % 12 + 1:02d}" for n in range(36)]
LEDGER = "account_id,date,revenue\n" + "".join(
    f"{name},{month}-{5 + 7 * k:02d},{100 + 20 * n + 3 * k}\n"
    for n, name in enumerate(("A", "B", "C"))
    for month in MONTHS
    for k in range(3)
)
ACCOUNTS = "account_id,district\nA,north\nB,south\nC,north\n"
PRICES = "district,price\nnorth,100\nsouth,110\nwest,95\n"
WAYS = (
    "from_district,to_district,freight\nnorth,south,4\nsouth,north,4\nnorth,west,9\nwest,north,9\n"
    "south,west,3\nwest,south,3\n"
)
HOME = ("north", "south", "west")


def _shops(count: int = 6, **more: str) -> str:
    head = "distributor_id,district,price,rebate_pct,quota,costs,terms_days"
    rows = [
        f"V{n},{HOME[n % 3]},{90 + n},{n % 4},{4000 + 100 * n},9000,{15 * n}" for n in range(count)
    ]
    return "\n".join([head, *rows]) + "\n"


def _deliveries(count: int = 6, months: list[str] = MONTHS, units: int = 100) -> str:
    rng = np.random.default_rng(3)
    rows = [
        f"{month}-{day:02d},V{n},{(amount := units + int(rng.integers(0, 30)))},{95 * amount},"
        f"{80 * amount},{2 * amount}"
        for n in range(count)
        for month in months
        for day in (4, 13, 27)
    ]
    return "date,distributor_id,units,revenue,cost_goods,freight\n" + "\n".join(rows) + "\n"


def _found(shares: list[float], each: int = 60, chain: str = "") -> str:
    rows = []
    for n, share in enumerate(shares):
        out = round(share * each)
        for k in range(each):
            place = HOME[(n + 1) % 3] if k < out else HOME[n % 3]
            store = chain if chain and k < out else ""
            rows.append(f"2024-0{1 + k % 9}-{1 + k % 27:02d},V{n},{place},{store}")
    return "date,distributor_id,district,chain\n" + "\n".join(rows) + "\n"


def _buyers(count: int = 6, named: int = 1, chain: str = "") -> str:
    head = "buyer_id,distributor_id,chain,named,units,amount,terms_days"
    rows = [
        f"V{n}-{k},V{n},{chain if k == 0 else ''},{named},{600 + 90 * k},{60000 + 9000 * k},{30 * (k % 3)}"
        for n in range(count)
        for k in range(5)
    ]
    return "\n".join([head, *rows]) + "\n"


def _all(count: int = 6, **files: str) -> dict[str, str]:
    return {
        "ledger.csv": LEDGER,
        "accounts.csv": ACCOUNTS,
        "distributors.csv": _shops(count),
        "shipments.csv": _deliveries(count),
        "downstream.csv": _buyers(count),
        "district_prices.csv": PRICES,
        "district_freight.csv": WAYS,
    } | files


def three_distributors() -> dict[str, str]:
    """Three have no median worth comparing with."""
    return _all(3, **{"scans.csv": _found([0.0, 0.5, 0.1])})


def one_distributor() -> dict[str, str]:
    return _all(1, **{"scans.csv": _found([0.3])})


def nobody_outside() -> dict[str, str]:
    """Not one case outside: the median is nothing, and so is the spread."""
    return _all(6, **{"scans.csv": _found([0.0] * 6)})


def all_outside() -> dict[str, str]:
    return _all(6, **{"scans.csv": _found([1.0] * 6)})


def carried_by_chains() -> dict[str, str]:
    """All that lies outside lies in stores of a chain that they supply."""
    files = {
        "scans.csv": _found([0.4] * 6, chain="Blue"),
        "downstream.csv": _buyers(6, chain="Blue"),
    }
    return _all(6, **files)


def few_scans() -> dict[str, str]:
    return _all(6, **{"scans.csv": _found([0.2] * 6, each=5)})


def one_dumps() -> dict[str, str]:
    """One of seven, in a currency of its own."""
    files = {"scans.csv": _found([0.02, 0.03, 0.05, 0.03, 0.02, 0.03, 0.4])}
    return _all(7, **files) | {"toml": 'currency = "EUR"\n'}


def nobody_named() -> dict[str, str]:
    return _all(6, **{"downstream.csv": _buyers(6, named=0)})


def all_returned() -> dict[str, str]:
    """What was delivered came back."""
    rows = "".join(
        f"2024-0{n + 1}-05,V{n},100,9000,8000,10\n2024-0{n + 1}-20,V{n},-100,-9000,0,0\n"
        for n in range(6)
    )
    head = "date,distributor_id,units,revenue,cost_goods,freight\n"
    return _all(6, **{"shipments.csv": head + rows})


def one_month_of_deliveries() -> dict[str, str]:
    return _all(6, **{"shipments.csv": _deliveries(6, MONTHS[-1:])})


def sold_below_cost() -> dict[str, str]:
    """Nothing is left before rebate."""
    return _all(6, **{"shipments.csv": _deliveries(6).replace(",95", ",9")})


def without_prices() -> dict[str, str]:
    shops = "distributor_id,district\n" + "".join(f"V{n},{HOME[n % 3]}\n" for n in range(6))
    files = _all(6, **{"distributors.csv": shops, "scans.csv": _found([0.1] * 6)})
    return {name: text for name, text in files.items() if name != "district_prices.csv"}


def distributors_are_accounts() -> dict[str, str]:
    """Ids of the ledger, one of them left out."""
    return {
        name: text.replace("V0", "A").replace("V1", "B").replace("V2", "C")
        for name, text in _all(
            6, **{"scans.csv": _found([0.02, 0.03, 0.05, 0.03, 0.02, 0.4])}
        ).items()
    } | {"toml": '[exclude]\nB = "sold"\n'}


def deliveries_break_off() -> dict[str, str]:
    """A ledger from 2021-04 to 2024-08-20, and deliveries from 2022-01 to 2024-08-18."""
    months = [f"{2021 + n // 12}-{n % 12 + 1:02d}" for n in range(3, 44)]
    rows = [
        f"{name},{month}-{day:02d},{2000 + 100 * n + 30 * k}"
        for n, name in enumerate(("A", "B", "C"))
        for k, month in enumerate(months)
        for day in ((3, 10, 17, 20) if month == months[-1] else (3, 10, 17, 24, 28))
    ]
    sent = [
        f"{month}-{day:02d},V{n},{(amount := 20 + n + k)},{95 * amount},{80 * amount},{amount}"
        for n in range(6)
        for k, month in enumerate(months[9:])
        for day in ((4, 11, 18) if month == months[-1] else (4, 11, 18, 25 + k % 3))
    ]
    head = "date,distributor_id,units,revenue,cost_goods,freight\n"
    return _all(
        6,
        **{
            "ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n",
            "shipments.csv": head + "\n".join(sent) + "\n",
        },
    )


def deliveries_of_five_months() -> dict[str, str]:
    """Nobody knows what is bought in a year."""
    return _all(6, **{"shipments.csv": _deliveries(6, MONTHS[-5:])})


def bills_of_the_last_day() -> dict[str, str]:
    """Dates of bills: nothing can be said of month ends."""
    rows = "".join(f"A,{month}-28,{100 + n}\n" for n, month in enumerate(MONTHS))
    return {"ledger.csv": "account_id,date,revenue\n" + rows}


def loads_each_quarter() -> dict[str, str]:
    """A ledger of daily orders where the end of a quarter takes from the next month."""
    rows = []
    for n, month in enumerate(MONTHS):
        early = 40 if n % 3 == 0 and n else 100
        rows += [f"A,{month}-{day:02d},{early + day % 7}" for day in (3, 8, 12, 16, 19)]
        rows.append(f"A,{month}-27,{450 if n % 3 == 2 else 130}")
    return {"ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n"}


def odd_places() -> dict[str, str]:
    """Districts with signs that a table or a figure could take for its own."""
    files = _all(6, **{"scans.csv": _found([0.02, 0.03, 0.05, 0.03, 0.02, 0.5])})
    for plain, odd in (("north", "a|b"), ("south", "$n_1$"), ("west", "<东>")):
        files = {name: text.replace(plain, odd) for name, text in files.items()}
    return files


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        three_distributors, one_distributor, nobody_outside, all_outside, carried_by_chains,
        few_scans, one_dumps, nobody_named, all_returned, one_month_of_deliveries, sold_below_cost,
        without_prices, distributors_are_accounts, bills_of_the_last_day, loads_each_quarter,
        odd_places, deliveries_break_off, deliveries_of_five_months,
    )
}  # fmt: skip
