"""Books of the size and the shape of real ones, through check and run: what is shown of them, against plain pandas."""

from __future__ import annotations

import csv
import io
import itertools
import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from made_books import BOOKS, Made

from keyacct_utils.book import Book
from keyacct_utils.book.proposing.trying import first_choices, tried
from keyacct_utils.book.template import decisions
from keyacct_utils.lessons.concentration import findings as lesson
from keyacct_utils.lessons.profitability import findings as profitability
from keyacct_utils.lessons.qualification import findings as qualification
from keyacct_utils.lessons.value_grading import findings as grading
from keyacct_utils.running import runner

LESSONS = ["00", "01", "03", "04"]


def in_period(made: Made, back: int = 0) -> pd.DataFrame:
    """The rows of the book's own year, or of an earlier one."""
    if 'period = "all"' in made.toml:
        return made.rows
    return made.rows[made.rows["date"].dt.year == 2023 - back]


def per_account(rows: pd.DataFrame, name: str = "revenue") -> pd.Series:
    """Cents per account, the largest first."""
    found = rows.groupby("account_id")[name].sum().astype("int64")
    return found.sort_values(ascending=False, kind="stable")


@pytest.fixture(scope="module", params=list(BOOKS))
def run(request, tmp_path_factory) -> Iterator[tuple[Made, Path, Book]]:
    """A book with the folder of its results."""
    made = BOOKS[request.param]()
    folder = tmp_path_factory.mktemp(request.param)
    path = made.write(folder / "book")
    summary = runner.run(str(path), lessons=LESSONS, out=folder / "out", progress=False)
    assert summary.exit_code == 0, str(summary)
    yield made, folder / "out", Book.open(path)


def review(out: Path) -> dict[str, dict[str, str]]:
    """The account review as its CSV says it, by account."""
    with (out / "account_review.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["account_id"]: row for row in csv.DictReader(stream)}


def test_every_total_is_that_of_the_rows(run):
    made, _, book = run
    assert round(100 * book.totals()["revenue"].sum()) == made.rows["revenue"].sum()
    start, end = book.period_dates()
    found = book.rollup(start=start, end=end, by_line=False).set_index("account_id")["revenue"]
    wanted = per_account(in_period(made))
    assert (found * 100).round().astype("int64").sort_index().to_dict() == wanted.to_dict()
    yearly = book.totals(period="year").set_index("period")["revenue"]
    by_hand = made.rows.groupby(made.rows["date"].dt.year)["revenue"].sum() / 100
    assert yearly.round(2).to_dict() == {str(year): value for year, value in by_hand.items()}


def test_the_review_lists_each_account_with_its_amount_rank_share_and_class(run):
    made, out, _ = run
    wanted, told = per_account(in_period(made)), review(out)
    assert set(wanted.index) <= set(told)
    for account, cents in wanted.items():
        assert Decimal(told[account]["amount"]) == Decimal(int(cents)) / 100, account
    positive = wanted[wanted > 0]
    before = positive.cumsum().shift(fill_value=0) / positive.sum()
    classes = np.where(before < 0.8, "A", np.where(before < 0.95, "B", "C"))
    ranks = sorted(positive.index, key=lambda account: (-positive[account], account))
    for place, account in enumerate(ranks, 1):
        assert int(told[account]["rank"]) == place, account
        share = positive[account] / positive.sum()
        assert float(told[account]["share"]) == pytest.approx(share, abs=5.1e-7), account
    # accounts of one amount may change places within their class
    found = pd.Series({account: told[account]["abc"] for account in positive.index})
    assert found.value_counts().to_dict() == pd.Series(classes).value_counts().to_dict()
    uncertain = positive.duplicated(keep=False).to_numpy()
    assert (found.to_numpy() == classes)[~uncertain].all()


def test_the_first_page_counts_and_adds_up_as_the_rows_do(run):
    made, out, _ = run
    wanted = in_period(made)
    sheet = openpyxl.load_workbook(out / "account_review.xlsx")["summary"]
    lines = {row[1]: row for row in sheet.iter_rows(values_only=True) if row[1]}
    assert round(100 * lines["revenue"][2]) == wanted["revenue"].sum()
    amounts = per_account(wanted)
    assert lines["accounts of class A"][2] == sum(row["abc"] == "A" for row in review(out).values())
    earlier = in_period(made, back=1)
    if len(earlier) < len(made.rows):
        change = 100 * (wanted["revenue"].sum() / earlier["revenue"].sum() - 1)
        assert f"{change:+.1f} %" in lines["revenue"][4]
        both = pd.DataFrame({"now": amounts, "was": per_account(earlier)}).fillna(0)
        rose = both[(both["was"] > 0) & (both["now"] > both["was"])]
        up = lines["accounts up"]
        assert round(100 * up[2]) == (rose["now"] - rose["was"]).sum()
        assert up[4].startswith(f"{len(rose):,} account")


def of_those_that_bought(rows: pd.DataFrame) -> dict[str, float]:
    """Accounts with a sale, their net total, losses counted, and the shares of it that the top fifth
    and the largest hold.
    """
    bought = rows.loc[rows["revenue"] > 0, "account_id"].unique()
    net = rows.groupby("account_id")["revenue"].sum().reindex(bought)
    return {
        "accounts": len(net),
        "total": float(net.sum() / 100),
        "top_share": float(net.nlargest(int(np.ceil(0.2 * len(net)))).sum() / net.sum()),
        "largest_share": float(net.max() / net.sum()),
    }


def share_of_the_first(rows: pd.DataFrame) -> float:
    """Share of the top fifth of all that bought, losses counted, in the net total of these."""
    return of_those_that_bought(rows)["top_share"]


def concentration(amounts: pd.Series) -> dict[str, float]:
    """The measures of lesson 01 by their formulas, of positive amounts."""
    ascending = np.sort(amounts[amounts > 0].to_numpy())
    n, total = len(ascending), ascending.sum()
    largest = ascending[::-1].cumsum() / total
    return {
        "accounts": n,
        "total": total / 100,
        "gini": float((2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * total)),
        "top_share": float(largest[int(np.ceil(0.2 * n)) - 1]),
        "accounts_to_reach": int((largest < 0.8).sum() + 1),
        "reach_70": int((largest < 0.7).sum() + 1),
        "largest_share": float(ascending[-1] / total),
        "effective": float(float(total) ** 2 / (ascending.astype(float) ** 2).sum()),
        "moved": int(
            (
                np.digitize(largest - ascending[::-1] / total, [0.8, 0.95])
                != np.digitize(largest - ascending[::-1] / total, [0.7, 0.9])
            ).sum()
        ),
    }


def test_the_lesson_on_concentration_says_what_plain_arithmetic_says(run):
    made, _, book = run
    rows = in_period(made)
    wanted, sales = concentration(per_account(rows)), lesson.sales(book)
    curves = lesson.curves(sales)
    shown = ["accounts", "total", "gini", "top_share", "accounts_to_reach", "largest_share"]
    assert curves.table.iloc[0][shown].to_dict() == pytest.approx(
        {name: wanted[name] for name in shown} | of_those_that_bought(rows), rel=1e-12
    )
    classes = lesson.classes(sales).numbers
    assert [classes[name] for name in ("first", "second", "moved")] == [
        wanted[name] for name in ("accounts_to_reach", "reach_70", "moved")
    ]
    effective = lesson.effective_number(sales)
    assert effective.numbers["effective"] == pytest.approx(wanted["effective"], rel=1e-12)
    assert effective.table["points"].iloc[0] == pytest.approx(1e4 / wanted["effective"], rel=1e-12)
    apart = per_account(rows)[lambda amounts: amounts <= 0]
    told = lesson.book_in_numbers(sales).numbers
    assert (told["rows"], told["accounts"]) == (len(rows), rows["account_id"].nunique())
    assert told["revenue"] == pytest.approx(rows["revenue"].sum() / 100, abs=1e-9)
    stands_apart = [value for value in told.values() if isinstance(value, dict)]
    assert len(stands_apart) == bool(len(apart))
    for value in stands_apart:
        assert value["accounts"] == len(apart)
        assert value["amount"] == pytest.approx(apart.sum() / 100, abs=1e-9)


def test_only_whole_years_are_compared(run):
    made, _, book = run
    found = lesson.by_year(lesson.sales(book))
    complete = pd.Timestamp(tomllib.loads(made.toml)["as_of"])
    whole = [
        year
        for year, rows in made.rows.groupby(made.rows["date"].dt.year)
        if rows["date"].min().month == 1 and complete >= pd.Timestamp(year, 12, 31)
    ]
    if len(whole) < 2:
        assert not found.known or found.numbers["years"] < 2
        return
    assert list(found.table.index) == [str(year) for year in whole]
    for year in whole:
        rows = made.rows[made.rows["date"].dt.year == year]
        wanted, told = concentration(per_account(rows)), found.table.loc[str(year)]
        assert told["top_share"] == pytest.approx(share_of_the_first(rows), abs=1e-12)
        assert told["accounts_to_reach"] == wanted["accounts_to_reach"]


@pytest.mark.parametrize("name", BOOKS)
def test_growth_who_is_gone_and_who_is_new_are_those_of_the_rows(name, tmp_path):
    """Lesson 03, month by month from the rows: the spans that are compared, the amounts, gone and new, the cells."""
    made = BOOKS[name]()
    accounts = grading.accounts(Book.open(made.write(tmp_path / "book")))
    month = made.rows["date"].dt.to_period("M")
    last = month.max() if 'period = "all"' in made.toml else min(month.max(), pd.Period("2023-12"))
    last -= int(bool(accounts.cut_short))
    covered = (last - month.min()).n + 1
    months = min(12, covered // 3)
    assert (accounts.n_months, accounts.months) == (covered, months)
    span = (last - month).map(lambda back: back.n // months if back.n >= 0 else -1)
    for number, column in enumerate(("after", "before", "earlier")):
        cents = made.rows[span == number].groupby("account_id")["revenue"].sum()
        found = (accounts.spans[column] * 100).round().astype("int64")
        assert found.to_dict() == cents.reindex(accounts.ids, fill_value=0).to_dict(), column
    bought = made.rows[made.rows["revenue"] > 0]
    # a month that breaks off after the span belongs to no span, and who bought in it is not gone
    later = set(bought["account_id"][span <= 0])
    earlier = set(bought["account_id"][span > 0])
    assert set(accounts.ids[accounts.gone]) == earlier - later
    assert set(accounts.ids[accounts.new]) == later - earlier
    axes = grading.axes(accounts)
    cell = grading.cells(accounts, axes).numbers["cell"]
    # growth of purchases and the years since the first one are all that speaks of tomorrow
    assert set(cell.index[cell == "gone"]) == earlier - later
    assert set(cell.index[cell == "new"]) == later - earlier
    two = axes.numbers["scores"][["current", "potential"]].dropna()
    high = two >= two.apply(lambda axis: axis.nlargest(int(np.ceil(0.3 * len(axis)))).min())
    if len(two) == len(cell):
        assert set(cell.index[cell == "invest"]) == set(two.index[high.all(axis=1)])
    without = made.rows["cost"].isna() if "cost" in made.rows else pd.Series(dtype=bool)
    if without.any():
        missing = in_period(made)[lambda rows: rows["cost"].isna()]
        known = missing.groupby("account_id")["revenue"].sum()
        assert (accounts.uncosted * 100).round().astype("int64").to_dict() == known.to_dict()
        assert "gross profit" in " ".join(axes.sentences()) and "is at most" in " ".join(
            axes.sentences()
        )
    else:
        assert not len(accounts.uncosted)


def test_what_does_not_count_is_told_with_its_money(run):
    made, out, _ = run
    if "发票.csv" not in made.files:
        pytest.skip("only the tax invoices have void rows")
    notes = json.loads((out / "run.json").read_text(encoding="utf-8"))["book"]["notes"]
    raw = pd.read_csv(io.BytesIO(made.files["发票.csv"]), encoding="gb18030", dtype=str)
    void = raw[raw["发票状态"].str.strip() == "作废发票"]
    money = sum(map(Decimal, void["金额"]))
    assert (
        f"ledger: {len(void)} rows of {len(raw):,} are void (发票状态: 作废发票) "
        f"with {money:,} of revenue, and do not count"
    ) in notes


#: What is left to decide, and a column that the words of its header tell.
PROPOSED = {
    "retail": (2, "Quantity"),
    "invoices": (5, "购方识别号"),
    "resellers": (1, "TotalProductCost"),
    "receivables": (2, "SettledDate"),
}


@pytest.mark.parametrize("name", PROPOSED)
def test_what_init_proposes_with_its_first_choices_is_the_book(name, tmp_path):
    made, (points, told) = BOOKS[name](), PROPOSED[name]
    for file, content in made.files.items():
        (tmp_path / file).write_bytes(content)
    _, text = tried(tmp_path / "book", [tmp_path / file for file in made.files])
    assert len(decisions(text)) == points and told in text
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "book.toml").write_text(
        first_choices(text).replace('root_env = "KEYACCT_DATA"', 'root_env = "MADE"'), "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MADE", str(tmp_path))
        book = Book.open(tmp_path / "book")
        found = book.rollup(by_line=False)
    assert round(100 * found["revenue"].sum()) == made.rows["revenue"].sum()
    assert sorted((found["revenue"] * 100).round().astype("int64")) == sorted(
        per_account(made.rows)
    )
    if "cost" in made.rows:
        known = made.rows["cost"].dropna()
        assert round(100 * found["cost"].sum()) == known.sum()
        without = made.rows.loc[made.rows["cost"].isna(), "revenue"]
        assert found["n_uncosted"].sum() == len(without)
        assert round(100 * found["uncosted"].sum()) == without.sum()


# ---- lesson 04, figure by figure: the one made book that knows what its goods cost


@pytest.fixture(scope="module")
def goods(tmp_path_factory):
    """The resellers, their rows of 2023 and of the year before, and the lesson's view of them."""
    made = BOOKS["resellers"]()
    book = Book.open(made.write(tmp_path_factory.mktemp("goods")))
    return in_period(made), in_period(made, 1), profitability.known_costs(book)


def profit_of(rows: pd.DataFrame) -> pd.Series:
    """Cents per account, the largest first; a line without a cost leaves all of its revenue."""
    left = rows["revenue"] - rows["cost"].fillna(0).astype("int64")
    return left.groupby(rows["account_id"]).sum().sort_values(ascending=False, kind="stable")


def test_the_first_figures_on_profit_are_those_of_the_rows(goods):
    now, _, costs = goods
    told = profitability.book_in_numbers(costs).numbers
    lacking = now[now["cost"].isna()]
    assert told["accounts"] == now["account_id"].nunique()
    assert round(100 * told["revenue"]) == now["revenue"].sum()
    assert round(100 * told["goods"]) == now["cost"].sum()
    assert told["uncosted"] == len(lacking)
    assert round(100 * told["uncosted_revenue"]) == lacking["revenue"].sum()
    assert told["doubtful"] == lacking["account_id"].nunique()
    by_account = now["cost"].notna().groupby(now["account_id"]).any()
    assert told["unknown"] == int((~by_account).sum())


def test_what_is_left_and_the_whale_are_those_of_the_rows(goods):
    now, _, costs = goods
    profit = profit_of(now)
    left = profitability.what_is_left(costs).numbers
    assert round(100 * left["profit"]) == round(100 * left["gross"]) == profit.sum()
    assert left["losing"] == (profit < 0).sum()
    assert round(100 * left["goods"]["loss"]) == -profit[profit < 0].sum()
    whale, made = profitability.whale_shape(costs).numbers, profit[profit > 0].sum()
    assert whale["peak"] == pytest.approx(made / profit.sum(), rel=1e-12)
    assert whale["erosion"] == pytest.approx(1 - profit.sum() / made, rel=1e-12)
    assert round(100 * whale["taken"]) == -profit[profit < 0].sum()
    best = int(np.ceil(0.2 * len(profit)))
    assert (whale["best"], whale["bought"]) == (best, len(profit))
    assert whale["best_part"] == pytest.approx(profit[:best].sum() / profit.sum(), rel=1e-12)
    assert whale["best_low"] < whale["best_part"] < whale["best_high"]
    assert whale["left_of"] == "gross margin"


def test_the_curve_in_numbers_and_the_best_that_are_lost_are_those_of_the_rows(goods):
    now, _, costs = goods
    cents = profit_of(now).to_numpy()
    points = profitability.whale_points(costs)
    pairs = np.abs(np.subtract.outer(cents, cents)).sum()
    gini = pairs / (2 * len(cents) * np.abs(cents).sum())
    assert points.numbers["gini"] == pytest.approx(gini, rel=1e-9)
    made = points.table["cumulative"]
    assert [round(100 * made[rank]) for rank in made.index] == [
        cents[:rank].sum() for rank in made.index
    ]
    lost = profitability.best_lost(costs)
    assert round(100 * lost.numbers["profit"]) == cents[0]
    fewest = next(
        (k for k in range(1, len(cents)) if cents[k:].sum() <= 0), None
    )  # of the best, until the others make nothing
    assert lost.numbers["fewest"] == fewest
    for many, left in lost.table["left"].items():
        assert round(100 * left) == cents[many:].sum()


def test_the_years_and_who_loses_again_are_those_of_the_rows(goods):
    now, before, costs = goods
    assert costs.years[-2:] == ["2022", "2023"]
    found = profitability.loses_again(costs).numbers
    first, second = profit_of(before), profit_of(now)
    both = first.index.intersection(second.index)
    again = (first[both] < 0) & (second[both] < 0)
    assert found["losing"] == (first < 0).sum()
    assert (found["still"], found["again"]) == ((first[both] < 0).sum(), again.sum())
    assert found["base"] == pytest.approx((second[both] < 0).mean())
    table = profitability.years(costs).table
    for year, rows in (("2022", before), ("2023", now)):
        assert round(100 * table.loc[year, "revenue"]) == rows["revenue"].sum()
        assert round(100 * table.loc[year, "gross_profit"]) == profit_of(rows).sum()
        assert table.loc[year, "accounts"] == rows["account_id"].nunique()


def test_what_is_expected_of_another_year_is_by_its_formula(goods):
    now, before, costs = goods
    margins = [
        profit_of(rows) / rows.groupby("account_id")["revenue"].sum() for rows in (before, now)
    ]
    # what the accounts of both years moved by together is no chance of one of them
    margins[0] = margins[0] + (margins[1] - margins[0]).mean()
    wide = pd.concat(margins, axis=1)
    years, mean = wide.notna().sum(axis=1), wide.mean(axis=1)
    n, total = len(wide), int(years.sum())
    within = float(wide.sub(mean, axis=0).pow(2).sum().sum() / (total - n))
    grand = float((years * mean).sum() / total)
    square = float((years * (mean - grand) ** 2).sum() / (n - 1))
    between = max(0.0, (square - within) / ((total - (years**2).sum() / total) / (n - 1)))
    found = profitability.loses_again(costs)
    assert found.numbers["lasting"] == pytest.approx(between / (between + within), rel=1e-9)
    weight = 1 / (between + within / years)
    centre = (weight * mean).sum() / weight.sum()
    hoped = centre + between / (between + within) * (margins[1] - centre)
    later = profit_of(now)
    losing = later.index[later < 0]
    sold = now.groupby("account_id")["revenue"].sum()[losing] / 100
    assert found.numbers["hoped"] == pytest.approx(-(hoped[losing] * sold).sum(), abs=0.01)
    assert found.numbers["expected"] == (hoped[losing] < 0).sum()


def test_the_bridge_is_that_of_the_rows(goods):
    """Price and unit cost at the volume after, new accounts against the mean before."""
    now, before, costs = goods
    old, new = (
        rows.assign(cost=rows["cost"].fillna(0).astype("int64"))
        .groupby("account_id")[["revenue", "cost", "volume"]]
        .sum()
        for rows in (before, now)
    )
    costs = replace(costs, pair=("2022", "2023"))
    unit = (old["revenue"] - old["cost"]) / old["volume"]
    mean = (old["revenue"] - old["cost"]).sum() / old["volume"].sum()
    base = unit.reindex(new.index).fillna(mean)
    effect = (new["revenue"] - new["cost"] - new["volume"] * base).sum() / 100
    found = costs.bridge()
    assert (found["price"] + found["unit_cost"]).sum() == pytest.approx(effect, abs=0.01)
    change = (profit_of(now).sum() - profit_of(before).sum()) / 100
    assert found["change"].sum() == pytest.approx(change, abs=0.01)
    parts = found[["volume", "mix", "price", "unit_cost", "other"]].to_numpy().sum()
    assert parts == pytest.approx(change, abs=0.01)


def test_the_list_and_its_plan_are_those_of_the_rows(goods):
    """A rise of at most 5 % or dropped: no service and no credit is known."""
    now, _, costs = goods
    profit = profit_of(now)
    sold = now.groupby("account_id")["revenue"].sum()
    losing = profit[profit < 0]
    asked = losing[-losing / sold[losing.index] <= 0.05]
    acted = profitability.actions(costs)
    numbers = acted.numbers
    assert (numbers["losing"], numbers["fixable"]) == (len(losing), len(asked))
    assert numbers["dropped"] == len(losing) - len(asked)
    for action, cents in (("raise price", asked), ("drop", losing.drop(asked.index))):
        row = acted.table.loc[action]
        assert round(100 * row["gain"]) == -cents.sum()
        assert row["low"] < row["gain"] < row["high"]
    plan = profitability.plan(costs, acted, months=6, accept=0.7).numbers
    # asked from the third month, dropped from the fourth; who refuses leaves with the loss
    works = -(4 * asked.sum() + 3 * losing.drop(asked.index).sum()) / 12 / 100
    assert plan["brought"] == pytest.approx(works, abs=0.01)
    assert plan["low"] < plan["brought"] < plan["high"]


@pytest.mark.parametrize("name", BOOKS)
def test_fees_and_classes_by_rank_are_those_of_the_rows(name, tmp_path):
    """Lesson 02: the mean month of each account, and the pyramid of 1, 5 and 20 % of the accounts."""
    made = BOOKS[name]()
    accounts = qualification.accounts(Book.open(made.write(tmp_path / "book")))
    rows = in_period(made)
    last = made.rows["date"].max()
    months = len(rows["date"].dt.to_period("M").unique())
    if rows["date"].max() == last and accounts.cut_short:  # a month that breaks off, by its days
        months += last.day / last.days_in_month - 1
    fees = accounts.features["avg_monthly_fee"]
    wanted = per_account(rows).reindex(fees.index, fill_value=0)
    assert fees.to_numpy() == pytest.approx((wanted / 100 / months).to_numpy(), abs=1e-6)
    ranked = wanted.sort_values(ascending=False)  # all accounts of the book, as its list has them
    edges = [int(np.ceil(round(part * len(ranked), 9))) for part in (0, 0.01, 0.05, 0.2, 1)]
    table = qualification.classes(accounts).table
    assert table["accounts"].tolist() == np.diff(edges).tolist()
    cents = [ranked.iloc[a:b].sum() for a, b in itertools.pairwise(edges)]
    assert (100 * table["revenue"]).round().astype("int64").tolist() == cents
    positive = ranked[ranked > 0].sum()
    shares = [ranked.iloc[a:b].clip(lower=0).sum() / positive for a, b in itertools.pairwise(edges)]
    assert table["share"].tolist() == pytest.approx(shares, rel=1e-3)
