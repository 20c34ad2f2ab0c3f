"""People of the accounts, who is tied to whom, and who left: what lesson 13 shall find.

Planted: advisers without rank who stand between the others; champions that are friendly and have no
power; accounts whose people are friendly on average and whose powerful ones are not; who can stop a
purchase and was not met; how many accounts hang on one person; and how much oftener an account
buys a third less services when that one person leaves. What was bought before and after a departure
is what the ledger holds: who leaves when is chosen so, and no row of the ledger is changed.
No name is a person's: a surname that many bear, and a title.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from keyacct_utils.world.upstream import Built, Upstream, book_start, spend

LEVELS = ("exec", "mid", "user")
#: In a book of 600: advisers, champions without power, accounts that look friendly.
ADVISERS, FAKE_CHAMPIONS, LOOKS_FRIENDLY = 12, 8, 6
#: Of all accounts: with one person met within a year, and with none.
SINGLE, NOBODY = 0.24, 0.04
#: Share of the departures after which services were lost: with one thread, with several. Exact up
#: to the rounding of counts.
LOSS_SINGLE, LOSS_MORE = 0.25, 0.06
#: The line that the people of the file buy, and from which fall on it counts as lost: six months
#: against the same months of the year before.
LINE, FALL = "S", 0.33
#: Departures in a book of 600, and which part of them from accounts with one thread.
DEPARTURES, DEPARTED_SINGLE = 240, 0.45
#: People of listed accounts and of others: from, to.
LISTED_PEOPLE, OTHER_PEOPLE = (9, 13), (2, 4)
WITHIN = 365
#: Days since the last contact of those who were met within a year, and of the others.
RECENT, LONG_AGO, NEVER = (3, 350), (385, 1400), 0.15
#: A listed account that has a champion; a decider below the top (S000-5m); a colleague's contact.
CHAMPION, DECIDER_BELOW, COLLEAGUE = 0.4, 0.35, 0.15
#: Of the users of an account, those who come by an adviser.
ASKED = 1.0
#: Meetings that nobody wrote down.
UNWRITTEN = 0.03
#: Single threads that left, against the others: services of the year before, as a logarithm.
SALES_SIGMA, SINGLE_SALES = 0.8, 0.5
#: Of listed accounts, those whose veto is with an expert below the top; the others' is with who
#: decides.
EXPERT = 0.5
#: Months between the end of the ledger and the look.
LOOK_AFTER = 3
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_TITLES = {
    "exec": ("总经理", "副总", "院长", "局长"),
    "mid": ("处长", "科长", "主任", "部长"),
    "user": ("工", "师傅", "专员", "班长"),
}
_TALKS = ("information", "emotion", "behaviour", "interest")
_TALKED = {"exec": (0.5, 0.2, 0.1, 0.2), "mid": (0.45, 0.25, 0.2, 0.1), "user": (0.6, 0.3, 0.1, 0)}


def look_day(upstream: Upstream, months: int) -> pd.Timestamp:
    """The day from which contacts are looked at: the last of the third month after the ledger."""
    return book_start(upstream) + pd.DateOffset(months=months + LOOK_AFTER) - pd.Timedelta(days=1)


def _scaled(count: int, accounts: int) -> int:
    return max(1, round(count * accounts / 600))


def _levels(size: int, listed: bool) -> list[str]:
    """Levels of the people of an account, the highest first."""
    if not listed:
        return ["mid", "user"] if size == 2 else ["exec", "mid", "user", "user"][:size]
    return ["exec"] * 1 + ["mid"] * 3 + ["user"] * (size - 4)


def _people(rng: np.random.Generator, listed: np.ndarray) -> pd.DataFrame:
    """One row per person: account (number), level, role, power and stance."""
    low = np.where(listed, LISTED_PEOPLE[0], OTHER_PEOPLE[0])
    high = np.where(listed, LISTED_PEOPLE[1], OTHER_PEOPLE[1])
    sizes = rng.integers(low, high + 1)
    rows = pd.DataFrame(
        {
            "account": np.repeat(np.arange(len(sizes)), sizes),
            "level": np.concatenate(
                [_levels(int(n), bool(on)) for n, on in zip(sizes, listed, strict=True)]
            ),
        }
    )
    rows["place"] = rows.groupby("account").cumcount()
    power = {"exec": (7, 10), "mid": (4, 8), "user": (0, 3)}
    rows["power"] = rng.integers(
        rows["level"].map({k: v[0] for k, v in power.items()}),
        rows["level"].map({k: v[1] for k, v in power.items()}) + 1,
    )
    mood = rng.normal(0.4, 0.7, len(sizes))[rows["account"]]
    rows["stance"] = np.clip(np.rint(mood + rng.normal(0, 0.8, len(rows))), -2, 2).astype(int)
    roles = np.array(["influencer", "gatekeeper", "buyer"], dtype=object)
    rows["role"] = np.where(
        rows["level"] == "user", "user", roles[rng.integers(0, 3, len(rows))]
    ).astype(object)
    below = rng.random(len(sizes)) < DECIDER_BELOW
    # one decides: the first of the account, or the second where a head of department does
    second = (below & (sizes > 2)).astype(int)[rows["account"]]
    decides = rows["place"].to_numpy() == second
    rows.loc[decides, "role"] = "decider"
    rows.loc[decides, "power"] = rows.loc[decides, "power"].clip(lower=8)
    return rows


def _pair(rows: pd.DataFrame, one: int, other: int, kind: str) -> tuple[int, int, str]:
    return int(rows.index[one]), int(rows.index[other]), kind


def _ties(rng: np.random.Generator, rows: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Ties of one account: a tree of reports, meetings in a department, a word of advice."""
    level = rows["level"].tolist()
    heads = [i for i, name in enumerate(level) if name == "mid"]
    users = [i for i, name in enumerate(level) if name == "user"]
    found = [_pair(rows, i, 0, "reports") for i in heads if i]
    department: dict[int, list[int]] = {i: [] for i in heads or [0]}
    for turn, i in enumerate(users):
        head = (heads or [0])[turn % max(len(heads), 1)]
        department[head].append(i)
        found.append(_pair(rows, i, head, "reports"))
    for team in department.values():
        found += [_pair(rows, a, b, "meets") for k, a in enumerate(team) for b in team[k + 1 :]]
    for k, a in enumerate(heads):
        found += [_pair(rows, a, b, "meets") for b in heads[k + 1 :] if rng.random() < 0.5]
    for i in heads:
        if i and rng.random() < 0.4:
            found.append(_pair(rows, i, 0, "advises"))
    return [tie for tie in found if tie[2] != "meets" or rng.random() > UNWRITTEN]


def _adviser_ties(
    rng: np.random.Generator, rows: pd.DataFrame, who: int
) -> list[tuple[int, int, str]]:
    """What makes a user the way between departments: the top listens, two heads and most of the
    others come by.
    """
    level = rows["level"].tolist()
    heads = [i for i, name in enumerate(level) if name == "mid"]
    users = [i for i, name in enumerate(level) if name == "user" and i != who]
    come = [i for i in users if rng.random() < ASKED]
    return [
        _pair(rows, who, 0, "advises"),
        *(_pair(rows, who, int(i), "meets") for i in rng.permutation(heads)[:2]),
        *(_pair(rows, i, who, "meets") for i in come),
    ]


def _friendly_looks(people: pd.DataFrame, chosen: np.ndarray) -> None:
    """In the chosen accounts the powerful are against us and the others for us; in no other account
    do mean and weight disagree.
    """
    high = people["level"] != "user"
    mine = people["account"].isin(chosen)
    people.loc[mine & high, "stance"] = -2
    people.loc[mine & ~high, "stance"] = 2
    people.loc[mine & high, "power"] = people.loc[mine & high, "power"].clip(lower=6)
    people.loc[mine & ~high, "power"] = people.loc[mine & ~high, "power"].clip(upper=2)
    of = people.assign(product=people["power"] * people["stance"]).groupby("account")
    turned = (of["stance"].mean() > 0) & (of["product"].sum() < 0)
    others = turned[turned].index.difference(pd.Index(chosen))
    people.loc[people["account"].isin(others) & (people["stance"] < 0), "stance"] = 0


def _champions(
    rng: np.random.Generator, people: pd.DataFrame, listed: np.ndarray, fakes: np.ndarray
) -> np.ndarray:
    """Who counts as a champion: people with power who are for us, and in some accounts one who is
    only friendly.
    """
    marked = np.zeros(len(people), dtype=int)
    having = rng.random(len(listed)) < CHAMPION
    for account in range(len(listed)):
        rows = people[people["account"] == account]
        if account in fakes:
            where = rows.index[rows["level"] == "user"][-1]
            people.loc[where, ["stance", "power"]] = (2, int(rng.integers(0, 3)))
            marked[where] = 1
        elif listed[account] and having[account]:
            good = rows.index[(rows["power"] >= 6) & (rows["stance"] >= 1)]
            marked[good[:1]] = 1
    return marked


def _last_contact(
    rng: np.random.Generator, people: pd.DataFrame, day: pd.Timestamp, single: int, none: int
) -> np.ndarray:
    """When each was last met: in so many accounts one within a year, in so many none, else two or
    more.
    """
    sizes = people["account"].value_counts().sort_index().to_numpy()
    order = rng.permutation(len(sizes))
    met = np.minimum(sizes, 2 + rng.binomial(np.maximum(sizes - 2, 0), 0.35))
    met[order[:single]] = 1
    met[order[single : single + none]] = 0
    # those who decide are met oftener than those who use
    draw = rng.random(len(people)) * np.where(people["level"] == "user", 0.7, 1.0)
    rank = pd.Series(draw).groupby(people["account"].to_numpy()).rank(ascending=False)
    alive = rank.to_numpy() <= met[people["account"]]
    ago = np.where(
        alive,
        rng.integers(RECENT[0], RECENT[1] + 1, len(people)),
        rng.integers(LONG_AGO[0], LONG_AGO[1] + 1, len(people)),
    )
    days = np.datetime64(day, "D") - ago.astype("timedelta64[D]")
    never = ~alive & (rng.random(len(people)) < NEVER)
    return np.where(never, np.datetime64("NaT"), days).astype("datetime64[s]")


def services(upstream: Upstream, months: int) -> pd.DataFrame:
    """Account and month (counted from the book's start) with the services of the twelve months
    before, and whether the six months after are lower by the fall that counts as lost.
    """
    ledger = upstream["ledger"]
    rows = ledger[ledger["line"] == LINE]
    wide = rows.pivot_table(index="account_id", columns="date", values="revenue", aggfunc="sum")
    bought = wide.fillna(0.0).to_numpy()
    since = (bought != 0).argmax(axis=1)
    found = []
    for month in range(12, months - 6):
        there = since <= month - 12
        after = bought[there, month + 1 : month + 7].sum(axis=1)
        same = bought[there, month - 11 : month - 5].sum(axis=1)
        year = bought[there, month - 12 : month].sum(axis=1)
        ids = wide.index[there].to_numpy(dtype=object)
        lost = after <= (1 - FALL) * same
        each = pd.DataFrame({"account_id": ids, "month": month, "year": year, "lost": lost})
        found.append(each[(same > 0) & (year > 0)])
    return pd.concat(found, ignore_index=True)


def _departures(
    rng: np.random.Generator, upstream: Upstream, months: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Who left when: as many lost as planted, at accounts and in months in which the ledger says
    so; the single threads at smaller ones, the lost no smaller than the others.
    """
    known = services(upstream, months)
    count = min(_scaled(DEPARTURES, len(upstream["accounts"])), known["account_id"].nunique())
    alone = round(DEPARTED_SINGLE * count)
    threads = np.where(np.arange(count) < alone, 1, 2 + rng.binomial(4, 0.3, count))
    falling = known.loc[known["lost"], "account_id"].nunique()
    lost = np.zeros(count, dtype=bool)
    lost[: min(round(LOSS_SINGLE * alone), falling)] = True
    lost[alone : alone + max(0, min(round(LOSS_MORE * (count - alone)), falling - lost.sum()))] = 1
    size = np.log(known["year"].to_numpy())
    wanted = np.full(count, np.median(size))
    wanted[threads == 1] += np.log(SINGLE_SALES)
    cells = [(threads == 1) & lost, (threads > 1) & lost, (threads == 1) & ~lost]
    cells.append((threads > 1) & ~lost)
    for part in cells:
        at = (rng.permutation(int(part.sum())) + 0.5) / max(part.sum(), 1)
        wanted[part] += SALES_SIGMA * norm.ppf(at)
    when = rng.integers(12, months - 6, count)
    free, row = np.ones(len(known), dtype=bool), np.zeros(count, dtype=int)
    fell, who = known["lost"].to_numpy(), known["account_id"].to_numpy(dtype=object)
    away = known["month"].to_numpy()
    for number, part in enumerate(cells):
        other = row[cells[number - 2]]
        if number >= 2 and len(other):  # as large as the lost ones, so that size is no cause
            wanted[part] += size[other].mean() - wanted[part].mean()
        for i in np.flatnonzero(part):
            off = np.abs(size - wanted[i]) + np.abs(away - when[i]) / 48
            row[i] = np.where(free & (fell == lost[i]), off, np.inf).argmin()
            free &= who != who[row[i]]
    first = (book_start(upstream).to_numpy().astype("datetime64[M]") + away[row]).astype("M8[M]")
    days = first.astype("datetime64[D]") + rng.integers(0, 28, count)
    table = pd.DataFrame(
        {
            "date": days.astype("datetime64[s]"),
            "account_id": who[row],
            "contact_id": [f"K{9000 + i}" for i in range(1, count + 1)],
            "threads": threads,
            "lost": lost.astype(int),
            "sales_before": np.round(known["year"].to_numpy()[row], 2),
            "line": LINE,
        }
    )
    table = table.sort_values(["date", "account_id"], kind="stable", ignore_index=True)
    table.insert(0, "departure_id", [f"H{i:04d}" for i in range(1, count + 1)])
    table["contact_id"] = [f"K{9000 + i}" for i in range(1, count + 1)]
    single = table["threads"] == 1
    rates = {
        "loss_single": float(table.loc[single, "lost"].mean()),
        "loss_more": float(table.loc[~single, "lost"].mean()),
    }
    return table, rates


def _vetoes(rng: np.random.Generator, people: pd.DataFrame, listed: np.ndarray) -> np.ndarray:
    """Who can stop a purchase alone: at each listed account one, who decides or an expert."""
    marked = np.zeros(len(people), dtype=int)
    for account in np.flatnonzero(listed):
        rows = people[people["account"] == account]
        below = rows.index[(rows["level"] == "mid") & (rows["role"] != "decider")]
        decides = rows.index[rows["role"] == "decider"]
        expert = rng.random() < EXPERT
        among = below if expert and len(below) else decides
        marked[among[int(rng.integers(0, len(among)))]] = 1
    return marked


def build(rng: np.random.Generator, upstream: Upstream, months: int) -> Built:
    """People, ties and departures; and who advises, who only looks like a champion, which accounts
    look friendly, who can stop a purchase unmet, how many hang on one person, and how much oftener
    services are lost.

    Reads accounts and, for the days, the money and what became of it, the ledger.
    """
    accounts = upstream["accounts"].sort_values("account_id")
    ids = accounts["account_id"].to_numpy(dtype=object)
    listed = accounts["listed_ka"].to_numpy(dtype=int) > 0
    people = _people(rng, listed)
    candidates = rng.permutation(np.flatnonzero(listed))
    size = [_scaled(count, len(ids)) for count in (ADVISERS, FAKE_CHAMPIONS, LOOKS_FRIENDLY)]
    advised, faked, friendly, _ = np.split(candidates, np.cumsum(size))
    people["champion"] = _champions(rng, people, listed, faked)
    ties: list[tuple[int, int, str]] = []
    advisers: list[int] = []
    for account, rows in people.groupby("account"):
        ties += _ties(rng, rows)
        if account in advised:
            who = int(np.flatnonzero(rows["level"] == "user")[0])
            advisers.append(int(rows.index[who]))
            ties += _adviser_ties(rng, rows, who)
            people.loc[advisers[-1], "power"] = int(rng.integers(1, 3))
    _friendly_looks(people, friendly)
    day, n = look_day(upstream, months), len(ids)
    last = _last_contact(rng, people, day, round(SINGLE * n), round(NOBODY * n))
    names = np.array([f"K{i:04d}" for i in range(1, len(people) + 1)], dtype=object)
    draw = rng.integers(0, 4, len(people))
    title = [_TITLES[name][i] for name, i in zip(people["level"], draw, strict=True)]
    surname = np.array(list(_SURNAMES), dtype=object)[rng.integers(0, len(_SURNAMES), len(people))]
    own = accounts["manager_id"].to_numpy(dtype=object)[people["account"]]
    others = np.sort(accounts["manager_id"].unique()).astype(object)
    other = others[rng.integers(0, len(others), len(people))]
    told = [_TALKS[rng.choice(4, p=_TALKED[name])] for name in people["level"]]
    contacts = pd.DataFrame(
        {
            "contact_id": names,
            "account_id": ids[people["account"]],
            "name_zh": surname + np.array(title, dtype=object),
            "level": people["level"].to_numpy(dtype=object),
            "role": people["role"].to_numpy(dtype=object),
            "power": people["power"].to_numpy(dtype=float),
            "stance": people["stance"].to_numpy(dtype=float),
            "champion": people["champion"].to_numpy(dtype=int),
            "talks": np.array(told, dtype=object),
            "last_contact": last,
            "manager_id": np.where(rng.random(len(people)) < COLLEAGUE, other, own),
        }
    )
    ends = pd.DataFrame(ties, columns=["from_id", "to_id", "kind"])
    edges = ends.assign(from_id=names[ends["from_id"]], to_id=names[ends["to_id"]])
    edges = edges.drop_duplicates(["from_id", "to_id", "kind"], ignore_index=True)
    left, rates = _departures(rng, upstream, months)
    contacts["veto"] = _vetoes(rng, people, listed)
    alive = contacts.loc[contacts["last_contact"] >= day - pd.Timedelta(days=WITHIN), "account_id"]
    count = alive.value_counts().reindex(ids, fill_value=0)
    bought = spend(upstream, months, None).reindex(ids).clip(lower=0)
    truth = {
        "advisers": sorted(names[advisers].tolist()),
        "fake_champions": sorted(
            contacts.loc[
                contacts["account_id"].isin(ids[faked]) & (contacts["champion"] == 1), "contact_id"
            ]
        ),
        "look_friendly": sorted(ids[friendly].tolist()),
        "single": round(SINGLE * n) / n,
        "nobody": round(NOBODY * n) / n,
        "single_money": float(bought[count == 1].sum() / bought.sum()),
        "veto_unmet": sorted(
            contacts.loc[
                (contacts["veto"] == 1)
                & ~(contacts["last_contact"] >= day - pd.Timedelta(days=WITHIN)),
                "contact_id",
            ]
        ),
        "lost": int(left["lost"].sum()),
        **rates,
        "gap": rates["loss_single"] - rates["loss_more"],
    }
    return {"contacts": contacts, "contact_ties": edges, "departures": left}, truth
