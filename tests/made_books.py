"""Four books as firms export them, made up from public descriptions of such exports: columns, quirks and sizes are
those of real ones, every value is invented. With each, what is true of it, worked out from the rows in plain pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Made:
    """A folder of exports, the lines that its owner writes into the book.toml, and the rows that count.

    ``rows`` holds account_id, date, revenue in cents and, where the export has one, cost in cents (missing where it is).
    """

    files: dict[str, bytes]
    toml: str
    rows: pd.DataFrame

    def write(self, folder: Path) -> Path:
        """Put the exports and the book.toml down; returns the path of the book.toml."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        (folder / "book.toml").write_text("contract_version = 1\n" + self.toml, encoding="utf-8")
        return folder / "book.toml"


def _csv(frame: pd.DataFrame, encoding: str = "utf-8", **how: object) -> bytes:
    return frame.to_csv(index=False, **how).encode(encoding)  # type: ignore[call-overload]


def _text(cents: pd.Series) -> pd.Series:
    """Amounts in cents as an export writes them: two decimals."""
    whole = cents.abs()
    sign = np.where(cents < 0, "-", "")
    return sign + (whole // 100).astype(str) + "." + (whole % 100).astype(str).str.zfill(2)


def _days(rng: np.random.Generator, first: str, last: str, size: int) -> pd.Series:
    span = (pd.Timestamp(last) - pd.Timestamp(first)).days
    return pd.Series(
        pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, span + 1, size), unit="D")
    )


def retail(seed: int = 1) -> Made:
    """A shop's invoice lines: quantity x price, invoices of returns that begin with C, walk-in sales without a
    customer, postage among the goods, gifts at no price; the export ends on 9 December.
    """
    rng = np.random.default_rng(seed)
    size, customers = 24_000, 900
    weight = rng.lognormal(0, 1.3, customers)
    lines = pd.DataFrame(
        {
            "InvoiceNo": 530_000 + rng.integers(0, 6_000, size),
            "StockCode": rng.choice(
                ["22423", "85123A", "POST", "M", "47566"], size, p=[0.4, 0.4, 0.05, 0.02, 0.13]
            ),
            "Quantity": rng.integers(1, 48, size),
            "InvoiceDate": _days(rng, "2022-12-01", "2023-12-09", size),
            "UnitPrice": rng.integers(19, 1_900, size),
            "Customer": rng.choice(customers, size, p=weight / weight.sum()) + 12_346,
        }
    )
    returned = rng.random(size) < 0.03
    lines.loc[returned, "Quantity"] *= -1
    lines.loc[rng.random(size) < 0.01, "UnitPrice"] = 0
    # two customers who send nearly all of it back
    for customer, quantity in ((12_346, 74_215), (12_347, 80_995)):
        pair = pd.DataFrame(
            {
                "InvoiceNo": [541_431, 541_433],
                "StockCode": "47566",
                "Quantity": [quantity, -quantity],
                "InvoiceDate": [pd.Timestamp("2023-01-18")] * 2,
                "UnitPrice": 104,
                "Customer": customer,
            }
        )
        lines = pd.concat([lines[lines["Customer"] != customer], pair], ignore_index=True)
    walk_in = pd.Series(rng.random(len(lines)) < 0.2) & ~lines["Customer"].isin([12_346, 12_347])
    goods = (lines["Quantity"] * lines["UnitPrice"]).astype("int64")
    rows = pd.DataFrame(
        {
            "account_id": lines["Customer"].astype(str),
            "date": lines["InvoiceDate"],
            "revenue": goods,
        }
    )[~walk_in]
    shown = pd.DataFrame(
        {
            "InvoiceNo": np.where(lines["Quantity"] < 0, "C", "") + lines["InvoiceNo"].astype(str),
            "StockCode": lines["StockCode"],
            "Quantity": lines["Quantity"],
            "InvoiceDate": lines["InvoiceDate"].dt.strftime("%m/%d/%Y 10:%M"),
            "UnitPrice": _text(lines["UnitPrice"]),
            "CustomerID": lines["Customer"].astype(str).where(~walk_in, ""),
            "Country": "United Kingdom",
        }
    )
    toml = """name = "Gift shop"
currency = "GBP"
as_of = 2023-12-09
period = "all"

[files.lines]
path = "lines.csv"
date_format = "%m/%d/%Y %H:%M"

[tables.ledger]
sql = \"\"\"
SELECT CustomerID AS account_id, InvoiceDate AS date, Quantity AS volume, Quantity * UnitPrice AS revenue
FROM lines WHERE CustomerID IS NOT NULL
\"\"\"
"""
    return Made({"lines.csv": _csv(shown)}, toml, rows.reset_index(drop=True))


def invoices(seed: int = 2) -> Made:
    """The tax invoices of a small Chinese firm (GB18030): void ones, red-ink ones that take back a blue one, a line
    of totals at the end, buyers by their tax number.
    """
    rng = np.random.default_rng(seed)
    size, buyers = 3_600, 260
    weight = rng.lognormal(0, 1.0, buyers)
    buyer = rng.choice(buyers, size, p=weight / weight.sum())
    frame = pd.DataFrame(
        {
            "number": np.arange(1, size + 1) + 10_234_000,
            "day": _days(rng, "2022-01-01", "2023-12-31", size).sort_values(ignore_index=True),
            "buyer": buyer,
            "cents": rng.integers(5_000, 9_000_000, size),
            "state": rng.choice(["正常", " 作废发票"], size, p=[0.95, 0.05]),
        }
    )
    red = frame[(frame["state"] == "正常") & (rng.random(size) < 0.02)]
    red = red.assign(cents=-red["cents"], number=red["number"] + 100_000, state="红字")
    frame = pd.concat([frame, red], ignore_index=True)
    # blue and red cancel to the cent; the day of the red one is the blue one's
    counts = frame["state"] != " 作废发票"
    ids = "9144030" + frame["buyer"].map("{:04d}".format) + "MA5X1Y"
    shown = pd.DataFrame(
        {
            "发票号码": frame["number"].map("{:08d}".format),
            "开票日期": frame["day"].dt.strftime("%Y年%m月%d日"),
            "购方名称": "南岭" + frame["buyer"].map("{:03d}".format) + "号商贸有限公司",
            "购方识别号": ids,
            "金额": _text(frame["cents"]),
            "税额": _text((frame["cents"] * 13 // 100).astype("int64")),
            "发票状态": frame["state"],
        }
    )
    toml = """name = "南岭商贸"
currency = "CNY"
as_of = 2023-12-31
period = "2023"

[tables.ledger]
path = "发票.csv"
encoding = "gb18030"
columns = { account_id = "购方识别号", date = "开票日期", revenue = "金额" }
date_format = "%Y年%m月%d日"
void = { "发票状态" = ["作废发票"] }
"""
    rows = pd.DataFrame(
        {"account_id": ids, "date": frame["day"], "revenue": frame["cents"].astype("int64")}
    )[counts]
    return Made({"发票.csv": _csv(shown, "gb18030")}, toml, rows.reset_index(drop=True))


def resellers(seed: int = 3) -> Made:
    """Order lines of a manufacturer's resellers, with the word NULL for the cost of one line in eight."""
    rng = np.random.default_rng(seed)
    size, firms = 18_000, 420
    weight = rng.lognormal(0, 1.5, firms)
    revenue = rng.integers(2_000, 900_000, size)
    cost = (revenue * rng.normal(0.9, 0.12, size)).astype("int64")
    missing = rng.random(size) < 0.125
    firm = rng.choice(firms, size, p=weight / weight.sum()) + 1
    day = _days(rng, "2021-01-01", "2023-12-31", size)
    shown = pd.DataFrame(
        {
            "SalesOrderNumber": ["SO" + str(43_000 + number // 3) for number in range(size)],
            "OrderDate": day.dt.strftime("%Y-%m-%d"),
            "ResellerKey": firm,
            "OrderQuantity": rng.integers(1, 20, size),
            "TotalProductCost": _text(pd.Series(cost)).where(~pd.Series(missing), "NULL"),
            "SalesAmount": _text(pd.Series(revenue)),
        }
    )
    names = pd.DataFrame(
        {
            "ResellerKey": np.arange(1, firms + 1),
            "ResellerName": [f"Wheel House {number}" for number in range(1, firms + 1)],
            "BusinessType": rng.choice(
                ["Warehouse", "Value Added Reseller", "Specialty Bike Shop"], firms
            ),
        }
    )
    toml = """name = "Bicycle maker"
currency = "USD"
as_of = 2023-12-31
period = "2023"

[tables.ledger]
path = "orders.csv"
na = ["NULL"]

[tables.ledger.columns]
account_id = "ResellerKey"
date = "OrderDate"
volume = "OrderQuantity"
revenue = "SalesAmount"
cost_goods = "TotalProductCost"

[tables.accounts]
path = "resellers.csv"
columns = { account_id = "ResellerKey", name_en = "ResellerName", sector = "BusinessType" }
"""
    rows = pd.DataFrame(
        {
            "account_id": pd.Series(firm).astype(str),
            "date": day,
            "revenue": revenue,
            "cost": pd.Series(cost, dtype="Int64").where(~pd.Series(missing)),
            "volume": shown["OrderQuantity"],
        }
    )
    return Made({"orders.csv": _csv(shown), "resellers.csv": _csv(names)}, toml, rows)


def receivables(seed: int = 4) -> Made:
    """A shared service centre's invoices with the days they were due and settled, and no ledger beside them."""
    rng = np.random.default_rng(seed)
    size, customers = 2_466, 100
    weight = rng.lognormal(0, 0.3, customers)
    customer = rng.choice(customers, size, p=weight / weight.sum())
    issued = _days(rng, "2022-01-02", "2023-12-02", size)
    amount = rng.integers(525, 12_828, size)
    late = np.where(rng.random(size) < 0.36, rng.integers(1, 46, size), 0)
    due = issued + pd.Timedelta(days=30)
    settled = due + pd.to_timedelta(np.where(late > 0, late, -rng.integers(0, 25, size)), unit="D")
    ids = pd.Series(customer).map(lambda number: f"{9_000 + 7 * number:04d}-CUSTO")
    shown = pd.DataFrame(
        {
            "countryCode": rng.choice([391, 406, 770, 818, 897], size),
            "customerID": ids,
            "invoiceNumber": 611_365 + np.arange(size),
            "InvoiceDate": issued.dt.strftime("%Y-%m-%d"),
            "DueDate": due.dt.strftime("%Y-%m-%d"),
            "InvoiceAmount": _text(pd.Series(amount)),
            "SettledDate": settled.dt.strftime("%Y-%m-%d"),
            "DaysLate": late,
        }
    )
    toml = """name = "Service centre"
currency = "USD"
as_of = 2024-03-31
period = "2023"

[tables.ledger]
path = "invoices.csv"
columns = { account_id = "customerID", date = "InvoiceDate", revenue = "InvoiceAmount" }

[tables.invoices]
path = "invoices.csv"

[tables.invoices.columns]
invoice_id = "invoiceNumber"
account_id = "customerID"
issue = "InvoiceDate"
due = "DueDate"
amount = "InvoiceAmount"
paid_date = "SettledDate"
"""
    rows = pd.DataFrame({"account_id": ids, "date": issued, "revenue": amount.astype("int64")})
    return Made({"invoices.csv": _csv(shown)}, toml, rows)


BOOKS = {"retail": retail, "invoices": invoices, "resellers": resellers, "receivables": receivables}
