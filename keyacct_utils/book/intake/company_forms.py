"""Names of firms without what is written in several ways: the form of the company, blanks,
punctuation and capital letters.
"""

from __future__ import annotations

#: Forms at the end of a name in Latin letters, as words without points: "Co., Ltd." is co and ltd.
_LATIN = (
    "a s", "ab", "ag", "aps", "as", "bhd", "bv", "co", "company", "corp", "corporation", "doo",
    "gmbh", "inc", "incorporated", "kft", "kg", "kgaa", "kk", "limited", "llc", "llp", "lp", "ltd",
    "ltda", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "sa", "sarl", "sas", "sdn", "se",
    "sl", "slu", "sp z oo", "spa", "spzoo", "srl", "sro", "ug", "zrt",
)  # fmt: skip
#: And in signs that are written without blanks.
_SIGNS = (
    "有限责任公司", "有限責任公司", "有限公司", "公司", "股份", "集团", "集團", "株式会社",
    "주식회사",
)  # fmt: skip


def without_form(name: str) -> tuple[str, str]:
    """SQL: what is left of a name by which spellings of one firm are told, and whether a form of
    the company was taken off. ``name`` has ASCII for full-width signs.

    Blanks and punctuation between digits stay, so that 1-11 and 11-1 are two.
    """
    # "S.A." is one word, and "1.5" two
    worded = f"regexp_replace(lower({name}), '(\\p{{L}})[.]', '\\1', 'g')"
    worded = f"trim(regexp_replace({worded}, '[^\\p{{L}}\\p{{M}}\\p{{N}}]+', ' ', 'g'))"
    latin = f"regexp_replace({worded}, '( ({'|'.join(_LATIN)}))+$', '')"
    whole, bare = _joined(worded), f"regexp_replace({_joined(latin)}, '({'|'.join(_SIGNS)})+$', '')"
    return f"coalesce(nullif({bare}, ''), {whole})", f"{bare} NOT IN ('', {whole})"


def _joined(words: str) -> str:
    after = f"regexp_replace({words}, '(\\D) ', '\\1', 'g')"
    return f"regexp_replace({after}, ' (\\D)', '\\1', 'g')"
