"""The second synthetic book, yunhe: its files, its shape, and what is planted in it."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from opened import bundled

from keyacct_utils import truth
from keyacct_utils.book import BUNDLED, DATASETS
from keyacct_utils.contract.tables import DRIVER_OF_ACTIVITY, TABLES
from keyacct_utils.lessons.catalogue import readiness
from keyacct_utils.truth import judge, yunhe
from keyacct_utils.world import distributor, write
from keyacct_utils.world.distributor import plan

FOLDER = DATASETS / "yunhe"
SEEDS = range(distributor.SEED, distributor.SEED + 8)


@pytest.fixture(scope="module")
def world():
    return distributor.build()


@pytest.fixture(scope="module")
def book():
    return bundled("yunhe")


@pytest.fixture(scope="module")
def tables(book):
    return {name: book.table(name) for name in book.tables}


# Files


def test_the_committed_files_are_what_the_generator_writes(world, tmp_path):
    write.write_book(world, tmp_path, distributor.NAME)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    committed = [path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()]
    assert sorted({*written, (FOLDER / "README.md").relative_to(FOLDER)}) == sorted(committed)
    for name in written:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_the_manifest_holds_its_hashes():
    lines = (DATASETS / write.MANIFEST).read_text().splitlines()
    own = [line.split("  ") for line in lines if "  yunhe/" in line]
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".md"]
    assert len(own) == len(files)
    for digest, name in own:
        assert hashlib.sha256((DATASETS / name).read_bytes()).hexdigest() == digest, name


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1_500_000


def test_its_page_says_which_columns_it_lacks(world):
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert write.lacking(world) in page and "`accounts.voltage_kv`" in write.lacking(world)


def test_building_again_gives_the_same_tables_and_another_seed_others(world):
    again, other = distributor.build(), distributor.build(distributor.SEED + 1)
    for name, table in world.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
        assert name == "calendar" or not table.equals(other.tables[name]), name


# The book


def test_it_opens_without_a_fault_and_is_not_the_book_of_the_lessons(book):
    assert "yunhe" in BUNDLED and not book.bundled and bundled("linjiang").bundled
    assert (book.currency, book.period, book.name) == ("CNY", "2024", distributor.NAME)
    assert "no truth to compare with" in truth.check(book, "01", {})


def test_lessons_01_to_06_run_and_07_is_skipped(book):
    state = readiness(book).set_index("lesson")["state"].to_dict()
    assert state == dict.fromkeys(("00", "01", "03", "04", "05", "06"), "full") | {
        "02": "part",
        "08": "part",
        "09": "part",
        "10": "part",
        "11": "part",
        "12": "part",
        "13": "part",
        "14": "part",
        "15": "part",
        "16": "part",
        "17": "skipped",
        "18": "part",
        "19": "part",
        "07": "skipped",
        "20": "skipped",
        "21": "part",
        "22": "skipped",
    }


def test_no_column_of_a_power_company(tables):
    power = {
        "voltage_kv",
        "capacity_kva",
        "power_factor",
        "important_type",
        "lighting_user",
        "quality_flag",
    }
    assert power.isdisjoint(column for table in tables.values() for column in table)
    assert {"credit_events", "defaults"}.isdisjoint(tables)
    assert set(tables["ledger"]["line"]) == {"B", "G"}


def test_every_row_belongs_to_an_account_in_its_time(tables):
    accounts = tables["accounts"].set_index("account_id")
    assert len(accounts) == 180 and not accounts["name_zh"].duplicated().any()
    assert not accounts["name_en"].duplicated().any()
    for name in ("ledger", "activities", "renewals"):
        rows = tables[name]
        assert rows["account_id"].isin(accounts.index).all(), name
        assert (rows["date"] >= rows["account_id"].map(accounts["start_date"])).all(), name
    stopped = truth.known("yunhe")["ledger"]["stopped"]
    for name in ("ties", "renewals", "survey"):
        assert tables[name]["account_id"].isin(accounts.index).all()
        assert not tables[name]["account_id"].isin(stopped).any()
    joined = tables["survey"]["account_id"].map(accounts["start_date"])
    assert (tables["survey"]["year"] >= joined.dt.year).all()


def test_deliveries_fall_on_working_days_of_three_years(tables):
    dates = tables["ledger"]["date"]
    assert dates.dt.year.value_counts().index.sort_values().tolist() == [2022, 2023, 2024]
    work = tables["calendar"].set_index("date")["workday"]
    assert dates.map(work).eq(1).all()


def test_invoices_add_up_to_the_ledger_and_are_paid_after_issue(tables):
    cents = [
        tables[name][column].mul(100).round().astype("int64")
        for name, column in (("ledger", "revenue"), ("invoices", "amount"))
    ]
    sums = [amount.groupby([tables[name]["account_id"], tables[name]["line"]]).sum()
            for name, amount in zip(("ledger", "invoices"), cents, strict=True)]  # fmt: skip
    pd.testing.assert_series_equal(*(s[s != 0] for s in sums), check_names=False)
    invoices = tables["invoices"]
    paid = invoices["paid_date"].notna()
    assert (invoices.loc[paid, "paid_date"] >= invoices.loc[paid, "issue"]).all()
    assert invoices.loc[~paid, "paid_amount"].eq(0).all()
    assert invoices["paid_date"].max() <= pd.Timestamp(write.AS_OF)


def test_pools_count_the_activities(tables):
    activities = tables["activities"]
    team = activities["manager_id"].map(tables["managers"].set_index("manager_id")["team"])
    month = activities["date"].dt.to_period("M").dt.to_timestamp().dt.as_unit("s").rename("month")
    counted = pd.crosstab([month, team.rename("team")], activities["type"].map(DRIVER_OF_ACTIVITY))
    pools = tables["cost_pools"].set_index(["month", "team"])[list(plan.RATES)].astype("int64")
    assert (counted.reindex(pools.index, fill_value=0)[pools.columns] == pools).all(axis=None)


# What is planted


def test_truth_is_found_by_the_name_of_the_book(world):
    known = truth.known("yunhe")
    assert set(known) == {*world.truth, "value_grading_groups.csv"}
    assert known["concentration"]["B"]["top_20_percent_share"] == 0.52
    assert truth.known("linjiang")["concentration"]["P"]["top_20_percent_share"] == 0.8
    for name in ("raw_export", "../linjiang", "elsewhere"):
        with pytest.raises(ValueError, match="no truth is known"):
            truth.known(name)


def test_concentration_and_season_from_the_rows(tables):
    ledger = tables["ledger"]
    last = ledger[ledger["date"].dt.year == 2024]
    for line, share in plan.TOP_SHARES.items():
        totals = (
            last[last["line"] == line]
            .groupby("account_id")["revenue"]
            .sum()
            .sort_values(ascending=False)
        )
        assert totals.iloc[: -(-len(totals) // 5)].sum() / totals.sum() == pytest.approx(
            share, abs=5e-4
        )
        sold = ledger[ledger["line"] == line]
        by_month = sold.groupby(sold["date"].dt.month)["revenue"].sum()
        assert by_month.idxmax() == 1 + int(np.argmax(plan.SEASON[line]))
        quiet = [month + 1 for month, level in enumerate(plan.SEASON[line]) if not level]
        assert sold.loc[sold["date"].dt.month.isin(quiet), "revenue"].le(0).all()


def test_sales_rose_and_profit_fell(tables):
    ledger = tables["ledger"]
    by_year = ledger.groupby(ledger["date"].dt.year)[["revenue", "cost_goods"]].sum()
    profit = by_year["revenue"] - by_year["cost_goods"]
    assert by_year["revenue"].is_monotonic_increasing and profit[2023] < 0.9 * profit[2022]
    stated = truth.known("yunhe")["case_d"]["gross_profit_by_year"]
    assert profit.round(2).to_dict() == pytest.approx(
        {int(year): value for year, value in stated.items()}
    )


def test_everything_planted_is_recovered_from_the_opened_book(tables):
    known = truth.known("yunhe")
    found = yunhe.recover(tables)
    assert set(found) == {item.name for items in yunhe.ITEMS.values() for item in items}
    for items in yunhe.ITEMS.values():
        for item in items:
            right, planted, value = truth.compare(
                item.planted(known), found[item.name], item.tolerance
            )
            assert right, f"{item.name}: planted {planted}, found {value}"


@pytest.mark.parametrize("lesson", yunhe.ITEMS)
def test_a_wrong_method_is_told_from_the_right_one(book, lesson):
    """Once the items of this book named none, so that a tolerance could prove nothing."""
    items = yunhe.ITEMS[lesson]
    table = truth.naive(book, lesson, items)
    assert set(table["item"]) == {item.name for item in items}
    assert table.loc[table["verdict"] != "FAIL", ["item", "method", "found"]].values.tolist() == []


def test_it_is_recovered_over_seeds():
    """The fast version of ``python -m keyacct_utils.truth.judge --book yunhe`` (40 seeds, all sound)."""
    rows = judge.outcomes(SEEDS, list(yunhe.ITEMS), "yunhe", naive=True)
    share = rows.groupby("item")["recovered"].mean()
    assert len(share) == sum(len(items) for items in yunhe.ITEMS.values())
    assert share.min() >= 7 / 8, share[share < 1].to_dict()
    assert not rows["fooled"].any(), rows.loc[rows["fooled"], ["seed", "item"]].values.tolist()


def test_an_item_whose_wrong_method_passes_in_one_seed_is_not_sound():
    rows = pd.DataFrame(
        {
            "lesson": "01", "item": ["a", "a", "b", "b"], "recovered": True,
            "difference": 0.0, "fooled": [False, True, False, False],
        }
    )  # fmt: skip
    assert list(judge.summary(rows)["verdict"]) == ["NOT SOUND", "sound"]
    assert list(judge.summary(rows.drop(columns="fooled"))["verdict"]) == ["sound", "sound"]


def test_its_values_differ_from_those_of_linjiang():
    own, other = truth.known("yunhe"), truth.known("linjiang")
    for topic, key in (
        ("relationship_levels", "tolerance"), ("relationship_levels", "slope"), ("relationship_levels", "gamma"),
        ("relationship_levels", "true_effect_3_minus_1"), ("satisfaction_index", "paths_to_S"),
        ("satisfaction_index", "path_S_to_L"), ("satisfaction_index", "servqual_gaps"),
        ("satisfaction_index", "manager_sd"), ("profitability", "rates"), ("profitability", "loss_share"),
        ("value_grading", "group_shares"),
    ):  # fmt: skip
        assert own[topic][key] != other[topic][key], (topic, key)


def test_tables_have_the_columns_of_the_contract_only(tables):
    for name, table in tables.items():
        assert set(table) <= set(TABLES[name].names)
        assert not table.isna().all().any(), name
