"""Tables of every make as named columns: pandas, polars, Arrow, Hugging Face datasets, Parquet files, mappings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ._errors import GmmscopeError


class Columns(Protocol):
    """Named columns, read one at a time."""

    names: list[str]

    def is_numeric(self, name: str) -> bool:
        """Return whether a column holds one number per row."""

    def is_matrix(self, name: str) -> bool:
        """Return whether a column holds several numbers per row."""

    def is_text(self, name: str) -> bool:
        """Return whether a column holds one text per row."""

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return a column."""

    def class_names(self, name: str) -> list[str] | None:
        """Return the names of the integers of a column, where the table has them."""


def columns_of(data: Any) -> Columns | None:
    """Return the columns of a table, or None for anything else."""
    module = type(data).__module__.partition(".")[0]
    kind = type(data).__name__
    if isinstance(data, str):
        return _file_columns(data)
    if module == "pandas" and kind == "DataFrame":
        return _PandasColumns(data)
    if module == "polars" and kind in ("DataFrame", "LazyFrame"):
        return _PolarsColumns(data.collect() if kind == "LazyFrame" else data)
    if module == "datasets" and kind in ("Dataset", "DatasetDict", "IterableDataset"):
        if kind != "Dataset":
            raise GmmscopeError(f"a {kind} holds several or unread splits; pass one Dataset, such as dataset['train']")
        return _ArrowColumns(data.with_format("arrow")[:], data.features)
    if module == "pyarrow" and kind in ("Table", "RecordBatch"):
        return _ArrowColumns(data)
    if isinstance(data, Mapping):
        return _MappingColumns(data)
    return None


def text_array(values: Any) -> npt.NDArray[np.str_]:
    """Return values as text."""
    if type(values).__module__.partition(".")[0] == "pyarrow":
        values = values.to_pylist()
    array = np.asarray(values)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    if array.dtype.kind == "U":
        return array
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in array.tolist()]
    return np.array(texts, dtype=str)


class _MappingColumns:
    """A dictionary of arrays, or an open ``.npz`` file."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.names = [str(name) for name in data]
        self._data = data
        self._arrays: dict[str, Any] = {}

    def _value(self, name: str) -> Any:
        # An .npz file reads an array anew each time.
        if name not in self._arrays:
            value = self._data[name]
            self._arrays[name] = value if hasattr(value, "ndim") else np.asarray(value)
        return self._arrays[name]

    def _is_number(self, name: str) -> bool:
        value = self._value(name)
        return value.dtype.kind in "biuf" if isinstance(value, np.ndarray) else True

    def is_numeric(self, name: str) -> bool:
        return self._value(name).ndim == 1 and self._is_number(name)

    def is_matrix(self, name: str) -> bool:
        return self._value(name).ndim >= 2 and self._is_number(name)

    def is_text(self, name: str) -> bool:
        value = self._value(name)
        return isinstance(value, np.ndarray) and value.ndim == 1 and _holds_text(value)

    def array(self, name: str) -> Any:
        return self._value(name)

    def class_names(self, name: str) -> list[str] | None:
        return None


class _PandasColumns:
    def __init__(self, frame: Any) -> None:
        if not frame.columns.is_unique:
            raise GmmscopeError("the frame has several columns of one name; rename them first")
        self.names = [str(name) for name in frame.columns]
        self._columns = dict(zip(self.names, frame.columns))
        self._frame = frame

    def _series(self, name: str) -> Any:
        return self._frame[self._columns[name]]

    def is_numeric(self, name: str) -> bool:
        return getattr(self._series(name).dtype, "kind", "O") in "biuf"

    def is_matrix(self, name: str) -> bool:
        series = self._series(name)
        return series.dtype == object and len(series) > 0 and _is_row(series.iloc[0])

    def is_text(self, name: str) -> bool:
        # Categories and the types of pandas for text become arrays of objects.
        return _holds_text(np.asarray(self._series(name)))

    def array(self, name: str) -> npt.NDArray[Any]:
        series = self._series(name)
        if self.is_matrix(name):
            return np.stack([np.asarray(row) for row in series])
        if getattr(series.dtype, "kind", "O") in "biuf" and not isinstance(series.dtype, np.dtype):
            # A nullable type: what is missing is NaN.
            return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan) if series.hasnans else series)
        return np.asarray(series)

    def class_names(self, name: str) -> list[str] | None:
        return None


class _PolarsColumns:
    def __init__(self, frame: Any) -> None:
        self.names = list(frame.columns)
        self._frame = frame

    def is_numeric(self, name: str) -> bool:
        dtype = self._frame.schema[name]
        return bool(dtype.is_numeric()) or str(dtype) == "Boolean"

    def is_matrix(self, name: str) -> bool:
        dtype = self._frame.schema[name]
        return type(dtype).__name__ in ("List", "Array") and bool(dtype.inner.is_numeric())

    def is_text(self, name: str) -> bool:
        return type(self._frame.schema[name]).__name__ in ("String", "Categorical", "Enum")

    def array(self, name: str) -> npt.NDArray[Any]:
        series = self._frame.get_column(name)
        if type(series.dtype).__name__ == "List":
            return np.stack([np.asarray(row) for row in series])
        return np.asarray(series.to_numpy())

    def class_names(self, name: str) -> list[str] | None:
        return None


class _ArrowColumns:
    """A table of Arrow, with what Hugging Face's datasets know about its columns."""

    def __init__(self, table: Any, features: Mapping[str, Any] | None = None) -> None:
        self.names = [str(name) for name in table.schema.names]
        self._table = table
        self._features = features or {}

    def _type(self, name: str) -> Any:
        return self._table.schema.field(name).type

    def is_numeric(self, name: str) -> bool:
        import pyarrow.types as types

        kind = self._type(name)
        return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))

    def is_matrix(self, name: str) -> bool:
        import pyarrow.types as types

        kind = _storage(self._type(name))
        nested = False
        while types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            kind, nested = kind.value_type, True
        return nested and bool(types.is_integer(kind) or types.is_floating(kind))

    def is_text(self, name: str) -> bool:
        import pyarrow.types as types

        kind = self._type(name)
        if types.is_dictionary(kind):
            kind = kind.value_type
        return bool(types.is_string(kind) or types.is_large_string(kind))

    def array(self, name: str) -> npt.NDArray[Any]:
        return arrow_array(self._table.column(name))

    def class_names(self, name: str) -> list[str] | None:
        names = getattr(self._features.get(name), "names", None)
        return list(names) if names else None


def arrow_array(column: Any) -> npt.NDArray[Any]:
    """Return a column of Arrow as an array; lists of one length become rows."""
    import pyarrow
    import pyarrow.types as types

    if isinstance(column, pyarrow.ChunkedArray):
        if column.num_chunks > 1:
            column = column.combine_chunks()
        else:
            column = column.chunk(0) if column.num_chunks else pyarrow.array([], column.type)
    if isinstance(column, pyarrow.ExtensionArray):
        column = column.storage
    kind = column.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        values = arrow_array(column.flatten())
        if len(column) == 0 or column.null_count or len(values) % len(column):
            raise GmmscopeError("a column of lists is empty, or its lists differ in length")
        width = len(values) // len(column)
        if not types.is_fixed_size_list(kind) and not (np.diff(column.offsets.to_numpy()) == width).all():
            raise GmmscopeError("the lists of a column differ in length")
        return values.reshape(len(column), width, *values.shape[1:])
    if types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind):
        return text_array(column.to_pylist())
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _storage(kind: Any) -> Any:
    return getattr(kind, "storage_type", kind)


def _holds_text(array: npt.NDArray[Any]) -> bool:
    if array.dtype.kind == "O":
        return len(array) > 0 and all(isinstance(value, str) for value in array)
    return array.dtype.kind in "US"


def _is_row(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray)) and np.asarray(value).dtype.kind in "biuf"


def _file_columns(path: str) -> Columns | None:
    """Return the columns of a Parquet or Arrow file, which the program does not read itself; else None."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".parquet", ".arrow", ".feather"):
        return None
    try:
        import pyarrow
        import pyarrow.feather
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError:
        raise GmmscopeError(f"{path}: reading {ending} files needs pyarrow; pip install pyarrow") from None
    try:
        if ending == ".parquet":
            return _ArrowColumns(pyarrow.parquet.read_table(path))
        if ending == ".feather":
            return _ArrowColumns(pyarrow.feather.read_table(path))
        with pyarrow.memory_map(path) as source:
            try:
                return _ArrowColumns(pyarrow.ipc.open_file(source).read_all())
            except pyarrow.ArrowInvalid:  # Hugging Face's cache holds streams.
                source.seek(0)
                return _ArrowColumns(pyarrow.ipc.open_stream(source).read_all())
    except (OSError, pyarrow.ArrowException) as error:
        raise GmmscopeError(f"{path}: {error}") from None
