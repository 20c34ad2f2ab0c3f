"""The synthetic book: what is planted exactly, judged from the written files by calculations of its own."""

from __future__ import annotations

import hashlib
import json
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyacct_utils import world
from keyacct_utils.contract.tables import TABLES
from keyacct_utils.world import write
from keyacct_utils.world.accounts import portfolio_sizes
from keyacct_utils.world.ledger import split_exactly
from keyacct_utils.world.names import company_names

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
YEAR, BEFORE = 2024, 2023
REFERENCES = {"account_id": "accounts", "manager_id": "managers"}


def read(folder: Path, name: str) -> pd.DataFrame:
    """A table as any reader would take it from the CSV: text for ids, dates as dates."""
    contract = TABLES[name]
    text = {c.name: str for c in contract.columns if c.kind in ("id", "text", "category")}
    dates = [c.name for c in contract.columns if c.kind == "date"]
    header = (folder / f"{name}.csv").read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    return pd.read_csv(
        folder / f"{name}.csv", dtype=text, parse_dates=[d for d in dates if d in header]
    )


def cents(values: pd.Series) -> pd.Series:
    return values.mul(100).round().astype("int64")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("datasets")
    write.write_all(folder)
    return folder


@pytest.fixture(scope="module")
def book(written: Path) -> SimpleNamespace:
    folder = written / "linjiang"
    tables = {name: read(folder, name) for name in TABLES if (folder / f"{name}.csv").exists()}
    truth = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "truth").glob("*.json")
    }
    return SimpleNamespace(**tables, tables=tables, truth=truth, folder=folder)


def features(
    accounts: pd.DataFrame, ledger: pd.DataFrame, invoices: pd.DataFrame, year: int = YEAR
) -> pd.DataFrame:
    """The five features of the power rule in integers where equality matters."""
    power = ledger[ledger["line"] == "P"]
    out = accounts.set_index("account_id")[["voltage_kv", "power_factor", "important_type"]]
    by_year = power["date"].dt.year
    for y, suffix in ((year, "now"), (year - 1, "before")):
        part = power[by_year == y].groupby("account_id")
        out[f"fee_{suffix}"] = (
            part["revenue"].agg(lambda x: round(x.sum() * 100)).reindex(out.index, fill_value=0)
        )
        out[f"volume_{suffix}"] = part["volume"].sum().reindex(out.index, fill_value=0)
    issued = invoices[(invoices["line"] == "P") & (invoices["issue"].dt.year == year)]
    sums = (
        pd.DataFrame({c: cents(issued[c]) for c in ("amount", "paid_amount")})
        .groupby(issued["account_id"])
        .sum()
    )
    return out.join(sums)


def power_class(row: pd.Series, limit: float, at: str, combine: str) -> str:
    """S000-8a, 8b, 8c for one account under one reading, in whole cents."""
    if row["important_type"] == 1:
        return "important"
    above = (lambda a, b: a >= b) if at == ">=" else (lambda a, b: a > b)
    fee, five_million, million = row["fee_now"], 12 * 500_000_000, 12 * 100_000_000
    tests = [
        row["voltage_kv"] >= 35,
        row["volume_now"] > row["volume_before"],
        row["power_factor"] >= limit,
        above(fee, five_million),
        above(10 * row["paid_amount"], 9 * row["amount"]),
    ]
    if sum(tests) >= (5 if combine == "all" else 4):
        return "efficiency"
    if 10 <= row["voltage_kv"] <= 35 and million <= fee < five_million:
        return "potential"
    return "between" if fee >= million else "none"


def all_readings(frame: pd.DataFrame) -> pd.DataFrame:
    readings = list(product((0.90, 0.85, 0.80), (">=", ">"), ("all", "four_of_five")))
    return pd.DataFrame(
        {reading: frame.apply(power_class, axis=1, args=reading) for reading in readings}
    )


def gini(x: np.ndarray) -> float:
    """Mean absolute difference over twice the mean: the definition, pair by pair."""
    return float(np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean()))


def top_share(x: pd.Series) -> float:
    return float(x.nlargest(-(-len(x) // 5)).sum() / x.sum())


# Files


def test_regenerates_byte_for_byte(written: Path) -> None:
    manifest = (written / write.MANIFEST).read_text()
    assert manifest == (DATASETS / write.MANIFEST).read_text()
    for line in manifest.splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((DATASETS / name).read_bytes()).hexdigest() == digest, name


def test_sizes(written: Path) -> None:
    assert (written / "linjiang/ledger.csv").stat().st_size < 4_500_000
    assert sum(path.stat().st_size for path in written.rglob("*")) < 24_000_000


@pytest.mark.parametrize("name", [name for name in TABLES if name != "credit_features"])
def test_tables_conform_to_the_contract(book: SimpleNamespace, name: str) -> None:
    table, contract = book.tables[name], TABLES[name]
    assert set(contract.required) <= set(table) <= set(contract.names)
    assert b"\r" not in (book.folder / f"{name}.csv").read_bytes()
    if contract.key:
        assert not table.duplicated(list(contract.key)).any()
        # visits to an account that nobody owns name no manager
        needed = [part for part in contract.key if contract.column(part).required]
        assert table[needed].notna().all(axis=None)
    for column in contract.columns:
        if column.name not in table:
            continue
        values = table[column.name].dropna()
        if column.required:
            assert len(values) == len(table), column.name
        if column.allowed:
            assert set(values) <= set(column.allowed), column.name
        if column.kind in ("integer", "flag"):
            assert (values == values.astype(int)).all(), column.name
        if column.kind == "flag":
            assert values.isin([0, 1]).all(), column.name
        if column.low is not None:
            assert (values >= column.low).all(), column.name
        if column.high is not None:
            assert (values <= column.high).all(), column.name
        if column.above is not None:
            assert (values > column.above).all(), column.name
        if column.name in REFERENCES and name != REFERENCES[column.name]:
            assert values.isin(book.tables[REFERENCES[column.name]][column.name]).all(), column.name


def test_declared_vocabulary(book: SimpleNamespace) -> None:
    from keyacct_utils.contract.tables import LINES, SECTORS

    assert set(book.accounts["sector"]) == set(SECTORS)
    assert set(book.accounts["district"]) == {f"D{i}" for i in range(1, 9)}
    assert set(book.accounts["voltage_kv"]) == {0.4, 10, 35, 110}
    assert set(book.ledger["line"]) == set(LINES) == set(book.invoices["line"])
    assert set(book.invoices["terms_code"]) == {"T1", "T2", "T3"}
    assert (book.invoices["due"] >= book.invoices["issue"]).all()
    assert (book.invoices["paid_amount"] <= book.invoices["amount"]).all()
    assert (book.invoices["paid_date"].isna() == (book.invoices["paid_amount"] == 0)).all()
    assert book.invoices["paid_date"].max() <= pd.Timestamp(write.AS_OF)


# Concentration (N01)


def test_concentration_is_exact(book: SimpleNamespace) -> None:
    last = book.ledger[book.ledger["date"].dt.year == YEAR]
    total = {
        line: cents(part["revenue"]).groupby(part["account_id"]).sum()
        for line, part in last.groupby("line")
    }
    assert {line: len(x) for line, x in total.items()} == {"P": 600, "S": 480, "E": 261}
    assert top_share(total["P"]) == pytest.approx(0.80, abs=5e-5)
    assert top_share(total["S"]) == pytest.approx(0.56, abs=5e-4)
    rail = book.truth["concentration"]["E"]["outlier"]["account_id"]
    assert book.accounts.set_index("account_id").loc[rail, "name_en"] == "Zhonggang Rail"
    # 26 % to the cent, and 89 % among the others.
    assert 50 * total["E"][rail] == 13 * total["E"].sum()
    assert top_share(total["E"].drop(rail)) == pytest.approx(0.89, abs=5e-4)
    assert gini(total["P"].to_numpy(dtype=float)) == pytest.approx(0.765, abs=0.001)
    assert total["P"].max() / total["P"].sum() == pytest.approx(0.085, abs=0.001)
    for line, x in total.items():
        planted = book.truth["concentration"][line]
        shares = (planted["top_20_percent_share"], planted["gini"], planted["largest_share"])
        assert shares == pytest.approx(
            (top_share(x), gini(x.to_numpy(dtype=float)), x.max() / x.sum()), abs=1e-4
        )
        assert planted["revenue"] == x.sum() / 100
        logs = np.log(x.drop(rail) if line == "E" else x)
        assert logs.std(ddof=0) == pytest.approx(planted["sigma"], abs=0.05)


def test_annual_totals_are_positive_and_a_few_rows_negative(book: SimpleNamespace) -> None:
    ledger = book.ledger
    assert ledger.groupby(["account_id", "line", ledger["date"].dt.year])["revenue"].sum().min() > 0
    negative = ledger[ledger["revenue"] < 0]
    assert 60 < len(negative) < 200
    assert set(negative["line"]) == {"P", "E"}
    assert (negative["cost_goods"] < 0).all() and (negative["volume"] < 0).all()
    assert 58_000 < len(ledger) < 63_000


def test_volume_price_and_discount_give_the_revenue(book: SimpleNamespace) -> None:
    ledger = book.ledger
    rebuilt = ledger["volume"] * ledger["list_price"] * (1 - ledger["discount_pct"] / 100)
    assert (rebuilt / ledger["revenue"] - 1).abs().max() < 0.01


# Qualification (N02)


@pytest.fixture(scope="module")
def judged(book: SimpleNamespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = features(book.accounts, book.ledger, book.invoices)
    return frame, all_readings(frame)


def test_exactly_forty_boundary_accounts(
    book: SimpleNamespace, judged: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    frame, classes = judged
    truth = pd.read_csv(
        book.folder / "truth/qualification.csv", dtype={"account_id": str}
    ).set_index("account_id")
    flips = classes.nunique(axis=1) > 1
    assert flips.sum() == 40 == book.truth["qualification"]["boundary_accounts"]
    assert set(flips.index[flips]) == set(truth.index[truth["boundary"] == 1])
    assert (classes[(0.90, ">=", "all")] == truth["class"].reindex(classes.index)).all()
    assert truth.loc[flips[flips].index, "reason"].notna().all()
    counts = truth["reason"].value_counts().to_dict()
    assert counts == book.truth["qualification"]["boundary_by_reason"]
    assert (
        counts["fee exactly 5,000,000.00 a month"]
        == 4
        == (frame["fee_now"] == 12 * 500_000_000).sum()
    )
    assert (
        counts["recovery exactly 90 %"]
        == 4
        == (10 * frame["paid_amount"] == 9 * frame["amount"]).sum()
    )
    assert truth["class"].value_counts().to_dict() == book.truth["qualification"]["class_counts"]
    assert set(truth["class"]) == {"important", "efficiency", "potential", "between", "none"}


def assert_clear(frame: pd.DataFrame) -> None:
    """No account but a planted one lies near a threshold."""
    for threshold in (5_000_000, 1_000_000):
        gap = (frame["fee_now"] / (1200 * threshold) - 1).abs()
        assert ((gap == 0) | (gap > 0.005)).all(), threshold
    recovery = (frame["paid_amount"] / frame["amount"] - 0.9).abs()
    assert ((10 * frame["paid_amount"] == 9 * frame["amount"]) | (recovery > 0.005)).all()
    for limit in (0.80, 0.85, 0.90):
        assert (frame["power_factor"] - limit).abs().min() > 0.005
    assert (frame["volume_now"] / frame["volume_before"] - 1).abs().min() >= 0.005


def test_all_others_are_clear_of_every_threshold(judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert_clear(judged[0])


def test_the_frozen_list(book: SimpleNamespace, judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    power = book.ledger[book.ledger["line"] == "P"]
    first = power[power["date"].dt.year == 2021].groupby("account_id")["revenue"].sum() / 12
    fee = judged[0]["fee_now"] / 1200
    was = first.reindex(fee.index).fillna(0) >= 3_000_000
    listed = book.accounts.set_index("account_id")["listed_ka"] == 1
    assert (listed == was).all() and listed.sum() == 96
    now = fee >= 3_000_000
    assert (now.sum(), (now & ~listed).sum(), (listed & ~now).sum()) == (87, 22, 31)
    assert book.accounts["important_type"].sum() == 66
    counts = book.truth["qualification"]["accounts_with_fee_at_least"]
    assert counts == {str(t): int((fee >= t).sum()) for t in (1_000_000, 3_000_000, 5_000_000)}
    assert fee.median() == pytest.approx(495_000, rel=0.01)


def test_voltage_and_capacity_rise_with_spend(
    book: SimpleNamespace, judged: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    fee = judged[0]["fee_now"]
    table = book.accounts.set_index("account_id")
    assert table["voltage_kv"].corr(fee, method="spearman") > 0.5
    assert table["capacity_kva"].corr(fee, method="spearman") > 0.9


def test_ahp_matrices(book: SimpleNamespace) -> None:
    results = {}
    for name, part in book.ahp_matrices.groupby("matrix"):
        order = list(dict.fromkeys(part["row"]))
        matrix = part.pivot(index="row", columns="column", values="value").loc[order, order]
        assert np.allclose(matrix.to_numpy() * matrix.to_numpy().T, 1, atol=1e-6)
        values, vectors = np.linalg.eig(matrix.to_numpy())
        best = int(np.argmax(values.real))
        vector = np.abs(vectors[:, best].real)
        results[name] = (
            dict(zip(order, vector / vector.sum(), strict=True)),
            float(values[best].real),
            len(order),
        )
    weights, largest, n = results["five_factors"]
    assert weights == pytest.approx(
        book.truth["qualification"]["ahp"]["five_factors"]["weights"], abs=1e-6
    )
    assert largest == pytest.approx(n, abs=1e-6)
    weights, largest, n = results["wealth_of_nations"]
    # Saaty (1977): largest eigenvalue 7.61; weights .427 .230 .021 .052 .052 .123 .094.
    assert largest == pytest.approx(7.608, abs=5e-4)
    assert list(weights.values()) == pytest.approx(
        [0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], abs=6e-4
    )
    assert (largest - n) / (n - 1) / 1.32 < 0.1


# The arc: growth, profit, receivables


def test_twenty_two_accounts_doubled(
    book: SimpleNamespace, judged: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    growth = judged[0]["fee_now"] / judged[0]["fee_before"]
    assert (growth >= 2).sum() == 22
    assert not growth.between(1.7, 2.05).any()


def test_sales_rise_and_profit_falls(book: SimpleNamespace) -> None:
    year = book.ledger["date"].dt.year
    totals = book.ledger.groupby(year)[["revenue", "cost_goods"]].sum()
    assert totals["revenue"].is_monotonic_increasing
    profit = totals["revenue"] - totals["cost_goods"]
    assert profit[BEFORE] < 0.85 * profit[BEFORE - 1]
    power = (
        book.ledger[book.ledger["line"] == "P"]
        .groupby(["account_id", year])[["revenue", "cost_goods", "volume"]]
        .sum()
    )
    power = power.assign(profit=power["revenue"] - power["cost_goods"]).unstack(fill_value=0.0)
    gross, volume = power["profit"], power["volume"]
    joined = volume[BEFORE - 1] == 0
    unit = gross[BEFORE - 1] / volume[BEFORE - 1].mask(joined)
    unit = unit.mask(joined, gross[BEFORE - 1].sum() / volume[BEFORE - 1].sum())
    effect = gross[BEFORE] - volume[BEFORE] * unit
    assert effect.sum() / gross[BEFORE - 1].sum() == pytest.approx(-0.38, abs=1e-4)
    assert effect[joined].sum() / effect.sum() == pytest.approx(0.60, abs=1e-4)
    starts = book.accounts.set_index("account_id")["start_date"]
    assert (
        set(joined.index[joined]) == set(starts.index[starts.dt.year == BEFORE])
        and joined.sum() == 75
    )


def test_who_makes_the_loss(book: SimpleNamespace) -> None:
    last = (
        book.ledger[book.ledger["date"].dt.year == YEAR]
        .groupby("account_id")[["revenue", "cost_goods"]]
        .sum()
    )
    margin = last["revenue"] - last["cost_goods"]
    big = book.truth["case_d"]["big_loss_makers"]
    assert len(big) == 29 and (margin[big] < 0).all()
    assert set(margin.index[margin < 0]) == set(big) | set(
        book.truth["case_d"]["new_small_customers"]
    )
    fee = features(book.accounts, book.ledger, book.invoices)["fee_now"] / 1200
    assert fee[big].min() > 2.4e6


def ageing(invoices: pd.DataFrame, accounts: pd.Series, ends: pd.DatetimeIndex) -> np.ndarray:
    """State of each account at each month end, from dates and amounts only."""
    settled = invoices["paid_amount"] >= invoices["amount"]
    out = []
    for end in ends:
        open_ = invoices[(invoices["due"] < end) & ~(settled & (invoices["paid_date"] <= end))]
        days = (
            (end - open_["due"])
            .dt.days.groupby(open_["account_id"])
            .max()
            .reindex(accounts, fill_value=0)
        )
        out.append(np.searchsorted([1, 31, 61, 91], days, side="right"))
    return np.array(out)


def test_roll_rates_and_creeping_arrears(book: SimpleNamespace) -> None:
    state = ageing(
        book.invoices,
        book.accounts["account_id"],
        pd.date_range("2021-01-31", "2024-12-31", freq="ME"),
    )
    count = np.zeros((5, 5))
    np.add.at(count, (state[:-1].ravel(), state[1:].ravel()), 1)
    planted = book.truth["receivables_terms"]
    rates = count / count.sum(axis=1, keepdims=True)
    assert (
        np.abs(rates - np.array(planted["roll_all_accounts_expected"])).max()
        < planted["roll_tolerance"]
    )
    behind = (state > 0).reshape(4, 12, -1).mean(axis=(1, 2))
    assert (np.diff(behind) > 0).all()


def test_long_terms_cost_what_is_planted(book: SimpleNamespace) -> None:
    part = book.invoices[(book.invoices["line"] == "P") & (book.invoices["issue"].dt.year == YEAR)]
    days = (part["paid_date"] - part["issue"]).dt.days.fillna(0)
    value = (part["paid_amount"] * 1.08 ** (-days / 365)).groupby(part["terms_code"]).sum()
    worth = value / part["amount"].groupby(part["terms_code"]).sum()
    assert 1 - worth["T3"] / worth["T1"] == pytest.approx(0.024, abs=0.0005)
    assert worth.to_dict() == pytest.approx(
        book.truth["receivables_terms"]["worth_of_one_yuan_by_terms"], abs=1e-4
    )


def test_invoices_add_up_to_the_ledger(book: SimpleNamespace) -> None:
    sums = [cents(table[column]).groupby([table["account_id"], table["line"]]).sum()
            for table, column in ((book.ledger, "revenue"), (book.invoices, "amount"))]  # fmt: skip
    assert sums[0].equals(sums[1])
    assert 39_000 < len(book.invoices) < 43_000


# Other tables


def test_calendar(book: SimpleNamespace) -> None:
    days = book.calendar.set_index("date")
    assert len(days) == 1461
    # 365 days less weekends and 11 days of statutory leave: working days of the years as published.
    assert days["workday"].groupby(days.index.year).sum().to_dict() == {
        2021: 250,
        2022: 249,
        2023: 249,
        2024: 251,
    }
    assert days.loc["2024-02-10", "holiday"] == "Spring Festival"
    assert days.loc["2024-02-04", "workday"] == 1 and days.loc["2024-02-12", "workday"] == 0


def test_managers_and_names(book: SimpleNamespace) -> None:
    sizes = book.accounts["manager_id"].value_counts()
    assert (len(sizes), sizes.min(), sizes.max()) == (24, 8, 60)
    assert book.managers["team"].nunique() == 4
    for column in ("name_zh", "name_en"):
        assert book.accounts[column].is_unique
    zh, en = company_names(np.random.default_rng(1), np.array(["coal"] * 3000, dtype=object))
    assert len(set(zh)) == len(set(en)) == 3000


@pytest.mark.parametrize("n", [30, 47, 100, 333, 600, 2000])
def test_portfolios_cover_the_accounts(n: int) -> None:
    assert portfolio_sizes(n).sum() == n
    assert portfolio_sizes(n).min() >= 1


# Construction


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=12, max_size=12)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_split_is_exact(rows: list[tuple[int, list[int]]]) -> None:
    weights = np.array([w for _, w in rows], dtype=np.int64)
    weights[:, 3] += 1
    totals = np.array([t for t, _ in rows], dtype=np.int64)
    parts = split_exactly(totals, weights)
    assert (parts.sum(axis=1) == totals).all()
    ideal = totals[:, None] * (weights / weights.sum(axis=1, keepdims=True))
    assert (np.abs(parts - ideal) < 1.001).all()
    assert (parts[weights == 0] == 0).all()


def test_streams_are_independent(monkeypatch: pytest.MonkeyPatch) -> None:
    greedy = SimpleNamespace(
        build=lambda rng, upstream, months: ({"survey": pd.DataFrame({"x": rng.random(1000)})}, {})
    )
    whole = world.build(60, 36, seed=5)
    monkeypatch.setattr(
        world,
        "ADDED",
        (
            ("greedy", greedy, "greedy"),
            *(item for item in world.ADDED if item[0] != "satisfaction_index"),
        ),
    )
    other = world.build(60, 36, seed=5)
    same = set(whole.tables) & set(other.tables) - {"survey"}
    assert len(same) >= len(whole.tables) - 3
    for name in same:
        pd.testing.assert_frame_equal(whole.tables[name], other.tables[name])
    draws = [world.stream(5, name).random() for name in ("ledger", "invoices", "ledger")]
    assert draws[0] == draws[2] != draws[1]


def test_another_seed_is_another_book() -> None:
    a, b = (world.build_core(60, 24, seed=seed)["ledger"] for seed in (1, 2))
    assert not a["revenue"].equals(b["revenue"])


@pytest.mark.parametrize(
    ("accounts", "months", "seed"),
    [
        (600, 48, 1),
        (600, 48, 2),
        (600, 24, 3),
        (100, 24, 4),
        (100, 60, 5),
        (30, 24, 6),
        (2000, 48, 7),
    ],
)
def test_every_size_and_seed_holds_what_it_states(accounts: int, months: int, seed: int) -> None:
    book = world.build(accounts, months, seed)
    tables, truth = book.tables, book.truth
    assert len(tables["accounts"]) == accounts
    assert tables["ledger"]["date"].dt.to_period("M").nunique() == months
    last = tables["ledger"][tables["ledger"]["date"].dt.year == YEAR]
    power = last[last["line"] == "P"].groupby("account_id")["revenue"].sum()
    assert top_share(power) == pytest.approx(0.80, abs=5e-5)
    frame = features(tables["accounts"], tables["ledger"], tables["invoices"])
    assert_clear(frame)
    planted = truth["qualification"]["accounts"].set_index("account_id")
    classes = all_readings(frame)
    assert set(classes.index[classes.nunique(axis=1) > 1]) == set(
        planted.index[planted["boundary"] == 1]
    )
    assert (classes[(0.90, ">=", "all")] == planted["class"].reindex(classes.index)).all()
    fee, listed = (
        frame["fee_now"] / 1200,
        tables["accounts"].set_index("account_id")["listed_ka"] == 1,
    )
    first = tables["ledger"][
        (tables["ledger"]["line"] == "P")
        & (tables["ledger"]["date"].dt.year == 2025 - months // 12)
    ]
    was = first.groupby("account_id")["revenue"].sum().reindex(fee.index).fillna(0) / 12 >= 3e6
    assert (was == listed).all()
    found = (
        listed.sum(),
        (fee >= 3e6).sum(),
        (~listed & (fee >= 3e6)).sum(),
        (listed & (fee < 3e6)).sum(),
    )
    assert found == tuple(
        truth["qualification"][k]
        for k in ("listed", "reached_in_last_year", "growers_missed", "decliners_kept")
    )
    if accounts == 600:
        assert found == (96, 87, 22, 31) and truth["qualification"]["boundary_accounts"] == 40
        assert (frame["fee_now"] >= 2 * frame["fee_before"]).sum() == 22


@pytest.mark.parametrize(
    ("accounts", "months", "named"),
    [(29, 48, "accounts"), (0, 48, "accounts"), (600, 12, "months"), (600, 30, "months")],
)
def test_sizes_that_cannot_hold(accounts: int, months: int, named: str) -> None:
    with pytest.raises(ValueError, match=f"{named}: got .* expected"):
        world.build(accounts, months)


# The messy export


def test_raw_export_holds_the_same_ledger(written: Path, book: SimpleNamespace) -> None:
    files = sorted((written / "raw_export").glob("sales_*.csv"))
    assert [path.name for path in files] == [f"sales_{year}.csv" for year in range(2021, 2025)]
    raw = pd.concat(
        [pd.read_csv(path, sep="\t", encoding="gb18030", dtype=str) for path in files],
        ignore_index=True,
    )
    with pytest.raises(UnicodeDecodeError):
        files[0].read_text(encoding="utf-8")
    half = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
    number = {
        c: raw[c].str.translate(half).str.replace(",", "").str.rstrip("%").astype(float)
        for c in ("数量", "标价", "折扣")
    }
    assert raw["折扣"].str.contains("[０-９]").any() and raw["数量"].str.contains(",").any()
    assert raw["客户编号"].str.endswith(" ").any()
    clean = book.ledger
    assert raw["客户编号"].str.strip().tolist() == clean["account_id"].tolist()
    assert pd.to_datetime(raw["日期"], format="%Y年%m月").tolist() == clean["date"].tolist()
    for own, name in (("数量", "volume"), ("标价", "list_price"), ("折扣", "discount_pct")):
        assert np.array_equal(number[own], clean[name]), name
    for own, name in (("销售额(万元)", "revenue"), ("销售成本(万元)", "cost_goods")):
        assert raw[own].str.fullmatch(r"-?\d+\.\d{6}").all()
        assert raw[own].str.replace(".", "").astype("int64").equals(cents(clean[name])), name


def test_raw_export_holds_the_same_accounts(written: Path, book: SimpleNamespace) -> None:
    rows = list(
        openpyxl.load_workbook(written / "raw_export/accounts.xlsx")["客户档案"].iter_rows(
            values_only=True
        )
    )
    columns = [c for c in TABLES["accounts"].columns if c.name in book.accounts]
    assert list(rows[0]) == [c.chinese for c in columns]
    raw = pd.DataFrame(rows[1:], columns=[c.name for c in columns])
    assert raw["account_id"].str.strip().tolist() == book.accounts["account_id"].tolist()
    assert (raw["account_id"] != raw["account_id"].str.strip()).any()
    assert (
        raw["capacity_kva"].str.replace(",", "").astype(float).tolist()
        == book.accounts["capacity_kva"].tolist()
    )
    assert (
        pd.to_datetime(raw["start_date"], format="%Y%m%d").tolist()
        == book.accounts["start_date"].tolist()
    )
    assert raw["listed_ka"].map({"是": 1, "否": 0}).tolist() == book.accounts["listed_ka"].tolist()
    assert (
        raw["group_id"].replace("无", None).isna().tolist()
        == book.accounts["group_id"].isna().tolist()
    )
    for name in ("name_zh", "voltage_kv", "power_factor", "tenure_y", "manager_id"):
        assert raw[name].tolist() == book.accounts[name].tolist(), name
