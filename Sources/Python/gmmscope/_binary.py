"""Where the gmmscope program is, and the environment it needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ._errors import GmmscopeError

#: Where distributions keep terminal descriptions: Debian and Ubuntu in /lib, Fedora and RHEL in /usr/share. The
#: ncurses inside the wheel knows only the folders of the machine it was built on.
_TERMINFO = ("/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo", "/usr/share/lib/terminfo")


def binary() -> str:
    """Return the path of the gmmscope program.

    Returns
    -------
    str
        The program that ``GMMSCOPE_BINARY`` names, else the one that the package carries.

    Raises
    ------
    GmmscopeError
        If there is no such program.
    """
    named = os.environ.get("GMMSCOPE_BINARY")
    path = Path(named) if named else Path(__file__).parent / "bin" / "gmmscope"
    if not os.access(path, os.X_OK) or path.is_dir():
        reason = "which GMMSCOPE_BINARY names" if named else "which this package should carry; install its wheel again"
        raise GmmscopeError(f"there is no program at {path}, {reason}")
    return str(path)


def environment() -> dict[str, str]:
    """Return the environment for the program: this process's, and terminal descriptions where none are named."""
    result = dict(os.environ)
    if not result.get("TERMINFO_DIRS"):
        folders = [folder for folder in _TERMINFO if os.path.isdir(folder)]
        # Python from conda brings its own.
        own = os.path.join(sys.prefix, "share", "terminfo")
        if os.path.isdir(own) and own not in folders:
            folders.append(own)
        result["TERMINFO_DIRS"] = ":".join(folders)
    return result


def main() -> None:
    """Become the gmmscope program, with the arguments of this process."""
    try:
        program = binary()
    except GmmscopeError as error:
        sys.exit(f"gmmscope: {error}")
    os.execve(program, ["gmmscope", *sys.argv[1:]], environment())
