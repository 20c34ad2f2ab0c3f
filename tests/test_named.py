"""One way to write money and accounts: `lessons.shared.named`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from keyacct_utils.lessons.shared import named

ROOMS = Path(named.__file__).parents[1]


@dataclass(frozen=True)
class Looked(named.Named):
    currency: str
    labels: pd.Series


def test_money_and_accounts_are_written_as_a_reader_knows_them():
    found = Looked("CNY", pd.Series({"A1": "Anhe A1"}))
    assert found.unit_of_money == " CNY" and Looked("", found.labels).unit_of_money == ""
    assert found.called("A1") == "Anhe A1" and found.called("A2") == "A2"
    assert found.named(["A2", "A1"]) == ["A2", "Anhe A1"]


@pytest.mark.parametrize(
    "room",
    ["coverage", "receivables", "lifetime_value", "churn", "relationship_stages", "dependence"],
)
def test_these_rooms_have_no_way_of_their_own(room):
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOMS / room).glob("*.py"))
    assert "(Named):" in text
    assert not re.search(r"def (unit|unit_of_money|called|named)\(self", text)
