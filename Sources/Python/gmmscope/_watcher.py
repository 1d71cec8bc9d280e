"""What is left to do where this process is killed, and cannot do it."""

from __future__ import annotations

import contextlib
import subprocess

# It reads the process ids of programs as they start, and an empty line as each ends, until nobody can write any more.
_SCRIPT = """
program=
while read -r line; do program=$line; done
[ -z "$program" ] || kill "$program" 2>/dev/null
rm -rf -- "$1"
"""


class Watcher:
    """A small process that outlives this one: it ends the program that runs, and removes the folder of arrays.

    Otherwise an explorer would share the terminal with the shell, and arrays would fill the disk until the next call.
    """

    def __init__(self, folder: str) -> None:
        # In a session of its own: signals of the terminal, or of a job to its processes, do not reach it.
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "sh", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, program: int | None) -> None:
        """Name the program that is to end with this process; None once it has ended."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(b"\n" if program is None else b"%d\n" % program)
            self._process.stdin.flush()

    def close(self) -> None:
        """End the watching; the folder is removed already."""
        # Not by closing its input, which a worker that was forked meanwhile may hold open.
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
