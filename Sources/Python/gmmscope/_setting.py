"""The setting of a detector and the other options that commands share, as keywords."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict, TypeVar, Union

#: λ, or the name of a ridge rule: ``"0.01x"``, ``"loo"``, ``"oas"``, ``"ledoit-wolf"``.
Ridge = Union[float, str]
Score = Literal["nll", "mahalanobis", "relative-nll", "relative-mahalanobis"]


class Setting(TypedDict, total=False):
    """Keywords that every function takes. See the README of this package for their meaning."""

    reg: Ridge
    reg_scale: float
    pooling: float
    normalization: float | Literal["none", "l2"]
    score: Score
    threads: int | None
    memory: str | int | None
    skip_non_finite: bool
    quiet: bool


#: Defaults are not passed on, so that the program knows what was chosen and what was not.
DEFAULTS: dict[str, Any] = {
    "reg": 1e-6,
    "reg_scale": 1.0,
    "pooling": 0.0,
    "normalization": 0.0,
    "score": "nll",
    "threads": None,
    "memory": None,
    "skip_non_finite": False,
    "quiet": False,
}

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_setting(function: Function) -> Function:
    """Let a function that ends in ``**setting`` check the names of these keywords, and show them to `help`."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default) for name, default in DEFAULTS.items()
    ]
    shown = signature.replace(parameters=[*own, *extra])

    @functools.wraps(function)
    def checked(*args: Any, **keywords: Any) -> Any:
        shown.bind(*args, **keywords)
        return function(*args, **keywords)

    checked.__signature__ = shown  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def options(setting: Mapping[str, Any]) -> list[str]:
    """Return the command options of a setting."""
    result = []
    for name, value in setting.items():
        if value is None or value == DEFAULTS[name]:
            continue
        flag = "--" + name.replace("_", "-")
        result += [flag] if value is True else [f"{flag}={option_text(value)}"]
    return result


def option_text(value: Any) -> str:
    """Return a value as a command reads it: numbers to their last digit."""
    if isinstance(value, (str, int)):
        return str(value)
    return repr(float(value))
