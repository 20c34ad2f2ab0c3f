"""Exercises of lesson 16: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from opened import bundled

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons.price_response import answers

LEDGER = "account_id,date,line,volume,revenue\n" + "".join(
    f"{name},2024-01-05,{line},{volume},{revenue}\n"
    for name, line, volume, revenue in (
        ("A", "X", 10, 100),
        ("B", "X", 10, 100),
        ("C", "X", 10, 90),
        ("D", "X", 0, 5),
        ("A", "Y", 1, 50),
    )
)


def test_right_values_worked_by_hand(linjiang):
    # 15 % less volume at 20 % more price; 1,310 x 12 over 1,500 x 10
    assert find("16.1").expected(linjiang) == pytest.approx(
        {"elasticity": -0.75, "sensitive": 2, "sales": 0.048}
    )


def test_a_book_that_cannot_answer_says_so_and_the_others_are_recomputed(write_book):
    book = Book.open(write_book(LEDGER))
    for code, lacks in (
        ("16.2", "price_months"), ("16.3", "tou_months"), ("16.4", "price_months"),
        ("16.5", "renewals"),
    ):  # fmt: skip
        blank = {part.name: 0 for part in find(code).parts}
        said = exercises.judge(find(code), blank, book).text.replace("\\", "")
        assert f"no {lacks}" in said
    # line X sells 290: prices 10, 10 and 9; D has no volume
    found = find("16.6").expected(book)
    high, low = np.quantile([10, 10, 9], [0.9, 0.1])
    assert found["spread"] == pytest.approx(high / low)
    assert found["below"] == pytest.approx(1 / 3) and found["choice"] == "one price"


def test_a_repair_is_done_by_hand_too(linjiang):
    rows = answers.months_of(linjiang)
    rows = rows[rows["month"] >= "2023-01-01"]
    logs = np.log(rows[["volume", "price", "list_price"]])
    left = logs.copy()
    for _ in range(200):
        for column in ("account_id", "month"):
            left = left - left.groupby(rows[column]).transform("mean")
    slope = (left["list_price"] @ left["volume"]) / (left["list_price"] @ left["price"])
    assert find("16.2").expected(linjiang)["repaired"] == pytest.approx(slope, abs=1e-6)


def test_the_credit_by_hand(linjiang):
    rows = linjiang.table("tou_months")
    rows = rows[rows["month"].dt.year == 2024]
    kw = 0.2 * rows["max_demand"].max()
    found = find("16.3").expected(linjiang)
    assert found["credit"] == pytest.approx(kw * 240 / 1e3)
    one = rows[rows["account_id"] == rows.loc[rows["max_demand"].idxmax(), "account_id"]]
    price = (one["peak_price"] @ one["peak_volume"]) / one["peak_volume"].sum()
    assert found["margin"] == pytest.approx(kw * (160 - 80 * (price - 0.75)) / 1e3)


def test_no_named_mistake_passes_for_right(linjiang):
    yunhe = bundled("yunhe")
    for code in ("16.1", "16.2", "16.3", "16.4", "16.5", "16.6"):
        item = find(code)
        book = yunhe if code == "16.6" else linjiang
        right = item.expected(book)
        allowed = {part.name: part.tolerance for part in item.parts}
        for mistake in item.mistakes:
            wrong = mistake.wrong(book)
            far = [
                name for name, value in wrong.items()
                if (value != right[name] if isinstance(value, str)
                    else abs(value - right[name]) > 2 * allowed[name])
            ]  # fmt: skip
            assert far, (code, mistake.hint)


def test_the_colleague_forgets_that_each_unit_leaves_less(linjiang):
    margin, _ = answers.largest_of(linjiang)
    right = find("16.4").expected(linjiang)
    assert right["fault"] == "margin"
    assert right["growth"] == pytest.approx(0.04 / (margin - 0.04))
    assert answers.needed(0.04, margin) < right["growth"]


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    own = {"bar": 0.02, "cost": 0.044, "closed": 0.1, "choice": "yes"}
    assert "is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "no"}) == ""
    assert answers._follows(linjiang, own | {"bar": 0.05}) == ""
    assert "between 0 and 1" in answers._bar_is_sound({"bar": 5})
    sides = answers._both_sides(linjiang, own)
    rows = answers.offers_of(linjiang)
    kept = rows.loc[rows["renewed"] == 1, "gap"].clip(0, 5).sum() / rows["gap"].clip(0, 5).sum()
    assert f"{100 * kept:.1f} % of the money" in sides["no"][0] and len(sides["yes"]) == 2


def test_the_promise_by_hand(linjiang):
    rows = linjiang.table("renewals")
    rows = rows[rows["date"].dt.year == 2024]
    gap = 1 - rows["rival_price"] / rows["our_price"]
    found = find("16.5").expected(linjiang)
    assert found["cost"] == pytest.approx(np.minimum(gap.clip(lower=0), 0.05).mean())
    refused = gap[rows["renewed"] == 0]
    assert found["closed"] == pytest.approx((refused <= 0.05).mean())
    assert isinstance(rows, pd.DataFrame)


def test_near_misses_are_told_apart(linjiang):
    """All years, the reduced form, the gap over the rival's price: each passed for right once."""
    right = find("16.2").expected(linjiang)
    rows = answers.months_of(linjiang)
    logs = np.log(rows[["volume", "price", "list_price"]]).join(rows[["account_id", "month"]])
    for wanted in ("all years", "reduced form"):
        part = logs if wanted == "all years" else logs[logs["month"] >= "2023-01-01"]
        x = part[["volume", "price", "list_price"]]
        left = x - x.groupby(part["account_id"]).transform("mean")
        left = left - x.groupby(part["month"]).transform("mean") + x.mean()
        by = "price" if wanted == "all years" else "list_price"
        wrong = (left["list_price"] @ left["volume"]) / (left["list_price"] @ left[by])
        given = {**right, "repaired": wrong}
        said = exercises.judge(find("16.2"), given, linjiang).text
        assert ("takes all months" if wanted == "all years" else "own square") in said
    offers = linjiang.table("renewals")
    offers = offers[offers["date"].dt.year == 2024]
    cost = (offers["our_price"] / offers["rival_price"] - 1).clip(0, 0.05).mean()
    given = {**find("16.5").expected(linjiang), "cost": cost, "bar": 0.02, "choice": "no"}
    given["defence"] = "It costs more than it saves. Few gaps are closed by it."
    assert "part of the rival's price" in exercises.judge(find("16.5"), given, linjiang).text


def test_other_ways_to_miss_are_named(linjiang):
    margin, _ = answers.largest_of(linjiang)
    for growth, says in (
        (0.04 / margin / 0.96, "part of the new price"),
        (0.04 / (margin + 0.04), "adds the discount"),
    ):
        given = {"fault": "margin", "growth": growth}
        assert says in exercises.judge(find("16.4"), given, linjiang).text
    yunhe = bundled("yunhe")
    rows = yunhe.table("ledger")
    main = rows.groupby("line")["revenue"].sum().idxmax()
    rows = rows[(rows["line"] == main) & (rows["revenue"] > 0) & (rows["volume"] > 0)]
    unit = (rows["revenue"] / rows["volume"]).astype(float)
    given = find("16.6").expected(yunhe) | {
        "spread": unit.quantile(0.9) / unit.quantile(0.1),
        "below": (unit <= 0.95 * unit.median()).mean(),
    }
    assert "each row as a price" in exercises.judge(find("16.6"), given, yunhe).text
