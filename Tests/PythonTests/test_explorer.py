"""The explorer in a terminal, and its screens as pictures."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

import pytest

import gmmscope

SCREENS = ["classes", "scores", "outliers", "tuning", "distances", "compare", "data"]


@pytest.fixture
def snapshot(data):
    return gmmscope.explore(
        data.train, data.labels, data.test, data.test_labels, ood=data.far, class_names=["ant", "bee", "cat"], reg=1e-2
    )


def test_without_a_terminal_the_explorer_is_a_picture(snapshot):
    assert isinstance(snapshot, gmmscope.Snapshot)
    assert xml.etree.ElementTree.fromstring(snapshot._repr_svg_()).tag.endswith("svg")
    assert "bee" in str(snapshot)


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_by_name(snapshot, name):
    screen = snapshot[name]
    assert screen.name == name
    assert (screen.svg == snapshot.svg) == (name == "classes")
    assert name in repr(screen)


def test_size_and_keys(snapshot):
    screen = snapshot.screen("classes", size="80x24", press="j")
    lines = screen.text.rstrip("\n").split("\n")
    assert len(lines) == 24 and max(map(len, lines)) <= 80
    assert screen.text != snapshot.screen("classes", size="80x24").text


def test_screens_are_saved(snapshot, tmp_path):
    snapshot.save(tmp_path / "classes.svg")
    snapshot.save(tmp_path / "classes.txt")
    assert (tmp_path / "classes.svg").read_text() == snapshot.svg
    assert (tmp_path / "classes.txt").read_text() == snapshot.text


def test_an_unknown_screen_is_an_error(snapshot):
    with pytest.raises(gmmscope.GmmscopeError, match="nowhere"):
        snapshot["nowhere"]


def test_ids_go_to_the_samples_they_fit(data):
    ids = [f"photo{number}" for number in range(30)]
    for given in (ids, {"test": ids}):
        outliers = gmmscope.snapshot(
            data.train, data.labels, data.test, data.test_labels, ids=given, screen="outliers", reg=1e-2
        )
        assert "photo" in outliers.text
    with pytest.raises(gmmscope.GmmscopeError, match="no split 'val'"):
        gmmscope.snapshot(data.train, data.labels, data.test, ids={"val": ids})


def test_a_notebook_shows_pictures(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    nbconvert = pytest.importorskip("nbconvert.preprocessors")
    cells = [
        "import numpy as np, gmmscope\nz = np.random.default_rng(0).normal(size=(60, 4))\ny = np.repeat([0, 1], 30)",
        "snapshot = gmmscope.explore(z, y, z, y, reg=1e-2)\nsnapshot",
        "snapshot['scores']",
        "snapshot['tuning']",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbconvert.ExecutePreprocessor(timeout=300, kernel_name="python3").preprocess(notebook, {})
    pictures = [
        output["data"]["image/svg+xml"]
        for cell in notebook.cells
        for output in cell.outputs
        if "image/svg+xml" in output.get("data", {})
    ]
    assert len(set(pictures)) == 3


class Terminal:
    """A Python program in a terminal of a tmux server of its own."""

    def __init__(self, folder, script: str) -> None:
        self.socket = str(folder / "tmux")
        self.folder = folder / "scratch"
        self.folder.mkdir()
        (folder / "script.py").write_text(script)
        keep = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
        environment = {**keep, "TMPDIR": str(self.folder), "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        line = f"{sys.executable} {folder / 'script.py'}; echo status $?; sleep 60"
        subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", line],
            env=environment,
            check=True,
        )

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(["tmux", "-S", self.socket, *arguments], capture_output=True, text=True).stdout

    def wait_for(self, text: str, seconds: float = 60) -> str:
        end = time.monotonic() + seconds
        while text not in (shown := self.tmux("capture-pane", "-p")):
            assert time.monotonic() < end, f"waited in vain for {text!r}:\n{shown}"
            time.sleep(0.05)
        return shown

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)


@pytest.fixture
def terminal(tmp_path):
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened = []

    def start(script: str) -> Terminal:
        opened.append(Terminal(tmp_path, script))
        return opened[0]

    yield start
    for one in opened:
        one.tmux("kill-server")


SCRIPT = """
import numpy as np, gmmscope
random = np.random.default_rng(3)
y = np.repeat([0, 1, 2], 40)
z = (random.normal(size=(3, 6)) * 4)[y] + random.normal(size=(120, 6))
gmmscope.explore(z, y, class_names=["ant", "bee", "cat"], reg=1e-2)
print("back in", "Python")
"""


def test_the_explorer_has_the_terminal_until_it_quits(terminal):
    shown = terminal(SCRIPT)
    shown.wait_for("bee")
    assert len(list(shown.folder.iterdir())) == 1
    # For the explorer ^C is a key, and Python is not to end by it.
    shown.press("C-c")
    time.sleep(0.3)
    shown.wait_for("bee")
    shown.press("q")
    shown.wait_for("back in Python")
    shown.wait_for("status 0")
    assert list(shown.folder.iterdir()) == []


def test_the_folder_goes_after_a_crash_of_the_explorer_too(terminal):
    shown = terminal(SCRIPT)
    shown.wait_for("bee")
    shell = int(shown.tmux("list-panes", "-F", "#{pane_pid}"))
    (python,) = children(shell)
    (explorer,) = (child for child in children(python) if b"explore" in arguments_of(child))
    os.kill(explorer, 9)
    # The explorer left the terminal without line breaks and on the alternate screen; Python puts it back.
    assert "1 Classes" not in shown.wait_for("the program was ended by SIGKILL")
    shown.wait_for("status 1")
    assert shown.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}") == "0 1 0\n"
    modes = subprocess.run(
        ["stty", "-a", "-F", shown.tmux("display-message", "-p", "#{pane_tty}").strip()], capture_output=True, text=True
    ).stdout.split()
    assert {"icanon", "echo", "icrnl", "opost"} <= set(modes)
    assert list(shown.folder.iterdir()) == []


def test_the_explorer_ends_with_a_python_that_is_killed(terminal):
    shown = terminal(SCRIPT)
    shown.wait_for("bee")
    shell = int(shown.tmux("list-panes", "-F", "#{pane_pid}"))
    (python,) = children(shell)
    (explorer,) = (child for child in children(python) if b"explore" in arguments_of(child))
    os.kill(python, 9)
    end = time.monotonic() + 20
    while Path(f"/proc/{explorer}").exists() or list(shown.folder.iterdir()):
        assert time.monotonic() < end, "the explorer or its folder remained"
        time.sleep(0.05)
    assert shown.tmux("display-message", "-p", "#{alternate_on}") == "0\n"


def test_the_explorer_and_python_are_suspended_together(terminal):
    shown = terminal("import os\nos.execvp('bash', ['bash', '--norc', '-i'])")
    time.sleep(0.5)
    (shown.folder.parent / "explore.py").write_text(SCRIPT)
    shown.press(f"PS1='> '; {sys.executable} {shown.folder.parent / 'explore.py'}", "Enter")
    shown.wait_for("bee")
    shown.press("C-z")
    shown.wait_for("Stopped")
    shown.press("fg", "Enter")
    shown.wait_for("bee")
    shown.press("Q")
    shown.wait_for("back in Python")


def arguments_of(process: int) -> list[bytes]:
    """Return the command line of a process: beside the explorer, Python has started the process that watches it."""
    return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")


def children(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(status.parent.name))
    return found
