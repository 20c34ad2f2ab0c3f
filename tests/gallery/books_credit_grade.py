"""Odd books of credit events and defaults: what the credit lesson has to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LEDGER_HEAD = "account_id,date,revenue\n"
EVENTS_HEAD = "event_id,account_id,date,code\n"
DEFAULTS_HEAD = "account_id,window_start,default_12m\n"


def _ids(n: int) -> list[str]:
    return [f"E{number:03d}" for number in range(1, n + 1)]


def _ledger(ids: list[str], year: int = 2023, amount: float = 1200) -> str:
    return LEDGER_HEAD + "".join(
        f"{account},{year}-0{number % 9 + 1}-15,{amount + 10 * number}\n"
        for number, account in enumerate(ids)
    )


def _events(rows: list[tuple[str, str, str]]) -> str:
    return EVENTS_HEAD + "".join(
        f"X{number},{account},{date},{code}\n" for number, (account, date, code) in enumerate(rows)
    )


def _fates(fates: dict[str, int], day: str = "2024-01-01") -> str:
    return DEFAULTS_HEAD + "".join(f"{account},{day},{bad}\n" for account, bad in fates.items())


def credit_one_event() -> dict[str, str]:
    """One account, one event, nobody's fate known."""
    return {
        "ledger.csv": _ledger(["E001"]),
        "credit_events.csv": _events([("E001", "2023-03-01", "arrears")]),
    }


def credit_one_class() -> dict[str, str]:
    """All paid."""
    ids = _ids(20)
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events([(i, "2023-03-01", "arrears") for i in ids[:9]]),
        "defaults.csv": _fates(dict.fromkeys(ids, 0)),
    }


def credit_nothing_varies() -> dict[str, str]:
    """Everybody had the same event, so the score has one bin; half of them defaulted."""
    ids = _ids(40)
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events([(i, "2023-05-01", "tests_refused") for i in ids]),
        "defaults.csv": _fates({i: n % 2 for n, i in enumerate(ids)}),
    }


def credit_reversed() -> dict[str, str]:
    """Who owed was looked after and paid; who did not, defaulted. No event of safety."""
    ids = _ids(80)
    owing = [
        (i, f"2023-0{m}-01", "arrears") for n, i in enumerate(ids[:40]) for m in (3, 5)[: n % 2 + 1]
    ]
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events(owing),
        "defaults.csv": _fates(
            {i: int((n >= 40 and n % 3 > 0) or n == 5) for n, i in enumerate(ids)}
        ),
    }


def credit_undated_defaults() -> dict[str, str]:
    """Who defaulted is known, when is not; another currency, a ledger without dates."""
    ids, rng = _ids(60), np.random.default_rng(1)
    owing = [
        (i, f"2019-{m:02d}-01", "arrears") for i in ids for m in range(1, 13) if rng.random() < 0.1
    ]
    bad = "".join(f"{i},{int(rng.random() < 0.3)}\n" for i in ids)
    return {
        "ledger.csv": "account_id,revenue\n"
        + "".join(f"{i},{500 + 7 * n}\n" for n, i in enumerate(ids)),
        "credit_events.csv": _events(owing),
        "defaults.csv": "account_id,default_12m\n" + bad,
        "toml": 'currency = "EUR"\n',
    }


def credit_perfect() -> dict[str, str]:
    """The score separates payers and defaulters without exception."""
    ids = _ids(30)
    rows = [(i, "2023-06-09", "theft") for i in ids[:12]]
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events(rows),
        "defaults.csv": _fates({i: int(n < 12) for n, i in enumerate(ids)}),
    }


def credit_single_default() -> dict[str, str]:
    """One default among many, and it was billed nothing."""
    ids = _ids(25)
    return {
        "ledger.csv": _ledger(ids[1:]),
        "credit_events.csv": _events([(i, "2023-04-01", "arrears") for i in ids[:5]]),
        "defaults.csv": _fates({i: int(n == 0) for n, i in enumerate(ids)}),
    }


def credit_all_later() -> dict[str, str]:
    """Every event lies after the day of scoring."""
    ids = _ids(30)
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events([(i, "2024-04-01", "arrears") for i in ids[:8]]),
        "defaults.csv": _fates({i: int(n < 11) for n, i in enumerate(ids)}),
    }


def credit_hostile() -> dict[str, str]:
    """Hostile names, lighting users, runs of arrears, missing fates and two days of scoring."""
    from gallery.books import HOSTILE

    ids, rng = _ids(45), np.random.default_rng(3)
    names = "".join(
        '{},"{}",{},{}\n'.format(
            i, HOSTILE[n % len(HOSTILE)].replace('"', '""'), int(n % 5 == 0), "2019-02-01"
        )
        for n, i in enumerate(ids)
    )
    codes = [
        "arrears",
        "accident_inside",
        "contract_breach",
        "facilities_damaged",
        "offence_reported",
        "inspection_refused",
    ]
    rows = [
        (i, f"{rng.integers(2021, 2024)}-{rng.integers(1, 13):02d}-01", str(rng.choice(codes)))
        for i in ids
        for _ in range(rng.integers(0, 5))
    ]
    fates = "".join(
        f"{i},{'2024-01-01' if n % 2 else '2024-02-01'},{int(rng.random() < 0.4)}\n"
        for n, i in enumerate(ids)
        if n % 7
    )
    return {
        "ledger.csv": _ledger(ids),
        "accounts.csv": "account_id,name_zh,lighting_user,start_date\n" + names,
        "credit_events.csv": _events(rows),
        "defaults.csv": DEFAULTS_HEAD + fates,
        "toml": 'currency = "SEK"\n',
    }


def credit_all_defaulted_d() -> dict[str, str]:
    """Everybody is D; some paid."""
    ids = _ids(30)
    return {
        "ledger.csv": _ledger(ids),
        "credit_events.csv": _events(
            [(i, "2023-06-09", "theft") for i in ids]
            + [(i, "2023-07-01", "arrears") for i in ids[:14]]
        ),
        "defaults.csv": _fates({i: int(n % 2 == 0) for n, i in enumerate(ids)}),
    }


def _own(rows: list[tuple], columns: str) -> str:
    return columns + "\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def own_score_and_features() -> dict[str, str]:
    """No events: a score, a rating AAA to B, amounts at risk, numbers, categories with a rare value, blanks; dated."""
    rng = np.random.default_rng(21)
    rows = []
    for account in _ids(240):
        risk = rng.normal()
        bad = int(risk + rng.normal() > 1.2)
        score = round(600 - 40 * risk + 20 * rng.normal())
        rating = ("AAA", "AA", "A", "B")[int(np.clip(1.5 + risk, 0, 3))]
        late = "" if rng.random() < 0.1 else max(0, round(10 * risk + 5 * rng.normal()))
        trade = "ship" if account == "E001" else ("food", "steel", "paper")[rng.integers(3)]
        rows.append(
            (
                account,
                bad,
                "2023-12-31",
                score,
                rating,
                rng.integers(1, 90) * 100,
                late,
                trade,
                "one",
            )
        )
    columns = "account_id,defaulted,date,score,rating,exposure,days late,trade,same"
    return {
        "ledger.csv": _ledger(_ids(240)),
        "credit_features.csv": _own(rows, columns),
        "toml": 'currency = "EUR"\n',
    }


def own_features_alone() -> dict[str, str]:
    """Neither score nor rating nor date nor amounts: two features, one of which says nothing."""
    rng = np.random.default_rng(22)
    rows = [
        (i, int(rng.random() < 0.15 + 0.5 * (n % 4 == 0)), n % 4, f"{rng.normal():.3f}")
        for n, i in enumerate(_ids(120))
    ]
    text = LEDGER_HEAD.replace(",date", "") + "".join(f"{i},100\n" for i in _ids(120))
    return {
        "ledger.csv": text,
        "credit_features.csv": _own(rows, "account_id,defaulted,branch,noise"),
    }


def own_rating_reversed() -> dict[str, str]:
    """A rating alone, B to D, whose best grade defaults most; a feature of one bin."""
    rows = [
        (i, int(n % 10 < (7, 4, 1)[n % 3]), "BCD"[n % 3], int(n == 0))
        for n, i in enumerate(_ids(90))
    ]
    return {
        "ledger.csv": _ledger(_ids(90)),
        "credit_features.csv": _own(rows, "account_id,defaulted,rating,flag"),
    }


def own_few_defaults() -> dict[str, str]:
    """A score of twenty accounts of which two defaulted, and a feature that separates them."""
    rows = [(i, int(n < 2), 500 + 10 * n, int(n < 2)) for n, i in enumerate(_ids(20))]
    return {
        "ledger.csv": _ledger(_ids(20)),
        "credit_features.csv": _own(rows, "account_id,defaulted,score,sign"),
    }


def own_all_paid() -> dict[str, str]:
    """A score, and nobody defaulted."""
    rows = [(i, 0, 500 + 10 * n) for n, i in enumerate(_ids(20))]
    return {
        "ledger.csv": _ledger(_ids(20)),
        "credit_features.csv": _own(rows, "account_id,defaulted,score"),
    }


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    made.__name__: made
    for made in (
        credit_one_event, credit_one_class, credit_nothing_varies, credit_reversed, credit_undated_defaults,
        credit_perfect, credit_single_default, credit_all_later, credit_hostile, credit_all_defaulted_d,
        own_score_and_features, own_features_alone, own_rating_reversed, own_few_defaults, own_all_paid,
    )
}  # fmt: skip
