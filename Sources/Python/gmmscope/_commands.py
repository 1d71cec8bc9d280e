"""The commands on arrays: each function gives what the command of the same name computes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._handover import Handover
from ._process import run
from ._setting import Setting, option_text, options, takes_setting
from ._splits import Features, Splits, splits

if TYPE_CHECKING:
    from typing_extensions import Unpack


def report(command: str, data: Splits, arguments: list[str]) -> dict[str, Any]:
    """Run a command on splits and return its JSON."""
    with Handover() as handover:
        text = run([command, *data.arguments(handover), "--format=json", *arguments], handover=handover)
    result: dict[str, Any] = json.loads(text)
    return result


@takes_setting
def score(
    train: Any, labels: Any, test: Any, *, features: Features = None, **setting: Unpack[Setting]
) -> npt.NDArray[np.float64]:
    """Fit to training samples and score others.

    Parameters
    ----------
    train : array-like of shape (N, D)
        Features: an array, a tensor, a table, or the path of a file.
    labels : array-like of shape (N,)
        Classes. Samples with labels below 0 are left out of the fit. Of a table also the name of a column.
    test : array-like of shape (M, D)
        The samples to score.
    features : str or list of str, optional
        The array in files, or the columns in tables, that holds the features, where their names do not say so.
    **setting
        The detector: ``reg`` (λ, or ``"0.01x"``, ``"loo"``, ``"oas"``, ``"ledoit-wolf"``), ``reg_scale``, ``pooling``,
        ``normalization`` and ``score``; and ``threads``, ``memory``, ``skip_non_finite`` and ``quiet``.

    Returns
    -------
    numpy.ndarray of shape (M,)
        Scores in float64. Higher is more out-of-distribution.

    Raises
    ------
    GmmscopeError
        With one line that says what failed, where, and what to try.
    """
    return scores_of(splits(train, labels, test, features=features), options(setting))


def scores_of(data: Splits, arguments: list[str], model: bytes | None = None) -> npt.NDArray[np.float64]:
    """Return the scores of the samples of splits by their training samples, or by a saved model."""
    test = data.test
    if data.train is not None and "labels" in data.train.keys and test is not None and test.features is not None:
        # The name of the labels in the training file would be looked for here, too. Scores do not depend on them.
        test.arrays.setdefault("labels", np.full(test.features.shape[0], -1))
    with Handover() as handover:
        output = handover.path("scores.npy")
        if model is not None:
            path = handover.path("model.safetensors")
            with open(path, "wb") as file:
                file.write(model)
            arguments = ["--model", path, *arguments]
        run(["score", *data.arguments(handover), "-o", output, *arguments], handover=handover)
        result: npt.NDArray[np.float64] = np.load(output)
        return result


@takes_setting
def evaluate(
    train: Any,
    labels: Any,
    test: Any,
    test_labels: Any = None,
    *,
    ood: Any = None,
    ood_sets: Any = None,
    features: Features = None,
    **setting: Unpack[Setting],
) -> dict[str, Any]:
    """Measure how well scores separate in-distribution from out-of-distribution samples.

    Parameters
    ----------
    train, labels, test
        As for `score`.
    test_labels : array-like of shape (M,), optional
        Classes; labels below 0 mark OOD samples.
    ood : array-like or dict, optional
        OOD samples, or several sets of them by name.
    ood_sets : array-like of shape (M,), optional
        The name of the OOD set of each sample of `test`; ignored for in-distribution samples. Of a table also the name
        of a column, of a file the name of an array.
    features, **setting
        As for `score`.

    Returns
    -------
    dict
        ``AUROC``, ``AUPR-IN``, ``AUPR-OUT``, ``FPR95TPR``, ``FPR95ID``, ``accuracy``, counts, and metrics by OOD set, as
        ``gmmscope evaluate --format json`` names them.
    """
    data = splits(train, labels, test, test_labels, ood, ood_sets=ood_sets, features=features)
    return report("evaluate", data, options(setting))


@takes_setting
def compare(
    train: Any,
    labels: Any,
    test: Any,
    test_labels: Any = None,
    *,
    ood: Any = None,
    ood_sets: Any = None,
    logits: Any = None,
    features: Features = None,
    **setting: Unpack[Setting],
) -> dict[str, Any]:
    """Compare settings and baselines on every OOD set.

    Parameters
    ----------
    train, labels, test, test_labels, ood, ood_sets, features, **setting
        As for `evaluate`.
    logits : array-like of shape (M, C) or dict, optional
        The outputs of the network for the test samples, or by split, for the baselines that need them.

    Returns
    -------
    dict
        ``rows``, one for each setting and baseline, with ``name``, ``setting``, ``pooled``, ``mean`` and ``sets``.
    """
    data = splits(train, labels, test, test_labels, ood, ood_sets=ood_sets, logits=logits, features=features)
    return report("compare", data, options(setting))


@takes_setting
def tune(
    train: Any,
    labels: Any,
    test: Any = None,
    test_labels: Any = None,
    *,
    ood: Any = None,
    map: bool = False,
    path: tuple[float, float] | None = None,
    points: int | None = None,
    features: Features = None,
    **setting: Unpack[Setting],
) -> dict[str, Any]:
    """Evaluate a path of ridges, and propose the one with the lowest leave-one-out NLL.

    Parameters
    ----------
    train, labels, test, test_labels, ood, features, **setting
        As for `evaluate`. The proposal never uses the test samples.
    map : bool
        Evaluate several poolings, too, and propose pooling and ridge together.
    path : (float, float), optional
        The smallest and the largest t.
    points : int, optional
        The number of values of t.

    Returns
    -------
    dict
        ``path``, ``map`` and ``proposed``.
    """
    arguments = ["--map"] if map else []
    if path is not None:
        arguments += [f"--from={option_text(path[0])}", f"--through={option_text(path[1])}"]
    if points is not None:
        arguments.append(f"--points={points}")
    data = splits(train, labels, test, test_labels, ood, features=features)
    return report("tune", data, arguments + options(setting))


@takes_setting
def outliers(
    train: Any,
    labels: Any,
    test: Any,
    test_labels: Any = None,
    *,
    ood: Any = None,
    ids: Any = None,
    k: int = 20,
    features: Features = None,
    **setting: Unpack[Setting],
) -> list[dict[str, Any]]:
    """List the samples with the highest scores, and explain each.

    Parameters
    ----------
    train, labels, test, test_labels, ood, features, **setting
        As for `evaluate`.
    ids : array-like of shape (M,), optional
        The names of the test samples.
    k : int
        The number of outliers.

    Returns
    -------
    list of dict
        The highest score first, with ``index``, ``score``, ``nearestClass``, ``pValue``, ``dimensionShares`` and more.
    """
    named = None if ids is None else {"test": ids}
    data = splits(train, labels, test, test_labels, ood, ids=named, features=features)
    result: list[dict[str, Any]] = report("outliers", data, [f"--count={k}", *options(setting)])["outliers"]
    return result


@takes_setting
def audit(
    train: Any, labels: Any, *, ids: Any = None, features: Features = None, **setting: Unpack[Setting]
) -> dict[str, Any]:
    """Find training samples that another class explains better, and near-duplicates.

    Parameters
    ----------
    train, labels, features, **setting
        As for `score`.
    ids : array-like of shape (N,), optional
        The names of the samples.

    Returns
    -------
    dict
        ``samples``, the largest margin first, with ``index``, ``label``, ``suggestedLabel`` and ``margin``; and
        ``nearDuplicates``.
    """
    return report("audit", splits(train, labels, ids=ids, features=features), options(setting))


@takes_setting
def classes(
    train: Any, labels: Any, *, class_names: Any = None, features: Features = None, **setting: Unpack[Setting]
) -> list[dict[str, Any]]:
    """Describe the Gaussian of each class.

    Parameters
    ----------
    train, labels, features, **setting
        As for `score`.
    class_names : array-like of shape (K,) or dict, optional
        The names of the classes: that of label k is the k-th, or that for the key k.

    Returns
    -------
    list of dict
        ``label``, ``name``, ``count``, ``conditionNumber``, ``rank``, ``warnings`` and more for each class.
    """
    data = splits(train, labels, class_names=class_names, features=features)
    result: list[dict[str, Any]] = report("classes", data, options(setting))["classes"]
    return result
