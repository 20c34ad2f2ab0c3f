"""The template and the dictionary come from the contract and lead to a book that opens."""

from __future__ import annotations

import re
import tomllib

from keyacct_utils.book import Book
from keyacct_utils.tables import TABLES
from keyacct_utils.template import book_template, data_dictionary


def test_template_names_everything_and_opens_as_it_stands(tmp_path):
    text = book_template()
    for table in TABLES.values():
        assert f"[tables.{table.name}]" in text
        for column in table.columns:
            assert f'{column.name} = "{column.name}"' in text and column.chinese in text and column.meaning in text
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    (tmp_path / "ledger.csv").write_text("account_id,revenue\nA1,5\n", encoding="utf-8")
    assert Book.open(tmp_path).rollup()["revenue"].tolist() == [5.0]


def test_every_commented_line_is_valid_when_switched_on(tmp_path):
    lines = [re.sub(r"^# (?=(\[tables|\w+ = \"|path))", "", line) for line in book_template().splitlines()]
    kept = "\n".join(
        line
        for line in lines
        if not line.startswith(("root_env", "sql", "encoding", "sep", "sheet", "decimal", "date_format", "path = ["))
    )
    given = tomllib.loads(kept)
    assert set(given["tables"]) == set(TABLES)
    assert all(set(part["columns"]) == set(TABLES[name].names) for name, part in given["tables"].items())


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
            assert column.meaning and re.search("[\u4e00-\u9fff]", column.chinese), f"{table.name}.{column.name}"
            assert column.unit or column.kind in ("id", "text", "category", "flag", "date", "integer"), (
                f"{table.name}.{column.name}"
            )
