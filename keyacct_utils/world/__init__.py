"""The generator of the synthetic book of Linjiang Energy Supply (临江供能集团)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from keyacct_utils.contract.tables import TABLES
from keyacct_utils.world import (
    account_plan,
    buying_centre,
    channel,
    churn,
    coverage,
    credit_grade,
    dependence,
    lead_time,
    lifetime_value,
    play_a_year,
    price_response,
    profitability,
    receivables,
    relationship_levels,
    relationship_stages,
    sales_efficiency,
    satisfaction_index,
    tender,
    value_grading,
    white_space,
)
from keyacct_utils.world.accounts import build_accounts, build_latent, build_managers
from keyacct_utils.world.concentration import concentration_truth
from keyacct_utils.world.ledger import build_ledger, movement_truth
from keyacct_utils.world.plan import build_plan, first_day
from keyacct_utils.world.profitability import case_d_truth
from keyacct_utils.world.qualification import qualification_truth
from keyacct_utils.world.receivables import build_invoices
from keyacct_utils.world.reference import build_ahp, build_calendar

__all__ = ["SEED", "World", "build", "build_core", "stream"]

SEED = 20240101
MIN_ACCOUNTS, MIN_MONTHS = 30, 24
#: Topics whose module adds tables, in the order in which they are built (each sees the tables
#: before it), and the name of its random stream: part of the seed, so it stays whatever the topic
#: is called.
ADDED = (
    ("value_grading", value_grading, "profile"),
    ("profitability", profitability, "service"),
    ("relationship_levels", relationship_levels, "relations"),
    ("satisfaction_index", satisfaction_index, "voice"),
    ("credit_grade", credit_grade, "credit"),
    ("dependence", dependence, "market"),
    ("lifetime_value", lifetime_value, "lifetimes"),
    ("churn", churn, "lines"),
    ("relationship_stages", relationship_stages, "stages"),
    ("receivables", receivables, "reminders"),
    ("coverage", coverage, "visits"),
    ("buying_centre", buying_centre, "people"),
    ("lead_time", lead_time, "lead_times"),
    ("sales_efficiency", sales_efficiency, "efficiency"),
    ("white_space", white_space, "white_space"),
    ("price_response", price_response, "prices"),
    ("tender", tender, "tenders"),
    ("channel", channel, "distributors"),
    ("account_plan", account_plan, "account_plans"),
)
STREAM = {topic: name for topic, _, name in ADDED}
Streams = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class World:
    """A synthetic book: its tables by name, and what was planted, by lesson topic (DataFrames or
    plain values).
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, dict[str, object]]


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream of one name: no other name's draws change it."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))


def _offers(
    streams: Streams, tables: dict[str, pd.DataFrame], latent: pd.DataFrame, months: int
) -> dict[str, pd.DataFrame]:
    """Ties and renewals, drawn on a ledger that knows of no refusal: the answers hang on the last
    year's purchases and on the visits, and what is bought hangs on the answers. The last year's
    totals are those of the final ledger.
    """
    first = tables | {"ledger": build_ledger(streams, latent, months)[0], "latent": latent}
    first |= profitability.build(streams(STREAM["profitability"]), first, months)[0]
    return relationship_levels.build(streams(STREAM["relationship_levels"]), first, months)[0]


def _core(
    accounts: int, months: int, seed: int
) -> tuple[dict[str, pd.DataFrame], dict[str, dict[str, object]]]:
    if accounts < MIN_ACCOUNTS:
        raise ValueError(
            f"accounts: got {accounts}, expected at least "
            f"{MIN_ACCOUNTS}; the planted shares need that many"
        )
    if months < MIN_MONTHS or months % 12:
        raise ValueError(f"months: got {months}, expected a multiple of 12, at least {MIN_MONTHS}")

    def streams(name: str) -> np.random.Generator:
        return stream(seed, name)

    plan, power = build_plan(streams("plan"), accounts, months)
    latent = build_latent(streams("latent"), plan)
    tables = {
        "accounts": build_accounts(streams("accounts"), latent, months),
        "managers": build_managers(streams("managers"), accounts),
        "calendar": build_calendar(months),
    }
    tables |= _offers(streams, tables, latent, months)
    bought = relationship_levels.bought_after(
        tables["renewals"], latent["account_id"], first_day(months), months
    )
    tables["ledger"], ledger_truth = build_ledger(streams, latent, months, bought)
    tables["invoices"], invoice_truth = build_invoices(streams, latent, tables["ledger"], months)
    tables["ahp_matrices"], ahp_truth = build_ahp()
    tables["latent"] = latent
    truth = {
        "concentration": concentration_truth(
            tables["ledger"], {"P": power, **ledger_truth["lines"]}
        ),
        "qualification": {
            **qualification_truth(latent, tables["ledger"], months),
            "ahp": ahp_truth,
        },
        "case_d": case_d_truth(tables["ledger"], ledger_truth["profit"]),
        "ledger": movement_truth(),
        "receivables_terms": invoice_truth,
    }
    return tables, truth


def build_core(accounts: int = 600, months: int = 48, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables that the others are built on: accounts, managers, calendar, ledger, invoices,
    ahp_matrices, latent; and ties and renewals, whose refusals the ledger was made with.

    ``latent`` is no table of the book: one row per account, in the order of ``accounts``, with what
    is hidden: risk (standard normal, high = bad payer), quality (payment class A, B, C), terms,
    pool (potential accounts), doubled, new, big_loss, missed, kept, role (in the power classes),
    fee (monthly line-P fee of the last year).
    """
    return _core(accounts, months, seed)[0]


def build(accounts: int = 600, months: int = 48, seed: int = SEED) -> World:
    """Build a synthetic book that ends in December 2024.

    Parameters
    ----------
    accounts : int
        Number of accounts, at least 30. Counts that are stated for 600 scale with it.
    months : int
        Length of the book, a multiple of 12, at least 24. A book of 24 months has no accounts that
        join.
    seed : int
        Each table draws from a stream of its own, derived from the seed and the table's name.

    Returns
    -------
    World
        Tables with the contract's columns, and the truth by lesson topic.

    Raises
    ------
    ValueError
        A size for which the planted values cannot hold.
    """
    tables, truth = _core(accounts, months, seed)
    for topic, module, name in ADDED:
        added, truth[topic] = module.build(stream(seed, name), tables, months)
        tables |= added
    gains = account_plan.true_gains(tables, truth, months)
    truth["account_plan"]["accounts"] = gains
    # the year to be played answers by what the others planted
    added, truth["play_a_year"] = play_a_year.build(truth, tables, months)
    tables |= added
    return World({name: tables[name] for name in TABLES if name in tables}, truth)
