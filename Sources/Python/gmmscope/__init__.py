"""Class-conditional Gaussian out-of-distribution detectors: explored in the terminal, computed on arrays.

>>> import gmmscope
>>> gmmscope.explore(train, labels, test, test_labels)           # opens the explorer  # doctest: +SKIP
>>> scores = gmmscope.score(train, labels, test, reg=1e-3)       # higher: more out-of-distribution  # doctest: +SKIP

Every function hands its arrays to the gmmscope program that this package carries, and gives back what the command of
the same name computes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._errors import GmmscopeError, GmmscopeWarning, UsageError

if TYPE_CHECKING:
    from ._commands import audit, classes, compare, evaluate, outliers, score, tune
    from ._detector import GMM
    from ._explorer import Snapshot, explore, snapshot

    __version__: str

# Loaded on first use: the command line must not wait for NumPy.
_MODULES = {
    "audit": "_commands",
    "classes": "_commands",
    "compare": "_commands",
    "evaluate": "_commands",
    "outliers": "_commands",
    "score": "_commands",
    "tune": "_commands",
    "GMM": "_detector",
    "Snapshot": "_explorer",
    "explore": "_explorer",
    "snapshot": "_explorer",
}

__all__ = [
    "GMM",
    "GmmscopeError",
    "GmmscopeWarning",
    "Snapshot",
    "UsageError",
    "__version__",
    "audit",
    "classes",
    "compare",
    "evaluate",
    "explore",
    "outliers",
    "score",
    "snapshot",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ._process import version

        value: Any = version()
    elif name in _MODULES:
        value = getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
