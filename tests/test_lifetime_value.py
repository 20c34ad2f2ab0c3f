"""Lifetime value: published numbers, independent formulas, simulation, hand-worked cases, bad input."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import betaln, gammaln, hyp2f1

from keyacct_utils.lessons import lifetime_value as lv

REAL = os.environ.get("KEYACCT_REAL_DATA", "")
needs_data = pytest.mark.skipif(not REAL, reason="KEYACCT_REAL_DATA is not set")
#: Retained of 1,000 customers of two segments (Fader & Hardie 2007, table 1).
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
#: Donations of a cohort of 1995 at six later chances: times, last one, donors (Fader, Hardie &
#: Shang 2010, table 1).
DONORS = (
    (6, 6, 1203), (5, 6, 728), (4, 6, 512), (3, 6, 357), (2, 6, 234), (1, 6, 129), (5, 5, 335),
    (4, 5, 284), (3, 5, 225), (2, 5, 173), (1, 5, 119), (4, 4, 240), (3, 4, 181), (2, 4, 155),
    (1, 4, 78), (3, 3, 322), (2, 3, 255), (1, 3, 129), (2, 2, 613), (1, 2, 277), (1, 1, 1091),
    (0, 0, 3464),
)  # fmt: skip
PAPER = lv.BgNbd(0, 0, None, (), r=0.243, alpha=4.414, a=0.793, b=2.426)


def donors() -> pd.DataFrame:
    table = np.array(DONORS)
    frame = pd.DataFrame(
        np.repeat(table[:, :2], table[:, 2], axis=0), columns=["frequency", "recency"]
    )
    return frame.assign(chances=6)


def one(x, t, age):
    return pd.DataFrame({"frequency": [x], "recency": [t], "age": [age]})


class TestPublished:
    def test_margin_multiple(self):
        """Gupta & Lehmann: at 12 %."""
        found = [lv.margin_multiple(r, 0.12) for r in (0.6, 0.7, 0.8, 0.9)]
        assert np.round(found, 2).tolist() == [1.15, 1.67, 2.5, 4.09]

    def test_mean_life(self):
        """Reichheld & Sasser 1990: defection of 20, 10, 5 % is a life of 5, 10, 20 years."""
        found = [lv.margin_multiple(1 - d, 0, first_margin="now") for d in (0.2, 0.1, 0.05)]
        assert found == pytest.approx([5, 10, 20])

    def test_their_75_percent_take_a_profit_that_grows_with_tenure(self):
        """Reichheld & Sasser 1990: defection from 10 to 5 % raised 300 to 525 dollars, +75 %. With
        a constant margin and no discount it is double; a discount of 10 % leaves far less.
        """
        assert pytest.approx(0.75) == 525 / 300 - 1
        plain = lv.retention_claim(0.90, 0.0, 0.05, first_margin="now")
        assert plain == pytest.approx(1.0)
        assert lv.retention_claim(0.90, 0.10, 0.05, first_margin="now") == pytest.approx(1 / 3)

    def test_retention_claim(self):
        """Calculated facts of the specification."""
        five = [round(100 * lv.retention_claim(r, 0.1), 1) for r in (0.6, 0.7, 0.8, 0.9)]
        assert five == [20.4, 22.4, 27.5, 40.7]
        assert round(100 * lv.retention_claim(0.9, 0.0)) == 111
        cut = [100 * lv.retention_claim(r, 0.1, 0.05, relative=True) for r in (0.6, 0.95)]
        assert np.round(cut, 1).tolist() == [7.6, 2.0]

    def test_break_even_of_a_deal(self):
        """S003-7c: a deal of 10 m that takes 5 m; and three years with 0.5 m later."""
        years, costs = [10, 10, 10], [5, 0.5, 0.5]
        assert lv.break_even_margin(10, 5) == 0.5
        assert lv.break_even_margin(years, costs) == pytest.approx(0.20)
        assert lv.break_even_margin(years, costs, 0.1) == pytest.approx(0.2145, abs=5e-5)
        assert lv.break_even_margin(years, costs, 0.1, "end") == pytest.approx(0.236, abs=5e-4)
        assert lv.break_even_margin(10, 5, 0.1, "end") == pytest.approx(0.55)

    @pytest.mark.parametrize(
        ("survivors", "alpha", "beta", "likelihood"),
        [(HIGH_END, 0.668, 3.806, -1611.158), (REGULAR, 0.704, 1.182, -1680.265)],
    )
    def test_shifted_beta_geometric(self, survivors, alpha, beta, likelihood):
        """Fader & Hardie 2007; the log-likelihood is that of 1,000 customers."""
        found = lv.fit_sbg(survivors)
        assert (found.alpha, found.beta) == pytest.approx((alpha, beta), abs=2e-3)
        assert found.log_likelihood == pytest.approx(likelihood, abs=1e-3)
        assert lv.likelihood_ratio(survivors).p < 1e-10

    def test_residual_lifetime(self):
        """Fader & Hardie 2010, at 10 %: in the first, second, third period."""
        model = lv.ShiftedBeta(0.668, 3.806, 0, 1, False)
        found = [lv.residual_lifetime_sbg(model, n, 0.1) for n in (1, 2, 3)]
        assert found == pytest.approx([5.415, 5.902, 6.294], abs=1e-3)

    def test_bg_bb(self):
        """Fader, Hardie & Shang 2010: 11,104 donors."""
        found = lv.fit_bg_bb(donors())
        wanted = (1.204, 0.750, 0.657, 2.783)
        assert tuple(found.parameters.values()) == pytest.approx(wanted, abs=2e-3)
        assert found.log_likelihood == pytest.approx(-33_225.6, abs=0.05)

    def test_bg_nbd_of_one_customer(self):
        """Fader, Hardie & Lee 2005, Implementing the BG/NBD model in Excel: 1.226 purchases."""
        found = lv.expected_purchases(PAPER, one(2, 30.43, 38.86), 39)
        assert found[0] == pytest.approx(1.226, abs=1e-3)

    def test_mean_of_the_gamma_gamma(self):
        """Fader & Hardie 2013: p 6.25, q 3.74, gamma 15.44 give a mean of 35 dollars."""
        model = lv.GammaGamma(0, 946, None, (), p=6.25, q=3.74, gamma=15.44)
        new = pd.DataFrame({"frequency": [0], "mean_value": [np.nan]})
        assert lv.expected_mean_value(model, new)[0] == pytest.approx(35.2, abs=0.05)

    @needs_data
    def test_cdnow(self):
        """Fader, Hardie & Lee 2005: the sample of 2,357, for both models."""
        rows = pd.read_csv(Path(REAL) / "cdnow" / "cdnow_customers_summary.csv")
        history = rows.rename(columns={"T": "age"})
        found = lv.fit_bg_nbd(history)
        wanted = (0.243, 4.414, 0.793, 2.426)
        assert tuple(found.parameters.values()) == pytest.approx(wanted, abs=1e-3)
        assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)
        other = lv.fit_pareto_nbd(history)
        wanted = (0.553, 10.578, 0.606, 11.669)
        assert tuple(other.parameters.values()) == pytest.approx(wanted, abs=3e-3)
        assert other.log_likelihood == pytest.approx(-9595.0, abs=0.05)

    @needs_data
    def test_history_of_cdnow(self):
        """The summary of the sample is what the ledger gives: its customers are found again."""
        text = {"customer_id": "str"}
        rows = pd.read_csv(Path(REAL) / "cdnow" / "CDNOW_master.txt", sep=r"\s+", dtype=text)
        rows["date"] = pd.to_datetime(rows["date"].astype(str))
        found = lv.buying_history(rows, "1997-09-30", account="customer_id", amount="dollar_value")
        there = set(
            zip(found["frequency"], found["recency"].round(2), found["age"].round(2), strict=True)
        )
        sample = pd.read_csv(Path(REAL) / "cdnow" / "cdnow_customers_summary.csv")
        known = [
            (x, round(t, 2), round(age, 2)) in there
            for _, x, t, age in sample.itertuples(index=False)
        ]
        assert np.mean(known) > 0.98

    def test_pfeifer_marginal_costs_are_equal_at_the_optimum(self):
        """Pfeifer 2005: one more won costs as much as one more kept, the lifetime value."""
        win = lv.best_spending(20_000, ceiling=0.6, rate=1 / 1700)
        keep = lv.best_spending(20_000, ceiling=0.2, rate=1 / 1500, floor=0.7)
        assert win.marginal == pytest.approx(keep.marginal) == pytest.approx(20_000)
        assert win.average > 2 * keep.average


class TestIndependent:
    """Each likelihood against an integral over what differs between accounts."""

    @pytest.mark.parametrize(("x", "t", "age"), [(0, 0.0, 30.0), (3, 12.5, 38.0), (9, 37.0, 38.0)])
    def test_bg_nbd(self, x, t, age):
        r, alpha, a, b = 0.8, 6.0, 0.9, 2.5
        nodes = (np.arange(20_000) + 0.5) / 20_000
        rate = stats.gamma.ppf(nodes, r) / alpha
        leave = stats.beta.ppf(nodes, a, b)
        stays = np.mean(rate**x * np.exp(-rate * age)) * np.mean((1 - leave) ** x)
        gone = 0.0
        if x:
            gone = np.mean(rate**x * np.exp(-rate * t))
            gone *= np.mean(leave * (1 - leave) ** (x - 1))
        found = lv.bg_nbd_likelihood(*map(np.atleast_1d, (x, t, age)), r, alpha, a, b)
        assert np.exp(found[0]) == pytest.approx(stays + gone, rel=5e-3)
        model = lv.BgNbd(0, 0, None, (), r, alpha, a, b)
        alive = lv.p_alive(model, one(x, t, age))[0]
        assert alive == pytest.approx(stays / (stays + gone), rel=5e-3)

    def test_slope_of_the_bg_nbd(self):
        """The derivatives that the fit goes by, against differences of the likelihood."""
        x, t, age = (np.array(v) for v in ([0.0, 1.0, 7.0], [0.0, 4.0, 30.0], [9.0, 20.0, 38.0]))
        logs = np.log([0.8, 6.0, 0.9, 2.5])
        found = lv.buying._bg_nbd_slope(x, t, age, *np.exp(logs))
        for place in range(4):
            step = np.eye(4)[place] * 1e-5
            ends = [lv.bg_nbd_likelihood(x, t, age, *np.exp(logs + s * step)) for s in (1, -1)]
            assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-6)

    @pytest.mark.parametrize(("r", "alpha", "s", "beta"), [(0.8, 9, 0.7, 5), (0.8, 5, 0.7, 9)])
    def test_pareto_nbd(self, r, alpha, s, beta):
        x, t, age = 3, 12.5, 38.0
        nodes = (np.arange(1500) + 0.5) / 1500
        rate = (stats.gamma.ppf(nodes, r) / alpha)[:, None]
        death = (stats.gamma.ppf(nodes, s) / beta)[None, :]
        both = rate + death
        gone = (rate**x * death / both * (np.exp(-both * t) - np.exp(-both * age))).mean()
        stays = (rate**x * np.exp(-both * age)).mean()
        found = lv.pareto_nbd_likelihood(*map(np.atleast_1d, (x, t, age)), r, alpha, s, beta)
        assert np.exp(found[0]) == pytest.approx(gone + stays, rel=1e-2)
        model = lv.ParetoNbd(0, 0, None, (), r, alpha, s, beta)
        assert lv.p_alive(model, one(x, t, age))[0] == pytest.approx(
            stays / (gone + stays), rel=1e-2
        )
        later = (rate / death * -np.expm1(-death * 20) * rate**x * np.exp(-both * age)).mean()
        assert lv.expected_purchases(model, one(x, t, age), 20)[0] == pytest.approx(
            later / (gone + stays), rel=2e-2
        )

    def test_pareto_nbd_as_the_paper_writes_it(self):
        """The hypergeometric form before Euler's transformation."""
        r, alpha, s, beta, x, t, age = 0.553, 10.578, 0.606, 11.669, 2.0, 30.43, 38.86
        total = r + s + x

        def part(time):
            series = hyp2f1(total, r + x, total + 1, (beta - alpha) / (beta + time))
            return series / (beta + time) ** total

        written = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        inside = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s)
        inside += s / total * (part(t) - part(age))
        found = lv.pareto_nbd_likelihood(*map(np.atleast_1d, (x, t, age)), r, alpha, s, beta)
        assert found[0] == pytest.approx(written + np.log(inside), abs=1e-9)

    @given(
        st.floats(0.1, 5), st.floats(0.5, 20), st.floats(0.2, 4), st.floats(0.5, 8),
        st.integers(0, 12), st.floats(1, 60),
    )  # fmt: skip
    @settings(max_examples=60, deadline=None)
    def test_bg_nbd_expectation_as_the_paper_writes_it(self, r, alpha, a, b, x, horizon):
        age, t = 40.0, 30.0 if x else 0.0
        a = a + 0.05 if abs(a - 1) < 0.05 else a
        z = horizon / (alpha + age + horizon)
        series = hyp2f1(r + x, b + x, a + b + x - 1, z)
        assume(np.isfinite(series) and series < 1e6)
        whole = (a + b + x - 1) / (a - 1)
        whole *= 1 - ((alpha + age) / (alpha + age + horizon)) ** (r + x) * series
        assume(np.isfinite(whole) and whole > 1e-6)
        odds = 0.0
        if x:
            odds = a / (b + x - 1) * ((alpha + age) / (alpha + t)) ** (r + x)
        model = lv.BgNbd(0, 0, None, (), r, alpha, a, b)
        found = lv.expected_purchases(model, one(x, t, age), horizon)[0]
        assert found == pytest.approx(whole / (1 + odds), rel=1e-5)

    def test_expectation_where_the_series_gives_out(self):
        """Nobody leaves: the rate goes on; and at a = 1, where the formula divides by nothing."""
        stays = lv.BgNbd(0, 0, None, (), 2.0, 10.0, 1e-3, 8e3)
        found = lv.expected_purchases(stays, one(5, 30, 40), 10)[0]
        assert found == pytest.approx(10 * 7 / 50, rel=2e-3)
        near = [
            lv.expected_purchases(lv.BgNbd(0, 0, None, (), 2.0, 10.0, a, 3.0), one(5, 30, 40), 10)[
                0
            ]
            for a in (0.999, 1.0, 1.001)
        ]
        assert near[0] > near[1] > near[2] and near[1] == pytest.approx(np.mean(near), rel=1e-4)

    def test_bg_bb(self):
        x, t, n, pars = 2.0, 4.0, 6.0, (1.2, 0.75, 0.66, 2.8)
        nodes = (np.arange(4000) + 0.5) / 4000
        buys, dies = stats.beta.ppf(nodes, *pars[:2]), stats.beta.ppf(nodes, *pars[2:])
        whole = np.mean(buys**x * (1 - buys) ** (n - x)) * np.mean((1 - dies) ** n)
        for i in range(int(n - t)):
            whole += np.mean(buys**x * (1 - buys) ** (t - x + i)) * np.mean(
                dies * (1 - dies) ** (t + i)
            )
        found = lv.bg_bb_likelihood(*map(np.atleast_1d, (x, t, n)), *pars)
        assert np.exp(found[0]) == pytest.approx(whole, rel=5e-3)

    def test_gamma_gamma(self):
        p, q, gamma, x, mean = 6.0, 4.0, 150.0, 3.0, 420.0
        nodes = (np.arange(50_000) + 0.5) / 50_000
        scale = stats.gamma.ppf(nodes, q) / gamma
        density = stats.gamma.pdf(mean, p * x, scale=1 / (scale * x)).mean()
        found = lv.gamma_gamma_likelihood(np.array([x]), np.array([mean]), p, q, gamma)
        assert np.exp(found[0]) == pytest.approx(density, rel=1e-3)

    def test_sbg_likelihood(self):
        """Chances by the ratio of one to the next (the recursion of the paper)."""
        alpha, beta = 0.668, 3.806
        leave = [alpha / (alpha + beta)]
        for t in range(2, 8):
            leave.append(leave[-1] * (beta + t - 2) / (alpha + beta + t - 1))
        gone = -np.diff(HIGH_END)
        likelihood = gone @ np.log(leave) + HIGH_END[-1] * np.log(1 - sum(leave))
        assert likelihood == pytest.approx(-1611.158, abs=2e-3)
        model = lv.ShiftedBeta(alpha, beta, 0, 1, False)
        assert lv.survival_sbg(model, [7])[0] == pytest.approx(1 - sum(leave))
        assert betaln(alpha, beta) < 0
        # the discounted sum of survivals from period 2 on, over survival through period 1
        far = lv.survival_sbg(model, np.arange(2, 3000))
        whole = (far * 1.1 ** -np.arange(len(far))).sum() / lv.survival_sbg(model, [1])[0]
        assert lv.residual_lifetime_sbg(model, 2, 0.1) == pytest.approx(whole, rel=1e-6)


def made(n=3000, seed=3, r=0.8, alpha=8.0, a=0.8, b=3.0, weeks=80.0) -> pd.DataFrame:
    """Histories drawn as the BG/NBD model says."""
    rng = np.random.default_rng(seed)
    rows = []
    for rate, leave in zip(rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n), strict=True):
        x, last, now = 0, 0.0, 0.0
        while True:
            now += rng.exponential(1 / rate)
            if now > weeks:
                break
            x, last = x + 1, now
            if rng.random() < leave:
                break
        rows.append((x, last, weeks))
    return pd.DataFrame(rows, columns=["frequency", "recency", "age"])


class TestSimulated:
    def test_bg_nbd_finds_what_was_drawn(self):
        found = lv.fit_bg_nbd(made())
        wanted = np.log([0.8, 8.0, 0.8, 3.0])
        off = np.log(list(found.parameters.values())) - wanted
        assert (np.abs(off) < 3.5 * np.sqrt(np.diag(found.covariance))).all()

    def test_draws_have_the_mean_of_the_closed_form(self):
        history = made(60)
        model = lv.BgNbd(0, 0, None, (), 0.8, 8.0, 0.8, 3.0)
        drawn = lv.simulated_purchases(
            model.drawn(8000, np.random.default_rng(1)),
            history,
            [26.0, 52.0],
            np.random.default_rng(2),
        )
        for row, horizon in zip(drawn, (26.0, 52.0), strict=True):
            exact = lv.expected_purchases(model, history, horizon)
            assert row.mean() == pytest.approx(exact.mean(), rel=0.01)
            assert np.abs(row.mean(axis=0) - exact).max() < 0.25

    def test_gamma_gamma_finds_what_was_drawn(self):
        rng = np.random.default_rng(5)
        x = rng.integers(1, 9, 3000)
        scale = rng.gamma(4.0, 1 / 150.0, 3000)
        mean = rng.gamma(6.0 * x, 1 / scale) / x
        history = pd.DataFrame({"frequency": x, "mean_value": mean})
        found = lv.fit_gamma_gamma(history)
        assert found.p * found.gamma / (found.q - 1) == pytest.approx(300, rel=0.05)
        assert (found.p, found.q, found.gamma) == pytest.approx((6, 4, 150), rel=0.25)
        pulled = lv.expected_mean_value(found, history)
        assert abs((pulled - 6 / scale).mean()) < 10 and pulled.std() < mean.std()

    def test_response_finds_what_was_drawn(self):
        rng = np.random.default_rng(2)
        spent = np.tile([0.0, 500.0, 1000.0, 2000.0, 4000.0], 4000)
        success = rng.random(len(spent)) < lv.response(spent, 0.2, 1 / 1500, 0.7)
        found = lv.fit_response(spent, success)
        assert (found.ceiling, found.floor) == pytest.approx((0.2, 0.7), abs=0.03)
        assert found.rate == pytest.approx(1 / 1500, rel=0.3)
        assert found.drawn is not None and found.drawn.shape == (400, 3)

    def test_one_rate_or_a_mixture(self):
        """The test of a mixture keeps its level where all have one chance."""
        rng = np.random.default_rng(7)
        told = 0
        for _ in range(60):
            there = [400]
            for _ in range(6):
                there.append(int(rng.binomial(there[-1], 0.86)))
            told += lv.likelihood_ratio(there).p < 0.05
        assert told <= 8

    def test_closed_form_against_lives(self):
        """A planted fact: 20,000 lives with margins that vary by .75 come within 2 %."""
        rng = np.random.default_rng(1)
        years = rng.geometric(1 - 0.86, 20_000) - 1
        spread = np.sqrt(np.log(1 + 0.75**2))
        margin = rng.lognormal(-(spread**2) / 2, spread, 20_000)
        value = margin * (1 - 1.1 ** -years.astype(float)) / 0.1
        assert value.mean() == pytest.approx(lv.customer_value(1, 0.86, 0.1), rel=0.02)


class TestByHand:
    def test_the_timing_of_the_first_margin_is_worth_one_margin(self):
        for r, i in ((0.86, 0.1), (0.0, 0.1), (0.5, 0.0)):
            late, now = (lv.customer_value(100, r, i, first_margin=f) for f in ("end", "now"))
            assert now - late == pytest.approx(100)

    def test_growth_and_horizon(self):
        assert lv.customer_value(100, 0.8, 0.1, 0.05) == pytest.approx(100 * 0.8 / (1.1 - 0.84))
        # 80 / 1.1 + 64 / 1.21
        assert lv.customer_value(100, 0.8, 0.1, horizon=2) == pytest.approx(125.619, abs=1e-3)
        assert lv.customer_value(100, 0.8, 0.1, horizon=2, first_margin="now") == pytest.approx(
            100 + 80 / 1.1
        )
        far = lv.margin_multiple(0.8, 0.1, 0.05, horizon=500)
        assert far == pytest.approx(lv.margin_multiple(0.8, 0.1, 0.05))
        assert lv.customer_value(100, 1.0, 0.0, horizon=3) == pytest.approx(300)
        assert lv.customer_value(100, 0.8, 0.1, acquisition=300) == pytest.approx(-100 / 3)

    @given(st.floats(0, 0.99), st.floats(0.01, 0.5), st.floats(-0.3, 0.005))
    def test_the_value_rises_with_retention_and_falls_with_discount(self, r, i, g):
        here = lv.margin_multiple(r, i, g)
        assert lv.margin_multiple(min(r + 0.005, 0.995), i, g) >= here
        assert lv.margin_multiple(r, i + 0.05, g) <= here

    def test_return_on_customer_in_three_readings(self):
        chart = lv.return_on_customer(reading="dupont", profit=12, sales=240, assets=80)
        assert chart == pytest.approx(0.15)
        grown = lv.return_on_customer(reading="roc", cash_flow=12, equity_open=100, equity_close=95)
        assert grown == pytest.approx(0.07)
        tied = lv.return_on_customer(
            reading="assets", contribution=20, receivables=30, stock=10, equipment=10
        )
        assert tied == pytest.approx(0.4)

    def test_rescue_discount(self):
        # worth 100 x .6 / .5 without, (100 - cut) x .8 / .3 with: 120 = 266.7 - 2.667 cut
        assert lv.rescue_discount(400, 100, 0.6, 0.8, 0.1) == pytest.approx(55 / 400)
        cut = lv.rescue_discount(400, 100, 0.6, 0.8, 0.1) * 400
        assert lv.customer_value(100 - cut, 0.8, 0.1) == pytest.approx(
            lv.customer_value(100, 0.6, 0.1)
        )
        once = lv.rescue_discount(400, 100, 0.6, 0.8, 0.1, lasts="once", first_margin="now") * 400
        now = lv.customer_value(100, 0.8, 0.1, first_margin="now") - once
        assert now == pytest.approx(lv.customer_value(100, 0.6, 0.1, first_margin="now"))
        assert lv.rescue_discount(400, 100, 0.8, 0.7, 0.1) == 0
        assert lv.rescue_discount(400, -5, 0.6, 0.8, 0.1) == 0

    def test_best_spending(self):
        found = lv.best_spending(20_000, ceiling=0.2, rate=1 / 1500, floor=0.7)
        nets = [20_000 * lv.response(x, 0.2, 1 / 1500, 0.7) - x for x in range(6000)]
        assert found.spent == pytest.approx(int(np.argmax(nets)), abs=1)
        assert found.net == pytest.approx(max(nets), abs=1)
        nothing = lv.best_spending(100, ceiling=0.2, rate=1 / 1500)
        assert nothing.spent == 0 and nothing.chance == 0 and np.isnan(nothing.average)

    def test_herd(self):
        assert lv.herd_multiplier(0.03, 40, 5_000, 60_000) == pytest.approx(1.1)

    def test_claim_region(self):
        found = lv.claim_region(0.25, 0.85, discounts=(0.05, 0.10))
        assert lv.retention_claim(found.loc[0.10, "start"], 0.10) == pytest.approx(0.25)
        assert np.isnan(found.loc[0.10, "end"]) and found.loc[0.10, "largest"] < 0.85
        assert lv.retention_claim(found.loc[0.05, "end"], 0.05) == pytest.approx(0.85)
        for rate, row in found.iterrows():
            assert lv.retention_claim(row["below"], rate) == pytest.approx(0.25)
            grid = np.linspace(0.01, 0.95, 2000)
            rises = np.array([lv.retention_claim(r, rate) for r in grid])
            outside = (grid <= row["below"]) | (grid >= row["start"])
            assert ((rises >= 0.25) == outside).all()
            assert rises.min() == pytest.approx(row["least"], abs=1e-5)

    def test_twenty_points_are_never_less_than_the_claim(self):
        """M(.7) / M(.5) = (.7 / .4) / (.5 / .6) = 2.1 at 10 %, and it is 85 % or more at each r."""
        row = lv.claim_region(0.25, 0.85, discounts=(0.1,), change=0.2).loc[0.1]
        assert (row["start"], row["end"]) == (0, 0) and row["least"] > 0.85
        assert lv.retention_claim(0.5, 0.1, 0.2) == pytest.approx(1.1)

    def test_history(self):
        rows = pd.DataFrame(
            [
                ("A", "2024-01-01", 100), ("A", "2024-01-15", 50), ("A", "2024-01-15", 30),
                ("A", "2024-01-29", 40), ("B", "2024-01-08", 70), ("B", "2024-01-22", -70),
                ("C", "2024-02-05", 5), ("D", "2024-01-02", -1),
            ],
            columns=["account_id", "date", "revenue"],
        )  # fmt: skip
        found = lv.buying_history(rows, "2024-02-01")
        assert found.index.tolist() == ["A", "B"]
        assert found.loc["A"].tolist() == [2, 4, 31 / 7, 60, 100]
        assert found.loc["B", ["frequency", "recency"]].tolist() == [0, 0]
        assert np.isnan(found.loc["B", "mean_value"])
        assert lv.buying_history(rows, unit=1).loc["A", "age"] == 35
        rows.loc[1, "revenue"] = np.nan
        assert np.isnan(lv.buying_history(rows).loc["A", "mean_value"])

    def test_silence_speaks_by_its_own_rhythm(self):
        """The one that bought often and fell silent is gone sooner than the one that never hurried."""
        pair = pd.DataFrame({"frequency": [8, 2], "recency": [20.0, 20.0], "age": [52.0, 52.0]})
        found = lv.p_alive(PAPER, pair)
        assert found[0] < 0.05 < 0.3 < found[1]
        assert lv.p_alive(PAPER, one(0, 0, 52))[0] == 1

    def test_survivors_of_contracts(self):
        rows = pd.DataFrame(
            {
                "start": ["2021-03-01"] * 4 + ["2022-05-01"] * 2 + ["2024-08-01"],
                "end": ["2022-03-01", "2023-03-01", None, None, None, "2023-05-01", None],
            }
        )
        found = lv.survivors_of(rows, pd.Timestamp("2024-12-31"))
        assert found.loc[2021].tolist() == [4, 3, 2, 2] and found.loc[2022, [0, 1, 2]].tolist() == [
            2,
            1,
            1,
        ]
        assert 2024 not in found.index
        kept = lv.constant_retention(found)
        assert kept.estimate == pytest.approx(9 / 12)

    def test_monthly_retention(self):
        found = lv.monthly_retention(1200, 12)
        assert found.estimate == pytest.approx(0.99**12) and found.low < found.estimate < found.high
        assert lv.monthly_retention(1200, 0).high == 1


BAD = [
    (lambda: lv.margin_multiple(1.0, 0.0), "the sum has no end"),
    (lambda: lv.margin_multiple(1.2, 0.1), "retention is 1.2"),
    (lambda: lv.margin_multiple(86, 0.1), "86 % is 0.86"),
    (lambda: lv.margin_multiple(0.8, -1), "discount is -1"),
    (lambda: lv.margin_multiple(0.8, -2), "discount is -2"),
    (lambda: lv.customer_value(100, 0.8, 10), "discount is 10.*10 % is 0.1"),
    (lambda: lv.customer_value(100, 0.8, 0.1, growth=2, horizon=3), "growth is 2.*2 % is 0.02"),
    (lambda: lv.break_even_margin(10, 5, 10), "discount is 10"),
    (
        lambda: lv.residual_lifetime_sbg(lv.ShiftedBeta(0.7, 4, 0, 1, False), 1, 10),
        "discount is 10.*10 % is 0.1",
    ),
    (lambda: lv.margin_multiple(0.8, 0.1, horizon=0), "horizon is 0"),
    (lambda: lv.margin_multiple(0.8, 0.1, horizon=2.5), "horizon is 2.5"),
    (lambda: lv.margin_multiple(0.8, 0.1, first_margin="later"), "first_margin is 'later'"),
    (lambda: lv.margin_multiple(float("nan"), 0.1), "retention is nan"),
    (lambda: lv.margin_multiple("much", 0.1), "retention is 'much'"),
    (lambda: lv.customer_value(float("inf"), 0.8, 0.1), "margin is inf"),
    (lambda: lv.break_even_margin([], 5), "sales is"),
    (lambda: lv.break_even_margin(0, 5), "sales add up to nothing"),
    (lambda: lv.break_even_margin(10, -5), "spending is"),
    (lambda: lv.return_on_customer(reading="roi", profit=1), "reading is 'roi'"),
    (
        lambda: lv.return_on_customer(reading="dupont", profit=1),
        "missing or unknown: assets, sales",
    ),
    (
        lambda: lv.return_on_customer(reading="dupont", profit=1, sales=2, assets=0),
        "assets is 0",
    ),
    (lambda: lv.retention_claim(0.97, 0.1), "above 1"),
    (lambda: lv.retention_claim(0.0, 0.1), "nothing rises"),
    (lambda: lv.retention_claim(0.5, 0.1, acquisition=9), "nothing rises"),
    (lambda: lv.rescue_discount(0, 10, 0.6, 0.8, 0.1), "sales is 0"),
    (lambda: lv.rescue_discount(9, 10, 0.6, 0.8, 0.1, lasts="never"), "lasts is"),
    (lambda: lv.response(-1, 0.2, 0.1), "spent holds"),
    (lambda: lv.fit_response([1, 2], [1]), "2 values and success 1"),
    (lambda: lv.fit_response([1, -2], [1, 0]), "amounts below 0"),
    (lambda: lv.fit_response([1, 2], [1, 2]), "other values than 0 and 1"),
    (lambda: lv.fit_response([1, 2], [1, 0]), "three or more"),
    (lambda: lv.fit_response([1, 2, 3], [1, 0, 1]), "20 of either kind"),
    (lambda: lv.best_spending(9, 0.6, 0.1, 0.6), "more than 1"),
    (lambda: lv.herd_multiplier(0.03, 4, 5, 0), "own_value is 0"),
    (lambda: lv.fit_sbg([1000]), "no cohort with a renewal"),
    (lambda: lv.fit_sbg([1000, 1000]), "nobody left"),
    (lambda: lv.fit_sbg([1000, 0]), "nobody stayed"),
    (lambda: lv.fit_sbg([1000, 900, 950]), "grow"),
    (lambda: lv.fit_sbg([1000, -3]), "counts of 0 or more"),
    (lambda: lv.fit_sbg("many"), "expected counts"),
    (lambda: lv.residual_lifetime_sbg(lv.ShiftedBeta(0.7, 4, 0, 1, False), 0, 0.1), "period is 0"),
    (lambda: lv.residual_lifetime_sbg(lv.ShiftedBeta(0.7, 4, 0, 1, False), 1, 0), "no end"),
    (lambda: lv.monthly_retention(0, 0), "months is 0"),
    (lambda: lv.survivors_of(pd.DataFrame({"start": []}), pd.Timestamp("2024")), "lacks"),
    (lambda: lv.buying_history(pd.DataFrame({"account_id": [], "date": []})), "holds no row"),
    (lambda: lv.buying_history(pd.DataFrame({"account": ["A"]})), "lacks 2 column"),
    (
        lambda: lv.buying_history(pd.DataFrame({"account_id": ["A"], "date": ["soon"]})),
        "what is no date",
    ),
    (
        lambda: lv.buying_history(
            pd.DataFrame({"account_id": ["A"], "date": ["2024-01-01"], "revenue": [-1]})
        ),
        "no day has an amount above zero",
    ),
    (
        lambda: lv.buying_history(
            pd.DataFrame({"account_id": ["A"], "date": ["2024-01-01"]}), "2023-01-01"
        ),
        "as_of is 2023-01-01",
    ),
    (lambda: lv.fit_bg_nbd(made(5)), "a fit takes 20"),
    (lambda: lv.fit_bg_nbd(made(30).assign(frequency=0, recency=0.0)), "bought a second time"),
    (lambda: lv.fit_bg_nbd(made(30).assign(recency=99.0)), "recency is above age"),
    (lambda: lv.fit_bg_nbd(made(30).assign(age=np.nan)), "missing values"),
    (lambda: lv.fit_pareto_nbd(made(30).assign(recency=-1.0)), "below 0"),
    (lambda: lv.fit_bg_bb(made(30)), "lacks"),
    (lambda: lv.fit_bg_bb(made(30).assign(chances=3)), "counts"),
    (lambda: lv.fit_gamma_gamma(made(30).assign(mean_value=np.nan)), "known amount above 0"),
    (lambda: lv.p_alive("model", made(30)), "expected one of fit_bg_nbd"),
    (lambda: lv.expected_purchases(PAPER, made(30), 0), "horizon is 0"),
    (lambda: lv.expected_mean_value(PAPER, made(30)), "expected one of fit_gamma_gamma"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_cohort_in_which_all_stay_or_one_buys_is_no_number_out_of_nothing():
    """Nobody ever leaves: the fit ends at a limit and says so."""
    rows = pd.DataFrame({"frequency": [10] * 30, "recency": [50.0] * 30, "age": [51.0] * 30})
    found = lv.fit_bg_nbd(rows)
    assert found.at_limit and found.covariance is None
    assert np.isfinite(lv.expected_purchases(found, rows, 26)).all()
    assert lv.fit_sbg([400, 360, 310, 250, 190]).same_for_all
