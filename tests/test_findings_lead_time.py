"""What lesson 20 says of small books worked by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import statsmodels.formula.api as smf
from gallery import books, books_lead_time
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import readiness
from keyacct_utils.lessons.lead_time import findings as lesson
from keyacct_utils.truth import lead_time as truth
from keyacct_utils.world.lead_time import CASES_PER_ACCOUNT

HEAD = "case_id,account_id,start,end"


def written(tmp_path, files, toml=""):
    toml = f'contract_version = 1\nname = "Odd"\n{toml}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return Book.open(tmp_path / "book.toml")


def rows(*lines, head=HEAD):
    return {"cases.csv": "\n".join([head, *lines]) + "\n"}


FOUR = rows(
    "K1,A,2024-03-04,2024-03-06",
    "K2,A,2024-03-04,2024-03-12",
    "K3,B,2024-03-05,2024-03-15",
    "K4,C,2024-03-11,",
)


def test_cases_alone_are_a_book(tmp_path):
    book = written(tmp_path, FOUR)
    assert book.tables == ("cases",) and list(book.names()) == ["A", "B", "C"]
    states = readiness(book).set_index("lesson")["state"]
    assert states["20"] == "part" and states["01"] == "skipped"
    found = lesson.cases(book)
    said = str(lesson.book_in_numbers(found))
    assert "4 cases of 3 accounts" in said and "3 done, 1 open on 2024-03-15" in said
    assert "no calendar of working days: Monday to Friday" in said
    # 2, 6 and 8 working days; the open one has lasted 4: 1 of 4, then of 2 that are left 1
    done = lesson.done_by(found)
    assert done.numbers["median"] == 6 and done.numbers["closed"] == 6
    assert "low" not in done.numbers and "within 6 working days." in str(done)
    review = lesson.account_review(found).numbers["review"].set_index("account_id")
    assert review.loc["C", ["cases", "cases_open", "open_longest"]].tolist() == [1, 1, 4]
    assert review.loc["A", "lead_median"] == 4 and "cases_late" not in review


def test_the_day_of_the_look_cuts_what_came_later(tmp_path):
    book = written(tmp_path, FOUR)
    early = lesson.cases(book, as_of="2024-03-10")
    assert early.later == 1 and early.cases["done"].tolist() == [True, False, False]
    assert "1 case that began later" in str(lesson.book_in_numbers(early))
    days = lesson.cases(book, count="calendar").cases["lasted"].tolist()
    assert days == [2, 8, 10, 4]
    for options, says in (
        ({"count": "weeks"}, "use 'working'"),
        ({"as_of": "soon"}, "as_of is 'soon'"),
        ({"as_of": "2020-01-01"}, "no case had begun"),
        ({"period": "2024"}, "period is '2024'"),
    ):
        with pytest.raises(ValueError, match=says):
            lesson.cases(book, **options)


def test_an_account_that_is_left_out_has_no_cases(tmp_path):
    files = {"ledger.csv": "account_id,revenue\nA,10\nB,5\n"} | FOUR
    book = written(tmp_path, files, '[exclude]\nA = "our own"\n')
    assert lesson.cases(book).cases["account_id"].tolist() == ["B", "C"]


def test_a_period_that_is_not_used_is_said(linjiang):
    said = str(lesson.book_in_numbers(looked_at(lesson.cases, "linjiang")))
    assert "own period (2024) is not used" in said
    year = lesson.cases(linjiang, period="book")
    assert year.cases["start"].dt.year.unique().tolist() == [2024]
    assert "is not used" not in str(lesson.book_in_numbers(year))


def test_promises_by_hand(tmp_path):
    lines = [
        f"K{n},A{n},2024-03-04,{'2024-03-08' if n < 15 else '' if n < 18 else '2024-03-25'},2024-03-11"
        for n in range(25)
    ]
    found = lesson.cases(written(tmp_path, rows(*lines, head=HEAD + ",promise")))
    kept = lesson.promises(found)
    assert kept.numbers["share"] == 0.6 and kept.numbers["open_late"] == 3
    assert kept.numbers["low"] == pytest.approx(0.407, abs=5e-4)
    late = lesson.account_review(found).numbers["review"]["cases_late"].sum()
    assert late == 10
    with pytest.raises(ValueError, match="single is -1"):
        lesson.promises(found, single=-1)


def test_the_channel_is_hidden_by_hard_cases():
    found = looked_at(lesson.cases, "linjiang")
    compared = lesson.compare(found)
    plain, best = compared.effects["naive"], compared.effects["aipw"]
    assert plain.value > 0 and best.high < 0 and best.low < -6.5 < best.high
    assert "is hidden" in str(lesson.effects(found, compared))
    told = lesson.balance(found, compared).numbers
    assert told["largest"] == "complexity" and told["after"] < 0.1
    moved = lesson.unseen(found, compared).numbers
    assert moved["name"] == "complexity" and moved["would"] > best.value
    claims = {row[0]: row[4] for row in lesson.claims(found, compared).data["claims"]}
    assert claims == {
        "S000-1a": "holds in part",
        "S000-1b": "cannot be tested here",
        "S000-1c": "holds",
        "S000-1e": "holds",
        "S000-1g": "cannot be told from this book",
        "S000-11f": "holds",
        "S002-3a": "cannot be tested here",
        "S002-5c": "cannot be tested here",
        "S003-12b, S000-11c": "cannot be tested here",
    }
    for options, says in (
        ({"known": ("charm",)}, "known names 'charm'"),
        ({"known": ()}, "known is empty"),
        ({"followed": -1}, "followed is -1"),
    ):
        with pytest.raises(ValueError, match=says):
            lesson.compare(found, **options)


def test_a_channel_of_which_nothing_is_known_gets_no_verdict(tmp_path):
    """Once: "faster than others like them", with nothing held equal but the queue."""
    found = lesson.cases(Book.open(books.write("channel_and_nothing_known", tmp_path)))
    compared = lesson.compare(found)
    assert list(compared.effects) == ["naive"] and not lesson.effects(found, compared).known
    claims = {row[0]: row[4] for row in lesson.claims(found, compared).data["claims"]}
    assert claims["S000-1e"] == "cannot be tested here"


def test_the_bottleneck_lies_on_the_path():
    found = looked_at(lesson.cases, "linjiang")
    told = lesson.path(found)
    assert told.numbers["first"] == "design_equipment" and told.numbers["ahead"]
    frame = told.numbers["frame"]
    assert frame["share"].sum() == pytest.approx(1)
    # beside the external plan the internal one is waited for less than it takes
    assert frame.loc["internal_plan", "share"] < frame.loc["internal_plan", "added_up"]
    causes = lesson.causes(found).numbers
    assert (causes["first"], causes["often"]) == ("equipment", "coordination")
    order = lesson.order(found)
    assert order.numbers["free"] == ["internal_plan"]
    # once: "could take longer and delay nobody"; it has 2.6 % of the days that were waited for
    said = str(order)
    assert "nobody" not in said and "in the mean case" in said.lower()
    path = order.table.set_index("activity")["waited"]
    assert order.numbers["waited"] == path["internal_plan"] == pytest.approx(122 / 414)
    assert path["external_plan"] == pytest.approx((292 + 43) / 414)
    assert f"{100 * 79 / 414:.1f} % of the finished cases waited for it alone" in said
    assert f"{100 * 43 / 414:.1f} % for it and another that ended on the same day" in said


def test_one_table_speaks_of_one_set_of_cases():
    """Once: days added up over open cases too, beside those waited for in the finished ones. What
    lies on the path of every case has a larger share of the days waited for, never a smaller one.
    """
    found = looked_at(lesson.cases, "linjiang")
    frame = lesson.path(found).numbers["frame"]
    done = set(found.cases.loc[found.cases["done"], "case_id"])
    rows = found.events[found.events["case_id"].isin(done)]
    spent = found.lasting(rows["start"], rows["end"]).groupby(rows["activity"]).sum()
    assert frame["added_up"].to_dict() == pytest.approx((spent / spent.sum()).to_dict())
    assert frame.loc["survey", "added_up"] == pytest.approx(0.0473, abs=5e-5)
    plans = ["internal_plan", "external_plan"]
    assert (frame["share"] > frame["added_up"]).drop(plans).all()
    order = lesson.order(found).table.set_index("activity")["days"]
    number = rows.groupby("activity").size()
    assert order.to_dict() == pytest.approx((spent / number).to_dict())


def test_a_case_that_waits_between_activities_is_not_finished(tmp_path):
    """Open, with an end for each of its activities so far: it tells no path."""
    files = rows("K1,A,2024-03-04,2024-03-08", "K2,B,2024-03-04,") | {
        "case_events.csv": "case_id,activity,start,end\n"
        "K1,survey,2024-03-04,2024-03-05\nK1,work,2024-03-05,2024-03-08\n"
        "K2,survey,2024-03-04,2024-03-07\n"
    }
    told = lesson.path(lesson.cases(written(tmp_path, files))).numbers
    assert told["cases"] == 1 and told["frame"]["share"].to_dict() == {"work": 0.75, "survey": 0.25}


def test_each_number_says_of_which_cases_and_days_it_is(linjiang):
    """Once: "a case met 7.0" below a table of all cases, "240 days" that are calendar days, and a
    case on the last of its days called late.
    """
    found = looked_at(lesson.cases, "linjiang")
    compared = lesson.compare(found)
    queue = lesson.queue(found)
    assert "378 cases that could be followed met 7.0 on average" in str(queue)
    everyone = (queue.table["queue"] * queue.table["cases"]).sum() / queue.table["cases"].sum()
    assert everyone == pytest.approx(7.45) and queue.numbers["n"] == 378
    assert "for 240 calendar days: 102 cases" in str(lesson.naive(found, compared))
    kept = lesson.promises(found)
    assert kept.numbers["open_late"] == 1
    assert "still open and so not kept: 1; the day of the look counts as over" in str(kept)
    # the same slope in the lesson and beside what was planted
    early = truth._followed({name: linjiang.table(name) for name in ("cases", "calendar")})
    assert truth.slope(early).slope == pytest.approx(queue.numbers["slope"])
    # names to guess from
    said = str(lesson.book_in_numbers(found))
    assert all(name in said for name in found.events["activity"].unique())
    assert "in place of -6.9 working days." in str(lesson.unseen(found, compared))


def test_words_of_size_are_true_of_their_numbers():
    """Once: "the larger part" of 45.9 %, and "costs little each time" without a number."""
    found = looked_at(lesson.cases, "linjiang")
    events = found.events[found.events["delay_days"].fillna(0) > 0]
    each = events.groupby("cause")["delay_days"].mean()
    causes = lesson.causes(found)
    assert causes.numbers["often_each"] == pytest.approx(each["coordination"])
    assert f"{each['coordination']:.1f} days each time, “equipment” {each['equipment']:.1f}" in str(
        causes
    )
    share = lesson.path(found).numbers["share"]
    effect = lesson.compare(found).effects["aipw"].value
    story = Path(__file__).parents[1] / "notebooks" / "20_lead_time.ipynb"
    text = story.read_text(encoding="utf-8")
    assert f"Of 100 days {100 * share:.0f} are" in text and share < 0.5
    assert f"faster by about {-effect:.0f} working days" in text
    for word in ("larger part", "most of the days", "nearly all"):
        assert word not in text


def test_the_whole_of_what_is_said_of_the_answer_is_tested(linjiang):
    """Ten to over twenty days: both ends, by sources, and the other way to count. Recomputed here
    from the tables.
    """
    cases, events = linjiang.counted("cases"), linjiang.table("case_events")
    calendar = linjiang.table("calendar").set_index("date")["workday"].cumsum()
    ends = events[events["activity"] == "company_review"].set_index("case_id")["end"]
    answered = cases["case_id"].map(ends)
    last = calendar.index.max()
    lasted = calendar.reindex(answered.fillna(last)).to_numpy() - calendar.reindex(cases["start"])
    lasted = lasted.to_numpy()
    due = calendar.loc[last] - calendar.reindex(cases["start"]).to_numpy() >= 29
    within = answered.notna().to_numpy() & (lasted >= 10) & (lasted <= 29)
    found = looked_at(lesson.cases, "linjiang")
    claims = lesson.claims(found, lesson.compare(found)).data["claims"]
    row = next(row for row in claims if row[0] == "S000-1a")
    for dual, name in ((0, "one source"), (1, "two sources")):
        here = due & (cases["dual_source"] == dual).to_numpy()
        assert f"{100 * within[here].mean():.0f} % (" in row[3] and name in row[3]
    soon = answered.notna().to_numpy() & (lasted < 10)
    assert f"{100 * soon[due].mean():.1f} % sooner" in row[5] and "in calendar days" in row[5]
    for options, says in (({"reply": (20, 10)}, "smaller one first"), ({"most": 90}, "most is 90")):
        with pytest.raises(ValueError, match=says):
            lesson.claims(found, lesson.compare(found), **options)


def test_how_strong_an_unseen_cause_would_have_to_be():
    """Once: something unseen "would have to weigh more" than complexity; one as strong is enough
    that nothing is told.
    """
    found = looked_at(lesson.cases, "linjiang")
    compared = lesson.compare(found)
    told = lesson.unseen(found, compared)
    numbers = told.numbers
    assert numbers["strong"] == "complexity" and 0 < numbers["told"] < numbers["nothing"] < 1
    assert numbers["left_low"] < 0 < numbers["left_high"]
    assert "enough that nothing is told" in str(told) and "weigh more" not in str(told)
    frame = told.numbers["frame"]
    # by statsmodels, plainly: partial R2 of complexity with the channel and with the days
    data = compared.frame.assign(days=compared.frame["days"].astype(float))
    rest = "dual_source + priority + C(kind) + queue"
    channel = smf.ols(f"green_channel ~ complexity + {rest}", data).fit()
    days = smf.ols(f"days ~ green_channel + complexity + {rest}", data).fit()
    for column, fit in (("of_channel", channel), ("of_days", days)):
        t = fit.tvalues["complexity"]
        assert frame.loc["complexity", column] == pytest.approx(t**2 / (t**2 + fit.df_resid))
    row = next(row for row in lesson.claims(found, compared).data["claims"] if row[0] == "S000-1e")
    assert f"explains {100 * numbers['told']:.1f} %" in row[5]


def test_where_to_ask_today():
    found = looked_at(lesson.cases, "linjiang")
    told = lesson.overdue(found)
    running = found.events[found.events["end"].isna()]
    assert told.numbers["running"] == len(running) and told.numbers["n"] == 2
    assert (told.table["lasted"] > told.table["usual"]).all()
    assert "None of" in str(lesson.overdue(found, 0.95))
    with pytest.raises(ValueError, match=r"share is 0\.2"):
        lesson.overdue(found, 0.2)


def test_an_order_on_a_day_that_is_not_worked_gains_no_first_day(tmp_path):
    """Once: the first day counted was always one more, also of a Sunday."""
    lines = [f"K{n},A{n},2024-03-03,2024-03-08" for n in range(25)]  # a Sunday to a Friday
    found = lesson.cases(written(tmp_path, rows(*lines)))
    table = lesson.readings(found).table.set_index("reading")["median"]
    assert table["Monday to Friday"] == table["Monday to Friday, first day counted"] == 5
    assert table["calendar days"] == 5 and table["calendar days, first day counted"] == 6


def test_an_empty_queue_beside_the_mean_one():
    numbers = lesson.queue(looked_at(lesson.cases, "linjiang")).numbers
    for name in ("slope", "low", "high"):
        end = {"slope": "cost", "low": "cost_low", "high": "cost_high"}[name]
        assert numbers[end] == pytest.approx(numbers["met"] * numbers[name])


def test_sales_alone_say_nothing_of_days(write_book):
    """A ledger such as CDNOW's has no day of asking and none of being done."""
    book = Book.open(write_book("account_id,date,revenue\nA,1997-01-05,10\nB,1997-02-05,5\n"))
    row = readiness(book).set_index("lesson").loc["20"]
    assert row["state"] == "skipped" and "cases.start, cases.end" in row["reason"]


def test_an_order_that_changes_tells_no_slack(tmp_path):
    """Once: an activity that comes first in four cases of five "could take longer"."""
    found = lesson.cases(Book.open(books.write("own_activities", tmp_path)))
    assert "changes from case to case" in str(lesson.order(found))


def test_lines_that_are_full_by_name():
    told = lesson.feeders(looked_at(lesson.cases, "linjiang")).numbers
    assert told["full"] == 6 and told["names"][0] == "F29"
    with pytest.raises(ValueError, match="limit is 0"):
        lesson.feeders(looked_at(lesson.cases, "linjiang"), 0)
    with pytest.raises(ValueError, match="per_week is 0"):
        lesson.cadence(looked_at(lesson.cases, "linjiang"), 0)
    with pytest.raises(ValueError, match="days_back is 0"):
        lesson.recent(looked_at(lesson.cases, "linjiang"), 0)
    with pytest.raises(ValueError, match="by is 'team'"):
        lesson.queue(looked_at(lesson.cases, "linjiang"), by="team")


def test_a_simulated_book_has_as_many_cases():
    assert lesson.size(looked_at(lesson.cases, "linjiang")) == (600, 48)
    assert lesson.CASES_PER_ACCOUNT == CASES_PER_ACCOUNT


def test_every_odd_book_opens(tmp_path):
    for name in books_lead_time.BOOKS:
        book = Book.open(books.write(name, tmp_path / name))
        assert readiness(book).set_index("lesson").loc["20", "state"] != "skipped"


def test_northwind_orders_until_they_are_shipped(real_data, tmp_path):
    """The known facts: 830 orders of 89 customers, 809 shipped, 37 of them late."""
    text = (Path(real_data) / "northwind" / "orders.csv").read_text(encoding="utf-8")
    (tmp_path / "orders.csv").write_text(text, encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Orders"\n[tables.cases]\npath = "orders.csv"\n'
        '[tables.cases.columns]\ncase_id = "OrderID"\naccount_id = "CustomerID"\n'
        'start = "OrderDate"\nend = "ShippedDate"\npromise = "RequiredDate"\n'
        'district = "ShipCountry"\nkind = "ShipVia"\n',
        encoding="utf-8",
    )
    found = lesson.cases(Book.open(tmp_path / "book.toml"))
    numbers = lesson.book_in_numbers(found).numbers
    assert (numbers["n"], numbers["accounts"], numbers["done"]) == (830, 89, 809)
    kept = lesson.promises(found).numbers
    # 37 late, and one whose day has come and that is not shipped
    assert (kept["due"], kept["kept"], kept["open_late"]) == (763, 725, 1)
    done = lesson.done_by(found).numbers
    # Kaplan and Meier by hand: 36.2 % within 4 working days, 65.3 % within 5
    assert done["median"] == 5
    curve = found.curve(found.cases)["share"]
    assert curve[[4.0, 5.0]].tolist() == pytest.approx([0.3618, 0.6533], abs=5e-5)


def test_cases_begun_before_the_file_holds_any_end_stand_aside(real_data, tmp_path):
    deals = pd.read_csv(real_data / "maven_crm" / "sales_pipeline.csv")
    deals = deals[deals["engage_date"].notna() & deals["account"].notna()]
    table = pd.DataFrame(
        {"case_id": deals["opportunity_id"], "account_id": deals["account"],
         "start": deals["engage_date"], "end": deals["close_date"]}
    )  # fmt: skip
    sales = "account_id,date,revenue\nA,2016-11-01,5\nA,2017-12-01,5\n"
    book = written(tmp_path, {"cases.csv": table.to_csv(index=False), "ledger.csv": sales})
    found = lesson.cases(book, count="calendar")
    assert found.recorded == pd.Timestamp(table["end"].min()) == pd.Timestamp("2017-03-01")
    assert found.cut == (table["start"] < "2017-03-01").sum() > 100
    assert len(found.cases) == (table["start"] >= "2017-03-01").sum()
    assert "or the early years would look slow" in str(lesson.book_in_numbers(found))
    assert not lesson.by_year(found).known
    with pytest.raises(ValueError, match="no end before 2017-03-01"):
        lesson.cases(book, period="2016")
