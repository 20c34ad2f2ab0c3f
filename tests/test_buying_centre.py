"""Methods of lesson 13: published values, cases worked by hand, properties, and bad input."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyacct_utils.lessons import buying_centre as bc


def of_graph(graph: nx.Graph, account: str = "A") -> tuple[pd.DataFrame, pd.DataFrame]:
    """People and ties of a published graph."""
    people = pd.DataFrame({"contact_id": [str(node) for node in graph], "account_id": account})
    ties = pd.DataFrame([(str(a), str(b)) for a, b in graph.edges], columns=["from_id", "to_id"])
    return people, ties.assign(kind="meets")


def test_krackhardt_kite():
    """Krackhardt 1990, Administrative Science Quarterly 35(2): Diane has most ties, Heather stands
    between, Fernando and Garth are closest."""
    found = bc.influence(*of_graph(nx.krackhardt_kite_graph()))
    andre, diane, fernando, garth, heather = "0", "3", "5", "6", "7"
    assert found["degree"].idxmax() == diane and found["degree"].max() == pytest.approx(6 / 9)
    assert found["betweenness"].idxmax() == heather
    assert found["betweenness"].max() == pytest.approx(0.389, abs=5e-4)
    assert found.loc[[fernando, garth], "betweenness"].round(3).tolist() == [0.231, 0.231]
    assert found.loc[[fernando, garth], "closeness"].round(3).tolist() == [0.643, 0.643]
    assert found.loc[andre, "closeness"] == pytest.approx(0.529, abs=5e-4)
    assert found.loc[heather, "place"] == 1 and found.loc[fernando, "place"] == 2


def test_zachary_karate_club():
    """Zachary 1977, Journal of Anthropological Research 33(4); the instructor (1) and the president
    (34), as networkx and igraph give them."""
    found = bc.influence(*of_graph(nx.karate_club_graph()))
    assert found.loc["0", "betweenness"] == pytest.approx(0.4376, abs=5e-5)
    assert found.loc["33", "betweenness"] == pytest.approx(0.3041, abs=5e-5)
    assert found.loc["0", "closeness"] == pytest.approx(0.5690, abs=5e-5)
    assert found.loc["33", "closeness"] == pytest.approx(0.5500, abs=5e-5)
    assert found.loc["33", "ties"] == 17 and found.loc["0", "ties"] == 16
    assert found["place"].loc[["0", "33", "32"]].tolist() == [1, 2, 3]


def test_florentine_families():
    """Padgett & Ansell 1993, American Journal of Sociology 98(6): the Medici; constraint after
    Burt 1992."""
    found = bc.influence(*of_graph(nx.florentine_families_graph()))
    assert found["betweenness"].idxmax() == "Medici"
    assert found.loc["Medici", "betweenness"] == pytest.approx(0.522, abs=5e-4)
    assert found.loc["Medici", "constraint"] == pytest.approx(0.210, abs=5e-4)
    assert found["constraint"].idxmin() == "Medici"
    assert found.loc["Strozzi", "betweenness"] == pytest.approx(0.103, abs=5e-4)


def test_two_accounts_in_one_call_are_as_each_alone():
    kite, club = of_graph(nx.krackhardt_kite_graph(), "A"), of_graph(nx.karate_club_graph(), "B")
    club = (
        club[0].assign(contact_id="k" + club[0]["contact_id"]),
        club[1].assign(from_id="k" + club[1]["from_id"], to_id="k" + club[1]["to_id"]),
    )
    both = bc.influence(
        *(pd.concat(parts, ignore_index=True) for parts in zip(kite, club, strict=True))
    )
    alone = pd.concat([bc.influence(*kite), bc.influence(*club)])
    pd.testing.assert_frame_equal(both, alone)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 9), st.integers(0, 10_000))
def test_measures_are_those_of_each_graph_and_ignore_direction(n, seed):
    graph = nx.gnp_random_graph(n, 0.4, seed=seed)
    people, ties = of_graph(graph)
    found = bc.influence(people, ties)
    turned = pd.concat([ties, ties.rename(columns={"from_id": "to_id", "to_id": "from_id"})])
    pd.testing.assert_frame_equal(found, bc.influence(people, turned))
    for name, measure in (
        ("betweenness", nx.betweenness_centrality),
        ("closeness", nx.closeness_centrality),
        ("degree", nx.degree_centrality),
    ):
        expected = {str(node): value for node, value in measure(graph).items()}
        assert found[name].to_dict() == pytest.approx(expected)


def five() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "contact_id": list("abcde"),
            "account_id": ["X", "X", "X", "Y", "Y"],
            "level": ["exec", "mid", "user", "mid", "mid"],
            "power": [9.0, 4.0, 1.0, 5.0, np.nan],
            "stance": [-2.0, 2.0, 2.0, 1.0, 2.0],
            "champion": [0, 1, 1, 1, 1],
            "last_contact": pd.to_datetime(
                ["2024-01-01", "2024-12-01", None, "2024-07-04", "2022-01-01"]
            ),
        }
    )


def test_support_by_hand():
    found = bc.support(five())
    # X: (2 + 2 - 2) / 3; (9 x -2 + 4 x 2 + 1 x 2) / 14
    assert found.loc["X", "mean"] == pytest.approx(2 / 3)
    assert found.loc["X", "weighted"] == pytest.approx(-8 / 14)
    assert found.loc["X", ["supporters", "neutral", "opponents"]].tolist() == [2, 0, 1]
    assert found.loc["Y", "people"] == 1 and found.loc["Y", "weighted"] == 1


def test_nobody_has_power():
    people = five().assign(power=0.0)
    assert bc.support(people)["weighted"].isna().all()


def test_threads_by_hand():
    money = pd.Series({"X": 100.0, "Y": 50.0, "Z": 7.0})
    found = bc.threads(five(), money, "2024-12-31")
    assert found["known"].to_dict() == {"X": 3, "Y": 2, "Z": 0}
    # a on 1 January is 365 days before the last of a leap year
    assert found["threads"].to_dict() == {"X": 2, "Y": 1, "Z": 0}
    assert found["single"].to_dict() == {"X": False, "Y": True, "Z": False}
    assert found.loc["Y", "who"] == "d" and found["who"].isna().sum() == 2
    assert found.loc["Z", "nobody"] and found.loc["Z", "money"] == 7
    assert bc.threads(five(), money, "2024-12-31", within=364)["threads"]["X"] == 1
    # without days everybody known is a thread
    assert bc.threads(five().drop(columns="last_contact"))["threads"].tolist() == [3, 2]


def test_coverage_by_hand():
    found = bc.coverage_by_level(five(), "2024-12-31", levels=["exec", "mid", "user"])
    assert found["known"].tolist() == [1, 1, 1, 0, 2, 0]
    assert found["met"].tolist() == [1, 1, 0, 0, 1, 0]


def test_freshness_halves():
    days = pd.Series(pd.to_datetime(["2024-12-31", "2024-07-04", "2024-01-06", None]))
    found = bc.freshness(days, "2024-12-31", 180)
    assert found.tolist() == pytest.approx([1, 0.5, 0.25, 0])


def test_champions_by_hand():
    found = bc.champions(five())["verdict"]
    assert found.to_dict() == {"b": "no power", "c": "no power", "d": "sound", "e": "unknown"}
    assert bc.champions(five(), strong=4)["verdict"]["b"] == "sound"
    turned = five().assign(stance=-1.0)
    assert bc.champions(turned)["verdict"].tolist() == [
        "neither",
        "neither",
        "not for us",
        "unknown",
    ]


def test_newcombe():
    """Newcombe 1998, Statistics in Medicine 17(8), table II, method 10."""
    for case, low, high in (
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ):
        found = bc.share_difference(*case)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.low <= found.value <= found.high


def departed(single, more, **columns) -> pd.DataFrame:
    """Departures: (lost, cases) with one thread, and with several."""
    lost = [1] * single[0] + [0] * (single[1] - single[0]) + [1] * more[0]
    lost += [0] * (more[1] - more[0])
    return pd.DataFrame({"threads": [1] * single[1] + [3] * more[1], "lost": lost, **columns})


def test_departures_by_hand():
    found = bc.departure_loss(departed((25, 100), (6, 100)))
    assert found.table["share"].tolist() == [0.25, 0.06]
    assert found.gap.value == pytest.approx(0.19)
    assert found.gap.low == pytest.approx(0.0909, abs=2e-3)
    # odds 1/3 and 6/94
    assert found.log_odds[0] == pytest.approx(np.log((25 / 75) / (6 / 94)))
    assert found.log_odds[1] == pytest.approx(np.sqrt(1 / 25 + 1 / 75 + 1 / 6 + 1 / 94), rel=1e-4)
    assert np.isnan(found.adjusted.value)


def test_an_adjusted_gap_is_that_at_equal_controls():
    """Single accounts are small, and the small are lost oftener: the raw gap is the size."""
    small = [1.0] * 80 + [0.0] * 20 + [1.0] * 20 + [0.0] * 80
    lost = (
        ([1] * 40 + [0] * 40) + ([1] * 2 + [0] * 18) + ([1] * 10 + [0] * 10) + ([1] * 8 + [0] * 72)
    )
    cases = pd.DataFrame({"threads": [1] * 100 + [2] * 100, "lost": lost, "small": small})
    found = bc.departure_loss(cases, ["small"])
    assert found.gap.value == pytest.approx(0.24)
    assert found.adjusted.value == pytest.approx(0, abs=1e-6)
    assert found.adjusted.low < 0 < found.adjusted.high


def test_no_loss_at_all_has_a_gap_and_no_odds():
    found = bc.departure_loss(departed((0, 12), (0, 30)))
    assert found.gap.value == 0 and found.gap.low < 0 < found.gap.high
    assert np.isnan(found.log_odds[0])


def test_hidden_advisers_by_hand():
    people = pd.DataFrame(
        {
            "contact_id": list("abcdefg"),
            "account_id": "X",
            "level": ["exec", "mid", "mid", "user", "user", "user", "user"],
            "power": [9, 7, 7, 2, 1, 1, 8],
        }
    )
    # d joins the two halves; g does too, but is known to be strong
    ties = pd.DataFrame(
        [("b", "a"), ("c", "a"), ("d", "b"), ("d", "c"), ("e", "b"), ("f", "c"), ("d", "g")],
        columns=["from_id", "to_id"],
    )
    measures = bc.influence(people, ties)
    found = bc.hidden_advisers(people, measures)
    assert found.index.tolist() == ["d"]
    assert bc.hidden_advisers(people, measures, fewest=8).empty
    with pytest.raises(
        ValueError, match="no contact has the level boss; there are exec, mid, user"
    ):
        bc.hidden_advisers(people, measures, low=["boss"])


def test_next_visits_by_hand():
    people = five().assign(
        last_contact=pd.to_datetime(["2020-01-01", "2024-12-01", None, "2024-12-01", None])
    )
    hanging = bc.threads(people, pd.Series({"X": 100.0, "Y": 50.0, "Z": 7.0}), "2024-12-31")
    found = bc.next_visits(people, hanging, 0.2, "2024-12-31", leave=0.1)
    assert found["account_id"].tolist() == ["X", "Y"]
    # the strongest of those not met; e is all that is left in Y
    assert found["contact_id"].tolist() == ["a", "e"]
    assert found["kept"].tolist() == pytest.approx([2.0, 1.0])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bc.influence(five().iloc[:0], pd.DataFrame()), "contacts has 0 rows"),
        (lambda: bc.influence(five().drop(columns="account_id"), pd.DataFrame()), "contacts lacks"),
        (lambda: bc.influence(pd.concat([five(), five()]), pd.DataFrame()), "stand more than once"),
        (lambda: bc.influence(five(), pd.DataFrame()), "edges lacks"),
        (
            lambda: bc.influence(five(), pd.DataFrame({"from_id": ["a"], "to_id": ["q"]})),
            "edges: q stand in no row of contacts",
        ),
        (
            lambda: bc.influence(five(), pd.DataFrame({"from_id": ["a"], "to_id": ["e"]})),
            "join people of two accounts",
        ),
        (
            lambda: bc.influence(
                five(), pd.DataFrame({"from_id": ["a"], "to_id": ["b"], "kind": "x"}), kinds=["y"]
            ),
            "kinds: no tie is of the kind y; there are x",
        ),
        (
            lambda: bc.influence(
                five(), pd.DataFrame({"from_id": ["a"], "to_id": ["b"], "kind": "x"}), kinds=[]
            ),
            "kinds: give a list",
        ),
        (lambda: bc.support(five().assign(power=11)), "contacts.power: 11"),
        (lambda: bc.support(five().assign(stance="good")), "are not numbers"),
        (lambda: bc.threads(five()), "as_of: contacts have days"),
        (lambda: bc.threads(five(), as_of="soon"), "as_of is 'soon'"),
        (lambda: bc.threads(five(), as_of="2023-01-01"), "lie after as_of"),
        (lambda: bc.threads(five(), as_of="2024-12-31", within=0), "within is 0"),
        (lambda: bc.threads(five(), [1, 2], "2024-12-31"), "money: give a Series"),
        (lambda: bc.freshness(five()["last_contact"], "2024-12-31", 0), "half_life is 0"),
        (lambda: bc.champions(five().assign(champion=0)), "nobody is marked as champion"),
        (lambda: bc.coverage_by_level(five(), "2024-12-31", levels=["exec"]), "levels are exec"),
        (
            lambda: bc.coverage_by_level(five().assign(level=None), "2024-12-31"),
            "no row has a level",
        ),
        (lambda: bc.departure_loss(departed((1, 4), (0, 0))), "with more than one thread"),
        (lambda: bc.departure_loss(departed((0, 0), (1, 4))), "with a single thread"),
        (lambda: bc.departure_loss(departed((1, 4), (1, 4)).assign(lost=2)), "neither 0 nor 1"),
        (lambda: bc.departure_loss(departed((1, 4), (1, 4)).assign(threads=-1)), "0 or more"),
        (lambda: bc.departure_loss(departed((1, 4), (1, 4)), ["size"]), "cases lacks"),
        (lambda: bc.share_difference(3, 2, 0, 1), "a is 3 of 2"),
        (
            lambda: bc.owner_retention(pd.DataFrame({"manager_id": ["a"], "stayed": [1]})),
            "1 owners; expected at least 4",
        ),
        (
            lambda: bc.owner_retention(pd.DataFrame({"manager_id": ["a"], "stayed": [3]})),
            "neither 0 nor 1",
        ),
        (
            lambda: bc.next_visits(five(), bc.threads(five(), as_of="2024-12-31"), 2, "2024-12-31"),
            "gap is 2",
        ),
    ],
)
def test_bad_input_is_told_in_words(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_owner_retention_by_hand():
    """Four owners of ten accounts each: 10, 9, 5 and 4 stayed. Share of all .7, variance of a mean
    .021; Paule and Mandel by hand: t = sum (x - .7)^2 / 3 - .021."""
    cases = pd.DataFrame(
        {
            "manager_id": np.repeat(list("abcd"), 10),
            "stayed": [int(k < n) for n in (10, 9, 5, 4) for k in range(10)],
        }
    )
    found = bc.owner_retention(cases)
    t = (0.3**2 + 0.2**2 + 0.2**2 + 0.3**2) / 3 - 0.021
    assert found["share"].tolist() == [1.0, 0.9, 0.5, 0.4]
    assert found["shrunk"].tolist() == pytest.approx(
        [0.7 + t / (t + 0.021) * d for d in (0.3, 0.2, -0.2, -0.3)], abs=1e-4
    )
    assert (found["low"] < found["shrunk"]).all() and (found["high"] <= 1).all()
    equal = bc.owner_retention(cases.assign(stayed=[1, 1, 1, 1, 1, 1, 1, 0, 0, 0] * 4))
    assert equal["shrunk"].tolist() == pytest.approx([0.7] * 4)
    everyone = bc.owner_retention(cases.assign(stayed=1))
    assert everyone["shrunk"].tolist() == [1.0] * 4 and everyone["low"].isna().all()


def test_the_interval_of_an_owner_holds_what_is_estimated():
    """Nine owners of 2 to 26 accounts. Where the spread is put at 0 the owner of two accounts has
    a wider interval than the one of 26; and 95 % intervals hold about 95 % of true shares, where
    with the spread taken for known they held 85 %."""
    sizes = np.array([2, 3, 5, 8, 12, 18, 20, 26, 6])
    names = np.repeat(np.arange(9), sizes)
    stayed = np.ones(sizes.sum(), dtype=int)
    stayed[[30, 60]] = 0
    calm = bc.owner_retention(pd.DataFrame({"manager_id": names, "stayed": stayed}))
    assert calm["shrunk"].nunique() == 1
    assert calm["low"][0] == pytest.approx(0.9228, abs=1e-3)
    assert calm["low"][7] == pytest.approx(0.9388, abs=1e-3)
    rng, held = np.random.default_rng(7), []
    for _ in range(100):
        true = np.clip(0.75 + 0.1 * rng.standard_normal(9), 0, 1)
        kept = rng.binomial(sizes, true)
        stayed = np.concatenate([np.arange(n) < k for n, k in zip(sizes, kept, strict=True)])
        found = bc.owner_retention(
            pd.DataFrame({"manager_id": names, "stayed": stayed.astype(int)})
        )
        held.append(((found["low"] <= true) & (true <= found["high"])).mean())
    assert 0.93 < np.mean(held) < 0.99


def test_the_ledger_before_and_after_by_hand():
    """Ten a month for two years, then five: half is lost; the month of the departure is left out."""
    months = pd.period_range("2022-01", "2024-12", freq="M").astype(str)
    monthly = pd.DataFrame(
        {"account_id": "A", "period": months, "revenue": [10.0] * 24 + [5.0] * 12}
    )
    cases = pd.DataFrame(
        {
            "account_id": ["A", "A", "B", "A"],
            "date": pd.to_datetime(["2023-12-20", "2023-01-05", "2023-06-01", "2024-08-01"]),
        }
    )
    found = bc.by_the_ledger(cases, monthly)
    assert found.loc[0, ["year", "same", "after"]].tolist() == [120, 60, 30]
    assert found.loc[1, ["year", "same", "after"]].tolist() == [120, 60, 60]
    assert found.loc[2, ["year", "same", "after"]].tolist() == [0, 0, 0]
    assert found.loc[3, ["year", "same", "after"]].isna().all()
    assert found["fell"].tolist()[:2] == [True, False] and found["fell"].isna().tolist()[2:] == [
        True,
        True,
    ]
    assert not bc.by_the_ledger(cases, monthly, fall=0.6)["fell"].iloc[0]
