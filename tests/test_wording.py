"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from keyacct_utils.lessons.showing import templates
from keyacct_utils.lessons.showing import words as wording


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (14774928622.8, "14.77 bn"),
        (550456882.5, "550.5 m"),
        (-161_300_000, "-161.3 m"),
        (999.9, "999.9"),
        (0, "0.00"),
        (1234, "1.23 k"),
        (math.nan, "-"),
    ],
)
def test_money(amount, text):
    assert wording.money(amount) == text
    assert wording.money(amount, "CNY") == (text if text == "-" else text + " CNY")


def test_names_are_text_never_markup():
    assert wording.safe("<script>alert(1)</script> *bold* [link](x) $x$") == (
        r"&lt;script&gt;alert\(1\)&lt;/script&gt; \*bold\* \[link\]\(x\) \$x\$"
    )
    assert (
        wording.listing(["a", "b", "c"], limit=2) == "a, b and 1 more"
        and wording.listing([]) == "none"
    )


def test_counts_and_tables():
    assert (
        wording.count(1, "account") == "1 account"
        and wording.count(2_000, "lesson runs", "lessons run") == "2,000 lessons run"
    )
    frame = pd.DataFrame(
        {"share": [0.5, None], "n": [1000.0, 2.0], "left": [1, 2]}, index=["x", "y"]
    )
    shown = wording.tabulate(
        frame, {"n": wording.decimals(0), "share": wording.percent}, {"n": "accounts"}
    )
    assert shown.to_dict("list") == {"accounts": ["1,000", "2"], "share": ["50.0 %", "-"]}


def test_a_table_of_words_keeps_names_as_text(monkeypatch):
    shown = []
    monkeypatch.setattr(wording, "display", lambda item, **_: shown.append(item.data))
    wording.text_table(pd.DataFrame({"who": ["a|b", "<b>"]}, index=pd.Index([1, 2], name="n")))
    assert shown == ["| n | who |\n|:---|:---|\n| 1 | a\\|b |\n| 2 | &lt;b&gt; |"]


def test_a_little_is_not_nothing_and_nearly_all_is_not_all():
    # 984 k of 15.5 bn: once "0.0 % of sales"
    assert wording.percent(984_072.59 / 15_521_869_451.05) == "0.01 %"
    assert wording.percent(0.0) == "0.0 %" and wording.percent(0.0005) == "0.1 %"
    assert wording.percent(float("nan")) == "-" and wording.percent(0.111) == "11.1 %"
    assert [wording.percent(share, 0) for share in (0.004, 0.0004, 0.996, 0.99999)] == [
        "0.4 %", "under 0.1 %", "99.6 %", "over 99.9 %",
    ]  # fmt: skip
    assert [wording.percent(share, 0) for share in (-0.004, -0.0004, -0.99999)] == [
        "-0.4 %", "over -0.1 %", "under -99.9 %",
    ]  # fmt: skip
    # dust of floats is nothing, and the whole is the whole; above it nothing is hidden
    assert wording.percent(0.1 + 0.2 - 0.3, 0) == "0 %" and wording.percent(1 - 1e-16, 0) == "100 %"
    assert wording.percent(1.002, 0) == "100 %" and wording.percent(float("inf")) == "inf %"


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.125, 0, "13 %"), (0.135, 0, "14 %"), (0.285, 0, "29 %"), (0.005, 0, "1 %"), (0.0005, 1, "0.1 %"),
        (0.0125, 1, "1.3 %"), (0.1 + 0.2 - 0.175, 0, "13 %"), (-0.125, 0, "-13 %"), (0.12499, 0, "12 %"),
    ],
)  # fmt: skip
def test_a_half_is_rounded_as_a_spreadsheet_does(share, digits, text):
    assert wording.percent(share, digits) == text


def test_every_way_of_writing_a_number_rounds_alike():
    halves = {"n": 2.5, "few": 0.285, "share": 0.125, "owed": -0.5}
    said = templates.write("{n:.0f}, {few:.2f}, {share:percent0}, {share:.2f}, {owed:.0f}", halves)
    assert said == "3, 0.29, 13 %, 0.13, -1"
    assert (
        templates.write("{x:.0f}, {y:+.1f}, {z:,.1f}", {"x": -0.4, "y": 0.25, "z": 1234.25})
        == "0, +0.3, 1,234.3"
    )
    assert wording.decimals(0)(2.5) == "3" and wording.money(12_345) == "12.35 k"
    assert templates.value_form(0.0125, "points") == "1.3"


def test_two_ends_of_an_interval_stand_in_one_unit():
    assert wording.money_span(600.6, 16_100) == "0.60 k to 16.10 k"
    assert wording.money_span(-126.0, 5_260) == "-0.13 k to 5.26 k"
    assert wording.money_span(2_100, 5_260) == "2.10 k to 5.26 k"
    assert wording.money_span(12.5, 99) == "12.50 to 99.00"
    # once: "0.00 k to 6.28 k", of a lower end that is not nothing
    # and once "1.20 to 6.28 k", which reads as 1.20 k
    assert wording.money_span(1.2, 6_280) == "1.20 to 6,280.00"
    assert wording.money_span(0.0, 6_280) == "0.00 k to 6.28 k"
    assert wording.money_span(float("nan"), 5) == "- to 5.00"
