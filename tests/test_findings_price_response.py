"""What lesson 16 says of small books worked by hand, and of real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gallery import books_price_response

from keyacct_utils.book import Book
from keyacct_utils.lessons.price_response import findings as lesson
from keyacct_utils.lessons.price_response import response

CATEGORIES = """
SELECT orders.CustomerID AS account_id, orders.OrderDate AS date, details.Quantity AS volume,
       {line} AS line, details.UnitPrice * details.Quantity * (1 - details.Discount) AS revenue
FROM details JOIN orders ON orders.OrderID = details.OrderID
JOIN products ON products.ProductID = details.ProductID
"""


def odd(tmp_path, name):
    files = books_price_response.BOOKS[name]()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.observed(Book.open(tmp_path / "book.toml"))


@pytest.fixture(scope="module")
def found(linjiang):
    return lesson.observed(linjiang)


@pytest.fixture(scope="module")
def told(found):
    return lesson.classes(found)


def test_the_wrong_sign_is_called_wrong_only_where_it_is(found, tmp_path):
    said = str(lesson.elasticities(found))
    assert "The sign is wrong." in said
    other = lesson.elasticities(odd(tmp_path, "agreed_prices"))
    assert other.numbers["high"] < 0
    assert ("The sign is wrong." in str(other)) == (other.numbers["plain"] > 0)


def test_the_numbers_are_those_of_the_functions(found):
    made = lesson.elasticities(found)
    again = response.elasticity(
        found.months, instruments=["log_posted"], controls=["risk"], unit="account_id"
    )
    assert made.numbers["best"] == pytest.approx(again.estimate)
    assert (made.numbers["low"], made.numbers["high"]) == pytest.approx((again.low, again.high))


def test_discounts_by_risk_recounted(found, linjiang):
    rows = linjiang.table("price_months")
    low = rows[rows["risk"] <= 2]
    made = lesson.discounts_follow_risk(found)
    assert made.numbers["given"] == pytest.approx((1 - low["price"] / low["list_price"]).mean())


def test_a_ledger_without_posted_prices_gets_no_classes(tmp_path):
    """Amount over volume, and discounts that follow risk, would sort the accounts wrongly."""
    answers = odd(tmp_path, "one_pays_less")
    said = lesson.classes(answers)
    assert not said.known and "list\\_price" in str(said).replace("list_price", "list\\_price")
    assert not lesson.whose_discount_pays(answers, said).known


def test_who_pays_less_by_hand(tmp_path):
    """One of twelve pays a fifth less than the others, in each month."""
    made = lesson.who_pays_less(odd(tmp_path, "one_pays_less"), 0.05, peers=10)
    assert (made.numbers["less"], made.numbers["accounts"]) == (1, 12)
    assert made.table.index[0] == "A03"
    assert made.table["part"].iloc[0] == pytest.approx(-0.2, abs=2e-3)


def test_a_mix_of_products_is_no_price(tmp_path):
    answers = odd(tmp_path, "lines_of_many_products")
    assert answers.mixed
    assert "mix of products more than a price" in str(lesson.elasticities(answers))
    assert "mix of products" in lesson.who_pays_less(answers).unknown


def test_what_is_left_out_is_in_no_table(tmp_path):
    answers = odd(tmp_path, "left_out_accounts")
    assert "A13" not in set(answers.months["account_id"])
    assert "A13" not in set(answers.sales["account_id"])


def test_a_discount_pays_only_where_its_interval_says_so(found, told):
    made = lesson.whose_discount_pays(found, told, 0.05, least=0.01)
    frame = made.numbers["frame"]
    assert made.numbers["pays"] <= (frame["low"] > 0).sum() <= len(frame)
    assert made.numbers["all"] == pytest.approx(frame["gain"].sum())
    assert made.numbers["needed"] == pytest.approx(0.05 / (made.numbers["margin"] - 0.05))
    fewer = lesson.whose_discount_pays(found, told, 0.05, least=0.03)
    assert fewer.numbers["pays"] < made.numbers["pays"]
    with pytest.raises(ValueError, match="above 0"):
        lesson.whose_discount_pays(found, told, 0.0)


def test_the_claims_follow_their_intervals(found, told):
    elastic, leaving = lesson.elasticities(found), lesson.who_leaves(found)
    pays, shifted = lesson.whose_discount_pays(found, told), lesson.peak_and_valley(found)
    made = lesson.claims(found, elastic, told, leaving, pays, shifted)
    verdicts = {claim[0]: claim[4] for claim in made.data["claims"]}
    assert verdicts["S000-7e"] == "holds" and verdicts["S000-7f"] == "holds"
    assert verdicts["S000-5k"] == verdicts["S003-9d"] == "cannot be tested here"
    tiers = next(claim for claim in made.data["claims"] if claim[0] == "S000-5l")
    slope = told.numbers["frame"]["elasticity"]
    size = found.revenue.reindex(slope.index).sort_values(ascending=False, kind="stable")
    top = slope[size.index[:80]].mean() - slope[size.index[80:]].mean()
    assert tiers[3].startswith(f"{top:.2f} (")


def test_the_tariffs_add_up(found):
    shifted = lesson.peak_and_valley(found)
    made = lesson.eight_tariffs(found, shifted)
    table = made.numbers["frame"]
    assert len(table) == 8 and made.numbers["n_both"] == len(made.numbers["both"])
    both = table[(table["saved"] > 0) & (table["margin"] > 0)]
    assert len(both) == made.numbers["n_both"]


def test_the_review_names_what_each_account_is(found, told):
    less = lesson.who_pays_less(found)
    frame = lesson.account_review(found, told, less).numbers["review"].set_index("account_id")
    assert frame["price_class"].notna().sum() == 400
    assert set(frame["price_class"].dropna()) == {"rigid", "elastic", "sensitive"}
    assert frame["price_class_chance"].dropna().between(1 / 3, 1).all()


def northwind(tmp_path, line):
    path = tmp_path / "book.toml"
    path.write_text(
        'contract_version = 1\nname = "Northwind"\ncurrency = "USD"\nperiod = "all"\n'
        'root_env = "KEYACCT_REAL_DATA"\n'
        '[files.orders]\npath = "northwind/orders.csv"\n'
        '[files.details]\npath = "northwind/order_details.csv"\n'
        '[files.products]\npath = "northwind/products.csv"\n'
        f'[tables.ledger]\nsql = """{CATEGORIES.format(line=line)}"""\n',
        encoding="utf-8",
    )
    return lesson.observed(Book.open(path))


def test_northwind_by_product(real_data, tmp_path):
    """What a unit costs is a price only where a line is one product; recomputed in plain pandas."""
    made = lesson.elasticities(northwind(tmp_path, "products.ProductName"))
    folder = real_data / "northwind"
    orders, rows = pd.read_csv(folder / "orders.csv"), pd.read_csv(folder / "order_details.csv")
    rows = rows.merge(orders[["OrderID", "CustomerID", "OrderDate"]], on="OrderID")
    rows["month"] = rows["OrderDate"].str.slice(0, 7)
    rows["revenue"] = (
        rows["UnitPrice"] * rows["Quantity"] * (1 - rows["Discount"]).round(4)
    ).round(4)
    keys = ["CustomerID", "ProductID", "month"]
    sums = rows.groupby(keys)[["revenue", "Quantity"]].sum().reset_index()
    sums = sums[(sums["revenue"] > 0) & (sums["Quantity"] > 0)]
    x, y = np.log(sums["revenue"] / sums["Quantity"]), np.log(sums["Quantity"])
    assert made.numbers["plain"] == pytest.approx(np.polyfit(x, y, 1)[0], abs=2e-3)
    assert made.numbers["plain"] == pytest.approx(-0.016, abs=2e-3)
    assert made.numbers["best"] == pytest.approx(-0.298, abs=5e-3)
    assert made.numbers["low"] < -1 < 0 < made.numbers["high"]


def test_northwind_by_category_is_a_mix(real_data, tmp_path):
    del real_data
    answers = northwind(tmp_path, "CAST(products.CategoryID AS VARCHAR)")
    assert answers.mixed and len(answers.months) == 1_727
    assert "mix of products" in str(lesson.who_pays_less(answers))


def test_cdnow_has_no_price_but_a_mix(real_data, tmp_path):
    """Dollars over discs: the mean price of what was bought, recomputed in plain pandas."""
    rows = pd.read_csv(
        real_data / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": "str"}
    )
    rows = rows.set_axis(["account_id", "date", "volume", "revenue"], axis=1)
    rows["date"] = pd.to_datetime(rows["date"].astype(str)).dt.strftime("%Y-%m-%d")
    rows.to_csv(tmp_path / "ledger.csv", index=False)
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "CDNOW"\nperiod = "all"\n'
        '[tables.ledger]\npath = "ledger.csv"\nduplicates = "keep"\n',
        encoding="utf-8",
    )
    answers = lesson.observed(Book.open(tmp_path / "book.toml"))
    month = rows["date"].str.slice(0, 7)
    sums = rows.groupby([rows["account_id"], month])[["revenue", "volume"]].sum()
    sums = sums[sums["revenue"] > 0]
    assert len(answers.months) == len(sums) == 55_303 and answers.mixed
    made = lesson.elasticities(answers)
    x, y = np.log(sums["revenue"] / sums["volume"]), np.log(sums["volume"])
    assert made.numbers["plain"] == pytest.approx(np.polyfit(x, y, 1)[0], abs=1e-6)
    assert made.numbers["best"] == pytest.approx(-0.2008, abs=1e-3)
    assert not lesson.classes(answers).known
