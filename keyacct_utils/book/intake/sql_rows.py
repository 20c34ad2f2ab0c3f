"""Which rows the sql of a table leaves out by its WHERE, and whether it may leave out others that
nobody can count.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp

#: What makes rows of an answer of several rows of the file, so that none can be told to be left
#: out.
_OF_SEVERAL = ("group", "having", "qualify", "distinct", "limit", "offset", "with_")
_LEAVES_OUT = (
    (exp.Where, "WHERE"), (exp.Having, "HAVING"), (exp.Qualify, "QUALIFY"), (exp.Limit, "LIMIT"),
    (exp.Distinct, "DISTINCT"), (exp.Intersect, "INTERSECT"), (exp.Except, "EXCEPT"),
)  # fmt: skip


def _parsed(sql: str) -> exp.Expression | None:
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except sqlglot.errors.SqlglotError:
        return None
    return tree if isinstance(tree, exp.Query) else None


def _branches(tree: exp.Expression) -> Iterator[exp.Expression]:
    """The SELECTs of which UNION ALL puts the rows together."""
    if type(tree) is exp.Union and tree.args.get("distinct") is False:
        yield from _branches(tree.this)
        yield from _branches(tree.expression)
    else:
        yield tree


def _row_by_row(tree: exp.Expression) -> bool:
    """Whether each row of the answer is one of the first file, perhaps with what a LEFT JOIN
    adds.
    """
    if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in _OF_SEVERAL):
        return False
    if any(field.find(exp.AggFunc, exp.Window, exp.Explode) for field in tree.expressions):
        return False
    joins = tree.args.get("joins") or []
    source = tree.args.get("from_")
    tables = [source.this if source else None, *(join.this for join in joins)]
    plain = all(isinstance(table, exp.Table) and not table.args.get("pivots") for table in tables)
    return plain and all(_keeps_rows(join) for join in joins)


def _keeps_rows(join: exp.Join) -> bool:
    return join.side in ("LEFT", "FULL") and join.kind not in ("SEMI", "ANTI")


def rows_outside(sql: str) -> str:
    """SQL that gives, in the form of the answer, the rows that WHERE leaves out; empty where there
    is none or they cannot be told.
    """
    tree = _parsed(sql)
    if tree is None or tree.args.get("with_"):
        return ""
    tree = tree.copy()
    branches = list(_branches(tree))
    if not any(branch.args.get("where") for branch in branches):
        return ""
    first = [branch.args["from_"].this.name.lower() for branch in branches if _row_by_row(branch)]
    # of two SELECTs of one file the one may hold what the other leaves out
    if len(set(first)) < len(branches):
        return ""
    for branch in branches:
        where = branch.args.get("where")
        kept = exp.Paren(this=where.this) if where else exp.true()
        known = exp.Coalesce(this=kept, expressions=[exp.false()])
        branch.set("where", exp.Where(this=exp.Not(this=known)))
    return str(tree.sql(dialect="duckdb"))


def unseen(sql: str) -> list[str]:
    """The words by which a statement may leave out rows that `rows_outside` does not give."""
    tree = _parsed(sql)
    if tree is None or rows_outside(sql):
        return []
    found: dict[str, None] = {}
    for branch in [tree] if tree.args.get("with_") else _branches(tree):
        if _row_by_row(branch) and not branch.args.get("where"):
            continue
        found |= dict.fromkeys(word for kind, word in _LEAVES_OUT if branch.find(kind))
        if any(not _keeps_rows(join) for join in branch.find_all(exp.Join)):
            found["JOIN"] = None
        if any(type(part) is exp.Union and part.args.get("distinct") for part in branch.walk()):
            found["UNION"] = None
    return list(found)


def reads(sql: str, file: str) -> bool:
    """Whether a statement may read a file of the book."""
    tree = _parsed(sql)
    return tree is None or any(
        table.name.lower() == file.lower() for table in tree.find_all(exp.Table)
    )
