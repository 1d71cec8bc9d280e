"""Running the gmmscope program: its results, its errors and remarks, its progress, and interrupts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ._binary import binary, environment
from ._errors import GmmscopeError, GmmscopeWarning, UsageError

if TYPE_CHECKING:
    from ._handover import Handover

#: How the program starts a line of progress, and erases it.
_PROGRESS = b"\r\x1b[K"
#: How remarks on arrays end that are of no use to a detector.
_UNUSED = ("is not used as features", "are not used as features")
#: How the program starts a remark or an error.
_PREFIX = "gmmscope: "
#: How the program starts an error of usage.
_USAGE_PREFIX = "Error: "
#: How the program starts each of several permitted values below an error of usage.
_LIST_PREFIX = "  - "


def run(arguments: Sequence[str], *, handover: Handover | None = None) -> bytes:
    """Run a command and return what it writes to standard output.

    Remarks become warnings. Progress is shown where standard error is a terminal.

    Parameters
    ----------
    arguments
        The command and its options.
    handover
        The arrays that the command reads. The name of their folder is left out of messages.

    Raises
    ------
    UsageError
        With the command's line, if it refuses an option.
    GmmscopeError
        With the command's line, if the command fails.
    """
    with tempfile.TemporaryFile() as output, _errors() as (errors, reader, is_terminal):
        process = subprocess.Popen(
            [binary(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment(),
            pass_fds=_inherited(handover),
        )
        with _ending(process, handover):
            os.close(errors)
            text = _relay(reader) if is_terminal else _read(reader)
            status = process.wait()
        _report(text, status, handover)
        output.seek(0)
        return output.read()


def run_in_terminal(arguments: Sequence[str], *, handover: Handover | None = None) -> None:
    """Run a command that has the terminal to itself until it ends.

    Raises
    ------
    GmmscopeError
        With the command's line, if the command fails.
    """
    restore = _remember_terminal()
    with _without_interrupts():
        process = subprocess.Popen(
            [binary(), *arguments], stderr=subprocess.PIPE, env=environment(), pass_fds=_inherited(handover)
        )
        with _ending(process, handover):
            assert process.stderr is not None
            text = process.stderr.read()
            status = process.wait()
    if status < 0:
        restore()
    _report(text, status, handover)


@cache
def version() -> str:
    """Return the version of the program."""
    return run(["--version"]).decode().strip()


@contextlib.contextmanager
def _errors() -> Iterator[tuple[int, int, bool]]:
    """Lend a descriptor for the standard error of a program, one to read it from, and whether it is a terminal.

    The program shows progress only on a terminal, so that it gets one where this process has one.
    """
    is_terminal = _shows_progress()
    if is_terminal:
        import pty

        reader, writer = pty.openpty()
    else:
        reader, writer = os.pipe()
    try:
        yield writer, reader, is_terminal
    finally:
        for descriptor in (reader, writer):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _shows_progress() -> bool:
    try:
        return sys.stderr.isatty() and os.isatty(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):
        return False


def _read(reader: int) -> bytes:
    blocks: list[bytes] = []
    while True:
        try:
            block = os.read(reader, 65536)
        except OSError:  # Linux reports the end of a pseudo-terminal as an error.
            block = b""
        if not block:
            return b"".join(blocks)
        blocks.append(block)


def _relay(reader: int) -> bytes:
    """Read until the end, and show progress as it comes. Other lines are for exceptions and warnings."""
    terminal = sys.stderr.fileno()
    rest = b""
    lines: list[bytes] = []
    while True:
        try:
            block = os.read(reader, 65536)
        except OSError:
            block = b""
        if not block:
            if rest:
                lines.append(rest)
            return b"\n".join(lines)
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            shown, separator, message = line.rpartition(_PROGRESS)
            if separator:
                os.write(terminal, _PROGRESS)
            lines.append(message)
        # Progress is never the end of a line; the text after the last line break is, where it starts as progress does.
        if _PROGRESS in rest:
            os.write(terminal, rest[rest.rindex(_PROGRESS) :])
            rest = b"" if rest.endswith(_PROGRESS) else rest[rest.rindex(_PROGRESS) :]


@contextlib.contextmanager
def _ending(process: subprocess.Popen[bytes], handover: Handover | None) -> Iterator[None]:
    """End the process where the body does not: after an interrupt, for example."""
    if handover is not None:
        handover.watch(process.pid)
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if handover is not None:
            handover.watch(None)
        if process.stderr is not None:
            process.stderr.close()


def _inherited(handover: Handover | None) -> tuple[int, ...]:
    return () if handover is None else (handover.lock,)


#: Ends bracketed paste, mouse reports and the alternate screen, and shows the cursor.
_RESET = b"\x1b[?2004l\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1049l\x1b[?25h\x1b[0m\r"


def _remember_terminal() -> Callable[[], None]:
    """Return what puts the terminal back where the explorer is killed and cannot."""
    import termios

    try:
        modes = termios.tcgetattr(0)
    except termios.error:
        return lambda: None

    def restore() -> None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(0, termios.TCSADRAIN, modes)
            os.write(1, _RESET)

    return restore


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Leave ^C to the program in the terminal, for which it is a key. A handler, unlike SIG_IGN, is not inherited."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _report(text: bytes, status: int, handover: Handover | None) -> None:
    """Turn the lines of standard error into an exception or warnings."""
    lines = text.decode(errors="replace").replace("\r", "").splitlines()
    if handover is not None:
        # Columns of tables were named when they were handed over.
        lines = [line for line in lines if not (handover.folder in line and line.endswith(_UNUSED))]
        lines = [line.replace(handover.folder + os.sep, "") for line in lines]
    lines = [line for line in lines if line.strip()]
    messages = [
        line[len(_PREFIX) :].replace("--skip-non-finite", "skip_non_finite=True")
        for line in lines
        if line.startswith(_PREFIX)
    ]
    if status == 0:
        for message in messages:
            warnings.warn(message, GmmscopeWarning, stacklevel=depth_of_caller())
        return
    if status in (130, -signal.SIGINT):
        raise KeyboardInterrupt
    usage = [line[len(_USAGE_PREFIX) :] for line in lines if line.startswith(_USAGE_PREFIX)]
    if usage:
        # Some values are listed below the first line.
        values = [line[len(_LIST_PREFIX) :] for line in lines if line.startswith(_LIST_PREFIX)]
        raise UsageError(f"{usage[0]} {', '.join(values)}" if usage[0].endswith(":") and values else usage[0])
    if messages:
        raise GmmscopeError(messages[-1], status)
    if status < 0:
        reason = f"the program was ended by {signal.Signals(-status).name}"
    else:
        reason = f"the program ended with status {status}"
    raise GmmscopeError(f"{reason}: {lines[-1]}" if lines else reason, status)


def depth_of_caller() -> int:
    """Return the `stacklevel` with which a warning of the calling function names the caller of this package."""
    package = os.path.dirname(__file__)
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and os.path.dirname(frame.f_code.co_filename) == package:
        frame, depth = frame.f_back, depth + 1
    return depth
