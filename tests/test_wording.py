"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

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


def test_a_little_is_not_nothing():
    # 984 k of 15.5 bn: once "0.0 % of sales"
    assert wording.part_in_words(984_072.59 / 15_521_869_451.05) == "less than 0.1 %"
    assert wording.part_in_words(0.0) == "0.0 %" and wording.part_in_words(0.0005) == "0.1 %"
    assert wording.part_in_words(float("nan")) == "-" and wording.part_in_words(0.111) == "11.1 %"
    assert wording.part_in_words(0.004, 0) == "less than 1 %"
