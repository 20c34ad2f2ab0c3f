"""The description of the synthetic books for others, against their files."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from keyacct_utils.book import DATASETS
from keyacct_utils.world.datapackage import FILE

BOOKS = pytest.mark.parametrize("book", ["linjiang", "yunhe"])


def described(book: str) -> dict:
    return json.loads((DATASETS / book / FILE).read_text("utf-8"))


@BOOKS
def test_every_file_is_described_and_nothing_else(book):
    resources = described(book)["resources"]
    assert {item["path"] for item in resources} == {
        path.name for path in (DATASETS / book).glob("*.csv")
    }
    assert len({item["name"] for item in resources}) == len(resources)


@BOOKS
def test_each_column_is_what_its_field_says(book):
    for item in described(book)["resources"]:
        rows = pd.read_csv(DATASETS / book / item["path"], dtype=str, keep_default_na=False)
        fields = item["schema"]["fields"]
        assert [field["name"] for field in fields] == rows.columns.tolist(), item["name"]
        for field in fields:
            values = rows[field["name"]][rows[field["name"]] != ""]
            limits = field.get("constraints", {})
            if limits.get("required"):
                assert len(values) == len(rows), (item["name"], field["name"])
            if field["type"] in ("number", "integer"):
                values = pd.to_numeric(values)
                assert field["type"] == "number" or (values % 1 == 0).all()
            if field["type"] == "date":
                pd.to_datetime(values, format="%Y-%m-%d")
            assert values.isin(limits.get("enum", values.unique())).all()
            for name, holds in (("minimum", "ge"), ("maximum", "le"), ("exclusiveMinimum", "gt")):
                if name in limits:
                    assert getattr(values, holds)(limits[name]).all(), (item["name"], field)


@BOOKS
def test_keys_are_unique_and_lead_to_an_account(book):
    resources = {item["name"]: item for item in described(book)["resources"]}
    accounts = set(pd.read_csv(DATASETS / book / "accounts.csv")["account_id"])
    referring = 0
    for item in resources.values():
        rows = pd.read_csv(DATASETS / book / item["path"], dtype=str)
        if key := item["schema"].get("primaryKey"):
            assert not rows.duplicated(key).any(), item["name"]
        for link in item["schema"].get("foreignKeys", ()):
            assert link["reference"]["resource"] in resources
            assert set(rows[link["fields"][0]].dropna()) <= accounts, item["name"]
            referring += 1
    assert referring > 5
