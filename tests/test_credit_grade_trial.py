"""Cut-offs priced on accounts that did not choose them, and forecasts compared over many partings: against plain loops, luck and known effects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from keyacct_utils.lessons.credit_grade.cutoff_trial import parted, try_cutoffs
from keyacct_utils.lessons.credit_grade.repeated_folds import corrected_interval


def _drawn(rng, n=300, bad=40, shift=0.0):
    default = np.arange(n) < bad
    score = rng.normal(np.where(default, -shift, 0)).round(1)
    amount = rng.lognormal(0, 0.7, n)
    return score, default.astype(int), {"missed": 0.45 * amount, "refused": 0.06 * amount}


def _by_loop(score, default, costs, folds, repeats, seed):
    """Cost on the parts that did not choose, with one loop for each thing; accounts by score."""
    order = np.argsort(score, kind="stable")
    score, bad = score[order], default[order] == 1
    lost = np.where(bad, costs["missed"][order], 0)
    burden = np.where(bad, 0, costs["refused"][order])
    total = []
    for repeat in range(repeats):
        part, cost = parted(bad, folds, seed + repeat), 0.0
        for number in range(folds):
            ask = part == number
            cuts = [*np.unique(score), np.inf]
            chosen = min(
                cuts,
                key=lambda cut, fit=~ask: round(
                    lost[fit & (score >= cut)].sum() + burden[fit & (score < cut)].sum(), 6
                ),
            )
            cost += lost[ask & (score >= chosen)].sum() + burden[ask & (score < chosen)].sum()
        total.append(cost)
    return float(np.mean(total))


def test_the_cost_is_that_of_the_plain_loop():
    score, default, costs = _drawn(np.random.default_rng(1), shift=0.8)
    found = try_cutoffs(score, default, **costs, draws=5, folds=4, repeats=2, random_state=3)
    assert found.cost == pytest.approx(_by_loop(score, default, costs, 4, 2, 3))
    nobody, everybody = costs["missed"][default == 1].sum(), costs["refused"][default == 0].sum()
    assert (found.nobody, found.everybody) == (pytest.approx(nobody), pytest.approx(everybody))
    assert found.gain == pytest.approx(1 - found.cost / min(nobody, everybody))


def test_the_account_that_counts_most_is_found_and_left_out():
    score, default, costs = _drawn(np.random.default_rng(2), shift=0.8)
    costs["missed"][5] = 30 * costs["missed"].max()  # one default that dwarfs all others
    found = try_cutoffs(score, default, **costs, draws=5, folds=5, repeats=2)
    assert found.heaviest == 5
    without = {name: np.where(np.arange(300) == 5, 0, values) for name, values in costs.items()}
    nobody, everybody = (
        without["missed"][default == 1].sum(),
        without["refused"][default == 0].sum(),
    )
    by_loop = _by_loop(score, default, without, 5, 2, 0)
    assert found.without == pytest.approx(1 - by_loop / min(nobody, everybody))
    assert abs(found.without - found.gain) > 0.1


def test_scores_dealt_out_at_random_earn_nothing():
    """A cut-off that is chosen and priced on the same accounts always saves something."""
    rng = np.random.default_rng(4)
    held, chance, same = [], [], []
    for book in range(60):
        score, default, costs = _drawn(rng)
        found = try_cutoffs(
            score, default, **costs, draws=60, repeats=2, candidates=1, random_state=book
        )
        held.append(found.low > 0)
        chance.append(found.chance < 0.05)
        cuts = [*np.unique(score), np.inf]
        bad = default == 1
        best = min(
            costs["missed"][bad & (score >= cut)].sum()
            + costs["refused"][~bad & (score < cut)].sum()
            for cut in cuts
        )
        same.append(best < min(found.nobody, found.everybody))
    assert np.mean(held) <= 0.05 and np.mean(chance) <= 0.12
    assert np.mean(same) > 0.9  # the naive way praises nearly all of them


def test_a_score_that_foretells_earns_something():
    rng, found = np.random.default_rng(6), []
    for book in range(30):
        score, default, costs = _drawn(rng, 600, 60, shift=1.3)
        found.append(
            try_cutoffs(score, default, **costs, draws=80, candidates=1, random_state=book)
        )
    assert np.mean([trial.low > 0 for trial in found]) > 0.8
    assert np.mean([trial.chance < 0.05 for trial in found]) > 0.95
    mean = np.mean([trial.gain for trial in found])
    assert np.mean([trial.low <= mean <= trial.high for trial in found]) >= 0.85


def test_parts_have_their_share_of_the_defaulters():
    default = np.arange(100) < 20
    part = parted(default, 5, 0)
    assert np.bincount(part).tolist() == [20] * 5
    assert np.bincount(part[default]).tolist() == [4] * 5


def test_the_corrected_interval_by_hand():
    # mean 2, variance 1, 1/3 + 1/4 for three parts of five: t of two degrees of freedom 4.3027
    found = corrected_interval([1.0, 2.0, 3.0], 0.25)
    reach = 4.302653 * np.sqrt(1 / 3 + 0.25)
    assert found == pytest.approx((2, 2 - reach, 2 + reach), abs=1e-5)
    # more partings of the same accounts do not make it vanish, as a plain interval would
    many = corrected_interval(np.tile([1.0, 2.0, 3.0], 1000), 0.25)
    assert many.high - many.low > 2 * stats.norm.ppf(0.975) * np.sqrt(0.25 * 2 / 3) * 0.99


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: corrected_interval([1.0], 0.25), "differences holds 1 values"),
        (lambda: corrected_interval([1.0, float("nan")], 0.25), "two or more finite"),
        (lambda: corrected_interval([1.0, 2.0], 0), "test_to_train is 0"),
        (lambda: try_cutoffs([1, 2, 3], [1, 0, 0], missed=1, refused=1, draws=5), "1 of 3 defaulted"),
        (lambda: try_cutoffs([1, 2, 3, 4], [1, 0, 1, 0], missed=-1, refused=1, draws=5), "missed: 1 value"),
        (lambda: try_cutoffs([1, 2, 3, 4], [1, 0, 1, 0], missed=1, refused=1, draws=0), "draws must be at least 1"),
    ],
)  # fmt: skip
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_deal_of_the_scores_as_good_is_a_chance_of_one_more_than_none():
    """A score that knows the fate of 40 accounts: no deal of 39 gains as much, and 1 / 40 is the
    least that so many can say, not 0."""
    bad = np.repeat([1, 0], [8, 32])
    found = try_cutoffs(1.0 - bad, bad, missed=100.0, refused=10.0, draws=39)
    assert found.gain == 1 and found.chance == pytest.approx(1 / 40)
