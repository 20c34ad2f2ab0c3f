"""A ledger on a Spark cluster: the same SQL, translated and run there."""

from __future__ import annotations

import logging
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from keyacct_utils.book.engines.kinds import Kind, types_of
from keyacct_utils.book.engines.remote import ColumnType, Remote
from keyacct_utils.book.intake.book_toml import Settings, Source
from keyacct_utils.contract.faults import BookFaults, Fault

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: The master of a book that uses the session of the process in which it is opened.
ACTIVE = "active"
_VIEW = "keyacct_ledger"
_KIND = Kind(
    "Spark",
    "spark",
    types_of("tinyint smallint int bigint decimal", "float double", "date timestamp timestamp_ntz"),
)
#: A session of our own says nothing on the screen, asks nothing of the network, and counts days as
#: a file would.
_QUIET = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
}
_PIP = "pip install --no-deps --require-hashes -r requirements-spark.lock"
_INSTALL = f"make spark (or {_PIP}), and Java 17"


class SparkLedger(Remote):
    """Parquet files, object storage or a catalog table, read by Spark."""

    dialect = _KIND.dialect
    given = f"SELECT * FROM {_VIEW}"

    def __init__(self, source: Source, settings: Settings):
        super().__init__()
        self.source, self.label = source, "Spark"
        self.session = _session(source, settings)
        rows = self._plainly(self._read)
        self._plainly(lambda: rows.createOrReplaceTempView(_VIEW))
        self._types = {name: _KIND.column_type(kind) for name, kind in rows.dtypes}

    def _read(self) -> DataFrame:
        if self.source.paths:
            return self.session.read.parquet(
                *(path.resolve().as_uri() for path in self.source.paths)
            )
        if "://" in self.source.spark:
            return self.session.read.parquet(self.source.spark)
        return self.session.table(self.source.spark)

    def types(self) -> dict[str, ColumnType]:
        """Type of each column, as Spark has it."""
        return self._types

    def run(self, query: str) -> pa.Table:
        """The answer to a query in Spark's SQL."""
        return self._plainly(lambda: self.session.sql(query).toArrow())

    def _plainly(self, work: Any) -> Any:
        """Say in one line what Spark says in two hundred."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return work()
        except (PySparkException, Py4JError, ConnectionError) as error:
            told = re.sub(r"^\[[\w.]+\] ", "", str(error).partition("\n")[0]).partition(
                " SQLSTATE"
            )[0]
            raise _fault(
                self.source,
                f"Spark does not answer: {told}",
                "check the path, the table and the cluster",
            ) from None


def _fault(source: Source, problem: str, mend: str) -> BookFaults:
    return BookFaults([Fault(source.name, problem, mend, file="Spark")])


def _session(source: Source, settings: Settings) -> SparkSession:
    """The session that the book names."""
    if not settings.spark_master:
        raise _fault(
            source,
            "the book does not say where Spark runs",
            f'write spark_master = "local[2]", or "{ACTIVE}"',
        )
    try:
        from pyspark import SparkContext
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise _fault(source, "PySpark is not installed", _INSTALL) from None
    # it would print every failed query with two hundred lines of Java
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    if settings.spark_master == ACTIVE:
        # not getActiveSession(): that is of the thread, and a book is opened in one of its own
        if SparkContext._active_spark_context is not None:
            return SparkSession.builder.getOrCreate()
        raise _fault(
            source,
            "there is no running Spark session in this process",
            'start one, or write spark_master = "local[2]"',
        )
    builder = SparkSession.builder.appName("keyacct").master(settings.spark_master)
    # on this machine Spark would make a warehouse in the folder where the user works
    local = settings.spark_master.startswith("local")
    warehouse = (
        {"spark.sql.warehouse.dir": (Path(tempfile.gettempdir()) / "keyacct-warehouse").as_uri()}
        if local
        else {}
    )
    for key, value in (_QUIET | warehouse).items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        java = "JAVA_GATEWAY_EXITED" in str(error) or "JAVA_HOME" in str(error)
        told = str(error).partition("\n")[0]
        raise _fault(
            source, "Java is not found" if java else f"Spark does not start: {told}", _INSTALL
        ) from None
