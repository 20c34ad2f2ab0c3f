"""The account review: what lessons record, and the workbook."""

import datetime as dt

import numpy as np
import openpyxl
import pandas as pd
import pytest

from keyacct_utils import review
from keyacct_utils.review import record, write_workbook

EVIL = [
    '=HYPERLINK("http://x.example","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "#N/A",
    "http://x.example/a",
    "mailto:a@x.example",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(review.RUN_FOLDER, str(tmp_path))
    return tmp_path


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"account_id": ["001", "1"], **columns})


def names(ids=("001", "1")) -> pd.Series:
    return pd.Series([f"name {i}" for i in ids], index=pd.Index(ids, name="account_id"))


def workbook(folder, given=None):
    write_workbook(folder, folder / "r.xlsx", names() if given is None else given)
    return openpyxl.load_workbook(folder / "r.xlsx")


def rows(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_nothing_happens_outside_a_run(tmp_path, monkeypatch):
    monkeypatch.delenv(review.RUN_FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    assert record("01", frame(x=[1, 2]), meaning={"x": "a count"}) is None
    assert list(tmp_path.iterdir()) == []


def test_record_writes_whole_files_with_their_meanings(folder):
    record("01", frame(x=[1, 2]), meaning={"x": "客户数"})
    record("01", frame(x=[3, 4]), meaning={"x": "客户数"})
    assert [path.name for path in (folder / "review").iterdir()] == ["01.parquet"]
    back = pd.read_parquet(folder / "review" / "01.parquet")
    assert back["account_id"].tolist() == ["001", "1"]
    assert back["x"].tolist() == [3, 4]


def test_a_record_that_cannot_be_written_leaves_the_old_one(folder):
    record("01", frame(x=[1, 2]), meaning={"x": "a count"})
    before = (folder / "review" / "01.parquet").read_bytes()
    with pytest.raises(ValueError, match="one type"):
        record("01", frame(x=[1, "a"]), meaning={"x": "mixed"})
    assert (folder / "review" / "01.parquet").read_bytes() == before
    assert len(list((folder / "review").iterdir())) == 1


def test_a_kernel_that_outlived_its_run_cannot_bring_the_folder_back(folder, monkeypatch):
    monkeypatch.setenv(review.RUN_FOLDER, str(folder / "gone"))
    with pytest.raises(ValueError, match="the run it belongs to is over"):
        record("01", frame(x=[1, 2]), meaning={"x": "a count"})
    assert not (folder / "gone").exists()


@pytest.mark.parametrize(
    ("lesson", "data", "key", "meaning", "message"),
    [
        (1, frame(), "account_id", {}, "lesson is 1: expected the code as text"),
        ("../1", frame(), "account_id", {}, "two digits"),
        ("1", frame(), "account_id", {}, "two digits"),
        ("01", frame(), "acount_id", {}, r"'acount_id' is not a column.*did you mean 'account_id'"),
        ("01", pd.DataFrame({"account_id": [1, 2]}), "account_id", {}, r"2 ids are not text: \[1, 2\].*'001' is not 1"),
        ("01", pd.DataFrame({"account_id": ["a", None]}), "account_id", {}, "1 ids are missing"),
        ("01", pd.DataFrame({"account_id": ["a", "b", "a"]}), "account_id", {}, r"1 ids occur more than once: \['a'\]"),
        ("01", frame(x=[1, 2], y=[1, 2]), "account_id", {"x": "a"}, "1 columns have none: y"),
        ("01", frame(x=[1, 2]), "account_id", {"x": " "}, "1 columns have none: x"),
        (
            "01",
            frame(share=[1, 2]),
            "account_id",
            {"share": "a", "shares": "b"},
            "no column to add: shares; did you mean 'share'",
        ),
        ("01", frame(id=["a", "b"]), "id", {"account_id": "x"}, "besides the key 'id'"),
        ("01", pd.DataFrame([["a", 1, 2]], columns=["account_id", "x", "x"]), "account_id", {"x": "a"}, "occur twice: x"),
    ],
)
def test_bad_records_are_refused_also_outside_a_run(tmp_path, monkeypatch, lesson, data, key, meaning, message):
    monkeypatch.delenv(review.RUN_FOLDER, raising=False)
    with pytest.raises(ValueError, match=message):
        record(lesson, data, key=key, meaning=meaning)


def test_outer_join_with_a_legend(folder):
    record("03", pd.DataFrame({"id": ["1", "9"], "grade": ["A", "B"], "revenue": [5.5, 6.5]}), key="id",
           meaning={"grade": "value grade", "revenue": "of the line, CNY"})  # fmt: skip
    record(
        "01",
        frame(revenue=[2000.5, np.nan], day=pd.to_datetime(["2024-03-05", None])),
        meaning={"revenue": "CNY", "day": "first sale"},
    )
    made = workbook(folder)
    assert made.sheetnames == ["accounts", "legend"]
    assert rows(made["accounts"]) == [
        ["account", "account_id", "revenue (01)", "day", "grade", "revenue (03)"],
        ["name 001", "001", 2000.5, dt.datetime(2024, 3, 5), None, None],
        ["name 1", "1", None, None, "A", 5.5],
        ["9", "9", None, None, "B", 6.5],
    ]
    assert rows(made["legend"])[1:] == [
        ["account", None, "display name"],
        ["account_id", None, "account, as in the book"],
        ["revenue (01)", "01", "CNY"],
        ["day", "01", "first sale"],
        ["grade", "03", "value grade"],
        ["revenue (03)", "03", "of the line, CNY"],
    ]


def test_header_frozen_filters_widths(folder):
    record("01", frame(text=["x" * 90, "客户" * 8]), meaning={"text": "words"})
    sheet = workbook(folder)["accounts"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:C3")
    assert sheet["A1"].font.bold
    assert [sheet.column_dimensions[letter].width for letter in "ABC"] == [10, 12, 40]


@pytest.mark.parametrize(
    ("name", "values", "meaning", "expected"),
    [
        ("share_of_top", [0.25, 0.5], "of revenue", "0.0%"),
        ("growth", [0.25, -3.5], "on the year before, share", "0.0%"),
        ("share", [0.0, 1.0], "of revenue", "0.0%"),
        ("share_rank", [1.0, np.nan], "rank", "0.0%"),
        ("share_rank", [3.0, np.nan], "rank", "0"),
        ("shared_sites", [0.5, 1.5], "mean, sites", "0.000"),
        ("revenue", [1234.5, 1.0], "sales of the accounts that share a site", "#,##0"),
        ("year", [2024, 2023], "year", "0"),
        ("flag", [True, False], "key account", "General"),
        ("day", pd.to_datetime(["2024-01-01", "2024-01-02"]), "day", "yyyy-mm-dd"),
    ],
)
def test_number_formats(folder, name, values, meaning, expected):
    record("01", frame(**{name: values}), meaning={name: meaning})
    assert workbook(folder)["accounts"]["C2"].number_format == expected


@pytest.mark.parametrize("text", EVIL)
def test_names_are_data_never_code(folder, text):
    record("01", pd.DataFrame({"account_id": [text], "note": [text]}), meaning={"note": text})
    made = workbook(folder, pd.Series([text], index=[text]))
    cells = [made["accounts"]["A2"], made["accounts"]["B2"], made["accounts"]["C2"], made["legend"]["C4"]]
    for cell in cells:
        assert cell.data_type == "s"
        assert cell.value == text.replace("\r", "\n")  # as XML reads a carriage return
        assert cell.hyperlink is None
        assert bool(cell.quotePrefix) == (text[0] in "=+-@\t\r")


def test_a_column_name_is_data_too(folder):
    record("01", frame(**{"=1+1": [1, 2]}), meaning={"=1+1": "odd"})
    made = workbook(folder)
    assert (made["accounts"]["C1"].data_type, made["legend"]["A4"].data_type) == ("s", "s")


def test_values_that_a_sheet_cannot_hold(folder):
    values = pd.Series([np.inf, np.nan])
    record("01", frame(x=values, note=["a\x00b", None], grade=pd.Categorical(["A", None]), when=pd.period_range("2024-01", periods=2, freq="M")),
           meaning={"x": "n", "note": "n", "grade": "g", "when": "month"})  # fmt: skip
    assert rows(workbook(folder)["accounts"])[1:] == [
        ["name 001", "001", "inf", "ab", "A", "2024-01"],
        ["name 1", "1", None, None, None, "2024-02"],
    ]


def test_no_records_still_lists_the_accounts(folder):
    assert rows(workbook(folder)["accounts"]) == [["account", "account_id"], ["name 001", "001"], ["name 1", "1"]]


def test_a_workbook_that_fails_leaves_the_old_one(folder, monkeypatch):
    workbook(folder)
    before = (folder / "r.xlsx").read_bytes()
    monkeypatch.setattr(review, "SHEET_ROWS", 2)
    with pytest.raises(ValueError, match="2 accounts, but a sheet holds 1"):
        workbook(folder)
    assert (folder / "r.xlsx").read_bytes() == before
    assert not list(folder.glob(".*"))
