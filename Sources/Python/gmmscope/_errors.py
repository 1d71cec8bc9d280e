"""What goes wrong, and what is worth knowing."""

from __future__ import annotations


class GmmscopeError(RuntimeError):
    """A failure, in one line: what failed, where, and what to try.

    Attributes
    ----------
    status : int
        The exit status of the command, or 1 where no command ran. 64 is wrong usage.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[GmmscopeError], tuple[str, int]]:
        return type(self), (str(self), self.status)


class UsageError(GmmscopeError, ValueError):
    """An option that the command refuses, such as a pooling above 1."""

    def __init__(self, message: str, status: int = 64) -> None:
        super().__init__(message, status)


class GmmscopeWarning(UserWarning):
    """A remark that stands beside a result."""
