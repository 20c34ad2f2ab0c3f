"""Exercises of lesson 17: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import pytest
from gallery import books
from opened import bundled
from statsmodels.discrete.conditional_models import ConditionalLogit

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.lessons import tender as td
from keyacct_utils.lessons.tender import answers, choice


def told(code, book, **answer):
    """What the check says to an answer that is right but for these parts."""
    item = find(code)
    right = item.expected(book) | {"choice": "raise", "bar": 0.01, "defence": "Yes. It is."}
    right |= {} if code == "17.4" else item.expected(book)
    names = [part.name for part in item.parts]
    return exercises.judge(item, {name: right[name] for name in names} | answer, book).text


def test_right_values_worked_by_hand(linjiang):
    found = find("17.1").expected(linjiang)
    # 40 x 24 / 26 + 51, and 51 + 960 / b = 82
    assert found["first"] == "Chenxi" and found["points"] == pytest.approx(36.923 + 51, abs=1e-3)
    assert found["most"] == pytest.approx(960 / 31)


def test_the_likeliest_wrong_answers_of_the_napkin_are_named(linjiang):
    # with the rejected 18 as benchmark; in a straight line; the score for its points
    assert "sets none" in told("17.1", linjiang, points=40 * 18 / 26 + 51)
    assert "straight line" in told("17.1", linjiang, points=40 * (1 - 2 / 24) + 51)
    assert "60 hundredths" in told("17.1", linjiang, points=40 * 24 / 26 + 85)
    # Boda and Anhe have 72 then: 51 + 720 / b = 72
    assert "sets none" in told("17.1", linjiang, most=720 / 21)
    # with Dafeng as a rival of 76 points: 51 + 720 / b = 76
    assert "sets none" in told("17.1", linjiang, most=720 / 25)
    # 18 on one side only; level with Anhe, who is third
    assert "of the price that is moved" in told("17.1", linjiang, most=720 / 31)
    assert "the total of the second" in told("17.1", linjiang, most=960 / 21)
    assert "who is third" in told("17.1", linjiang, most=33.10)
    assert "Dafeng was rejected" in told("17.1", linjiang, first="Dafeng")


def test_the_share_of_heavy_calls_in_plain_pandas(linjiang):
    rows = linjiang.table("tenders").set_index("tender_id")
    bids = linjiang.table("bids")
    bids = bids[(bids["tender_id"].map(rows["price_weight"]) >= 50) & (bids["veto"] == 0)]
    low = bids.groupby("tender_id")["price"].transform("min")
    won = bids["won"] == 1
    found = find("17.2").expected(linjiang)
    assert found["share"] == pytest.approx((bids["price"] == low)[won].mean())
    assert found["over"] == pytest.approx((bids["price"] / low - 1)[won].mean())
    vetoed = answers._cheap(answers._heavy(linjiang, vetoed=True))
    assert "vetoed bids are among these" in told("17.2", linjiang, **vetoed)
    every = answers._cheap(answers._heavy(linjiang, least=0.0))
    assert "These are all tenders" in told("17.2", linjiang, **every)
    just = answers._cheap(answers._heavy(linjiang, more=True))
    assert "weight of just 50" in told("17.2", linjiang, **just)


def test_the_colleague_asks_what_bidders_ask(linjiang):
    right = find("17.3").expected(linjiang)
    assert right["fault"] == "asked" and 0.03 < right["worth"] < 0.09
    wrong = answers.colleague(answers._model(linjiang))
    assert wrong < right["worth"] / 3
    assert "colleague's own number" in told("17.3", linjiang, worth=wrong)
    assert "Ten are asked" in told("17.3", linjiang, worth=right["worth"] / 10)
    bids = answers._model(linjiang)
    said = {
        ("price", "tech", "service", "incumbent", "local"): "as in the lesson",
        ("price", "service"): "Only price and service",
        ("price", "service", "incumbent"): "technical score is left out",
        ("price", "tech", "service"): "supplied before is left out",
    }
    for features, words in said.items():
        weight = choice.implied_weights(bids, features).weight
        worth = -10 * weight["service"] / weight["price"]
        assert words in told("17.3", linjiang, worth=worth), features
    weight = choice.implied_weights(bids, answers.FEATURES).weight
    tech = -10 * weight["tech"] / weight["price"]
    assert "ten technical points" in told("17.3", linjiang, worth=tech)
    for fault in ("budget", "vetoed", "points"):
        assert "Look further" in told("17.3", linjiang, fault=fault)


def test_the_hints_call_what_is_there(linjiang):
    """The calls of the hints of 17.3 and 17.4, as they stand there."""
    hints = " ".join(hint for code in ("17.3", "17.4") for hint in find(code).hints)
    calls = (
        "ConditionalLogit(won, x, groups=tender_id).fit(disp=0).params",
        'td.implied_weights(rows, ["price", "tech", "service", "incumbent"]).weight',
        "lambda bid: td.win_probability(bid, own, rivals, weights)",
        "td.best_bid(0.65, chance, 1.0)",
    )
    assert all(call in hints for call in calls)
    rows = answers._model(linjiang)
    rivals, own = answers._meeting(linjiang)
    names = {
        "td": td,
        "rows": rows,
        "rivals": rivals,
        "own": own,
        "ConditionalLogit": ConditionalLogit,
    }
    names |= {"x": rows[list(answers.FEATURES)].astype(float), "won": rows["won"].astype(float)}
    names["tender_id"] = rows["tender_id"]
    fitted, names["weights"] = (eval(call, names) for call in calls[:2])
    assert fitted.to_dict() == pytest.approx(names["weights"].to_dict(), rel=1e-3)
    names["chance"] = eval(calls[2], names)
    best = eval(calls[3], names)
    assert best.bid == pytest.approx(answers._raise(linjiang)["best"])


def test_a_choice_has_to_follow_from_its_own_bar(linjiang):
    right = find("17.4").expected(linjiang)
    own = right | {"choice": "keep", "bar": right["gain"] / 2}
    assert "is above your own bar" in answers._follows(linjiang, own)
    assert answers._follows(linjiang, own | {"choice": "raise"}) == ""
    assert answers._follows(linjiang, own | {"bar": 2 * right["gain"]}) == ""
    assert "from 0 to below 1" in answers._bar_is_sound({"bar": 5})
    sides = answers._both_sides(linjiang, own)
    assert set(sides) == {"raise", "keep"} and all(sides.values())
    made = answers._raise(linjiang)
    assert made["best"] > made["usual"] and right["gain"] > 0 and right["lost"] > 0
    assert "how much higher the price is" in told(
        "17.4", linjiang, gain=made["best"] / made["usual"] - 1
    )
    assert "Take the cost off" in told("17.4", linjiang, **answers._of_revenue(linjiang))
    assert "difference of both chances" in told("17.4", linjiang, **answers._relative(linjiang))


def test_a_year_cannot_prove_every_third(linjiang):
    right = find("17.5").expected(linjiang)
    assert right["choice"] == "cannot be told" and right["low"] < 1 / 3 < right["rate"] + 0.2
    every = answers._rate(linjiang, answers._tries(linjiang, "all"))
    assert "These are all years" in told("17.5", linjiang, rate=every["rate"], low=every["low"])
    assert "Wilson's is asked" in told("17.5", linjiang, **answers._normal(linjiang))
    assert "bids of all" in told("17.5", linjiang, **answers._everybody(linjiang))


def test_a_book_that_cannot_answer_says_so_and_one_of_tries_can(tmp_path):
    book = Book.open(books.write("tries_alone", tmp_path / "b"))
    for code in ("17.2", "17.3", "17.4"):
        blank = {part.name: 0 for part in find(code).parts}
        assert "it has no bids" in exercises.judge(find(code), blank, book).text
    tries = answers._tries(book)
    assert find("17.5").expected(book)["rate"] == pytest.approx(tries["won"].mean())
    yunhe = bundled("yunhe")
    blank = {part.name: 0 for part in find("17.5").parts}
    assert "no opportunities" in exercises.judge(find("17.5"), blank, yunhe).text
