"""The methods of lesson 11: published numbers, cases worked by hand, properties, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyacct_utils.lessons import relationship_stages as rs

OZ = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], list("RNS"), list("RNS"))
WALK = pd.DataFrame(
    [[1, 0, 0, 0, 0], [0.5, 0, 0.5, 0, 0], [0, 0.5, 0, 0.5, 0], [0, 0, 0.5, 0, 0.5], [0, 0, 0, 0, 1]],
    list("01234"),
    list("01234"),
)  # fmt: skip
MAIL = pd.DataFrame(
    [[.3, .7, 0, 0, 0], [.2, 0, .8, 0, 0], [.15, 0, 0, .85, 0], [.05, 0, 0, 0, .95], [0, 0, 0, 0, 1]],
    list("1234f"),
    list("1234f"),
)  # fmt: skip


def panel(rows: dict[str, str]) -> pd.DataFrame:
    """Accounts with one letter per period."""
    wide = pd.DataFrame({name: list(text) for name, text in rows.items()}).T
    return rs.as_panel(wide.where(wide != "."))


def test_the_land_of_oz():
    # Grinstead & Snell 1997, ch. 11.5: mean first passage, and the weather in the long run
    times = rs.first_passage(OZ)
    assert times.loc["R"].tolist() == pytest.approx([0, 4, 10 / 3])
    assert times.loc["N"].tolist() == pytest.approx([8 / 3, 0, 8 / 3])
    assert times.loc["S"].tolist() == pytest.approx([10 / 3, 4, 0])
    assert rs.stationary_shares(OZ).tolist() == pytest.approx([0.4, 0.2, 0.4])


def test_the_drunkard_between_home_and_bar():
    # Grinstead & Snell 1997, ch. 11.2, example 11.13
    found = rs.fundamental_matrix(WALK)
    assert found.visits.to_numpy() == pytest.approx(
        np.array([[1.5, 1, 0.5], [1, 2, 1], [0.5, 1, 1.5]])
    )
    assert found.periods.tolist() == pytest.approx([3, 4, 3])
    assert found.odds["0"].tolist() == pytest.approx([0.75, 0.5, 0.25])
    assert np.isinf(rs.first_passage(WALK).loc["1", "0"])


def test_a_catalogue_and_its_customers_by_recency():
    # Pfeifer & Carraway 2000, their example: NC 40, M 4, d .2, chances .30 .20 .15 .05. The values
    # solve V1 = 36 + (.3 V1 + .7 V2) / 1.2 and so on, worked by hand: V1 = 31.009259 / .592689
    value = rs.stage_value(MAIL, dict(zip("1234f", (36, -4, -4, -4, 0), strict=True)), 0.2)
    assert value.round(2).tolist() == [52.32, 5.55, 1.25, -1.82, 0]
    # so one stops writing after the third silent period
    late = rs.stage_value(
        MAIL, dict(zip("1234f", (36, -4, -4, -4, 0), strict=True)), 0.2, first="end"
    )
    assert late["1"] == pytest.approx(value["1"] / 1.2)


def test_three_years_of_rain():
    # Avery & Henderson 1999 (Alofi, 1,096 days): the counts, and the shares that R's package
    # markovchain prints for them
    counted = np.array([[362, 126, 60], [136, 90, 68], [50, 79, 124]])
    names = ["0", "1-5", "6+"]
    rain = pd.DataFrame(counted / counted.sum(axis=1, keepdims=True), names, names)
    assert rain.loc["0"].round(7).tolist() == [0.6605839, 0.2299270, 0.1094891]
    assert rs.stationary_shares(rain).round(7).tolist() == [0.5008871, 0.2693656, 0.2297473]


def test_counting_moves_by_hand():
    five = panel({"A": "bssd", "B": "bbss", "C": "sdds", "D": "bll.", "E": "b.ss"})
    counts = rs.transition_counts(five, ("b", "s", "d", "l"))
    # E is not seen in the second period: its move into the third is not counted
    assert counts.loc["b"].tolist() == [1, 2, 0, 1]
    assert counts.loc["s"].tolist() == [0, 3, 2, 0]
    assert counts.loc["d"].tolist() == [0, 1, 1, 0]
    matrix = rs.transition_matrix(five, ("b", "s", "d", "l"))
    assert matrix.loc["s"].tolist() == [0, 0.6, 0.4, 0] and matrix.loc["l", "l"] == 1


def test_stages_from_a_ledger_by_hand():
    # three steady months and a gap: build, then stable or deep by size, lapsed, then build again
    amounts = pd.DataFrame(
        [[5, 5, 9, 0, 5, 5], [1, 1, 1, 1, 1, 1], [0, 0, 2, 0, 0, 0]], list("ABC"), range(6)
    )
    found = rs.stages_from_amounts(amounts, silent=1, steady=2, deep=0.6).fillna("")
    assert found.loc["A"].tolist() == ["", "deep", "deep", "lapsed", "build", "deep"]
    assert found.loc["B"].tolist() == ["", *["stable"] * 5]
    assert found.loc["C"].tolist() == ["", "", "build", "lapsed", "lapsed", "lapsed"]
    patient = rs.stages_from_amounts(amounts, silent=2, steady=2, deep=0.6).fillna("")
    assert patient.loc["A"].tolist() == ["", "deep", "deep", "deep", "deep", "deep"]
    assert patient.loc["C"].tolist() == ["", "", "build", "build", "lapsed", "lapsed"]
    rows = [
        (name, f"2024-{month + 1:02d}-15", amount)
        for name, line in amounts.iterrows()
        for month, amount in enumerate(line)
        if amount
    ]
    ledger = pd.DataFrame(rows, columns=["account_id", "date", "revenue"])
    by_month = rs.stage_panel(ledger, "month", deep=0.6)
    assert by_month.groupby("account_id")["stage"].agg(list)["A"] == found.loc["A"].tolist()[1:]
    assert by_month["period"].iloc[0] == "2024-02"
    # a credit note above the purchases of its month is no silence; the month is not deep
    more = pd.DataFrame([("A", "2024-03-20", -10.0)], columns=ledger.columns)
    credited = rs.stage_panel(pd.concat([ledger, more]), "month", deep=0.6)
    line = credited.groupby("account_id")["stage"].agg(list)["A"]
    assert line == ["deep", "stable", "lapsed", "build", "deep"]
    with pytest.raises(ValueError, match="sold has other accounts or periods"):
        rs.stages_from_amounts(amounts, sold=amounts.iloc[:2])


def test_the_cost_of_a_frozen_list_by_hand():
    # ten deep accounts at 100 each; half fall to stable (40), a fifth of the stable rise
    matrix = pd.DataFrame([[0.8, 0.2], [0.5, 0.5]], ["stable", "deep"], ["stable", "deep"])
    reward, start = {"stable": 40, "deep": 100}, {"stable": 20, "deep": 10}
    table = rs.frozen_list_cost(matrix, reward, start, periods=2)
    # stable is expected to bring .8 x 40 + .2 x 100 = 52, deep 70; one list in the first period
    assert table.loc[1].tolist() == pytest.approx([0.5, 700, 700, 0])
    # then 5 deep and 5 stable on the old list; 9 deep are there, so 9 and one stable on the new one
    assert table.loc[2, "frozen":].tolist() == pytest.approx([610, 682, 72])
    part = rs.frozen_list_cost(matrix, reward, start, periods=2, lift=0.25)
    assert part.loc[2, "cost"] == pytest.approx(18)


def test_the_odds_of_a_path_by_hand():
    matrix = pd.DataFrame([[0.9, 0.1], [0.0, 1.0]], list("ab"), list("ab"))
    assert rs.path_odds(matrix, [("a", 3), ("b", 2)]) == pytest.approx(0.9**2 * 0.1)
    assert rs.path_odds(matrix, [("b", 1), ("a", 1)]) == 0


def test_order_and_change_are_told_from_chance():
    rng = np.random.default_rng(3)
    early, late = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.6, 0.4], [0.5, 0.5]])
    rows = {}
    for name in range(300):
        now, text = int(rng.random() < 0.5), ""
        for period in range(12):
            if period:
                now = int(rng.random() > (late if period >= 8 else early)[now, 0])
            text += "xy"[now]
        rows[str(name)] = text
    changed = panel(rows)
    found = rs.find_change(changed, draws=100)
    assert found.period == 8 and found.p_value < 0.02
    assert rs.stationarity_test(changed).p_value < 1e-6
    assert rs.stationarity_test(changed, split=8).statistic == pytest.approx(found.statistic)
    # pooled, the change looks like memory; each part for itself has none
    assert rs.order_test(changed, 1).p_value < 0.05 < rs.order_test(changed, 1, split=8).p_value
    assert rs.order_test(changed, 0).p_value < 1e-6
    still = changed[changed["period"] < 8]
    assert rs.find_change(still, draws=100).p_value > 0.05


def test_an_account_that_alternates_has_memory():
    twice = panel({str(n): ("xxyy" * 5)[n % 4 :][:16] for n in range(40)})
    assert rs.order_test(twice, 1).p_value < 1e-6


def chain(numbers: list[float], size: int) -> pd.DataFrame:
    values = np.array(numbers).reshape(size, size) + 0.05
    names = [f"s{n}" for n in range(size)]
    return pd.DataFrame(values / values.sum(axis=1, keepdims=True), names, names)


@given(st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_properties_of_any_chain(numbers):
    matrix = chain(numbers, 3)
    shares = rs.stationary_shares(matrix)
    assert (shares @ matrix).tolist() == pytest.approx(shares.tolist())
    times = rs.first_passage(matrix)
    # m_ij = 1 + sum over k not j of p_ik m_kj
    for i in matrix.index:
        for j in matrix.columns:
            again = 1 + sum(matrix.loc[i, k] * times.loc[k, j] for k in matrix.index if k != j)
            assert i == j or times.loc[i, j] == pytest.approx(again)
    # the time until lost of the fundamental matrix is the first passage to it
    lost = rs.fundamental_matrix(matrix, ["s2"])
    assert lost.periods.tolist() == pytest.approx(times.loc[["s0", "s1"], "s2"].tolist())
    reward = {"s0": 5.0, "s1": -1.0, "s2": 2.0}
    value = rs.stage_value(matrix, reward, 0.1)
    again = pd.Series(reward) + matrix @ value / 1.1
    assert value.tolist() == pytest.approx(again.tolist())
    assert rs.stage_value(matrix, reward, 0.1, horizon=400).tolist() == pytest.approx(
        value.tolist()
    )
    table = rs.frozen_list_cost(matrix, reward, dict.fromkeys(reward, 10), listed=["s0"])
    assert (table["cost"] >= -1e-9).all() and table["still"].between(0, 1 + 1e-9).all()


ROWS = pd.DataFrame({"account_id": ["A", "A"], "period": ["2024Q1", "2024Q2"], "stage": ["x", "y"]})
LEDGER = pd.DataFrame({"account_id": ["A"], "date": ["2024-01-05"], "revenue": [5.0]})
HALF = pd.DataFrame([[0.5, 0.5], [0.0, 1.0]], list("ab"), list("ab"))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: rs.stage_panel(LEDGER.iloc[:0]), "transactions has 0 rows"),
        (lambda: rs.stage_panel(LEDGER.drop(columns="date")), "transactions lacks 1 column"),
        (lambda: rs.stage_panel(LEDGER), "no stage is known"),
        (lambda: rs.stage_panel(LEDGER, "week"), "period is 'week'"),
        (lambda: rs.stage_panel(LEDGER, steady=0), "steady is 0"),
        (lambda: rs.stage_panel(LEDGER, deep=1.5), "deep must be a fraction"),
        (lambda: rs.stage_panel(LEDGER.assign(date="soon")), "cannot be read as dates"),
        (lambda: rs.stage_panel(LEDGER.assign(revenue=None)), "revenue: 1 are missing"),
        (lambda: rs.stage_panel(LEDGER.assign(revenue=-5.0)), "none above zero"),
        (lambda: rs.transition_matrix(ROWS.iloc[:0]), "panel has 0 rows"),
        (lambda: rs.transition_matrix(ROWS.iloc[:1]), "no move"),
        (lambda: rs.transition_matrix(ROWS), "no move out of y"),
        (lambda: rs.transition_matrix(ROWS, unseen="drop"), "unseen is 'drop'"),
        (lambda: rs.transition_matrix(ROWS, ["x"]), "states lacks y"),
        (lambda: rs.transition_matrix(pd.concat([ROWS, ROWS])), "two rows for one period"),
        (lambda: rs.transition_matrix(ROWS.assign(stage=None)), "panel.stage: 2 are missing"),
        (lambda: rs.transition_matrix(ROWS.assign(period="soon")), "no periods of one length"),
        (lambda: rs.fundamental_matrix(OZ), "no stage that is never left"),
        (lambda: rs.fundamental_matrix(OZ, ["x"]), "no stage 'x'"),
        (lambda: rs.fundamental_matrix(OZ, "R"), "absorbing is one text"),
        (lambda: rs.fundamental_matrix(OZ / 2), "adds up to 0.5, not to 1"),
        (lambda: rs.fundamental_matrix(100 * OZ), "adds up to 100"),
        (lambda: rs.first_passage(OZ.iloc[:2]), "matrix is 2 x 3"),
        (lambda: rs.first_passage(OZ - 0.3), "below 0"),
        (lambda: rs.fundamental_matrix(pd.DataFrame([[1.0]], ["a"], ["a"])), "only stages"),
        (lambda: rs.stationary_shares(WALK), "2 groups of stages"),
        (lambda: rs.stage_value(HALF, {"a": 1}, 0.1), "reward lacks b"),
        (lambda: rs.stage_value(HALF, [1, 2], 0.1), "reward is a list"),
        (lambda: rs.stage_value(HALF, {"a": 1, "b": np.nan}, 0.1), "missing number"),
        (lambda: rs.stage_value(HALF, {"a": 1, "b": 0}, -1), "above -1"),
        (lambda: rs.stage_value(HALF, {"a": 1, "b": 0}, 0), "no end"),
        (lambda: rs.stage_value(HALF, {"a": 1, "b": 0}, 0.1, horizon=0), "horizon is 0"),
        (lambda: rs.stage_value(HALF, {"a": 1, "b": 0}, 0.1, first="x"), "first is 'x'"),
        (lambda: rs.shares_after(HALF, {"a": -1, "b": 2}, 3), "negative"),
        (lambda: rs.shares_after(HALF, {"a": 1, "b": 2}, 0), "periods is 0"),
        (lambda: rs.path_odds(HALF, []), "path is empty"),
        (lambda: rs.path_odds(HALF, [("a", 0)]), "0 periods in a"),
        (lambda: rs.frozen_list_cost(HALF, {"a": 1, "b": 2}, {"a": 1, "b": 0}, listed=["b"]), "no account in b"),
        (lambda: rs.frozen_list_cost(HALF, {"a": 1, "b": 2}, {"a": 1, "b": 1}, listed=["b"], lift=0), "lift must be"),
        (lambda: rs.order_test(ROWS), "three periods"),
        (lambda: rs.order_test(ROWS, 2), "order is 2"),
        (lambda: rs.stationarity_test(ROWS, split="2031Q1"), "no period of the panel"),
        (lambda: rs.stationarity_test(ROWS, split="2024Q1"), "on one side"),
        (lambda: rs.find_change(ROWS, draws=0), "draws"),
        (lambda: rs.find_change(ROWS, least=0.6), "least is 0.6"),
    ],
)  # fmt: skip
def test_bad_input_names_the_argument_and_the_way_out(call, says):
    with pytest.raises(ValueError, match=says):
        call()
