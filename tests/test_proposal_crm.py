"""``keyacct init --from`` on the exports of two CRM systems, made up after the fields that they hand out."""

from __future__ import annotations

import tomllib

import pytest

from keyacct_utils.book.proposing.trying import tried
from keyacct_utils.book.template import decisions

SALESFORCE = {
    "Account.csv": """Id,Name,Industry,BillingCity,OwnerId,ParentId,NumberOfEmployees
001A,Anhe Steel,Manufacturing,Suzhou,005A,,1200
001B,Boda Foods,Food,Wuxi,005B,001A,300
001C,Chenxi Trade,Retail,Nanjing,005A,,45
""",
    "Opportunity.csv": """Id,AccountId,OwnerId,CreatedDate,CloseDate,StageName,Amount,IsWon,IsClosed
006A,001A,005A,2024-01-05,2024-03-11,Closed Won,120000.50,true,true
006B,001B,005B,2024-02-07,2024-04-02,Closed Lost,80000,false,true
006C,001A,005A,2024-05-01,2024-09-30,Proposal,50000,false,false
006D,001C,005A,2024-06-15,2024-07-20,Closed Won,15500,true,true
""",
}
HUBSPOT = {
    "companies.csv": """Record ID,Company name,Company owner,Industry,City,Number of Employees,Create Date
9001,Anhe Steel,Li Na,MANUFACTURING,Suzhou,1200,2023-01-05 10:12
9002,Boda Foods,Wang Lei,FOOD,Wuxi,300,2023-02-05 10:12
9003,Chenxi Trade,Li Na,RETAIL,Nanjing,45,2023-03-05 10:12
""",
    "deals.csv": """Deal ID,Deal Name,Deal Stage,Create Date,Close Date,Amount,Deal owner,Associated Company,Associated Company IDs
5001,Anhe 2024,Closed Won,2024-01-05 09:00,2024-03-11 12:00,120000.50,Li Na,Anhe Steel,9001
5002,Boda 2024,Closed Lost,2024-02-07 09:00,2024-04-02 12:00,80000,Wang Lei,Boda Foods,9002
5003,Anhe more,Proposal,2024-05-01 09:00,2024-09-30 12:00,50000,Li Na,Anhe Steel,9001
""",
}  # fmt: skip


@pytest.fixture
def proposed(tmp_path):
    def propose(files):
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        proposal, text = tried(tmp_path, [tmp_path / name for name in files])
        tomllib.loads(text)
        sure = {
            (table, choice.column.name): choice.own
            for table, found in proposal.tables.items()
            for choice in found.choices
            if choice.sure
        }
        return sure, text, "\n".join(point for _, point in decisions(text))

    return propose


def test_salesforce(proposed):
    sure, text, asked = proposed(SALESFORCE)
    assert sure["ledger", "account_id"] == "AccountId"
    assert sure["ledger", "revenue"] == "Amount"
    assert sure["ledger", "manager_id"] == "OwnerId"
    assert sure["accounts", "name_en"] == "Name"
    assert sure["accounts", "sector"] == "Industry"
    assert sure["accounts", "manager_id"] == "OwnerId"
    assert sure["accounts", "group_id"] == "ParentId"
    assert sure["account_profile", "employees"] == "NumberOfEmployees"
    # which day counts, which stages are sales and whose id it is stay with the reader
    assert "'CreatedDate', 'CloseDate' may all be it" in asked
    assert "'StageName' holds Closed Won 2, Closed Lost 1, Proposal 1" in asked
    assert "'Id' is an id of something that may not be the account" in asked
    assert '# district = "BillingCity"' in text


def test_hubspot(proposed):
    sure, text, asked = proposed(HUBSPOT)
    assert sure["ledger", "account_id"] == "Associated Company IDs"
    assert sure["ledger", "revenue"] == "Amount"
    assert sure["accounts", "name_en"] == "Company name"
    assert sure["accounts", "sector"] == "Industry"
    assert sure["account_profile", "employees"] == "Number of Employees"
    assert "'Create Date', 'Close Date' may all be it" in asked
    assert "'Deal Stage' holds Closed Won 1, Closed Lost 1, Proposal 1" in asked
    assert "'Record ID' is an id of something that may not be the account" in asked
    # people by their names are no ids
    assert '# manager_id = "Deal owner"' in text
    assert '# manager_id = "Company owner"' in text
