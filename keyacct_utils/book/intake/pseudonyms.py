"""Names and ids as keyed codes: without the key nobody turns them back, and the same key gives the
same codes anywhere.

A code is the start of HMAC-SHA256 (RFC 2104) over the kind of id and the id. Accounts and groups
are one kind, because a group takes the place of its accounts in the roll-ups. One code is worked
out per distinct id, never per row.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from keyacct_utils.book.intake.book_toml import Settings
from keyacct_utils.contract.faults import BookFaults
from keyacct_utils.contract.tables import TABLES, Table

#: Tells the kernels of a run where the key lies; never the key itself.
KEY_VARIABLE = "KEYACCT_PSEUDONYMS"
#: What stands for free text that is not a name.
WITHHELD = "withheld"
TELLING = "may tell who is who; leave the column out, or make it coarser"
ACCOUNT, MANAGER, BOOK = "account", "manager", "book"
KINDS = {
    "account_id": ACCOUNT,
    "group_id": ACCOUNT,
    "manager_id": MANAGER,
    "from_id": "contact_id",
    "to_id": "contact_id",
}
_PREFIXES = {ACCOUNT: "A-", MANAGER: "M-", BOOK: "B-"}
_KEY_BYTES = 32
_DIGEST_BYTES = 10
#: Characters of 5 bits. People read the short codes: two of a million agree with odds of 1 in
#: 2,000. Invoices, contacts and the like come in greater numbers and get the long ones.
_SHORT, _LONG = 10, 16


def check_key_file(file: Path, out: Path | None = None) -> None:
    """See that a key file is safe to use, or that one can be made there.

    Raises
    ------
    ValueError
        If it lies below ``out`` (it would be handed on with the results), if others than its owner
        can read it, if it holds no key, or if its folder does not exist.
    """
    if out is not None and file.resolve().is_relative_to(out.resolve()):
        raise ValueError(
            f"the key file {file} lies in {out}: it would be "
            "handed on with the results; keep it elsewhere"
        )
    if file.exists():
        _read(file)
    elif not file.absolute().parent.is_dir():
        raise ValueError(
            f"the key file {file} cannot be made: there is no folder {file.parent}; make it first"
        )


def _read(file: Path) -> bytes:
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode):
        raise ValueError(
            f"the key file {file} is no file; name a file, or one that does not exist yet"
        )
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        mend = f"chmod 600 {file}; take a new key if anybody may have read this one"
        raise ValueError(
            f"the key file {file} can be read by others (mode {stat.S_IMODE(mode):o}): {mend}"
        )
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * _KEY_BYTES}}}", text):
        expected = f"{2 * _KEY_BYTES} hexadecimal digits, as keyacct writes them into a new one"
        raise ValueError(f"the key file {file} holds no key; expected {expected}")
    return bytes.fromhex(text)


def _make(file: Path) -> None:
    with contextlib.suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_KEY_BYTES) + "\n")


class Pseudonyms:
    """Codes for the names and ids of a book."""

    def __init__(self, key: bytes):
        self._key = key
        #: Per kind: the ids seen so far and their codes, so that no id is coded twice and no code
        #: stands for two.
        self._seen: dict[str, tuple[pa.Array, pa.Array]] = {}

    @classmethod
    def from_file(cls, file: Path, create: bool = False) -> Pseudonyms:
        """Read the key; ``create`` makes one of 32 random bytes (mode 600, as hexadecimal text)
        where there is no file.

        Raises ValueError as `check_key_file` does, and if the file is absent and not to be made.
        """
        check_key_file(file)
        if create:
            _make(file)
        elif not file.exists():
            raise ValueError(
                f"there is no key file {file}; give the one that the run was made with"
            )
        return cls(_read(file))

    def codes(self, ids: pd.Series, kind: str) -> pd.Series:
        """The code of each id, such as "A-7KQ2MXTB4C"; missing stays missing.

        Parameters
        ----------
        ids : Series of str
        kind : str
            "account" (groups too), "manager", "book", or the name of another id column.

        Raises
        ------
        ValueError
            If two ids of the book have the same code.
        """
        places, distinct = pd.factorize(ids)
        coded = self._code(pa.array(distinct.astype(object), pa.string()), kind)
        return (
            pd.Series(coded.to_pandas(), dtype="str", name=ids.name)
            .reindex(places)
            .set_axis(ids.index)
        )

    def code(self, text: str, kind: str = ACCOUNT) -> str:
        """The code of one id."""
        return str(self._code(pa.array([text], pa.string()), kind)[0])

    def _code(self, plain: pa.Array, kind: str) -> pa.Array:
        nothing = pa.array([], pa.string())
        known, coded = self._seen.get(kind, (nothing, nothing))
        place = pc.index_in(plain, value_set=known)
        if place.null_count:
            new = plain.filter(pc.is_null(place))
            known, coded = (
                pa.concat_arrays([known, new]),
                pa.concat_arrays([coded, self._digests(new, kind)]),
            )
            if pc.count_distinct(coded).as_py() < len(coded):
                raise ValueError(
                    f"two of {len(coded):,} {kind} ids have the same "
                    "code under this key: take another key file"
                )
            self._seen[kind] = known, coded
            place = pc.index_in(plain, value_set=known)
        return coded.take(place)

    def _digests(self, plain: pa.Array, kind: str) -> pa.Array:
        prefix, length = (_PREFIXES[kind], _SHORT) if kind in _PREFIXES else ("R-", _LONG)
        salt = f"{kind}\0".encode()
        digests = (
            hmac.digest(self._key, salt + text.encode(), "sha256") for text in plain.to_pylist()
        )
        return pa.array(
            [
                prefix + base64.b32encode(digest[:_DIGEST_BYTES])[:length].decode()
                for digest in digests
            ]
        )

    def frame(self, frame: pd.DataFrame, table: Table = TABLES["ledger"]) -> pd.DataFrame:
        """Rows of a table, or account rows from a roll-up, with codes for ids and names; the order
        of rows stays.

        A name becomes the code of the account or manager whose name it is; other free text becomes
        "withheld".
        """
        coded: dict[str, pd.Series] = {}
        for column in table.columns:
            if column.name in frame and column.kind == "id":
                coded[column.name] = self.codes(
                    frame[column.name], KINDS.get(column.name, column.name)
                )
            elif column.name in frame and column.kind == "text":
                given = frame[column.name]
                stands = coded[table.key[0]] if column.name.startswith("name_") else WITHHELD
                coded[column.name] = given.where(given.isna(), stands)
        return frame.assign(**coded)

    def account_rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of a roll-up with codes, in the order of the codes: that of the ids would tell
        something of them.
        """
        order = [name for name in ("account_id", "period", "line") if name in frame]
        return self.frame(frame).sort_values(order, kind="stable", ignore_index=True)

    def settings(self, settings: Settings) -> Settings:
        """The book's settings as the outputs may know them: a code for its name, codes for the
        accounts it leaves out.
        """
        exclude = {self.code(account): WITHHELD for account in settings.exclude}
        return dataclasses.replace(settings, name=self.code(settings.name, BOOK), exclude=exclude)

    def parameters(self, values: Mapping[str, Any], accounts: Iterable[str]) -> dict[str, Any]:
        """Parameters of a lesson with a code for each that is an account's id; ``accounts`` are
        the codes of the book.
        """
        known = set(accounts)

        def told(value: Any) -> Any:
            if isinstance(value, list | tuple):
                return [told(part) for part in value]
            code = self.code(value) if isinstance(value, str) else ""
            return code if code in known else value

        return {name: told(value) for name, value in values.items()}

    def notes(self, notes: Sequence[str], discreet: Sequence[str]) -> list[str]:
        """The notes that quote nothing of the book; those on headers, files, void values or
        accounts are only counted.
        """
        kept = [str(note) for note in discreet]
        rest = len(notes) - len(kept)
        return kept + (
            [f"{rest} notes quote the book: keyacct check without --pseudonymise shows them"]
            if rest
            else []
        )


@contextlib.contextmanager
def counted_only(hide: bool) -> Iterator[None]:
    """With ``hide``: faults, which quote the book's values, are only counted. For lessons, whose
    errors are handed on.
    """
    try:
        yield
    except BookFaults as error:
        if not hide:
            raise
        text = f"the book has {len(error.faults)} faults that it had not when the run began"
        raise ValueError(f"{text}: keyacct check without --pseudonymise shows them") from None


def telling_columns(frames: Iterable[tuple[str, pd.DataFrame]]) -> list[str]:
    """Warnings of categories with more values than half the accounts: they stay as they are and may
    tell who is who.

    Parameters
    ----------
    frames : iterable of (table, DataFrame)
        Tables, or account rows from a roll-up; those without an ``account_id`` are passed over.
    """
    found = []
    for name, frame in [item for item in frames if "account_id" in item[1]]:
        accounts = frame["account_id"].nunique()
        for column in TABLES[name].columns:
            values = (
                frame[column.name].nunique()
                if column.kind == "category" and column.name in frame
                else 0
            )
            if 2 * values > accounts > 1:
                found.append(
                    f"{name}.{column.name}: {values:,} values for {accounts:,} accounts {TELLING}"
                )
    return found
