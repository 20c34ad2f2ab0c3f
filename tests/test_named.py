"""One way to write money and accounts: `lessons.shared.named`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from keyacct_utils.lessons.shared import named, periods

ROOMS = Path(named.__file__).parents[1]
WITH_NAMES = (
    "coverage", "receivables", "lifetime_value", "churn", "relationship_stages", "dependence",
    "white_space", "price_response", "channel",
)  # fmt: skip


@dataclass(frozen=True)
class Looked(named.Named):
    currency: str
    labels: pd.Series


def test_money_and_accounts_are_written_as_a_reader_knows_them():
    found = Looked("CNY", pd.Series({"A1": "Anhe A1"}))
    assert found.unit_of_money == " CNY" and Looked("", found.labels).unit_of_money == ""
    assert found.called("A1") == "Anhe A1" and found.called("A2") == "A2"
    assert found.named(["A2", "A1"]) == ["A2", "Anhe A1"]


@pytest.mark.parametrize("room", ["tender", "sales_efficiency", *WITH_NAMES])
def test_these_rooms_have_no_way_of_their_own(room):
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOMS / room).glob("*.py"))
    assert ("(Named):" if room in WITH_NAMES else "(Priced):") in text
    own = "called|named" if room in WITH_NAMES else "named"
    assert not re.search(rf"def (unit|unit_of_money|money|{own})\(self", text)


def test_a_period_is_said_in_one_way():
    dates = {"first_date": pd.Timestamp("2024-01-03"), "last_date": pd.Timestamp("2024-12-30")}
    assert periods.in_words(dates) == "from 2024-01-03 to 2024-12-30"
    for unknown in ({}, {"first_date": pd.NaT, "last_date": pd.NaT}):
        assert periods.in_words(unknown) == "over all its rows"
