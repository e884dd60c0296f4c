"""Rows as the server sends them, as Parquet holds them, and back; and the digest by which both are held together."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gbtui.lifecycle.archive.manifest import ArchiveError, Column, Rows

if TYPE_CHECKING:
    import pyarrow as pa

    from gbtui.lifecycle.archive.store import Store

Row = tuple[Any, ...]
"""Values by column: times as microseconds since 1970 (UTC), numbers and booleans as they are, all else as text."""
TIME: Final = "timestamp with time zone"
NATIVE: Final = ("smallint", "integer", "bigint", "boolean", TIME)
"""Types that come as they are; the others come as the server writes them."""
BATCH: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def row(columns: Sequence[Column], values: Sequence[Any]) -> Row:
    """A row as it is kept."""
    return tuple(
        (value - _EPOCH) // _MICROSECOND if column.type == TIME and value is not None else value
        for column, value in zip(columns, values, strict=True)
    )


def moment(value: int) -> datetime:
    """The time that a kept value is."""
    return _EPOCH + value * _MICROSECOND


class Digest:
    """SHA-256 over rows in their order, each as a line of JSON: of the values, not of a file."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        for one in rows:
            self._sha256.update(json.dumps(one, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        self.rows += len(rows)

    @property
    def hex(self) -> str:
        """What it is so far."""
        return self._sha256.hexdigest()


def schema(columns: Sequence[Column]) -> "pa.Schema":
    """How Parquet holds them."""
    import pyarrow as pa

    types = {
        "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_(),
        TIME: pa.timestamp("us", "UTC"),
    }  # fmt: skip
    return pa.schema([(column.name, types.get(column.type, pa.string())) for column in columns])


def table(columns: Sequence[Column], rows: Sequence[Row]) -> "pa.Table":
    """Rows as columns."""
    import pyarrow as pa

    wanted = schema(columns)
    turned = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = [pa.array(list(values), type=field.type) for values, field in zip(turned, wanted, strict=True)]
    return pa.Table.from_arrays(arrays, schema=wanted)


def stored(store: "Store", name: str, rows: Rows) -> Iterator[list[Row]]:
    """The rows of a file, piece by piece; ArchiveError where it is no such file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with store.opened(name, rows.file) as opened, pq.ParquetFile(opened) as file:
            if not file.schema_arrow.remove_metadata().equals(schema(rows.columns)):
                raise ArchiveError("Not this archive", f"{name}/{rows.file} has other columns than its manifest says")
            for batch in file.iter_batches(batch_size=BATCH):
                plain = (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in batch.columns)
                yield list(zip(*(column.to_pylist() for column in plain), strict=True))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise ArchiveError("The archive is damaged", f"{name}/{rows.file}: {error}") from error
