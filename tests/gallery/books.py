"""The odd books: what a reader may bring, and a lesson made on one large tidy book has never seen."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

HOSTILE = (
    "=1+1", "<b>bold</b>", "| pipe |", "$x$ and $y$", "`code`", "[a](http://x.test)", "中港铁路集团", "'; DROP TABLE ledger; --", "a_b*c*",
    "\U0001f600 smile", "{curly}", "%s %d", "&amp;", "Zoë O'Hara", "   spaced   name",
)  # fmt: skip


def _months(first: int, count: int) -> list[str]:
    return [f"{first + number // 12}-{number % 12 + 1:02d}" for number in range(count)]


def _ledger(rows: list[tuple], columns: str) -> str:
    return columns + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def _monthly(amounts, months, *, lines=("P",), seed=1, cost=True) -> str:
    """Accounts x months with noise, and a cost, spread over lines of business."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, level in enumerate(amounts, 1):
        for month in months:
            line = lines[number % len(lines)]
            sold = round(level * rng.lognormal(0, 0.3) / len(months), 2)
            spent = round(sold * rng.uniform(0.6, 0.95), 2)
            rows.append((f"C{number:03d}", f"{month}-15", line, f"{sold:.2f}", f"{spent:.2f}"))
    columns = "account_id,date,line,revenue,cost_goods"
    if not cost:
        rows, columns = [row[:-1] for row in rows], "account_id,date,line,revenue"
    return _ledger(rows, columns)


def one_account() -> dict[str, str]:
    return {"ledger.csv": _monthly([1200], _months(2024, 12))}


def two_accounts() -> dict[str, str]:
    return {"ledger.csv": _monthly([900, 100], _months(2024, 12))}


def three_equal() -> dict[str, str]:
    return {"ledger.csv": "account_id,revenue\nA,100\nB,100\nC,100\n"}


def flat() -> dict[str, str]:
    return {"ledger.csv": _monthly([100] * 60, _months(2024, 12), lines=("N", "S"))}


def one_giant() -> dict[str, str]:
    return {"ledger.csv": _monthly([1e9, *[50] * 40], _months(2024, 12))}


def negative_total() -> dict[str, str]:
    """More came back than was sold: the whole is below zero, two accounts are above."""
    rows = [("A", "2024-01-05", 500), ("B", "2024-02-05", 40), ("C", "2024-03-05", -2000)]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue")}


def one_above_the_whole() -> dict[str, str]:
    """One buys, one sends back more than it bought in the period: the first holds more than all."""
    rows = [("A", 300, 200, "M1"), ("B", 40, 30, "M2"), ("B", -90, -70, "M2")]
    return {"ledger.csv": _ledger(rows, "account_id,revenue,cost_goods,manager_id")}


def more_back_than_sold() -> dict[str, str]:
    """Three years; in the last of them all but one send back more each month than they buy."""
    rows = []
    for number, month in enumerate(_months(2022, 36)):
        for account in range(1, 16):
            sold = 40 * account + 5 * (number % 12)
            rows.append((f"B{account:02d}", f"{month}-10", sold, 0.8 * sold, sold))
            if number >= 24 and account > 1:
                rows.append((f"B{account:02d}", f"{month}-20", -1.3 * sold, -sold, -1.3 * sold))
    text = _ledger(rows, "account_id,date,revenue,cost_goods,volume")
    return {"ledger.csv": text, "toml": 'period = "all"\ncurrency = "CNY"\n'}


def no_dates() -> dict[str, str]:
    rng = np.random.default_rng(2)
    rows = [(f"K{n}", f"{amount:.2f}") for n, amount in enumerate(rng.lognormal(6, 1.2, 45))]
    return {"ledger.csv": _ledger(rows, "account_id,revenue")}


def one_month() -> dict[str, str]:
    rng = np.random.default_rng(3)
    return {"ledger.csv": _monthly(rng.lognormal(6, 1, 40), ["2024-05"])}


def thirteen_months() -> dict[str, str]:
    """A year and a month of which only the first days are posted."""
    rng = np.random.default_rng(4)
    return {"ledger.csv": _monthly(rng.lognormal(7, 1.5, 50), _months(2023, 13), cost=False)}


def seldom() -> dict[str, str]:
    """No account buys every month; most buy once."""
    rng = np.random.default_rng(5)
    rows = [
        (
            f"S{n:03d}",
            f"2024-{rng.integers(1, 13):02d}-{rng.integers(1, 28):02d}",
            f"{rng.lognormal(5, 1):.2f}",
        )
        for n in range(80)
        for _ in range(rng.integers(1, 4))
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue")}


def empty_line() -> dict[str, str]:
    """Two lines of business, one of which nets to nothing for every account."""
    text = _monthly([300, 200, 100, 50, 25, 12], _months(2024, 12), lines=("goods",))
    extra = "".join(
        f"C00{n},2024-0{m}-15,void,{v},0\n" for n in (1, 2) for m, v in ((1, 80), (2, -80))
    )
    return {"ledger.csv": text + extra}


def gross_returns() -> dict[str, str]:
    rng = np.random.default_rng(6)
    text = _monthly(rng.lognormal(7, 1.2, 40), _months(2024, 12))
    back = "".join(f"C{n:03d},2024-11-20,P,-{rng.uniform(5, 400):.2f},0\n" for n in range(1, 21))
    return {"ledger.csv": text + back, "toml": 'returns = "gross"\ncurrency = "CNY"\n'}


def another_currency() -> dict[str, str]:
    rng = np.random.default_rng(7)
    return {
        "ledger.csv": _monthly(rng.lognormal(9, 1.1, 35), _months(2024, 12), lines=("A", "B", "C")),
        "toml": 'currency = "SEK"\n',
    }


def hostile_names() -> dict[str, str]:
    rng = np.random.default_rng(8)
    text = _monthly(
        rng.lognormal(8, 1.4, len(HOSTILE)), _months(2024, 12), lines=("P|x", "<i>L</i>")
    )
    quoted = "".join(
        'C{:03d},"{}"\n'.format(n, name.replace('"', '""')) for n, name in enumerate(HOSTILE, 1)
    )
    return {"ledger.csv": text, "accounts.csv": "account_id,name_zh\n" + quoted}


def ids_001_and_1() -> dict[str, str]:
    rows = [
        ("001", "2024-01-05", 70),
        ("1", "2024-02-05", 30),
        ("01", "2024-03-05", 5),
        ("1.0", "2024-04-05", 2),
    ]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue")}


def four_years_to_2017() -> dict[str, str]:
    rng = np.random.default_rng(9)
    return {
        "ledger.csv": _monthly(rng.lognormal(7, 1.3, 70), _months(2014, 48), lines=("X", "Y")),
        "toml": 'period = "2017"\ncurrency = "USD"\n',
    }


def pound_steps() -> dict[str, str]:
    """Amounts of which many are the same: ties at every cut."""
    rows = [(f"T{n:02d}", f"2024-{n % 12 + 1:02d}-01", 100 * (1 + n // 10)) for n in range(60)]
    return {"ledger.csv": _ledger(rows, "account_id,date,revenue"), "toml": 'currency = "GBP"\n'}


def returns_of_old() -> dict[str, str]:
    """One account has credit notes only, for goods of years before the book; one left, one came.
    Sales fall first and rise then, profit falls in both years, and most in the first.
    """
    rows = []
    for month in _months(2022, 36):
        year = int(month[:4]) - 2022
        for number in range(1, 46):
            if (number == 2 and month > "2023-05") or (number == 3 and month < "2024-04"):
                continue
            sold = (100 + 10 * number) * (1.0, 0.92, 0.97)[year]
            cost = sold * (0.7, 0.76, 0.8)[year]
            rows.append(
                (f"R{number:02d}", f"{month}-05", "XY"[number % 2], f"{sold:.2f}", f"{cost:.2f}")
            )
    rows += [("R00", "2023-09-05", "X", "-900.00", "-650.00")]
    ids = sorted({row[0] for row in rows})
    accounts = "".join(f"{name},20{10 + n % 11}-03-01\n" for n, name in enumerate(ids))
    return {
        "ledger.csv": _ledger(rows, "account_id,date,line,revenue,cost_goods"),
        "accounts.csv": "account_id,start_date\n" + accounts,
        "toml": 'currency = "CNY"\n',
    }


def breaks_off() -> dict[str, str]:
    """From July 2022 to 8 December 2024, posted each week: 2023 is the one year that is whole."""
    rng = np.random.default_rng(12)
    days = [f"{month}-{day:02d}" for month in _months(2022, 36) for day in (1, 8, 15, 22)]
    rows = [
        (
            f"C{n:02d}",
            day,
            "PS"[n % 2],
            f"{amount * rng.uniform(0.7, 1.3):.2f}",
            f"{0.8 * amount:.2f}",
            10,
        )
        for n, amount in enumerate(rng.lognormal(5, 1.2, 40))
        for day in days
        if "2022-07" <= day <= "2024-12-08" and rng.random() < 0.5
    ]
    return {
        "ledger.csv": _ledger(rows, "account_id,date,line,revenue,cost_goods,volume"),
        "toml": 'period = "2024"\n',
    }


def now_and_then() -> dict[str, str]:
    """Two years of occasional buyers: none buys in all months, twelve left after the first, ten came in the second."""
    rng = np.random.default_rng(15)
    rows = []
    for number in range(60):
        years = (2023,) if number < 12 else (2024,) if number < 22 else (2023, 2024)
        for year in years:
            for month in rng.choice(12, rng.integers(1, 5), replace=False) + 1:
                sold = rng.lognormal(6, 1)
                cost = sold * rng.uniform(0.6, 1.1)
                rows.append(
                    (
                        f"N{number:02d}",
                        f"{year}-{month:02d}-{rng.integers(1, 28):02d}",
                        f"{sold:.2f}",
                        f"{cost:.2f}",
                    )
                )
    rows += [("N30", "2023-01-09", "90.00", "60.00"), ("N31", "2024-12-28", "80.00", "70.00")]
    return {
        "ledger.csv": _ledger(rows, "account_id,date,revenue,cost_goods"),
        "toml": 'period = "2024"\ncurrency = "EUR"\n',
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        one_account, two_accounts, three_equal, flat, one_giant, negative_total, one_above_the_whole, more_back_than_sold, no_dates, one_month, thirteen_months, seldom, empty_line,
        gross_returns, another_currency, hostile_names, ids_001_and_1, four_years_to_2017, pound_steps,
        returns_of_old, breaks_off, now_and_then,
    )
}  # fmt: skip


def of_topic(topic: str) -> dict[str, Callable[[], dict[str, str]]]:
    """The odd books that one lesson asks for, in ``books_TOPIC.py``."""
    if not (Path(__file__).parent / f"books_{topic}.py").exists():
        return {}
    found: dict[str, Callable[[], dict[str, str]]] = import_module(f"gallery.books_{topic}").BOOKS
    return found


def shelf() -> dict[str, Callable[[], dict[str, str]]]:
    """All odd books: those here, and those that single lessons ask for."""
    found = dict(BOOKS)
    for path in sorted(Path(__file__).parent.glob("books_*.py")):
        found |= of_topic(path.stem.removeprefix("books_"))
    return found


def write(name: str, folder: Path) -> Path:
    """Write one of the books: each file is the table of its name; returns the path of its book.toml."""
    files = shelf()[name]()
    folder.mkdir(parents=True, exist_ok=True)
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{Path(file).stem}]\npath = "{file}"\n'
    path = folder / "book.toml"
    path.write_text(toml, encoding="utf-8")
    return path
