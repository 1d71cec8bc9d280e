"""Failures, remarks, interrupts, and what is left behind after them."""

from __future__ import annotations

import os
import pickle
import pty
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import gmmscope
from gmmscope import _handover


def test_an_error_is_the_commands_line_without_the_temporary_folder(data):
    features = data.train.copy()
    features[3, 2] = np.nan
    with pytest.raises(gmmscope.GmmscopeError) as failure:
        gmmscope.score(features, data.labels, data.test)
    message = str(failure.value)
    assert message.startswith("train.npz: 1 sample has NaN or infinite features")
    assert message.endswith("exclude such samples with skip_non_finite=True")
    assert "\n" not in message
    assert failure.value.status == 1


def test_samples_that_are_not_finite_can_be_left_out(data):
    features = data.train.copy()
    features[3, 2] = np.nan
    left = gmmscope.score(features, data.labels, data.test, reg=1e-2, skip_non_finite=True, quiet=True)
    kept = np.arange(len(features)) != 3
    expected = gmmscope.score(features[kept], data.labels[kept], data.test, reg=1e-2)
    np.testing.assert_array_equal(left, expected)


def test_wrong_usage_is_an_error_with_status_64(data):
    with pytest.raises(gmmscope.UsageError, match="from 0 to 1") as failure:
        gmmscope.score(data.train, data.labels, data.test, pooling=3)
    assert failure.value.status == 64
    assert isinstance(failure.value, ValueError) and isinstance(failure.value, gmmscope.GmmscopeError)


def test_wrong_usage_names_all_that_is_permitted(data):
    with pytest.raises(gmmscope.UsageError, match="'nope' is invalid.*classes, scores, .*, data$"):
        gmmscope.snapshot(data.train, data.labels, data.test, screen="nope")


def test_errors_pickle():
    error = pickle.loads(pickle.dumps(gmmscope.GmmscopeError("no", 64)))
    assert (str(error), error.status) == ("no", 64)
    error = pickle.loads(pickle.dumps(gmmscope.UsageError("no")))
    assert (type(error), str(error), error.status) == (gmmscope.UsageError, "no", 64)


def test_a_remark_is_a_warning_at_the_callers_line(data):
    constant = np.column_stack([data.train, np.zeros(len(data.train), np.float32)])
    test = np.column_stack([data.test, np.zeros(len(data.test), np.float32)])
    with pytest.warns(gmmscope.GmmscopeWarning, match="1e-06") as caught:
        gmmscope.score(constant, data.labels, test)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gmmscope.score(constant, data.labels, test, quiet=True)


def test_a_missing_program_is_named(data, monkeypatch):
    monkeypatch.setenv("GMMSCOPE_BINARY", "/nowhere/gmmscope")
    with pytest.raises(gmmscope.GmmscopeError, match="/nowhere/gmmscope"):
        gmmscope.score(data.train, data.labels, data.test)


def program(folder: Path, text: str) -> str:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


def test_a_program_that_is_killed_is_an_error(data, monkeypatch, tmp_path):
    monkeypatch.setenv("GMMSCOPE_BINARY", program(tmp_path, "import os\nos.kill(os.getpid(), 9)"))
    with pytest.raises(gmmscope.GmmscopeError, match="SIGKILL"):
        gmmscope.score(data.train, data.labels, data.test)


def test_an_interrupt_ends_the_program_too(data, monkeypatch, tmp_path):
    started = tmp_path / "started"
    text = f"import os, time\nopen({str(started)!r} + '.new', 'w').write(str(os.getpid()))\n"
    text += f"os.rename({str(started)!r} + '.new', {str(started)!r})\ntime.sleep(60)"
    monkeypatch.setenv("GMMSCOPE_BINARY", program(tmp_path, text))
    script = "import numpy as np, gmmscope\ngmmscope.score(np.ones((4, 2)), [0, 0, 1, 1], np.ones((4, 2)))"
    folder = tmp_path / "scratch"
    folder.mkdir()
    caller = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(folder)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell that started the tests in the background has them ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(started.exists)
    caller.send_signal(signal.SIGINT)
    _, errors = caller.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors
    pid = int(started.read_text())
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_where_python_is_killed_the_program_ends_and_its_folder_goes(number, data, monkeypatch, tmp_path):
    started = tmp_path / "started"
    text = f"import os, time\nopen({str(started)!r} + '.new', 'w').write(str(os.getpid()))\n"
    text += f"os.rename({str(started)!r} + '.new', {str(started)!r})\ntime.sleep(60)"
    monkeypatch.setenv("GMMSCOPE_BINARY", program(tmp_path, text))
    script = "import numpy as np, gmmscope\ngmmscope.score(np.ones((4, 2)), [0, 0, 1, 1], np.ones((4, 2)))"
    folder = tmp_path / "scratch"
    folder.mkdir()
    caller = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(folder)})
    wait_until(started.exists)
    assert len(list(folder.glob("gmmscope-py-*"))) == 1
    caller.send_signal(number)
    caller.wait()
    wait_until(lambda: list(folder.iterdir()) == [])
    pid = int(started.read_text())
    # Whoever adopts the program may not have waited for it yet.
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or ") Z" in Path(f"/proc/{pid}/stat").read_text())


def test_a_fork_keeps_nothing_open(temporary):
    handover = _handover.Handover()
    handover.__enter__()
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go)
        os.read(ready, 1)
        os._exit(0)
    try:
        # The child has the watcher's input open, too; this must not wait for it.
        handover.__exit__()
        assert list(temporary.iterdir()) == []
    finally:
        os.close(go)
        os.waitpid(child, 0)


def test_progress_reaches_a_terminal_and_remarks_do_not(data, monkeypatch, tmp_path):
    text = r"""import os, time
assert os.isatty(2)
for part in ("\r\x1b[KFitting 10 %", "\r\x1b[KFitting 90 %", "\r\x1b[K", "gmmscope: look\n"):
    os.write(2, part.encode())
    time.sleep(0.1)"""
    monkeypatch.setenv("GMMSCOPE_BINARY", program(tmp_path, text))
    script = "import warnings\nwarnings.simplefilter('error')\nimport gmmscope\nfrom gmmscope._process import run\n"
    script += "try: run([])\nexcept gmmscope.GmmscopeWarning as remark: print('warned:', remark)"
    reader, writer = pty.openpty()
    child = subprocess.Popen([sys.executable, "-c", script], stderr=writer, stdout=subprocess.PIPE)
    os.close(writer)
    output = child.communicate(timeout=30)[0]
    shown = b""
    while True:
        try:
            block = os.read(reader, 4096)
        except OSError:
            break
        if not block:
            break
        shown += block
    os.close(reader)
    assert output == b"warned: look\n"
    assert b"Fitting 90 %" in shown
    assert shown.endswith(b"\r\x1b[K")
    assert b"look" not in shown


def test_folders_of_killed_processes_are_removed(data, temporary):
    old = time.time() - 3600
    abandoned, held, foreign = (temporary / name for name in ("gmmscope-py-dead", "gmmscope-py-held", "other"))
    for folder in (abandoned, held, foreign):
        folder.mkdir()
        (folder / "lock").touch()
        os.utime(folder, (old, old))
    import fcntl

    with open(held / "lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _handover.Handover():
            assert not abandoned.exists()
            assert held.exists() and foreign.exists()
    for folder in (held, foreign):
        (folder / "lock").unlink()
        folder.rmdir()


def test_a_full_disk_is_an_error_that_says_what_to_try(data, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_handover, "_write_rows", fail)
    with pytest.raises(gmmscope.GmmscopeError, match="train: .*No space left on device; set TMPDIR"):
        gmmscope.score(data.train, data.labels, data.test)


def test_the_folder_is_private(temporary):
    with _handover.Handover() as handover:
        assert os.stat(handover.folder).st_mode & 0o777 == 0o700


def wait_until(condition, seconds: float = 20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
