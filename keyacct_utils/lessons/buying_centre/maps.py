"""Who stands where in an account: the people and their ties as a graph."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from keyacct_utils.lessons.shared.checks import need_columns, some

__all__ = ["hidden_advisers", "influence"]

#: People of an account with fewer cannot hide: everybody is among the first three.
FEWEST_PEOPLE = 6
#: An account in which all are tied to all has nobody in between.
_NOTHING = 1e-12
_MEASURES = ("betweenness", "closeness", "constraint")


def checked_people(contacts: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Contacts with these columns, each person once, or a ValueError that says what is wrong."""
    need_columns(contacts, ("contact_id", "account_id", *columns), "contacts")
    if contacts.empty:
        raise ValueError("contacts has 0 rows: give at least one person of one account")
    for name in ("contact_id", "account_id"):
        if contacts[name].isna().any():
            raise ValueError(
                f"contacts: {int(contacts[name].isna().sum())} rows have no {name}; fill or drop "
                "them"
            )
    twice = contacts.loc[contacts["contact_id"].duplicated(), "contact_id"]
    if len(twice):
        raise ValueError(
            f"contacts: {some(twice)} stand more than once; a person is one row, so give people of "
            "one name ids of their own"
        )
    return contacts


def _inside(contacts: pd.DataFrame, edges: pd.DataFrame, kinds: Collection[str] | None) -> pd.Index:
    """Pairs of people that are tied, each once and without direction."""
    need_columns(edges, ("from_id", "to_id", *(("kind",) if kinds is not None else ())), "edges")
    if kinds is not None:
        if isinstance(kinds, str) or not len(kinds):
            raise ValueError("kinds: give a list of one kind of tie or more, or None for all")
        unknown = sorted(set(kinds) - set(edges["kind"].dropna()))
        if unknown:
            there = sorted(map(str, edges["kind"].dropna().unique()))
            raise ValueError(
                f"kinds: no tie is of the kind {some(unknown)}; there are {some(there) or 'none'}"
            )
        edges = edges[edges["kind"].isin(list(kinds))]
    account = contacts.set_index("contact_id")["account_id"]
    ends = edges[["from_id", "to_id"]]
    named = pd.Series(ends.to_numpy(dtype=object).ravel())
    odd = named[~named.isin(account.index)]
    if len(odd):
        raise ValueError(
            f"edges: {some(dict.fromkeys(odd))} stand in no row of contacts; add them there, or "
            "drop the ties"
        )
    one, other = (account.loc[ends[name]].to_numpy() for name in ends)
    if (one != other).any():
        first = ends[one != other].iloc[0]
        raise ValueError(
            f"edges: {int((one != other).sum())} ties join people of two accounts (first: "
            f"{first['from_id']} and {first['to_id']}); a map is of one account, so drop them"
        )
    pairs = np.sort(ends.to_numpy(dtype=object), axis=1)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return pd.MultiIndex.from_arrays([pairs[:, 0], pairs[:, 1]]).unique()


def influence(
    contacts: pd.DataFrame,
    edges: pd.DataFrame,
    *,
    kinds: Collection[str] | None = None,
    between_only: bool = False,
) -> pd.DataFrame:
    """Who stands between the others, who reaches them fast, and who has no way round anybody?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id: one row per person. Each account is a graph of its own.
    edges : DataFrame
        from_id, to_id (and kind): ties between people of one account. Direction and repetition
        count for nothing; a tie to oneself is none.
    kinds : collection of str, optional
        Kinds of ties that count; default all.
    between_only : bool
        Without closeness and constraint, in half the time.

    Returns
    -------
    DataFrame by contact_id
        account_id; people (of the account); ties (others that the person is tied to); degree (ties
        / (n - 1)); betweenness (share of the shortest ways between two others that lead through
        the person, 0 to 1); closeness (0 to 1); constraint (Burt's; missing for a person without
        ties); place (1 for the largest betweenness of the account; equal ones have the better
        place).

    Raises
    ------
    ValueError
        Where a column lacks, a person stands twice, a tie names nobody of the contacts, or joins
        two accounts.

    Notes
    -----
    Of n people, with s(i, j) shortest ways between i and j, of which s(i, j | v) lead through v:
    betweenness(v) = 2 / ((n-1)(n-2)) * sum over pairs of s(i, j | v) / s(i, j), 0 for n < 3
    (S002-4d names the map, and no measure). Closeness, of r people that v can reach itself
    included: (r-1) / (n-1) * (r-1) / sum of their distances. Constraint: sum over j of
    (p(vj) + sum over q of p(vq) p(qj))^2, where p(vj) is 1 / ties of v; high where all ways lead to
    the same few. Computed by networkx.

    References
    ----------
    Freeman 1977, Sociometry 40(1) 35-41; Wasserman & Faust 1994, Social Network Analysis; Burt
    1992, Structural Holes.
    """
    import networkx as nx

    checked_people(contacts)
    ids = pd.Index(contacts["contact_id"], name="contact_id")
    account = pd.Series(contacts["account_id"].to_numpy(), ids)
    people = account.map(account.value_counts()).astype(int)
    found = pd.DataFrame({"account_id": account, "people": people})
    n = people.to_numpy(dtype=float)
    pairs = _inside(contacts, edges, kinds).sort_values()
    ties = pd.Series(pairs.get_level_values(0)).map(account)
    listed = pairs.tolist()
    of_pairs = {
        name: [listed[place] for place in places]
        for name, places in ties.groupby(ties).indices.items()
    }
    measures: dict[str, dict[str, float]] = {name: {} for name in ("ties", *_MEASURES)}
    # what stands in the graph of all for one account is the same as in its own; only ways need it
    whole = nx.Graph()
    whole.add_nodes_from(sorted(ids))
    whole.add_edges_from(listed)
    chosen = _MEASURES[:1] if between_only else _MEASURES
    if not between_only:
        measures["constraint"] = nx.constraint(whole)
    for name, who in account.groupby(account).groups.items():
        graph = nx.Graph()
        graph.add_nodes_from(sorted(who))
        graph.add_edges_from(of_pairs.get(name, ()))
        measures["ties"] |= dict(graph.degree())
        measures["betweenness"] |= nx.betweenness_centrality(graph)
        if not between_only:
            measures["closeness"] |= nx.closeness_centrality(graph)
    found["ties"] = pd.Series(measures["ties"], dtype=int).reindex(ids)
    found["degree"] = found["ties"] / np.maximum(n - 1, 1)
    for measure in chosen:
        found[measure] = pd.Series(measures[measure], dtype=float).reindex(ids)
    ranked = found["betweenness"].round(12)
    found["place"] = ranked.groupby(account).rank(method="min", ascending=False).astype(int)
    return found


def hidden_advisers(
    contacts: pd.DataFrame,
    influence: pd.DataFrame,
    *,
    low: Sequence[str] = ("user",),
    top: int = 3,
    weak: float = 5.0,
    fewest: int = FEWEST_PEOPLE,
) -> pd.DataFrame:
    """Who has no rank and is written down as weak, but stands between the others?

    Parameters
    ----------
    contacts : DataFrame
        contact_id, account_id, level, and power (points 0-10) if known.
    influence : DataFrame
        From `influence`.
    low : sequence of str
        Levels without rank.
    top : int
        Places by betweenness that count, 1 or more.
    weak : float
        Written power below this is weak; who has no power written counts as weak.
    fewest : int
        Accounts with fewer people are passed over.

    Returns
    -------
    DataFrame by contact_id
        account_id, level, power, betweenness, place, by account and place.

    Raises
    ------
    ValueError
        For a level that no contact has, or a number below 1.

    Notes
    -----
    Two conditions on the map (a place among the first ``top``, a betweenness above 0) and two in
    the file (level, power). No document gives them (S000-5m, S002-4d).
    """
    checked_people(contacts, "level")
    if isinstance(low, str) or not len(low):
        raise ValueError("low: give a list of one level or more")
    there = sorted(map(str, contacts["level"].dropna().unique()))
    if unknown := [name for name in low if name not in there]:
        raise ValueError(
            f"low: no contact has the level {some(unknown)}; there are {some(there) or 'none'}"
        )
    for name, value in (("top", top), ("fewest", fewest)):
        if value < 1:
            raise ValueError(f"{name} is {value}: expected 1 or more")
    need_columns(influence, ("people", "betweenness", "place"), "influence")
    power = contacts["power"] if "power" in contacts else pd.Series(np.nan, contacts.index)
    people = contacts.assign(power=power).set_index("contact_id")
    joined = people[["account_id", "level", "power"]].join(
        influence[["people", "betweenness", "place"]], how="inner"
    )
    chosen = (
        joined["level"].isin(list(low))
        & (joined["place"] <= top)
        & (joined["betweenness"] > _NOTHING)
        & ~(joined["power"] >= weak)
        & (joined["people"] >= fewest)
    )
    return joined[chosen].drop(columns="people").sort_values(["account_id", "place"], kind="stable")
