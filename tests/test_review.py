"""What lessons record for the account review."""

import pandas as pd
import pytest

from keyacct_utils.review import record as review
from keyacct_utils.review.record import record


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(review.RUN_FOLDER, str(tmp_path))
    return tmp_path


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame({"account_id": ["001", "1"], **columns})


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
        (
            "01",
            pd.DataFrame({"account_id": [1, 2]}),
            "account_id",
            {},
            r"2 ids are not text: \[1, 2\].*'001' is not 1",
        ),
        ("01", pd.DataFrame({"account_id": ["a", None]}), "account_id", {}, "1 ids are missing"),
        (
            "01",
            pd.DataFrame({"account_id": ["a", "b", "a"]}),
            "account_id",
            {},
            r"1 ids occur more than once: \['a'\]",
        ),
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
        (
            "01",
            pd.DataFrame([["a", 1, 2]], columns=["account_id", "x", "x"]),
            "account_id",
            {"x": "a"},
            "occur twice: x",
        ),
    ],
)
def test_bad_records_are_refused_also_outside_a_run(
    tmp_path, monkeypatch, lesson, data, key, meaning, message
):
    monkeypatch.delenv(review.RUN_FOLDER, raising=False)
    with pytest.raises(ValueError, match=message):
        record(lesson, data, key=key, meaning=meaning)


def test_an_amount_that_is_missing_among_whole_numbers_stays_empty_in_the_csv(tmp_path):
    """Once the whole review fell for it: "must be real number, not NAType"."""
    from keyacct_utils.review.account_review import write_csv

    frame = pd.DataFrame({"account_id": ["A", "B"], "gain": pd.array([5, pd.NA], dtype="Int64")})
    write_csv(frame, tmp_path / "review.csv", ["gain"])
    assert (tmp_path / "review.csv").read_text("utf-8-sig").split() == [
        '"account_id","gain"', '"A",5.00', '"B",""'
    ]  # fmt: skip
