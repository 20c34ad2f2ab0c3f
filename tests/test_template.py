"""The template and the dictionary come from the contract and lead to a book that opens."""

from __future__ import annotations

import re
import tomllib

from keyacct_utils.book import Book
from keyacct_utils.book.intake.book_toml import _SOURCE
from keyacct_utils.book.template import (
    book_template,
    data_dictionary,
    decisions,
    sql_text,
    toml_text,
)
from keyacct_utils.contract.tables import TABLES


def test_template_names_everything_and_opens_as_it_stands(tmp_path):
    text = book_template()
    for table in TABLES.values():
        assert f"[tables.{table.name}]" in text
        for column in table.columns:
            assert (
                f'{column.name} = "{column.name}"' in text
                and column.chinese in text
                and column.meaning in text
            )
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("account_id,revenue\nA1,5\n", encoding="utf-8")
    assert Book.open(tmp_path).rollup()["revenue"].tolist() == [5.0]


def test_every_commented_line_is_valid_when_switched_on(tmp_path):
    lines = [
        re.sub(r"^# (?=(\[tables|\w+ = \"|path))", "", line)
        for line in book_template().splitlines()
    ]
    kept = "\n".join(
        line
        for line in lines
        if not line.startswith(
            ("root_env", "sql", "encoding", "sep", "sheet", "decimal", "date_format", "path = [")
        )
    )
    given = tomllib.loads(kept)
    assert set(given["tables"]) == set(TABLES)
    assert all(
        set(part["columns"]) == set(TABLES[name].names) for name, part in given["tables"].items()
    )


def test_every_option_is_valid_when_switched_on():
    options = set()
    for line in book_template().split("# contract_version")[0].splitlines():
        option = re.match(
            r"# *((path|sql|table|database_env|encoding|sep|sheet|skip|decimal|date_format|unit|na|void|where|duplicates|repeated_keys|currency_rates|currency_column|columns_to_rows) = .*)",
            line,
        )
        if option:
            options.add(option[2])
            given = tomllib.loads(option[1])
            assert set(given) == {option[2]} and isinstance(given[option[2]], _SOURCE[option[2]])
    assert options == set(_SOURCE) - {"columns", "query", "spark"}


def test_what_matters_first_stands_in_25_lines():
    first, _, rest = book_template().partition("\n# =====")
    assert first.count("\n") <= 25
    given = tomllib.loads(first)
    assert given["tables"]["ledger"]["columns"] == {
        "account_id": "account_id",
        "revenue": "revenue",
    }
    for word in ("encoding", "decimal", "date_format", "void", "skip"):
        assert f"# {word} = " in first
    assert all(not line or line.startswith("#") for line in rest.split("\n")[1:])


def test_texts_are_safe_in_toml():
    hostile = 'a"b\\c\nd\r\te\x00\x1f\x7f😀\u202e' + '"' * 7
    assert tomllib.loads(f"x = {toml_text([hostile, 5])}")["x"] == [hostile, 5]
    sql = f"SELECT {hostile}\nFROM x"
    assert tomllib.loads(f"x = {sql_text(sql)}")["x"].strip("\n") == sql


def test_decisions_are_found_by_line():
    assert (
        decisions("a = 1\n# unsure: b: why\n# b = 2\n") == [(2, "b: why")]
        and decisions(book_template()) == []
    )


def test_dictionary_describes_every_column_once():
    text = data_dictionary()
    for table in TABLES.values():
        section = text.split(f"## {table.name} (")[1].split("\n## ")[0]
        for column in table.columns:
            assert section.count(f"| `{column.name}` |") == 1


def test_declarations_are_complete():
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names)
        assert set(table.key) <= set(table.names)
        for column in table.columns:
            assert column.meaning and re.search("[\u4e00-\u9fff]", column.chinese), (
                f"{table.name}.{column.name}"
            )
            assert column.unit or column.kind in (
                "id",
                "text",
                "category",
                "flag",
                "date",
                "integer",
            ), f"{table.name}.{column.name}"
