"""The explorer on arrays: in the terminal, or as pictures of its screens."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from ._handover import Handover
from ._process import run, run_in_terminal
from ._setting import Setting, options, takes_setting
from ._splits import Features, Splits, splits

if TYPE_CHECKING:
    from typing_extensions import Unpack


@takes_setting
def explore(
    train: Any,
    labels: Any = None,
    test: Any = None,
    test_labels: Any = None,
    ood: Any = None,
    ids: Any = None,
    class_names: Any = None,
    images: Any = None,
    logits: Any = None,
    *,
    ood_sets: Any = None,
    features: Features = None,
    **setting: Unpack[Setting],
) -> Snapshot | None:
    """Open the explorer on arrays.

    Parameters
    ----------
    train : array-like of shape (N, D)
        The features to fit to: an array, a tensor, a table, or the path of a file.
    labels : array-like of shape (N,), optional
        Classes; labels below 0 mark OOD samples. Without them, `train` must be a table or file that has labels.
    test : array-like of shape (M, D), optional
        The samples to score.
    test_labels : array-like of shape (M,), optional
        Their classes; labels below 0 mark OOD samples.
    ood : array-like or dict, optional
        OOD samples, or several sets of them by name.
    class_names : array-like of shape (K,) or dict, optional
        The names of the classes: that of label k is the k-th, or that for the key k.
    ids, images, logits : array-like or dict, optional
        Names (M,), pictures (M, H, W) or (M, H, W, 3) in uint8, and outputs of the network (M, C) of the test samples,
        or of the training samples where there is no test. A dictionary gives them for several splits, by the keys
        ``"train"``, ``"test"`` and ``"ood"`` or the names of the OOD sets.
    ood_sets : array-like of shape (M,), optional
        The name of the OOD set of each test sample, as for `gmmscope.evaluate`.
    features, **setting
        As for `gmmscope.score`.

    Returns
    -------
    Snapshot or None
        None after the explorer has ended. In a notebook, and where standard input or output is no terminal, a picture
        of the first screen, from which every other screen can be had by name.

    Raises
    ------
    GmmscopeError
        With one line that says what failed, where, and what to try.
    """
    beside = {"ids": ids, "class_names": class_names, "images": images, "logits": logits, "ood_sets": ood_sets}
    data = splits(train, labels, test, test_labels, ood, features=features, **beside)
    arguments = options(setting)
    if not _has_terminal():
        return Snapshot(data, arguments)
    with Handover() as handover:
        run_in_terminal(["explore", *data.arguments(handover), *arguments], handover=handover)
    return None


@takes_setting
def snapshot(
    train: Any,
    labels: Any = None,
    test: Any = None,
    test_labels: Any = None,
    ood: Any = None,
    ids: Any = None,
    class_names: Any = None,
    images: Any = None,
    logits: Any = None,
    *,
    ood_sets: Any = None,
    features: Features = None,
    screen: str = "classes",
    size: str | None = None,
    press: str | None = None,
    **setting: Unpack[Setting],
) -> Snapshot:
    """Draw one screen of the explorer, at a terminal, too.

    Parameters
    ----------
    train, labels, test, test_labels, ood, ids, class_names, images, logits, ood_sets, features, **setting
        As for `explore`.
    screen : str
        ``"classes"``, ``"scores"``, ``"outliers"``, ``"tuning"``, ``"distances"``, ``"compare"`` or ``"data"``.
    size : str, optional
        Columns and rows, such as ``"120x40"``.
    press : str, optional
        Keys to press first, such as ``"jj"`` or ``"o<Enter>"``.

    Returns
    -------
    Snapshot
        The screen, which a notebook shows as a picture.
    """
    beside = {"ids": ids, "class_names": class_names, "images": images, "logits": logits, "ood_sets": ood_sets}
    data = splits(train, labels, test, test_labels, ood, features=features, **beside)
    return Snapshot(data, options(setting), screen, size, press)


class Snapshot:
    """A screen of the explorer. A notebook shows it as a picture, and `print` as text.

    ``snapshot["tuning"]`` is another screen of the same data. The data is kept, not copied.

    Attributes
    ----------
    name : str
        The name of the screen.
    """

    def __init__(
        self,
        data: Splits,
        arguments: list[str],
        name: str = "classes",
        size: str | None = None,
        press: str | None = None,
    ) -> None:
        self.name = name
        self._data = data
        self._arguments = arguments
        self._size = size
        self._press = press
        self._drawings: dict[str, str] = {}
        self._draw("svg")

    def screen(self, name: str, *, size: str | None = None, press: str | None = None) -> Snapshot:
        """Return another screen of the same data.

        Parameters
        ----------
        name : str
            ``"classes"``, ``"scores"``, ``"outliers"``, ``"tuning"``, ``"distances"``, ``"compare"`` or ``"data"``.
        size : str, optional
            Columns and rows, such as ``"120x40"``. By default the size of this screen.
        press : str, optional
            Keys to press first, such as ``"jj"``.
        """
        return Snapshot(self._data, self._arguments, name, size or self._size, press)

    def __getitem__(self, name: str) -> Snapshot:
        return self.screen(name)

    @property
    def svg(self) -> str:
        """The screen as SVG."""
        return self._draw("svg")

    @property
    def text(self) -> str:
        """The screen as text."""
        return self._draw("text")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the screen as SVG, or as text to a file whose name does not end in ``.svg``."""
        drawing = self.svg if os.fspath(path).lower().endswith(".svg") else self.text
        with open(path, "w", encoding="utf-8") as file:
            file.write(drawing)

    def _draw(self, form: str) -> str:
        if form not in self._drawings:
            arguments = [f"--screen={self.name}", f"--format={form}", *self._arguments]
            if self._size is not None:
                arguments.append(f"--size={self._size}")
            if self._press is not None:
                arguments.append(f"--press={self._press}")
            with Handover() as handover:
                drawing = run(["snapshot", *self._data.arguments(handover), *arguments], handover=handover)
            self._drawings[form] = drawing.decode()
        return self._drawings[form]

    def _repr_svg_(self) -> str:
        return self.svg

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        match = re.search(r"\S.*", self.text)
        return f"<gmmscope.Snapshot {self.name!r}: {match.group().strip() if match else 'empty'}>"


def _has_terminal() -> bool:
    """Return whether the explorer can be opened: not in a notebook, whose streams are no terminals."""
    if os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        return os.isatty(0) and os.isatty(1) and sys.stdin.isatty() and sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False
