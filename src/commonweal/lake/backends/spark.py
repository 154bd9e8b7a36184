"""Queries on a cluster: a Spark Connect client, to Apache Spark or to Sail.

The servers must see the lake's files under the same path. Instants are ``TIMESTAMP_NTZ``, read in
UTC, so that the cluster's time zone has no say.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commonweal.errors import StateError
from commonweal.lake.backends import layered_sql, portable_batch, portable_schema
from commonweal.lake.datasets import dataset_get

with warnings.catch_warnings():
    # pyspark warns of pandas 3; nothing here goes through pandas.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully", category=FutureWarning)
    try:
        from pyspark.errors import AnalysisException, PySparkException
        from pyspark.errors.exceptions.connect import SparkConnectGrpcException
        from pyspark.sql.connect.session import SparkSession
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    except ImportError as fault:
        raise StateError(
            f"query_engine needs a Spark Connect client, which is not installed: {fault}",
            hint="pip install 'commonweal[spark]'",
        ) from fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from commonweal.lake.views import Relation

_SETTINGS: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
}


class SparkBackend:
    """A session per query: names are private to it, and a restarted server is no matter."""

    def __init__(self, address: str) -> None:
        """Remember where the server is: ``sc://host:port``."""
        self._address = address

    def is_file_fault(self, fault: Exception) -> bool:
        """Return whether a damaged file may be behind an error of this engine."""
        missing = "PATH_NOT_FOUND" in str(fault)
        return isinstance(fault, PySparkException) and (
            missing or not isinstance(fault, AnalysisException)
        )

    @contextmanager
    def batches(
        self, sql: str, relations: Mapping[str, Relation | pa.Table]
    ) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
        """Run the query; the block gets its schema and its batches.

        Raises:
            StateError: The server does not answer.
        """
        session = self._session()
        try:
            for name, relation in relations.items():
                _view(session, name, relation)
            frame = session.sql(sql)
            schema = portable_schema(to_arrow_schema(frame.schema, timezone="UTC"))
            yield schema, _stream(session, frame, schema)
        finally:
            session.stop()

    def _session(self) -> SparkSession:
        try:
            session = SparkSession.builder.remote(self._address).create()
            for key, value in _SETTINGS.items():
                session.conf.set(key, value)
        except SparkConnectGrpcException as fault:
            raise StateError(
                f"the Spark Connect server at {self._address} does not answer: {fault}",
                hint='start it, or set query_engine = "duckdb" in commonweal.toml',
            ) from fault
        return session


def _stream(session: SparkSession, frame: object, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield batches as they arrive; the public ``toArrow`` would hold the whole result."""
    client = session.client
    plan = frame._plan.to_proto(client)  # type: ignore[attr-defined]  # noqa: SLF001
    for received in client.to_table_as_iterator(plan, {}):
        if isinstance(received, pa.Table):
            for batch in received.to_batches():
                yield portable_batch(batch, schema)


def _view(session: SparkSession, name: str, relation: Relation | pa.Table) -> None:
    if isinstance(relation, pa.Table):
        _table_view(session, name, relation)
        return
    schema = dataset_get(relation.dataset).schema
    if not relation.files:
        _table_view(session, name, schema.empty_table())
        return
    declared = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    n_scans = 0

    def scan(files: Sequence[str]) -> str:
        nonlocal n_scans
        n_scans += 1
        scanned = f"{name}__{n_scans}"
        session.read.schema(declared).parquet(*files).createOrReplaceTempView(scanned)
        return scanned

    session.sql(layered_sql(relation, scan)).createOrReplaceTempView(name)


def _table_view(session: SparkSession, name: str, table: pa.Table) -> None:
    declared = from_arrow_schema(table.schema, prefer_timestamp_ntz=True)
    session.createDataFrame(table, schema=declared).createOrReplaceTempView(name)
