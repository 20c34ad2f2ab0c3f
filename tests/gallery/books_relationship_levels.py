"""Odd books for lesson 05: ties and offers as nobody planned them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

TIES = (
    "account_id,rebate_pct,price_guarantee,named_contacts,visits_year,events_year,club_member,"
    "shared_system,joint_equipment,onsite_service,contract_years,account_value,bond_level,"
    "bond_level_rater2"
)
OFFERS = "renewal_id,account_id,date,our_price,rival_price,bond_level,months_since_offer,renewed"
NAMES = ("=1+1", "| pipe |", "$x$ and $y$", "{curly}", "%s %d", "<i>Zoë</i>", "a_b*c*", "[a](b)")


def _text(head: str, rows: list[tuple[object, ...]]) -> str:
    return "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n"


def _ledger(ids: list[str], *, years: int = 2, cost: bool = True, scale: float = 1.0) -> str:
    rng = np.random.default_rng(1)
    rows = []
    for account in ids:
        level = scale * rng.lognormal(8, 1)
        for month in range(12 * years):
            sold = level * rng.lognormal(0, 0.2)
            rows.append(
                (account, f"{2023 + month // 12}-{month % 12 + 1:02d}-10", f"{sold:.2f}",
                 f"{sold * 0.8:.2f}")
            )  # fmt: skip
    if cost:
        return _text("account_id,date,revenue,cost_goods", rows)
    return _text("account_id,date,revenue", [row[:-1] for row in rows])


def _world(
    accounts: int,
    offers: int,
    *,
    levels: tuple[int, ...] = (1, 2, 3),
    tolerance: tuple[float, ...] = (3, 6, 12),
    gaps: tuple[float, float] = (0, 20),
    gamma: float = 2.0,
    seed: int = 3,
) -> tuple[list[str], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Accounts, ties and offers that answer as the renewal model says."""
    rng = np.random.default_rng(seed)
    ids, ties, rows = [f"R{n:03d}" for n in range(accounts)], [], []
    value = rng.normal(size=accounts)
    level = np.array(levels)[
        np.clip(np.digitize(value + rng.normal(size=accounts), (0.2, 1.2)), 0, len(levels) - 1)
    ]
    for account, v, k in zip(ids, value, level, strict=True):
        many, few = rng.integers(2, 20), rng.integers(0, 2)
        ties.append(
            (account, 2 * (k == 1), few, *((many, 12 + many, 2, 1) if k > 1 else (1, few, 0, few)),
             *((1, 1, few, 4) if k == 3 else (0, 0, few, 1)), f"{v:.3f}", k, k)
        )  # fmt: skip
        for n in range(offers):
            gap, age = rng.uniform(*gaps), rng.integers(0, 40)
            odds = tolerance[levels.index(k)] - gap + gamma * v + 3 * (k == 1) * 0.5 ** (age / 8)
            won = int(rng.random() < 1 / (1 + np.exp(-odds / 2)))
            day = f"{2023 + n % 2}-{rng.integers(1, 13):02d}-01"
            rows.append(
                (f"N{len(rows)}", account, day, "1.00", f"{1 - gap / 100:.4f}", k, age, won)
            )
    return ids, ties, rows


def _book(
    world: tuple[list[str], list[tuple[object, ...]], list[tuple[object, ...]]],
    *,
    toml: str = "",
    ledger: str = "",
) -> dict[str, str]:
    ids, ties, offers = world
    return {
        "ledger.csv": ledger or _ledger(ids),
        "ties.csv": _text(TIES, ties),
        "renewals.csv": _text(OFFERS, offers),
        "toml": toml,
    }


def one_offer() -> dict[str, str]:
    """One account, one offer, one tie."""
    return {
        "ledger.csv": "account_id,revenue\nA,100\n",
        "ties.csv": "account_id,visits_year\nA,12\n",
        "renewals.csv": "renewal_id,account_id,date,our_price,rival_price,renewed\n"
        "N1,A,2024-03-01,10,9,1\n",
    }


def all_renewed() -> dict[str, str]:
    """Nobody ever left, at any gap."""
    ids, ties, rows = _world(40, 3)
    return _book((ids, ties, [(*row[:-1], 1) for row in rows]))


def all_ended() -> dict[str, str]:
    """Everybody left, and no cost of goods is known."""
    ids, ties, rows = _world(40, 2)
    return _book((ids, ties, [(*row[:-1], 0) for row in rows]), ledger=_ledger(ids, cost=False))


def one_level() -> dict[str, str]:
    """All are at level 2, with eight offers each."""
    return _book(_world(50, 8, levels=(2,), tolerance=(7,)), toml='currency = "EUR"\n')


def two_levels_reversed() -> dict[str, str]:
    """Levels 1 and 2; the lower one holds better, and value works the other way round."""
    return _book(
        _world(60, 6, levels=(1, 2), tolerance=(12, 4), gamma=-2), toml='currency = "CNY"\n'
    )


def rival_always_dearer() -> dict[str, str]:
    """No rival ever undercuts."""
    return _book(_world(60, 4, gaps=(-30, -5), tolerance=(-20, -15, -8)))


def kept_by_structure() -> dict[str, str]:
    """Level 3 kept every offer: perfect separation."""
    ids, ties, rows = _world(60, 4)
    kept = [(*row[:-1], 1) if row[5] == 3 else row for row in rows]
    return _book((ids, ties, kept), toml='currency = "USD"\n')


def nothing_but_the_key() -> dict[str, str]:
    """Ties without any tie, offers without level, age or cost; one price for all."""
    rows = [(f"N{n}", f"A{n % 25}", f"2024-0{n % 9 + 1}-01", 10, 10, n % 2) for n in range(75)]
    return {
        "ledger.csv": _text("account_id,revenue", [(f"A{n}", 10 * n + 1) for n in range(25)]),
        "ties.csv": _text("account_id", [(f"A{n}",) for n in range(25)]),
        "renewals.csv": _text("renewal_id,account_id,date,our_price,rival_price,renewed", rows),
    }


def hostile_in_kronor() -> dict[str, str]:
    """Names that are markup, another currency, half of the ties empty, ages missing."""
    ids, ties, rows = _world(48, 4, seed=5)
    holes = [
        (row[0], *("" if (n + k) % 2 else v for k, v in enumerate(row[1:])))
        for n, row in enumerate(ties)
    ]
    aged = [(*row[:6], "" if n % 7 == 0 else row[6], row[7]) for n, row in enumerate(rows)]
    named = [(account, f'"{NAMES[n % len(NAMES)]}"') for n, account in enumerate(ids)]
    return _book((ids, holes, aged), toml='currency = "SEK"\n') | {
        "accounts.csv": _text("account_id,name_zh", named)
    }


def refusing_costs() -> dict[str, str]:
    """Who refuses buys nothing more; many offers, strong bonds, a value that foretells the level."""
    ids, ties, rows = _world(90, 2, seed=7, gamma=0)
    refused = {row[1] for row in rows if not row[-1]}
    dated = [(*row[:2], "2024-01-05", *row[3:]) for row in rows]
    lines = [
        line
        for line in _ledger(ids, scale=100, years=3).splitlines()
        if line.split(",")[0] not in refused or "a" in line or ",2023-" in line
    ]
    return _book((ids, ties, dated), ledger="\n".join(lines) + "\n", toml='period = "2023"\n')


BOOKS: dict[str, Callable[[], dict[str, str]]] = {
    f"bonds_{made.__name__}": made
    for made in (
        one_offer, all_renewed, all_ended, one_level, two_levels_reversed, rival_always_dearer,
        kept_by_structure, nothing_but_the_key, hostile_in_kronor, refusing_costs,
    )
}  # fmt: skip
