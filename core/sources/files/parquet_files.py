"""Opening Parquet files, and which of their columns a person can read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.sources.artwork import SourceError

_BATCH_ROWS = 5_000
_BUFFER_BYTES = 1 << 20  # read from a column at a time, in place of the whole column of a row group


def open_parquet(source: Path | bytes, name: str) -> Any:
    """A pyarrow.parquet.ParquetFile, as a context manager. Raises: SourceError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        whole = pa.BufferReader(source) if isinstance(source, bytes) else source
        return pq.ParquetFile(whole, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except FileNotFoundError as error:
        raise SourceError(f"There is no file {source!s}. Check the path.") from error
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{name} is no Parquet file, or was cut off ({_short(error)}). Download it again.") from error


def read_rows(file: Any, name: str, columns: list[str]) -> Iterator[Any]:
    """Record batches of these columns, from first row to last. Raises: SourceError where the file is damaged."""
    import pyarrow as pa

    row = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
            yield batch
            row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise damaged(f"{name}, after row {row:,},", error) from error


def damaged(name: str, error: Exception) -> SourceError:
    """For what pyarrow raises while it reads rows: ArrowException or OSError."""
    return SourceError(f"{name} is damaged ({_short(error)}). Download it again.")


def readable(kind: Any) -> bool:
    """Whether a column of this pyarrow type holds text, numbers or lists of text; vectors of numbers tell a person
    nothing, and pictures are not for reading.
    """
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return readable(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return is_text(kind.value_type)
    return not (pa.types.is_nested(kind) or is_bytes(kind))


def is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_bytes(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
