"""The plan for a CRM: the plan that the run recorded, line for line, in Salesforce's fields."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keyacct_utils.book import Book
from keyacct_utils.handing_on import crm, printing
from keyacct_utils.handing_on.files import write_files
from keyacct_utils.handing_on.one_account import explained, lines
from keyacct_utils.lessons.account_plan import findings as lesson
from keyacct_utils.review import record as recording
from keyacct_utils.review.account_review import read_review
from keyacct_utils.review.handover import hand_on
from keyacct_utils.review.record import record_finding

IDS = [f"{i:03}" for i in range(1, 31)]
NAMES = {i: f"客户{i}" for i in IDS} | {"001": "=1+1食品", "002": "+SUM(A1)"}
#: Fields that the object has and that can be written (object reference of Salesforce, API 62 on).
FIELDS = {
    crm.PLANS: {"AccountId", "OwnerId", "Name", "Status", "StartDate", "EndDate", "Notes"},
    crm.OBJECTIVES: {"AccountPlanId", "Name", "Description", "Status", "StartDate", "EndDate"},
    crm.MEASURES: {"AccountPlanObjectiveId", "Name", "ValueType", "TargetValue"},
}
STATUS = {crm.PLANS: {"Active", "Inactive", "Not Started"},
          crm.OBJECTIVES: {"New", "In Progress", "Closed"}}  # fmt: skip


def opened(folder: Path, key: Path | None = None) -> Book:
    """Thirty accounts over three years in two lines; the last ten lack one, five fell silent."""
    rng = np.random.default_rng(0)
    rows = [
        (i, f"{year}-{month:02}-05", line, round(float(rng.uniform(50, 150)) * 1.2 ** int(i), 2))
        for place, i in enumerate(IDS)
        for year in (2022, 2023, 2024)
        for month in range(1, 13)
        for line in ("P", "S")
        if not (line == "S" and place >= 20) and not (place % 6 == 5 and (year, month) > (2024, 3))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows, columns=["account_id", "date", "line", "revenue"])
    frame.to_csv(folder / "l.csv", index=False)
    owners = {"account_id": IDS, "name_zh": [NAMES[i] for i in IDS]}
    pd.DataFrame(owners | {"manager_id": [f"M{int(i) % 3}" for i in IDS]}).to_csv(
        folder / "a.csv", index=False
    )
    (folder / "book.toml").write_text(
        'contract_version = 1\nname = "Planned"\ncurrency = "CNY"\nperiod = "2024"\n'
        '[tables.ledger]\npath = "l.csv"\n[tables.accounts]\npath = "a.csv"\n',
        encoding="utf-8",
    )
    return Book.open(folder, pseudonymise=key)


def made_run(folder: Path, monkeypatch, key: Path | None = None, **given) -> tuple[Path, Book]:
    """A folder in which lesson 21 has recorded its plan, handed on."""
    book, run = opened(folder / "book", key), folder / "run"
    run.mkdir()
    monkeypatch.setenv(recording.RUN_FOLDER, str(run))
    monkeypatch.setattr(printing, "browser", lambda: None)
    found = lesson.found(book, "book", None)
    works = lesson.what_works(found, sell=given.get("account_plan.what_works.sell", 0.1))
    made = lesson.make(found, works, 80.0, given.get("account_plan.horizon", 3))
    record_finding("21", lesson.account_review(made))
    facts = {"name": book.name, "data_hash": book.data_hash, "bundled": False, "currency": "CNY",
             "as_of": None, "period": book.period, "notes": [], "reconciliation": []}  # fmt: skip
    lessons = [{"lesson": "21", "notebook": "21_account_plan", "state": "part", "reason": ""}]
    told = {"book": facts, "parameters": given, "lessons": lessons, "versions": {}, "left_out": []}
    told = json.loads(json.dumps(told))
    page = hand_on(run, folder / "out", book, told)
    (run / "notebooks").mkdir()
    monkeypatch.undo()
    monkeypatch.setattr(printing, "browser", lambda: None)
    missing = write_files(run, page, told, book, report=True, deck=True)
    assert [line for line in missing if "crm" in line] == []
    return run, book


def read(run: Path, name: str) -> list[dict[str, str]]:
    raw = (run / crm.FOLDER / name).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
    return list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return made_run(tmp_path_factory.mktemp("crm"), patch)


def planned(folder, book):
    """What is found of a book, and the lines of its plan at the accounts that have an action."""
    found = lesson.found(book, "book", None)
    lines = lesson.make(found, lesson.what_works(found)).lines
    present = read_review(folder).accounts.set_index("account_id")["recommended"] != "none"
    return found, lines[lines["account_id"].map(present)]


def test_every_line_of_the_plan_is_an_objective_with_its_gain(run):
    folder, (found, lines) = run[0], planned(*run)
    assert len(lines) >= 5
    objectives, measures = read(folder, crm.OBJECTIVES), read(folder, crm.MEASURES)
    assert [row["Name"] for row in objectives] == lines["action"].tolist()
    assert [row["TargetValue"] for row in measures] == [f"{gain:.2f}" for gain in lines["gain"]]
    assert {row["Name"] for row in measures} == {
        f"{found.measure.capitalize()} over 3 years, expected"
    }
    first = lines.iloc[0]
    # once: "Rests on lesson 10" of a run in which that lesson did not run
    assert (
        f"; takes {first['hours']:g} hours. Rests on a short form of lesson "
        f"{first['rests_on'][:2]}; its effect is assumed, which the interval leaves out. Wrong if "
        in objectives[0]["Description"]
    )
    plans = read(folder, crm.PLANS)
    assert f"; rests on a short form of lesson {first['rests_on'][:2]}." in plans[0]["Notes"]
    for row, line in zip(objectives, lines.to_dict("records"), strict=True):
        said = re.fullmatch(
            r"Expected: ([\d,.]+) CNY, ([\d,.]+) to ([\d,.]+) \(95 %\), (sales over .+); takes .+",
            row["Description"],
        )
        # an amount and both ends of its range in one unit, with the currency
        told = [float(said[at].replace(",", "")) for at in (1, 2, 3)]
        assert told == pytest.approx([line["gain"], line["low"], line["high"]], abs=0.51)
        assert len({"." in said[at] for at in (1, 2, 3)}) == 1
        assert said[4] == line["reckoned"] and said[4] in plans_of(plans, row)["Notes"]
        assert redone(said[4]) == pytest.approx(line["gain"], rel=2e-3, abs=0.02)


def plans_of(plans: list[dict[str, str]], row: dict[str, str]) -> dict[str, str]:
    return next(plan for plan in plans if plan[crm.KEY] == row["AccountPlanId"])


def redone(told: str) -> float:
    """The gain from the numbers that stand beside it, as a reader would redo it."""
    found = re.search(r": ([\d.]+) % (?:\(assumed\) )?of ([\d,.]+\d)", told)
    times = re.search(r"times ([\d.]+\d)", told)
    part = float(found[1]) / 100 * float(found[2].replace(",", ""))
    return part * float(times[1]) if times else part


def test_lines_lead_on_to_plans(run):
    folder, (_, lines) = run[0], planned(*run)
    plans = read(folder, crm.PLANS)
    assert [row["AccountId"] for row in plans] == lines["account_id"].drop_duplicates().tolist()
    assert all(row["OwnerId"] == f"M{int(row['AccountId']) % 3}" for row in plans)


def test_report_and_explain_say_what_a_line_rests_on_and_how_its_gain_is_reckoned(run):
    folder, _ = run
    review = read_review(folder)
    planned = review.accounts[review.accounts["plan_rank"].notna() & ~review.left]
    first = planned.sort_values("plan_rank").iloc[0]
    parts = first["plan_base"] * first["plan_effect"] * first["plan_times"]
    assert parts == pytest.approx(first["plan_gain"], rel=1e-5)
    assert redone(first["plan_reckoned"]) == pytest.approx(first["plan_gain"], rel=2e-3)
    report = (folder / "report.html").read_text(encoding="utf-8")
    shown = min(5, len(planned))
    told = (
        f"The first {shown} of {len(planned)} accounts with a planned action, in the order of what "
        "an hour brings, within 80 hours of each manager (a preset)"
    )
    text = html.unescape(report).replace("\N{NO-BREAK SPACE}", " ")
    assert told in text and "rests on a short form of lesson 1" in text
    assert "rests on lesson" not in text and "keyacct run -p hours=40" in text
    for name in ("plan_reckoned", "plan_rests_on"):  # on the page of the account
        assert f">{first[name]}</td>" in text
    deck = (folder / "deck.html").read_text(encoding="utf-8")
    assert told in html.unescape(deck).replace("\N{NO-BREAK SPACE}", " ")
    said = lines(explained(review, first["account_id"]))
    assert f"  planned gain: {first['plan_gain']:,.2f} CNY" in said
    assert f"  planned gain is: {first['plan_reckoned']}" in said
    assert any("the plan rests on: 1" in line and "(in a short form)" in line for line in said)
    # two accounts may bear one name: the contents name the id
    largest = review.accounts["account_id"].iloc[-1]
    assert largest in NAMES and f"客户{largest} ({largest})" in report.split("</nav>")[0]


def test_rows_find_each_other_and_fields_are_those_of_the_objects(run):
    folder, _ = run
    keys = {}
    for name, fields in FIELDS.items():
        rows = read(folder, name)
        assert set(rows[0]) == fields | {crm.KEY}
        keys[name] = [row[crm.KEY] for row in rows]
        assert len(set(keys[name])) == len(rows)
        if name in STATUS:
            assert {row["Status"] for row in rows} <= STATUS[name]
            # the year after the last day of the ledger
            assert {(row["StartDate"], row["EndDate"]) for row in rows} == {
                ("2024-12-06", "2025-12-05")
            }
        assert all(len(row["Name"]) <= 80 for row in rows)
    assert {row["AccountPlanId"] for row in read(folder, crm.OBJECTIVES)} == set(keys[crm.PLANS])
    assert [row["AccountPlanObjectiveId"] for row in read(folder, crm.MEASURES)] == (
        keys[crm.OBJECTIVES]
    )
    assert {row["ValueType"] for row in read(folder, crm.MEASURES)} == {"Currency"}


def test_an_account_that_is_gone_has_no_plan(run):
    folder, book = run
    review, made = read_review(folder), crm.plan_of(folder, book, {})
    first = made.lines["account_id"].iloc[0]
    gone = review.accounts["recommended"].mask(review.accounts["account_id"] == first, "none")
    without = type(review)(review.accounts.assign(recommended=gone), review.columns, review.run)
    for found, there in ((review, True), (without, False)):
        plans = crm.tables(made, found)[crm.PLANS]
        assert (first in set(plans["AccountId"])) == there


def test_no_cell_is_a_formula_and_the_report_leads_to_the_files(run):
    folder, _ = run
    for name in FIELDS:
        for row in read(folder, name):
            assert not [text for text in row.values() if text.startswith(("=", "+", "-", "@"))]
    assert 'href="crm/account_plan.csv"' in (folder / "report.html").read_text(encoding="utf-8")


def test_under_codes_the_files_hold_codes(tmp_path, monkeypatch):
    folder, book = made_run(tmp_path, monkeypatch, key=tmp_path / "k.key")
    every = "".join((folder / crm.FOLDER / name).read_text(encoding="utf-8-sig") for name in FIELDS)
    assert not [
        word for word in (*NAMES.values(), '"M0"', '"M1"', '"M2"', "Planned") if word in every
    ]
    codes = set(book.names().index)
    assert {row["AccountId"] for row in read(folder, crm.PLANS)} <= codes


def test_what_was_set_for_the_lesson_holds_here_too(tmp_path, monkeypatch, run):
    given = {"account_plan.horizon": 1, "account_plan.what_works.sell": 0.2}
    folder, _ = made_run(tmp_path, monkeypatch, **given)
    assert "over 1 year, expected" in read(folder, crm.MEASURES)[0]["Name"]
    assert read(folder, crm.MEASURES) != read(run[0], crm.MEASURES)


def test_a_plan_that_is_not_the_recorded_one_is_not_written(tmp_path, run):
    folder, book = run
    review = read_review(folder)
    assert crm.write_crm(folder, review, book, {"hours": 7}).startswith(
        "crm/ was not written: the plan could not be made again as lesson 21 recorded it"
    )
    none = type(review)(review.accounts.drop(columns="plan_first"), {}, review.run)
    assert crm.write_crm(tmp_path, none, book, {}) == (
        "crm/ was not written: lesson 21 plans nothing on this book"
    )
    skipped = type(review)(review.accounts, review.columns, review.run | {"lessons": []})
    assert crm.write_crm(tmp_path, skipped, book, {}) == ""
    assert not (tmp_path / crm.FOLDER).exists()
