"""What callers have (arrays, tensors, frames, data sets, files) as rows of features with labels and names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ._columns import Columns, arrow_array, columns_of, text_array
from ._errors import GmmscopeError, GmmscopeWarning
from ._process import depth_of_caller

#: Names that the program looks for, in its order.
FEATURE_NAMES = (
    "features", "feats", "feat", "embeddings", "embedding", "emb", "z", "X", "x", "feat_list", "img_emb",
    "image_embeds", "image_features", "text_embeds", "pooler_output", "last_hidden_state", "penultimate", "latents",
    "representations", "vectors",
)  # fmt: skip
LABEL_NAMES = (
    "labels", "label", "y", "targets", "target", "label_list", "labels_true", "y_true", "fine_label", "class_id",
    "class_idx",
)  # fmt: skip
ID_NAMES = ("ids", "id", "names", "name", "paths", "path", "filenames", "filename", "filepath", "image_path")
OOD_SET_NAMES = ("ood_set", "ood_sets", "dataset", "source")
_OTHER_NAMES = frozenset({"class_names", "classes", "images", "image", "thumbnails", "logits"})


@dataclass
class FeatureRows:
    """N rows of D features, given block by block, so that no second copy of them is made.

    Attributes
    ----------
    shape : tuple of int
        (N, D).
    dtype : numpy.dtype or None
        The type of the blocks; None for bfloat16, whose blocks are the upper halves of float32, as uint16.
    block : callable
        The rows from one number to another.
    columns : list of str, optional
        The names of the columns where a table has them.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any] | None
    block: Callable[[int, int], npt.NDArray[Any]]
    columns: list[str] | None = None


@dataclass
class Samples:
    """The samples of one split: features, and what is known about each.

    Attributes
    ----------
    features : FeatureRows or None
        None where `files` are handed over as they are.
    arrays : dict of str to numpy.ndarray
        Labels, ids, images and the like, under the names that the program knows.
    files : list of str
        Files that the program opens by itself.
    keys : dict of str to str
        Names of arrays inside the files, by option: ``labels``, ``ids`` and ``ood-sets``.
    """

    features: FeatureRows | None = None
    arrays: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)


def samples(
    data: Any,
    labels: Any = None,
    *,
    ids: Any = None,
    class_names: Any = None,
    images: Any = None,
    logits: Any = None,
    ood_sets: Any = None,
    name: str = "train",
    columns: list[str] | None = None,
) -> Samples:
    """Return what was passed as the samples of a split.

    Parameters
    ----------
    data
        An array or tensor of shape (N, D), a table, a mapping of names to arrays, or the path of a file.
    labels
        N integers or texts, one-hot rows, or the name of a column.
    ids
        N texts, or the name of a column.
    class_names, images, logits
        As the program reads them: K texts or a dictionary by label, (N, H, W) or (N, H, W, 3) bytes, (N, C) numbers.
    ood_sets
        N texts, or the name of a column.
    name
        The split, for messages.
    columns
        The columns of a table that hold the features. By default a column with a usual name, else all with numbers.
    """
    if isinstance(data, (str, os.PathLike)) or _are_paths(data):
        paths = [os.fspath(path) for path in (data if _are_paths(data) else [data])]
        if not (len(paths) == 1 and columns_of(paths[0]) is not None):
            keys = {"labels": labels, "ids": ids, "ood-sets": ood_sets}
            return _of_files(paths, keys, {"class_names": class_names, "images": images, "logits": logits}, name)
        data = paths[0]
    result = Samples()
    table = columns_of(data)
    if table is None:
        result.features = feature_rows(data, name)
    else:
        label_name = _pick(table.names, labels, LABEL_NAMES)
        id_name = _pick(table.names, ids, ID_NAMES)
        set_name = _pick(table.names, ood_sets, ())
        result.features, rest = _feature_columns(table, {label_name, id_name, set_name}, name, columns)
        # The program shows these beside a sample, and those with a usual name as its OOD set.
        for key in rest:
            if table.is_text(key):
                result.arrays[key] = text_array(table.array(key))
        if label_name is not None and (labels is None or isinstance(labels, str)):
            labels = table.array(label_name)
            class_names = class_names if class_names is not None else table.class_names(label_name)
        if id_name is not None and (ids is None or isinstance(ids, str)):
            ids = table.array(id_name)
        if set_name is not None and isinstance(ood_sets, str):
            ood_sets = table.array(set_name)
        if class_names is None and "class_names" in table.names:
            class_names = table.array("class_names")
        if images is None and "images" in table.names:
            images = table.array("images")
    count = result.features.shape[0]
    if isinstance(labels, str):
        raise GmmscopeError(f"{name}: there is no column {labels!r} to take labels from")
    if isinstance(ids, str):
        raise GmmscopeError(f"{name}: there is no column {ids!r} to take ids from")
    if isinstance(ood_sets, str):
        raise GmmscopeError(f"{name}: there is no column {ood_sets!r} to take OOD sets from")
    if labels is not None:
        result.arrays["labels"] = _per_sample(label_array(labels), count, "labels", name)
    if ids is not None:
        result.arrays["ids"] = _per_sample(text_array(ids), count, "ids", name)
    if ood_sets is not None:
        result.arrays["ood_set"] = _per_sample(text_array(ood_sets), count, "OOD sets", name)
    if images is not None:
        result.arrays["images"] = _per_sample(_plain(images), count, "images", name)
    if logits is not None:
        result.arrays["logits"] = _per_sample(_plain(logits), count, "logits", name)
    if class_names is not None:
        result.arrays["class_names"] = text_array(_names_in_order(class_names, name))
    return result


def _are_paths(data: Any) -> bool:
    return isinstance(data, (list, tuple)) and bool(data) and all(isinstance(x, (str, os.PathLike)) for x in data)


def _of_files(paths: list[str], named: Mapping[str, Any], others: Mapping[str, Any], name: str) -> Samples:
    given = [key for key, value in others.items() if value is not None]
    keys = {}
    for key, value in named.items():
        if isinstance(value, (str, os.PathLike)):
            keys[key] = os.fspath(value)
        elif value is not None:
            given.append(key)
    if given:
        raise GmmscopeError(
            f"{name}: {' and '.join(given)} cannot be arrays where the features are a file; "
            "put them into the file, or load the features first"
        )
    return Samples(files=paths, keys=keys)


def _pick(names: Sequence[str], given: Any, usual: Sequence[str]) -> str | None:
    """Return the column that is named, or the first that has a usual name. Given arrays stand for any column."""
    if isinstance(given, str):
        return given if given in names else None
    return next((name for name in usual if name in names), None)


def feature_rows(data: Any, name: str) -> FeatureRows:
    """Return an array or tensor as rows of features. Further axes are flattened."""
    if _module(data) == "torch":
        return _tensor_rows(data, name)
    if _module(data) == "scipy" and hasattr(data, "toarray"):
        data = data.toarray()
    _refuse_masked(data, f"{name}: the features")
    try:
        array = data if isinstance(data, np.ndarray) else np.asarray(data)
    except ValueError as error:
        raise GmmscopeError(f"{name}: the features are not an array of N rows and D columns: {error}") from None
    if array.dtype == object and len(array):
        try:
            array = np.stack([np.asarray(row) for row in array])
        except ValueError as error:
            raise GmmscopeError(f"{name}: the features are not an array of N rows and D columns: {error}") from None
    array = _two_dimensional(array, name)
    if array.dtype.name == "bfloat16":
        halves = array.view(np.uint16)
        return FeatureRows(array.shape, None, lambda i, j: halves[i:j])
    return _array_rows(_numbers(array, name))


def _tensor_rows(tensor: Any, name: str) -> FeatureRows:
    import torch

    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    tensor = _two_dimensional(tensor.cpu(), name)
    if tensor.dtype == torch.bfloat16:
        halves = tensor.contiguous().view(torch.int16).numpy().view(np.uint16)
        return FeatureRows(halves.shape, None, lambda i, j: halves[i:j])
    if tensor.is_floating_point() and tensor.dtype.itemsize == 1:
        tensor = tensor.float()
    return _array_rows(_numbers(tensor.numpy(), name))


def _two_dimensional(array: Any, name: str) -> Any:
    if array.ndim < 2:
        raise GmmscopeError(
            f"{name}: the features have shape {tuple(array.shape)}; expected N rows and D columns, (N, D)"
        )
    return array if array.ndim == 2 else array.reshape(array.shape[0], -1)


def _numbers(array: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return numbers in a type that files can hold: float16, float32, float64 or integers."""
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    if array.dtype.kind not in "fiu":
        raise GmmscopeError(f"{name}: the features have the type {array.dtype}; expected numbers")
    return array


def _array_rows(array: npt.NDArray[Any]) -> FeatureRows:
    return FeatureRows((array.shape[0], array.shape[1]), array.dtype, lambda i, j: array[i:j])


def _feature_columns(
    table: Columns, used: set[str | None], name: str, wanted: list[str] | None
) -> tuple[FeatureRows, list[str]]:
    """Return the features of a table and the names of the columns that are of no use so far.

    The features are the wanted columns, a column with a usual name, or all columns that hold numbers.
    """
    matrix = None
    if wanted is not None:
        missing = [column for column in wanted if column not in table.names]
        if missing:
            reason = " to take features from" if name == "train" else ", which the training features have"
            raise GmmscopeError(f"{name}: there is no column {missing[0]!r}{reason}")
        chosen = wanted
        if len(wanted) == 1 and table.is_matrix(wanted[0]):
            matrix, chosen = wanted[0], []
    else:
        free = [n for n in table.names if n not in used and n not in _OTHER_NAMES]
        chosen = [n for n in free if table.is_numeric(n)]
        matrices = [n for n in free if table.is_matrix(n)]
        usual = [n for n in FEATURE_NAMES if n in matrices]
        if usual or (len(matrices) == 1 and not chosen):
            matrix, chosen = (usual or matrices)[0], []
        elif not chosen:
            names = ", ".join(map(repr, table.names)) or "none"
            raise GmmscopeError(f"{name}: no column holds numbers to use as features; there are {names}")
    rest = [n for n in table.names if n not in used and n not in _OTHER_NAMES and n != matrix and n not in chosen]
    unused = [n for n in rest if n not in OOD_SET_NAMES]
    if unused:
        remark = f"{name}: not used as features: {', '.join(map(repr, unused))}"
        warnings.warn(remark, GmmscopeWarning, stacklevel=depth_of_caller())
    if matrix is not None:
        return feature_rows(table.array(matrix), name), rest
    arrays = [_numbers(_plain(table.array(n)), f"{name}, column {n!r}") for n in chosen]
    dtype = np.result_type(*arrays)

    def block(start: int, end: int) -> npt.NDArray[Any]:
        return np.stack([array[start:end] for array in arrays], axis=1).astype(dtype, copy=False)

    return FeatureRows((len(arrays[0]), len(arrays)), dtype, block, chosen), rest


def label_array(labels: Any) -> npt.NDArray[Any]:
    """Return labels as int64, as text, or as one-hot rows."""
    _refuse_masked(labels, "labels")
    array = _plain(labels)
    if array.dtype.kind in "bi":
        return array.astype(np.int64)
    if array.dtype.kind == "u" or (
        array.dtype == object and all(isinstance(value, (int, np.integer)) for value in array.flat)
    ):
        beyond = next((value for value in array.flat if not -(2**63) <= int(value) < 2**63), None)
        if beyond is not None:
            raise GmmscopeError(f"the label {beyond} takes more than 64 bits with its sign; number the classes anew")
        return array.astype(np.int64)
    if array.dtype.kind in "fO" or isinstance(labels, (list, tuple)):
        # NumPy makes text of a NaN in a list of names.
        values = labels if isinstance(labels, (list, tuple)) else array.flat
        missing = next((place for place, value in enumerate(values) if _is_missing(value)), None)
        if missing is not None:
            raise GmmscopeError(
                f"sample {missing} has no label; every sample needs one, below 0 where its class is not known"
            )
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or not (np.floor(array) == array).all():
            raise GmmscopeError("labels are not whole numbers; expected integers or names of classes")
        if (np.abs(array) > 2**53).any():
            raise GmmscopeError(
                f"the label {array[np.abs(array) > 2**53][0]} is too large to be told from its neighbors as a "
                "floating-point number; save labels as integers"
            )
        return array.astype(np.int64)
    return text_array(array)


def _is_missing(value: Any) -> bool:
    """Whether a value is None, NaN, or what pandas has in their place."""
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or (isinstance(value, (float, np.floating)) and value != value)
    )


def _refuse_masked(values: Any, what: str) -> None:
    """Refuse an array with masked values, whose hidden numbers would be taken for real ones."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise GmmscopeError(f"{what} have masked values; pass array.filled(value), or leave these samples out")


def _plain(values: Any) -> npt.NDArray[Any]:
    """Return an array of a tensor, a column or a list."""
    if _module(values) == "torch":
        values = values.detach().cpu()
        if values.dtype.is_floating_point and values.dtype.itemsize < 4:
            values = values.float()
        return np.asarray(values.numpy())
    if _module(values) == "pyarrow":
        return arrow_array(values)
    array = np.asarray(values)
    if array.dtype == object and len(array) and _module(array.flat[0]) == "torch":
        array = np.stack([_plain(value) for value in values])
    return array


def _names_in_order(names: Any, name: str) -> Any:
    """Return names of classes in the order of their labels. Of a dictionary by label, gaps are named after theirs."""
    if not isinstance(names, Mapping):
        return names
    if not all(isinstance(label, (int, np.integer)) and label >= 0 for label in names):
        raise GmmscopeError(f"{name}: a dictionary of class_names needs labels from 0 on as keys")
    return [names.get(label, str(label)) for label in range(max(names, default=-1) + 1)]


def _per_sample(array: npt.NDArray[Any], count: int, what: str, name: str) -> npt.NDArray[Any]:
    if array.ndim == 0 or len(array) != count:
        found = len(array) if array.ndim else "no"
        raise GmmscopeError(f"{name}: there are {found} {what} for {count} samples")
    return array


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]
