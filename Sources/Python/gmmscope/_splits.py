"""The splits that functions take, as the options that name their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from ._columns import columns_of
from ._errors import GmmscopeError
from ._handover import Handover
from ._samples import Samples, samples

#: The name of an array, or the names of columns.
Features = Union[str, Sequence[str], None]

#: Names by which arrays beside the features can be given for several splits at once.
_SPLITS = ("train", "test")


@dataclass
class Splits:
    """Training samples, samples to score, and sets of OOD samples by name."""

    train: Samples | None = None
    test: Samples | None = None
    ood: dict[str, Samples] = field(default_factory=dict)
    #: The name of the features in files that the program opens by itself.
    features_key: str | None = None

    def arguments(self, handover: Handover) -> list[str]:
        """Write the arrays, and return the options that name them."""
        result = []
        if self.train is not None:
            result += ["--train", *handover.write(self.train, "train")]
            result += [f"--{key}={value}" for key, value in self.train.keys.items()]
        if self.test is not None:
            result += ["--test", *handover.write(self.test, "test")]
            keys = dict(self.test.keys)
            if self.train is not None and self.test.features is not None:
                # A name that holds for the training files would hold for these, too.
                keys.update({key: key for key in self.train.keys if key in self.test.arrays})
            result += [f"--{key if key == 'ood-sets' else 'test-' + key}={value}" for key, value in keys.items()]
        for number, (name, set_) in enumerate(self.ood.items()):
            paths = handover.write(set_, f"ood-{number}" if name else "ood")
            result += ["--ood", *(f"{name}={path}" if name else path for path in paths)]
        return result + self._feature_names()

    def _feature_names(self) -> list[str]:
        """Name the features of every split, since a name that holds for one would hold for the next, too."""
        if self.features_key is None:
            return []
        kinds: dict[str, list[Samples | None]] = {"test-features": [self.test], "ood-features": [*self.ood.values()]}
        if self.train is not None:
            kinds["features"] = [self.train]
        result = []
        for option, parts in kinds.items():
            names = {self.features_key if part.files else "features" for part in parts if part is not None}
            if len(names) > 1:
                raise GmmscopeError(
                    "features names arrays of OOD files, but other OOD sets are arrays; load the files first"
                )
            result += [f"--{option}={name}" for name in names]
        return result


def splits(
    train: Any = None,
    labels: Any = None,
    test: Any = None,
    test_labels: Any = None,
    ood: Any = None,
    *,
    ids: Any = None,
    class_names: Any = None,
    images: Any = None,
    logits: Any = None,
    ood_sets: Any = None,
    features: Features = None,
    columns: list[str] | None = None,
) -> Splits:
    """Return what callers pass as splits.

    Parameters
    ----------
    train, labels, test, test_labels
        See `samples`.
    ood
        Features of OOD samples, or several sets of them as a dictionary by name.
    class_names
        The names of the classes.
    ids, images, logits
        What is known about each sample: an array for the test samples (or the training samples where there is no test,
        or where only their number fits), or a dictionary with the keys ``"train"``, ``"test"`` and the names of the
        OOD sets, ``"ood"`` where there is one without a name.
    ood_sets
        The OOD set of each test sample, ignored for ID samples; or the name of a column, or of an array in a file.
    features
        The name of the array in files and mappings, or of the columns in tables, that holds the features of all splits.
    columns
        The columns of tables that hold the features; by default those of `features`, or of the training samples.
    """
    wanted = [features] if isinstance(features, str) else None if features is None else list(features)
    columns = columns or wanted
    if test is None and test_labels is not None:
        raise GmmscopeError("test_labels are given without test samples")
    if test is None and ood_sets is not None:
        raise GmmscopeError("ood_sets are given without test samples")
    sets = _ood_sets(ood)
    beside = {"ids": ids, "images": images, "logits": logits}
    for what, values in beside.items():
        beside[what] = _by_split(values, what, train, test, {name or "ood" for name in sets})

    def of(split: str) -> dict[str, Any]:
        return {what: values[split] for what, values in beside.items() if split in values}

    result = Splits()
    if train is not None:
        result.train = samples(train, labels, class_names=class_names, name="train", columns=wanted, **of("train"))
        if wanted is None:
            columns = result.train.features.columns if result.train.features is not None else None
    if test is not None:
        result.test = samples(test, test_labels, ood_sets=ood_sets, name="test", columns=columns, **of("test"))
    for name, data in sets.items():
        label = name or "ood"
        result.ood[name] = samples(data, name=label, columns=columns, **of(label))
    if wanted is not None:
        result.features_key = ",".join(wanted)
    for name, others in (("test", result.test), *result.ood.items()):
        _require_equal_width(result.train, others, name or "ood")
    return result


def _ood_sets(ood: Any) -> dict[str, Any]:
    if ood is None:
        return {}
    if not isinstance(ood, Mapping):
        return {"": ood}
    for name in ood:
        if not isinstance(name, str) or not name or "=" in name or name in _SPLITS:
            raise GmmscopeError(f"{name!r} cannot name an OOD set; use a text without '=' other than train and test")
    return dict(ood)


def _by_split(values: Any, what: str, train: Any, test: Any, sets: set[str]) -> dict[str, Any]:
    if values is None:
        return {}
    if isinstance(values, Mapping):
        unknown = [name for name in values if name not in (*_SPLITS, *sets)]
        if unknown:
            raise GmmscopeError(f"{what}: there is no split {unknown[0]!r}; use {', '.join([*_SPLITS, *sorted(sets)])}")
        return {name: value for name, value in values.items() if value is not None}
    if isinstance(values, str):
        # The name of a column.
        return {split: values for split, data in (("train", train), ("test", test)) if data is not None}
    if test is None:
        return {"train": values}
    if train is not None and _count(values) != _count(test) and _count(values) == _count(train):
        return {"train": values}
    return {"test": values}


def _count(data: Any) -> int | None:
    columns = None if hasattr(data, "shape") else columns_of(data)
    if columns is not None:
        return len(columns.array(columns.names[0])) if columns.names else 0
    try:
        return len(data)
    except TypeError:
        return None


def _require_equal_width(train: Samples | None, others: Samples | None, name: str) -> None:
    """Say which argument has the wrong number of dimensions, which a file could only say of itself."""
    if train is None or others is None or train.features is None or others.features is None:
        return
    expected, found = train.features.shape[1], others.features.shape[1]
    if expected != found:
        raise GmmscopeError(f"{name}: the features have {found} dimensions; the training features have {expected}")
