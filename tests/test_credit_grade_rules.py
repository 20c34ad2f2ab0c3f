"""The credit rule of S002-7 against accounts worked by hand, under every reading, and on bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.contract.tables import CREDIT_CODES
from keyacct_utils.lessons.credit_grade import scoring as cr
from keyacct_utils.lessons.credit_grade.readings import BASE

DAY, NAN = "2024-01-01", float("nan")
CODES = [code for codes in CREDIT_CODES.values() for code in codes]
SECTION_NAMES = ["commercial", "safety", "legal", "cooperation", "operation", "development"]


def happened(*rows):
    """(account, date, code[, months[, persons]])"""
    full = [(*row, *(1, 1)[len(row) - 3 :]) for row in rows]
    frame = pd.DataFrame(full, columns=["account_id", "date", "code", "months", "persons"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def people(*ids, start="2022-06-01", **columns):
    return pd.DataFrame({"account_id": list(ids), "start_date": pd.Timestamp(start), **columns})


def one(*rows, reading=BASE, start="2022-06-01", **columns):
    """Score of account A1 with these (date, code, ...) events."""
    return cr.score_events(
        happened(*(("A1", *row) for row in rows)),
        people("A1", start=start, **columns),
        reading=reading,
        as_of=DAY,
    ).loc["A1"]


# ---- the ten golden accounts ----
GOLDEN = cr.golden_cases()


@pytest.mark.parametrize(
    "row",
    range(len(GOLDEN.expected)),
    ids=lambda i: f"{GOLDEN.expected['account_id'][i]}-{GOLDEN.expected['change'][i]}",
)
def test_golden_accounts(row):
    expected = GOLDEN.expected.iloc[row]
    scored = cr.score_events(
        GOLDEN.events,
        GOLDEN.accounts,
        reading=cr.Reading(**expected["change"]),
        as_of=cr.GOLDEN_AS_OF,
    )
    found = scored.loc[expected["account_id"]]
    assert found[SECTION_NAMES].astype(float).tolist() == pytest.approx(
        expected[SECTION_NAMES].tolist(), nan_ok=True
    )
    assert found["score"] == pytest.approx(expected["score"])
    assert found["veto"] == expected["veto"]
    assert cr.grade(scored)[expected["account_id"]] == expected["grade"]


def test_ten_golden_accounts_and_the_published_numbers_are_among_them():
    # METHODS S002-7h: 115 uncapped, 100 capped, 90.5, theft D at 70, 80 or D, maximum 135.
    assert len(GOLDEN.accounts) == 10
    known = set(zip(GOLDEN.expected["score"].round(1), GOLDEN.expected["grade"], strict=True))
    assert {
        (115.0, "AAA"),
        (100.0, "AAA"),
        (90.5, "AAA"),
        (70.0, "D"),
        (80.0, "AA"),
        (135.0, "AAA"),
    } <= known


# ---- every line of the rule, one event each: points lost or won in the section (S002-7b to 7e) ----
LINES = {
    "arrears": ("commercial", 20), "arrears_made_good": ("commercial", 35.5), "false_account": ("commercial", 25),
    "whereabouts_told": ("commercial", 45), "accident_inside": ("safety", 15), "branch_switch_trip": ("safety", 10),
    "substation_switch_trip": ("safety", 0), "accident_concealed": ("safety", 10), "electrician_unqualified": ("safety", 15),
    "operating_rules_deficient": ("safety", 15), "theft": ("legal", 0), "contract_breach": ("legal", 10),
    "construction_obstructed": ("legal", 20), "facilities_damaged": ("legal", 20), "offence_reported": ("legal", 40),
    "bad_faith_contract": ("cooperation", 0), "tests_refused": ("cooperation", 5), "inspection_refused": ("cooperation", 5),
    "not_rectified": ("cooperation", 0), "dispatch_rules_ignored": ("cooperation", 0),
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_line_of_the_rule(code):
    # Uncapped, customer of 19 months: +5 for a year without arrears unless these are arrears.
    section, points = LINES[code]
    assert one(("2023-05-01", code), reading=cr.Reading(cap="none"))[section] == points


# ---- bands ----
@pytest.mark.parametrize(
    ("arrears", "replaced", "cumulated"),
    [
        ([("2023-03-01", 1)], 20, 20),
        ([("2023-03-01", 1), ("2023-06-01", 1)], 10, 10),  # twice, not running: 10 each
        ([("2023-03-01", 1), ("2023-04-01", 1)], 10, 0),  # running: 20, or 10 + 20
        ([("2023-03-01", 2)], 10, 0),
        ([("2023-03-01", 3)], 0, -30),  # 30, or 10 + 20 + 30
        ([("2023-03-01", 1), ("2023-04-01", 1), ("2023-05-01", 1)], 0, -30),
        ([("2023-03-01", 2), ("2023-05-01", 1)], 0, -30),  # three months owed without a break
        ([("2023-03-01", 3), ("2023-04-01", 1)], 0, -30),  # the second lies inside the first
        ([("2023-03-01", 1), ("2023-04-01", 1), ("2023-06-01", 1)], 0, -10),
        ([("2023-01-01", 1), ("2022-12-01", 1)], 20, 20),  # December lies before the window
        (
            [("2023-11-01", 1), ("2023-12-01", 1), ("2024-01-01", 1)],
            10,
            0,
        ),  # January is not yet over on the day of scoring
    ],
)
def test_bands_of_arrears_by_hand(arrears, replaced, cumulated):
    rows = [(date, "arrears", months) for date, months in arrears]
    assert one(*rows)["commercial"] == replaced
    assert one(*rows, reading=cr.Reading(bands="cumulate", floor="none"))["commercial"] == cumulated


def test_breaches_are_repeated_only_within_a_year():
    long = cr.Reading(window_months=36, floor="none")
    near = [("2022-08-01", "contract_breach"), ("2023-08-01", "contract_breach")]
    far = [("2022-08-01", "contract_breach"), ("2023-08-02", "contract_breach")]
    assert one(*near, reading=long)["legal"] == 0  # 30 - 30
    assert one(*far, reading=long)["legal"] == -10  # 30 - 20 - 20
    assert (
        one(*near, reading=cr.Reading(window_months=36, floor="none", bands="cumulate"))["legal"]
        == -20
    )  # 30 - 20 - 30


def test_repeated_trips():
    trips = [("2023-02-01", "branch_switch_trip"), ("2023-09-01", "branch_switch_trip")]
    assert one(*trips)["safety"] == 0  # 20 - 20
    assert (
        one(*trips, reading=cr.Reading(bands="cumulate", floor="none"))["safety"] == -10
    )  # 20 - 10 - 20


# ---- readings ----
def test_lighting_users_are_judged_on_two_sections():
    found = one(("2023-04-01", "theft"), lighting_user=1)
    assert found["legal"] == 0 and found["score"] == 50 and found["veto"]
    assert found[["safety", "cooperation", "operation", "development"]].isna().all()
    loose = one(("2023-04-01", "theft"), lighting_user=1, reading=cr.Reading(lighting="unscaled"))
    assert loose["legal"] == 20 and loose["score"] == 70 and not loose["veto"]
    # An event of a section on which a lighting user is not judged costs nothing.
    assert one(("2023-04-01", "accident_inside"), lighting_user=1)["score"] == 100


def test_the_window():
    old = [("2022-10-01", "arrears")]
    assert one(*old)["commercial"] == 30
    assert (
        one(*old, reading=cr.Reading(window_months=24))["commercial"] == 25
    )  # 30 - 10, + 5 for the year since
    assert (
        one(("2023-01-01", "theft"))["legal"] == 0 and one(("2022-12-31", "theft"))["legal"] == 30
    )
    assert one(("2010-01-01", "theft"), reading=cr.Reading(window_months=None))["legal"] == 0
    assert one(("2024-01-01", "theft"))["legal"] == 30  # on the day of scoring: too late


def test_clean_years_need_a_customer_of_that_long_and_a_record():
    loose = cr.Reading(cap="none")
    assert (
        one(reading=loose, start="2023-01-01")["score"] == 105
        and one(reading=loose, start="2023-01-02")["score"] == 100
    )
    assert (
        one(reading=loose, start="2021-01-01")["score"] == 115
        and one(reading=loose, start="2021-01-02")["score"] == 105
    )
    assert one(("2021-01-01", "accident_inside"), reading=loose, start="2015-01-01")["safety"] == 20
    assert one(("2020-12-31", "accident_inside"), reading=loose, start="2015-01-01")["safety"] == 30
    # Arrears of three months from November 2022 reach into 2023.
    assert one(("2022-11-01", "arrears", 3), reading=loose)["commercial"] == 30
    assert one(("2022-11-01", "arrears", 2), reading=loose)["commercial"] == 35
    no_record = cr.score_events(
        happened(),
        people("A1", start="2015-01-01"),
        reading=loose,
        as_of=DAY,
        record_from="2022-01-01",
    )
    assert no_record["score"].tolist() == [105]
    unknown = cr.score_events(
        happened(), pd.DataFrame({"account_id": ["A1"]}), reading=loose, as_of=DAY
    )
    assert unknown["score"].tolist() == [100]
    by_tenure = cr.score_events(
        happened(),
        pd.DataFrame({"account_id": ["A1", "A2"], "tenure_y": [3.1, 0.5]}),
        reading=loose,
        as_of=DAY,
    )
    assert by_tenure["score"].tolist() == [115, 100]


def test_rescue_made_good_damage_once_and_unjudged():
    saved = [("2023-02-01", "theft"), ("2023-03-01", "offence_reported")]
    assert not one(*saved)["veto"] and one(*saved, reading=cr.Reading(rescue=False))["veto"]
    three = [("2023-02-01", "arrears")] + [
        (f"2023-0{m}-10", "arrears_made_good") for m in (3, 4, 5)
    ]
    assert (
        one(*three)["commercial"] == 21.5
        and one(*three, reading=cr.Reading(made_good="once"))["commercial"] == 20.5
    )
    hit = [("2023-02-01", "facilities_damaged")]
    assert [
        one(*hit, reading=cr.Reading(damage=points))["legal"] for points in (0, 10, 20, 30)
    ] == [30, 20, 10, 0]
    twice = [("2023-02-01", "tests_refused"), ("2023-03-01", "tests_refused")]
    assert (
        one(*twice)["cooperation"] == 0
        and one(*twice, reading=cr.Reading(unnumbered="once"))["cooperation"] == 5
    )
    assert one(operation_score=3.0, development_score=np.nan)["score"] == 98
    assert (
        one(operation_score=3.0, development_score=np.nan, reading=cr.Reading(unjudged=0.0))[
            "score"
        ]
        == 93
    )


def test_persons_count_each():
    assert one(("2023-02-01", "electrician_unqualified", 1, 3))["safety"] == 5
    assert one(("2023-02-01", "electrician_unqualified", 1, None))["safety"] == 15


def test_veto_both_needs_both():
    both = [("2023-02-01", "theft"), ("2023-03-01", "arrears", 3)]
    assert one(*both, reading=cr.Reading(veto="both"))["veto"]
    assert not one(*both, reading=cr.Reading(veto="none"))["veto"]
    assert not one(both[0], reading=cr.Reading(veto="both"))["veto"]


def test_defaults_without_accounts():
    scored = cr.score_events(happened(("B", "2023-03-01", "theft"), ("A", "2023-12-05", "arrears")))
    assert scored.index.tolist() == ["A", "B"] and scored["score"].tolist() == [90, 70]


def test_optional_columns_may_be_absent():
    events = happened(
        ("A1", "2023-03-01", "arrears"), ("A1", "2023-04-01", "electrician_unqualified")
    )[["account_id", "date", "code"]]
    assert cr.score_events(events, as_of=DAY)["score"].tolist() == [85]


def test_order_of_accounts_is_kept_and_events_may_come_in_any_order():
    events = happened(
        ("A2", "2023-09-01", "arrears"),
        ("A1", "2023-03-01", "theft"),
        ("A2", "2023-08-01", "arrears"),
    )
    scored = cr.score_events(events, people("A3", "A2", "A1"), as_of=DAY)
    assert scored.index.tolist() == ["A3", "A2", "A1"] and scored["score"].tolist() == [100, 80, 70]


# ---- grades ----
def test_grades_at_their_limits():
    scores = pd.DataFrame(
        {"score": [100, 90, 89.999, 80, 70, 60, 50, 49.9, 100]}, index=list("abcdefghi")
    )
    scores["veto"] = [False] * 8 + [True]
    assert cr.grade(scores).tolist() == ["AAA", "AAA", "AA", "AA", "A", "B", "C", "D", "D"]
    assert cr.grade(scores).max() == "AAA" and cr.grade(scores).min() == "D"
    assert cr.grade(scores[["score"]]).iloc[-1] == "AAA"
    assert cr.grade(scores, cr.LOCAL_CUTOFFS).tolist() == [
        "A",
        "A",
        "B",
        "B",
        "B",
        "D",
        "D",
        "D",
        "D",
    ]


@pytest.mark.parametrize(
    "cutoffs", [{}, {"A": 50, "B": 60}, {"A": 50, "B": 50}, {"A": float("nan")}]
)
def test_bad_cutoffs(cutoffs):
    with pytest.raises(ValueError, match="cutoffs is"):
        cr.grade(pd.DataFrame({"score": [1.0]}), cutoffs)


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_a_missing_score_has_no_grade(score):
    with pytest.raises(ValueError, match=r"scores.score: 1 are no finite"):
        cr.grade(pd.DataFrame({"score": [50.0, score]}))


# ---- readings compared ----
def test_flips_of_the_golden_accounts():
    table = cr.reading_flips(GOLDEN.events, GOLDEN.accounts, as_of=cr.GOLDEN_AS_OF)
    assert list(table.columns) == [*cr.single_changes(), "worst", "best", "n_grades", "flips"]
    # By hand, one change at a time: damage 0 makes G09 95, 20 makes it 75, 30 empties the section; uncapped, its year without
    # arrears adds 5 to 85.
    moved = {name: set(table.index[table[name] != table["base"]]) for name in cr.single_changes()}
    assert {name: ids for name, ids in moved.items() if ids} == {
        "veto both": {"G03", "G05"}, "bands cumulate": {"G04", "G06"}, "rescue False": {"G06"}, "floor none": {"G07"}, "cap total": {"G09"}, "cap none": {"G09"},
        "lighting unscaled": {"G08"}, "damage 0.0": {"G09"}, "damage 20.0": {"G09"}, "damage 30.0": {"G09"},
    }  # fmt: skip
    assert set(table.index[table["flips"]]) == {f"G{i:02d}" for i in (3, 4, 5, 6, 7, 8, 9)}
    assert table.loc["G09", ["worst", "best", "n_grades"]].tolist() == ["D", "AAA", 4]


def test_range_agrees_with_each_reading():
    events, accounts = GOLDEN.events, GOLDEN.accounts
    readings = cr.all_readings(
        window_months=12,
        made_good="each",
        unnumbered="each",
        damage=10.0,
        floor="zero",
        cap="section",
    )
    shares = cr.reading_range(events, accounts, readings, as_of=DAY)
    assert len(readings) == 2 * 2 * 2 * 2  # bands, veto, rescue, lighting
    grades = pd.DataFrame(
        {
            i: cr.grade(cr.score_events(events, accounts, reading=r, as_of=DAY)).astype(str)
            for i, r in enumerate(readings)
        }
    )
    for letter in shares:
        assert shares[letter].tolist() == pytest.approx((grades == letter).mean(axis=1).tolist())
    assert shares.sum(axis=1).tolist() == pytest.approx([1.0] * 10)


def test_readings_scored_together_are_those_scored_one_by_one():
    # Sections are kept from one reading to the next: whatever two of them differ in has to count.
    rng, days = np.random.default_rng(8), pd.date_range("2020-06-01", "2023-12-31")
    events = happened(
        *(
            (
                f"A{rng.integers(30):02}",
                day,
                rng.choice(CODES),
                rng.integers(1, 4),
                rng.integers(1, 3),
            )
            for day in rng.choice(days, 300)
        )
    )
    accounts = people(
        *(f"A{i:02}" for i in range(30)),
        lighting_user=[i % 3 == 0 for i in range(30)],
        operation_score=[float(i % 6) if i % 2 else NAN for i in range(30)],
    )
    every = cr.all_readings()
    chosen = [every[i] for i in rng.choice(len(every), 150, replace=False)]
    chosen += [*cr.single_changes().values(), cr.Reading(unjudged=0.5), cr.Reading(veto="none")]
    named = dict(zip(map(str, range(len(chosen))), chosen, strict=True))
    together = cr.score_readings(events, accounts, named, as_of=DAY)
    for name, reading in named.items():
        alone = cr.score_events(events, accounts, reading=reading, as_of=DAY)
        pd.testing.assert_frame_equal(together[name], alone)


def test_number_of_readings():
    sizes = [len(values) for values in cr.OPEN.values()]
    assert len(cr.all_readings()) == np.prod(sizes) == len(set(cr.all_readings()))
    assert len(cr.single_changes()) == 1 + sum(size - 1 for size in sizes)
    assert str(cr.Reading()) == "base" and str(cr.Reading(veto="both")) == "veto both"


@pytest.mark.parametrize(
    "fields",
    [{"bands": "add"}, {"floor": "no"}, {"cap": ""}, {"veto": "one"}, {"window_months": 0}, {"window_months": 1.5}, {"damage": -1},
     {"damage": 31}, {"damage": float("nan")}, {"lighting": "x"}, {"unnumbered": 1}, {"unjudged": 2.0}, {"made_good": "never"}],
)  # fmt: skip
def test_bad_readings(fields):
    with pytest.raises(ValueError, match=f"reading.{next(iter(fields))} is"):
        cr.Reading(**fields)


def test_readings_to_compare():
    with pytest.raises(ValueError, match="at least 2"):
        cr.reading_flips(GOLDEN.events, GOLDEN.accounts, [cr.Reading()])
    with pytest.raises(ValueError, match="at least 1"):
        cr.reading_range(GOLDEN.events, GOLDEN.accounts, [])
    with pytest.raises(ValueError, match="fixed names colour"):
        cr.all_readings(colour="red")


# ---- runs of arrears ----
def test_runs():
    events = happened(
        ("A1", "2023-01-01", "arrears"), ("A1", "2023-02-01", "arrears"), ("A1", "2023-05-01", "arrears", 2), ("A2", "2023-07-01", "arrears", 2),
        ("A2", "2023-09-01", "arrears"), ("A3", "2022-12-01", "arrears"), ("A3", "2023-01-01", "arrears"),
    )  # fmt: skip
    runs = cr.arrears_runs(events, as_of=DAY)
    assert list(runs.itertuples(index=False, name=None)) == [
        ("A1", pd.Timestamp("2023-01-01"), 2, 2, True), ("A1", pd.Timestamp("2023-05-01"), 2, 1, False),
        ("A2", pd.Timestamp("2023-07-01"), 3, 2, False), ("A3", pd.Timestamp("2023-01-01"), 1, 1, False),
    ]  # fmt: skip
    assert cr.consecutive_arrears(events, as_of=DAY) == {"A1"}
    assert cr.consecutive_arrears(events, as_of=DAY, window_months=None) == {"A1", "A3"}
    assert cr.arrears_runs(happened(("A1", "2023-01-01", "theft"))).empty


# ---- properties ----
EVENTS = st.lists(
    st.tuples(st.sampled_from(["A1", "A2", "A3"]), st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2023-12-31").date()),
              st.sampled_from(CODES), st.integers(1, 4), st.integers(1, 3)),
    max_size=25,
)  # fmt: skip
READINGS = st.builds(
    cr.Reading, **{name: st.sampled_from(values) for name, values in cr.OPEN.items()}
)
FOUR = people("A1", "A2", "A3", "A4", start="2015-01-01", lighting_user=[0, 0, 1, 1])


@settings(max_examples=60, deadline=None)
@given(EVENTS, READINGS)
def test_invariants(rows, reading):
    events = happened(*rows)
    scored = cr.score_events(events, FOUR, reading=reading, as_of=DAY)
    sections = scored[SECTION_NAMES]
    assert scored["score"].notna().all()
    if reading.floor == "zero":
        assert (sections.fillna(0) >= 0).all().all()
    if reading.cap == "section":
        assert (scored["score"] <= 100).all()
    if reading.cap != "total":
        assert scored["score"].to_numpy() == pytest.approx(
            sections.fillna(0).sum(axis=1).to_numpy()
        )
    shuffled = cr.score_events(events.iloc[::-1], FOUR, reading=reading, as_of=DAY)
    pd.testing.assert_frame_equal(scored, shuffled)
    # One theft more never helps.
    more = pd.concat(
        [events, happened(*((i, "2023-06-15", "theft") for i in ("A1", "A2", "A3", "A4")))],
        ignore_index=True,
    )
    worse = cr.score_events(more, FOUR, reading=reading, as_of=DAY)
    assert (worse["score"] <= scored["score"]).all() and (worse["veto"] >= scored["veto"]).all()


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_months_owed_are_counted_once(rows):
    events = happened(*rows)
    owed = {
        (account, month)
        for account, date, code, months, _ in events.itertuples(index=False)
        if code == "arrears"
        for month in range(date.year * 12 + date.month, date.year * 12 + date.month + months)
    }
    runs = cr.arrears_runs(events, window_months=None, as_of=DAY)
    assert runs["months"].sum() == len(owed)
    begin = sum((account, month - 1) not in owed for account, month in owed)
    assert len(runs) == begin


# ---- bad input ----
GOOD = happened(("A1", "2023-03-01", "arrears"), ("A2", "2023-04-01", "theft"))


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (GOOD.drop(columns="code"), "events lacks 1 column"),
        (GOOD.assign(code=["arears", "theft"]), "1 unknown code.*did you mean 'arrears'"),
        (GOOD.assign(code=["arrears", None]), "lack account_id, date or code"),
        (GOOD.assign(account_id=["A1", None]), r"1 rows \(1\) lack"),
        (GOOD.assign(date=[pd.Timestamp("2023-01-01"), pd.NaT]), "lack account_id, date or code"),
        (GOOD.assign(date=["2023-01-01", "2023-02-01"]), "events.date holds"),
        (GOOD.assign(date=GOOD["date"].dt.tz_localize("UTC")), "without a time zone"),
        (GOOD.assign(months=[0, 1]), "events.months: 1 value"),
        (GOOD.assign(months=[1.5, 1]), "events.months: 1 value"),
        (GOOD.assign(months=[np.inf, 1]), "events.months: 1 value"),
        (GOOD.assign(persons=[-1, 1]), "events.persons: 1 value"),
        (GOOD.assign(persons=["two", "1"]), "events.persons: 1 value.*not numbers"),
        (GOOD.assign(section=[3, 4]), r"events.section: 1 disagree with their code \(theft in 4\)"),
    ],
)
def test_bad_events(events, message):
    with pytest.raises(ValueError, match=message):
        cr.score_events(events, as_of=DAY)


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        (pd.DataFrame({"account_id": ["A1"]}), "events holds 1 account.*A2"),
        (pd.DataFrame({"account_id": ["A1", "A2", "A2"]}), "repeated: A2"),
        (pd.DataFrame({"account_id": ["A1", "A2", None]}), "1 without an id"),
        (pd.DataFrame({"account_id": pd.Series([], dtype="str")}), "0 rows"),
        (pd.DataFrame({"id": ["A1"]}), "accounts lacks"),
        (people("A1", "A2").astype({"start_date": "str"}), "accounts.start_date holds"),
        (people("A1", "A2", operation_score=6.0), "accounts.operation_score: 2 value"),
        (people("A1", "A2", development_score=-1.0), "accounts.development_score: 2 value"),
    ],
)
def test_bad_accounts(accounts, message):
    with pytest.raises(ValueError, match=message):
        cr.score_events(GOOD, accounts, as_of=DAY)


def test_nothing_to_score_and_bad_days():
    with pytest.raises(ValueError, match="as_of is not given"):
        cr.score_events(happened())
    with pytest.raises(ValueError, match="0 rows"):
        cr.score_events(happened(), people(), as_of=DAY)
    with pytest.raises(ValueError, match="as_of is 'soon'"):
        cr.score_events(GOOD, as_of="soon")
    assert cr.score_events(happened(), people("A1"), as_of=DAY)["score"].tolist() == [100]
    assert cr.score_events(GOOD, as_of="2000-01-01")["score"].tolist() == [
        100,
        100,
    ]  # all events lie later


def test_the_rule_as_a_table():
    table = cr.rule_points()
    assert set(table["code"].str.split(" x ").str[0]) == {*CODES, "arrears_free", "accident_free"}
    assert table.loc[table["code"] == "facilities_damaged", "points"].tolist() == [-10]
    # Bonuses: 5 + 10 + 10 + 10 above 100 make 135; 0.5 for arrears made good presupposes arrears.
    assert (
        table.loc[(table["points"] > 0) & (table["code"] != "arrears_made_good"), "points"].sum()
        == 35
    )
