"""Options of a book that would do nothing are faults with a way out."""

from __future__ import annotations

import pytest

from keyacct_utils.book import Book
from keyacct_utils.contract.faults import BookFaults

PLAIN = "account_id,revenue\nA,100\nB,50\n"
DATED = "account_id,date,revenue,cost_goods\nA,2024-03-01,100,\nB,2024-05-01,50,20\n"
LEDGER = '[tables.ledger]\npath = "ledger.csv"\n'
BY_SQL = (
    '[files.raw]\npath = "ledger.csv"\n[files.other]\npath = "ledger.csv"\n'
    '[tables.ledger]\nsql = "SELECT account_id, CAST(revenue AS INTEGER) AS revenue, CAST(NULL AS DOUBLE) AS '
    'cost_goods FROM raw"\n'
)


def opened(tmp_path, top: str, text: str = PLAIN, tables: str = LEDGER) -> Book:
    (tmp_path / "ledger.csv").write_text(text, encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        f'contract_version = 1\nname = "x"\n{top}\n{tables}', encoding="utf-8"
    )
    return Book.open(tmp_path)


@pytest.mark.parametrize(
    ("top", "said", "way"),
    [
        ("standard_cost = 0.7", "the ledger has no cost_goods", "map cost_goods"),
        ("fiscal_year_start = 4", "the ledger has no date", "map ledger.date"),
        ('fiscal_year_named_by = "start"', "the year begins in January", "fiscal_year_start = 4"),
        ('spark_master = "local[2]"', "no table is on Spark", "leave spark_master out"),
        ('period = "2024"', "the ledger has no date", "use period = 'all'"),
    ],
)
def test_an_option_that_would_do_nothing_is_a_fault(tmp_path, top, said, way):
    with pytest.raises(BookFaults) as caught:
        opened(tmp_path, top)
    assert said in str(caught.value) and way in str(caught.value)


def test_options_with_an_effect_are_none(tmp_path):
    top = 'standard_cost = 0.7\nfiscal_year_start = 4\nfiscal_year_named_by = "start"\nperiod = "2024Q1"'
    book = opened(tmp_path, top, DATED)
    assert book.totals()["cost"].tolist() == [90.0]
    assert opened(tmp_path, 'fiscal_year_named_by = "end"\nperiod = "all"').period == "all"


def test_the_way_out_of_a_standard_cost_without_a_column_of_costs(tmp_path):
    tables = BY_SQL.replace('[files.other]\npath = "ledger.csv"\n', "")
    assert opened(tmp_path, "standard_cost = 0.7", tables=tables).totals()["cost"].tolist() == [
        105.0
    ]


def test_a_file_that_no_sql_reads_is_a_fault(tmp_path):
    with pytest.raises(BookFaults, match="no sql of a table reads this file") as caught:
        opened(tmp_path, "", tables=BY_SQL)
    assert "[files.other]" in str(caught.value) and "[files.raw]" not in str(caught.value)
