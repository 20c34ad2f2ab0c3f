"""Odd books of prices: what the lesson on price response has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MONTHS = [f"{2022 + n // 12}-{n % 12 + 1:02d}-01" for n in range(24)]


def _csv(head: str, rows: list[tuple]) -> str:
    return head + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def _ledger(names: list[str], price: Callable[[int, int], float], line: str = "P") -> str:
    rng = np.random.default_rng(1)
    rows = []
    for n, name in enumerate(names):
        for t, month in enumerate(MONTHS):
            volume = round(50 * (n + 1) * rng.lognormal(0, 0.3), 1)
            rows.append((name, month, line, volume, f"{volume * price(n, t):.2f}"))
    return _csv("account_id,date,line,volume,revenue", rows)


def _ids(count: int) -> list[str]:
    return [f"A{n:02d}" for n in range(count)]


def _panel(
    count: int = 14, months: int = 24, *, posted: bool = True, still: bool = False, seed: int = 2
) -> list[tuple]:
    rng = np.random.default_rng(seed)
    rows = []
    listed = np.exp(rng.normal(0, 0 if still else 0.2, (3, months)))
    for n in range(count):
        for t, month in enumerate(MONTHS[:months]):
            risk = rng.integers(0, 11)
            price = listed[n % 3, t] * (1 - 0.02 * risk)
            volume = (
                100 * (n + 1) * price ** -(0.1 + 0.1 * n) * np.exp(rng.normal(0, 0.1) - 0.1 * risk)
            )
            row = (month, f"A{n:02d}", f"{volume:.1f}", f"{price:.4f}")
            rows.append((*row, f"{listed[n % 3, t]:.4f}", risk) if posted else row)
    return rows


_HEAD = "month,account_id,volume,price,list_price,risk"


def one_price_for_all() -> dict[str, str]:
    """Nobody pays more or less, and the price never moves."""
    return {"ledger.csv": _ledger(_ids(8), lambda n, t: 2.0)}


def price_moves_for_all_alike() -> dict[str, str]:
    """A public tariff: it moves for everybody in the same month."""
    return {"ledger.csv": _ledger(_ids(8), lambda n, t: 2.0 + 0.1 * (t // 6))}


def one_pays_less() -> dict[str, str]:
    return {
        "ledger.csv": _ledger(_ids(12), lambda n, t: (0.8 if n == 3 else 1.0) * (2 + 0.01 * t)),
        "toml": 'currency = "EUR"\n',
    }


def list_prices_that_move() -> dict[str, str]:
    """List prices of three lines move for all alike, volumes answer with -0.8; large accounts pay
    less, each price is rounded a little, and the third line has too few buyers for peers.
    """
    rng = np.random.default_rng(12)
    listed = {name: price * np.exp(np.cumsum(rng.normal(0, 0.04, 24))) for name, price in
              (("cable", 42.0), ("transformer", 5200.0), ("service", 300.0))}  # fmt: skip
    rows = []
    for n in range(30):
        size, less = rng.lognormal(0, 1), rng.normal(0, 0.06)
        for line in list(listed)[: 3 if n < 3 else 2]:
            for t in np.flatnonzero(rng.random(24) < 0.7):
                own = listed[line][t] / listed[line][0]
                volume = max(1, round(200 * size * rng.lognormal(0, 0.4) * own**-0.8))
                paid = listed[line][t] * np.exp(less - 0.02 * np.log(size) + rng.normal(0, 0.01))
                rows.append((f"A{n:02d}", MONTHS[t], line, volume, f"{volume * paid:.2f}"))
    return {"ledger.csv": _csv("account_id,date,line,volume,revenue", rows)}


def lines_of_many_products() -> dict[str, str]:
    rng = np.random.default_rng(4)
    return {"ledger.csv": _ledger(_ids(12), lambda n, t: float(rng.lognormal(1, 0.8)))}


def mix_by_size() -> dict[str, str]:
    """Who buys more buys cheaper products in one line."""
    rng = np.random.default_rng(5)
    return {"ledger.csv": _ledger(_ids(40), lambda n, t: float(rng.lognormal(3 - 0.05 * n, 0.8)))}


def volumes_of_which_half_are_missing() -> dict[str, str]:
    text = _ledger(_ids(10), lambda n, t: 2 + 0.05 * (n % 3) + 0.01 * t)
    lines = text.splitlines()
    for place in range(1, len(lines), 2):
        parts = lines[place].split(",")
        lines[place] = ",".join([*parts[:3], "", parts[4]])
    return {"ledger.csv": "\n".join(lines) + "\n"}


def returns_only_in_volume() -> dict[str, str]:
    """Each row is a credit note of a volume."""
    rows = [("A", f"2024-{m:02d}-05", "P", -5, -10.0) for m in range(1, 13)]
    rows.append(("B", "2024-06-05", "P", 4, 9.0))
    return {"ledger.csv": _csv("account_id,date,line,volume,revenue", rows)}


def hostile_lines() -> dict[str, str]:
    files = {"ledger.csv": _ledger(_ids(9), lambda n, t: 2 - 0.2 * (n == 2), "P|<b>x</b> $y$ 中")}
    names = "".join(f'{name},"| =1+1 {{curly}} $x$ {name}"\n' for name in _ids(9))
    files["accounts.csv"] = "account_id,name_zh\n" + names
    return files


def _with(rows: list[tuple], head: str = _HEAD, **more: str) -> dict[str, str]:
    ledger = _ledger(_ids(14), lambda n, t: 2 + 0.05 * n)
    return {"ledger.csv": ledger, "price_months.csv": _csv(head, rows)} | more


def agreed_prices() -> dict[str, str]:
    return _with(_panel())


def agreed_prices_of_two() -> dict[str, str]:
    return _with(_panel(2))


def agreed_prices_of_one() -> dict[str, str]:
    return _with(_panel(1))


def no_posted_price() -> dict[str, str]:
    return _with(_panel(posted=False), "month,account_id,volume,price")


def posted_price_stands_still() -> dict[str, str]:
    return _with(_panel(still=True))


def few_months_of_prices() -> dict[str, str]:
    return _with(_panel(14, 5))


def one_month_of_prices() -> dict[str, str]:
    return _with(_panel(14, 1))


def months_without_volume() -> dict[str, str]:
    """Every third month nothing was bought; one account never bought."""
    rows = [
        (row[0], row[1], 0, *row[3:]) if n % 3 == 0 or row[1] == "A05" else row
        for n, row in enumerate(_panel())
    ]
    return _with(rows)


def nothing_bought_at_all() -> dict[str, str]:
    return _with([(row[0], row[1], 0, *row[3:]) for row in _panel()])


def same_risk_always() -> dict[str, str]:
    return _with([(*row[:5], 3) for row in _panel()])


def left_out_accounts() -> dict[str, str]:
    """The largest account is left out by the book: no table knows it."""
    return _with(_panel(), toml='[exclude]\nA13 = "own subsidiary"\n')


def _offers(count: int, renewed: Callable[[int, float], int], level: bool = True) -> str:
    rng = np.random.default_rng(6)
    rows = []
    for n in range(count):
        gap = float(rng.uniform(0, 20))
        row = (f"N{n:03d}", f"A{n % 14:02d}", MONTHS[n % 24], 1.0, f"{1 - gap / 100:.4f}")
        rows.append((*row, renewed(n, gap), *((n % 3 + 1,) if level else ())))
    head = "renewal_id,account_id,date,our_price,rival_price,renewed"
    return _csv(head + (",bond_level" if level else ""), rows)


def offers_without_levels() -> dict[str, str]:
    rng = np.random.default_rng(7)
    text = _offers(120, lambda n, gap: int(rng.random() < 1 / (1 + np.exp((gap - 8) / 2))), False)
    return _with(_panel(), **{"renewals.csv": text})


def offers_all_lost() -> dict[str, str]:
    return _with(_panel(), **{"renewals.csv": _offers(60, lambda n, gap: 0)})


def offers_that_part_perfectly() -> dict[str, str]:
    return _with(_panel(), **{"renewals.csv": _offers(90, lambda n, gap: int(gap < 8))})


def offers_against_the_gap() -> dict[str, str]:
    """The cheaper the rival, the more stay: no tolerance."""
    rng = np.random.default_rng(8)
    text = _offers(200, lambda n, gap: int(rng.random() < gap / 20))
    return _with(_panel(), **{"renewals.csv": text})


def three_offers() -> dict[str, str]:
    return _with(_panel(), **{"renewals.csv": _offers(3, lambda n, gap: n % 2)})


def _by_time(spread: Callable[[int, int], float], valley: float = 40.0) -> str:
    rng = np.random.default_rng(9)
    rows = []
    for n in range(6):
        for t, month in enumerate(MONTHS):
            peak = 60 * rng.lognormal(0, 0.1)
            wide = spread(n, t)
            rows.append(
                (month, f"A{n:02d}", f"{peak:.1f}", 50, valley, 0.8 * wide, 0.8, 0.8 / wide, 2)
            )
    head = "month,account_id,peak_volume,flat_volume,valley_volume"
    return _csv(head + ",peak_price,flat_price,valley_price,max_demand", rows)


def spread_never_moves() -> dict[str, str]:
    return _with(_panel(), **{"tou_months.csv": _by_time(lambda n, t: 1.5)})


def spread_moves_for_some() -> dict[str, str]:
    text = _by_time(lambda n, t: 1.5 + 0.3 * (t > 6 + 2 * n))
    return _with(_panel(), **{"tou_months.csv": text}, toml='currency = "SEK"\n')


def nothing_in_the_valley() -> dict[str, str]:
    return _with(_panel(), **{"tou_months.csv": _by_time(lambda n, t: 1.5, 0.0)})


def _survey(rows: list[tuple]) -> dict[str, str]:
    text = _csv("respondent,too_cheap,cheap,expensive,too_expensive", rows)
    return _with(_panel(), **{"price_survey.csv": text})


def survey_of_one() -> dict[str, str]:
    return _survey([("W1", 10, 20, 30, 40)])


def survey_all_muddled() -> dict[str, str]:
    return _survey([(f"W{n}", 40, 30, 20, 10) for n in range(8)])


def survey_of_the_same() -> dict[str, str]:
    return _survey([(f"W{n}", 20, 20, 20, 20) for n in range(8)])


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        one_price_for_all, price_moves_for_all_alike, one_pays_less,
        list_prices_that_move, lines_of_many_products, mix_by_size,
        volumes_of_which_half_are_missing, returns_only_in_volume, hostile_lines, agreed_prices,
        agreed_prices_of_two, agreed_prices_of_one, no_posted_price, posted_price_stands_still,
        few_months_of_prices, one_month_of_prices, months_without_volume, nothing_bought_at_all,
        same_risk_always, left_out_accounts, offers_without_levels, offers_all_lost,
        offers_that_part_perfectly, offers_against_the_gap, three_offers, spread_never_moves,
        spread_moves_for_some, nothing_in_the_valley, survey_of_one, survey_all_muddled,
        survey_of_the_same,
    )
}  # fmt: skip
