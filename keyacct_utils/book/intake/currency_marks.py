"""Signs and codes with which amounts are written, and the currencies they may stand for.

The codes, and the signs that are unequivocal in English, are those of Unicode's CLDR; the signs in
use at home are listed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from babel import Locale
from babel.core import get_global

#: Codes that people write and ISO does not know.
ALIASES = {"RMB": "CNY", "NTD": "TWD", "CNH": "CNY"}
#: Currencies whose amounts are written 12,34,567: groups of two digits above the thousands.
INDIAN = ("INR", "PKR", "BDT", "NPR", "LKR", "BTN", "MUR")
_DOLLARS = ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MOP", "MXN", "CLP", "COP", "ARS")
_CROWNS = ("SEK", "NOK", "DKK", "ISK")
_RUPEES = ("INR", "PKR", "LKR", "NPR", "MUR", "SCR")
_POUNDS = ("GBP", "EGP", "LBP", "SYP", "GIP", "FKP", "SHP")
_FRANCS = ("CHF", "XOF", "XAF")
_YUAN = ("CNY", "HKD", "TWD")
_AT_HOME: dict[str, tuple[str, ...]] = {
    "$": _DOLLARS, "£": _POUNDS, "¥": ("CNY", "JPY"), "US$": ("USD",), "$US": ("USD",),
    "S$": ("SGD",), "AU$": ("AUD",), "C$": ("CAD", "NIO"), "RD$": ("DOP",), "MOP$": ("MOP",),
    "JP¥": ("JPY",), "人民币": ("CNY",), "人民幣": ("CNY",), "港币": ("HKD",), "港幣": ("HKD",),
    "新台币": ("TWD",), "新臺幣": ("TWD",), "新台幣": ("TWD",), "元": _YUAN, "圆": _YUAN,
    "圓": _YUAN, "円": ("JPY",), "원": ("KRW",), "KR": _CROWNS, "KR.": _CROWNS, "ZŁ": ("PLN",),
    "KČ": ("CZK",), "FT": ("HUF",), "LEI": ("RON", "MDL"), "ЛВ": ("BGN",), "ЛВ.": ("BGN",),
    "₺": ("TRY",), "TL": ("TRY",), "₽": ("RUB",), "РУБ": ("RUB",), "РУБ.": ("RUB",), "Р.": ("RUB",),
    "₴": ("UAH",), "ГРН": ("UAH",), "ГРН.": ("UAH",), "₸": ("KZT",), "₼": ("AZN",), "₾": ("GEL",),
    "֏": ("AMD",), "RS": _RUPEES, "RS.": _RUPEES, "RE.": _RUPEES, "₨": _RUPEES, "रु": ("INR", "NPR"),
    "रु.": ("INR", "NPR"), "৳": ("BDT",), "TK": ("BDT",), "TK.": ("BDT",), "฿": ("THB",),
    "บาท": ("THB",), "Đ": ("VND",), "₭": ("LAK",), "៛": ("KHR",), "₮": ("MNT",), "RP": ("IDR",),
    "RP.": ("IDR",), "RM": ("MYR",), "R": ("ZAR",), "₦": ("NGN",), "GH₵": ("GHS",), "₵": ("GHS",),
    "KSH": ("KES",), "KSH.": ("KES",), "FR": _FRANCS, "FR.": _FRANCS, "SFR": ("CHF",),
    "SFR.": ("CHF",), "F CFA": ("XOF", "XAF"), "FCFA": ("XOF", "XAF"), "DH": ("AED", "MAD"),
    "DHS": ("AED", "MAD"), "DHS.": ("AED", "MAD"), "د.إ": ("AED",), "د.إ.": ("AED",),
    "ر.س": ("SAR",), "ر.س.": ("SAR",), "SR": ("SAR",), "ر.ق.": ("QAR",), "د.ك.": ("KWD",),
    "ج.م.": ("EGP",), "S/": ("PEN",), "S/.": ("PEN",), "₡": ("CRC",), "₲": ("PYG",),
    "BS": ("BOB", "VES"), "BS.": ("BOB", "VES"), "؋": ("AFN",), "₪": ("ILS",), "₱": ("PHP",),
}  # fmt: skip


#: The codes of all currencies that some country uses today.
CODES = frozenset(
    code
    for used in get_global("territory_currencies").values()
    for code, _, end, tender in used
    if end is None and tender
)


def _marks() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((code, (code,)) for code in CODES)
    yield from ((alias, (code,)) for alias, code in ALIASES.items())
    for code, sign in Locale("en").currency_symbols.items():
        if code in CODES and sign != code and len(sign.replace("\u202f", "")) < 5:
            yield sign.replace("\u202f", " ").upper(), (code,)
    yield from _AT_HOME.items()


#: Marks in plain form and capitals, longest first, and the currencies they may stand for.
MARKS: dict[str, tuple[str, ...]] = dict(
    sorted(dict(_marks()).items(), key=lambda item: (-len(item[0]), item[0]))
)


def code_of(currency: str) -> str:
    """The ISO code of a currency as a book or a cell writes it: RMB and 人民币 are CNY."""
    written = currency.strip().upper()
    known = MARKS.get(written, ())
    return known[0] if len(known) == 1 else written
