#!/usr/bin/env python3
"""Searches for crashes, hangs, leaks and terminals left changed.

Four parts, each from a seed, each ending in one line of summary:

files    reads files of every format with random damage: exit status 0 or 1, one clear line per failure, bounded time
         and memory.
signals  starts the explorer in a pseudo-terminal and sends signals at random moments of starting and running: the line
         discipline (as `stty -g` shows it) and the modes of the terminal are what they were, no process is left.
keys     sends random keys, mouse events, pastes, resizes and suspensions to the explorer: it answers within seconds,
         ends only when told to, leaves the terminal unchanged, and its memory stays flat.
walk     looks at every screen, overlay and opened view at many sizes, in every color mode, in ASCII and UTF-8, light and
         dark: what is drawn is what a full redraw shows, and nothing is cut without a sign (walk.py).

Python's standard library only. `make soak` runs everything at length, the end-to-end tests a short form.
"""

import argparse
import base64
import bz2
import collections
import errno
import fcntl
import gzip
import json
import lzma
import os
import pty
import random
import re
import resource
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from walk import walk_part

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(REPOSITORY, "Tests", "FeatureFilesTests", "Fixtures")
SAMPLES = os.path.join(REPOSITORY, "SampleData", "digits")


def environment(home):
    """What programs under test find: a home of their own, a plain terminal, no threads inside BLAS."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if key in os.environ}
    return kept | {
        "HOME": home, "XDG_CONFIG_HOME": home + "/config", "XDG_STATE_HOME": home + "/state",
        "XDG_CACHE_HOME": home + "/cache", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "SHELL": "/bin/sh",
        "OPENBLAS_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no",
    }


class Report:
    """Failures of one part, printed as they are found."""

    def __init__(self, part, keep):
        self.part, self.keep, self.failures = part, keep, []
        self.lock = threading.Lock()

    def fail(self, what, kept=None):
        with self.lock:
            self.failures.append(what)
            place = ""
            if kept and self.keep:
                os.makedirs(self.keep, exist_ok=True)
                name, content = kept
                path = os.path.join(self.keep, name)
                with open(path, "wb") as file:
                    file.write(content)
                place = f" (kept as {path})"
            print(f"FAILED {self.part}: {what}{place}", flush=True)


# MARK: Files


EXTREMES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1,
            1 << 63, (1 << 64) - 1]


def damaged(original, others, rng):
    """One to five changes, from single bits to parts of another file."""
    data = bytearray(original)
    for _ in range(rng.randint(1, 5)):
        if not data:
            break
        place = rng.randrange(len(data))
        kind = rng.randrange(12)
        if kind == 0:
            data[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 1:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[place:]
        elif kind == 3:
            data += rng.randbytes(rng.randint(1, 64))
        elif kind == 4:
            del data[place:place + rng.randint(1, 16)]
        elif kind == 5:
            end = place + rng.randint(1, 64)
            data[place:place] = data[place:end]
        elif kind == 6:
            width = rng.choice([2, 4, 8])
            value = rng.choice(EXTREMES) & ((1 << 8 * width) - 1)
            data[place:place + width] = value.to_bytes(width, rng.choice(["little", "big"]))
        elif kind == 7:
            end = place + rng.randint(1, 8)
            data[place:end] = rng.randbytes(end - place)
        elif kind == 8:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            data[place:place + rng.randint(0, 32)] = other[start:start + rng.randint(1, 64)]
        elif kind == 9:
            digits = [index for index, byte in enumerate(data) if 0x30 <= byte <= 0x39]
            if digits:
                data[rng.choice(digits)] = rng.choice(b"0123456789-e.,")
        elif kind == 10:
            text = rng.choice([b"\n", b",", b"\"", b"nan", b"inf", b"-1", b"1e999", b"99999999999999999999", b"[", b"{",
                               b"\x00", b"\xff\xfe", b"\x1b[31m", b"'"])
            data[place:place] = text
        else:
            end = min(len(data), place + rng.randint(2, 32))
            part = data[place:end]
            rng.shuffle(part)
            data[place:end] = part
    return bytes(data)


def without_checksums(data):
    """A zip archive whose directory holds no checksums, so that damage reaches what is behind them."""
    data = bytearray(data)
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 16:place + 20] = bytes(4)
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(data)


COMPRESSORS = {".gz": (gzip.decompress, gzip.compress), ".xz": (lzma.decompress, lzma.compress),
               ".bz2": (bz2.decompress, bz2.compress)}


def mutation(name, original, others, rng):
    """The damaged content of one file: some damage goes below compression and checksums."""
    ending = os.path.splitext(name)[1]
    if ending in COMPRESSORS and rng.random() < 0.5:
        unpack, pack = COMPRESSORS[ending]
        try:
            return pack(damaged(unpack(original), others, rng))
        except (OSError, EOFError, lzma.LZMAError):
            pass
    if original[:2] == b"PK" and rng.random() < 0.6:
        original = without_checksums(original)
    return damaged(original, others, rng)


def base_files(binary, home):
    """Intact and refused files of every format, and a saved model in both of its formats."""
    bases = []
    for folder in ("dataset", "arrays", "refused"):
        root = os.path.join(FIXTURES, folder)
        for name in sorted(os.listdir(root)):
            bases.append((name, open(os.path.join(root, name), "rb").read()))
    for ending in ("npz", "safetensors"):
        path = os.path.join(home, f"model.{ending}")
        subprocess.run(
            [binary, "fit", "--train", os.path.join(FIXTURES, "dataset", "stored.npz"), "-o", path],
            env=environment(home), check=False, capture_output=True)
        if os.path.exists(path):
            bases.append((f"model.{ending}", open(path, "rb").read()))
    return bases


class Outcome:
    def __init__(self, status, output, errors, seconds, megabytes):
        self.status, self.output, self.errors = status, output, errors
        self.seconds, self.megabytes = seconds, megabytes


def run(arguments, home, limit, folder=None):
    """Runs a command to its end, or kills it after `limit` seconds; its largest size comes from the kernel."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment(home), cwd=folder,
            start_new_session=True)
        timer = threading.Timer(limit, lambda: os.killpg(process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        output.seek(0)
        errors.seek(0)
        return Outcome(
            process.returncode, output.read(), errors.read(), seconds, usage.ru_maxrss / 1024)


def complaint(outcome, limit, megabytes, is_json):
    """What is wrong with how a command ended; None where nothing is."""
    if outcome.seconds >= limit:
        return f"still running after {limit:.0f} s"
    if outcome.status not in (0, 1):
        last = outcome.errors.decode(errors="replace").strip().splitlines()[-3:]
        return f"ended with status {outcome.status}: {' | '.join(last)[:400]}"
    if b"Fatal error" in outcome.errors:
        return "a fatal error of a child: " + outcome.errors.decode(errors="replace")[-300:]
    if outcome.megabytes > megabytes:
        return f"took {outcome.megabytes:.0f} MB"
    if any(byte < 0x20 and byte not in b"\n\t" or byte == 0x7F for byte in outcome.errors):
        return f"a control character on standard error: {outcome.errors[-300:]!r}"
    if outcome.status == 1 and not outcome.errors.strip() and not is_json:
        return "failed without a word"
    if is_json and outcome.output:
        try:
            json.loads(outcome.output)
        except ValueError as error:
            return f"its JSON cannot be read: {error}"
    return None


def check_file(binary, home, folder, names, limit, megabytes):
    return complaint(
        run([binary, "inspect", "--format", "json", "--memory", "512MB", "--", *names], home, limit, folder), limit,
        megabytes, True)


def files_part(options, report):
    binary, home = options.gmmscope, tempfile.mkdtemp(prefix="gmmscope-soak-")
    try:
        bases = base_files(binary, home)
        endings = collections.Counter(os.path.splitext(name)[1] for name, _ in bases)
        contents = [content for _, content in bases]
        batch_size = 20
        features = os.path.join(FIXTURES, "dataset", "features.npy")
        batches = collections.deque(range(options.first, options.first + options.files, batch_size))
        lock, scored = threading.Lock(), [0]

        def content(index):
            rng = random.Random(f"{options.seed}/files/{index}")
            name, original = bases[index % len(bases)]
            return f"{index}-{name}", mutation(name, original, contents, rng)

        def work():
            folder = tempfile.mkdtemp(prefix="files-", dir=home)
            while True:
                with lock:
                    if not batches:
                        return
                    start = batches.popleft()
                names = []
                for index in range(start, min(start + batch_size, options.first + options.files)):
                    name, data = content(index)
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(data)
                    names.append(name)
                limit = 60.0
                if check_file(binary, home, folder, names, limit, options.megabytes):
                    # One by one, for whichever it is.
                    found = False
                    for name in names:
                        problem = check_file(binary, home, folder, [name], limit / 2, options.megabytes)
                        if problem:
                            found = True
                            report.fail(
                                f"inspect {name}, seed {options.seed}: {problem}",
                                (name, open(os.path.join(folder, name), "rb").read()))
                    if not found:
                        problem = check_file(binary, home, folder, names, limit, options.megabytes)
                        if problem:
                            report.fail(f"inspect {names[0]} … {names[-1]}, seed {options.seed}, together: {problem}")
                # Further than inspecting goes: fitting to one of them and scoring it, and every model.
                chosen = [names[start // batch_size % len(names)]] + [name for name in names if "-model." in name]
                for name in chosen:
                    detector = "--model" if "-model." in name else "--train"
                    scored_file = features if "-model." in name else name
                    command = ["score", "--memory", "512MB", "--format", "csv", detector, name, "--test", scored_file]
                    outcome = run([binary, *command], home, limit, folder)
                    problem = complaint(outcome, limit, options.megabytes, False)
                    with lock:
                        scored[0] += 1
                    if problem:
                        report.fail(
                            f"score {detector} {name}, seed {options.seed}: {problem}",
                            (name, open(os.path.join(folder, name), "rb").read()))
                for name in names:
                    os.remove(os.path.join(folder, name))
                left = os.listdir(folder)
                if left:
                    report.fail(f"left behind: {left}")
                    for name in left:
                        os.remove(os.path.join(folder, name))

        started = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(options.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kinds = " ".join(f"{ending.lstrip('.')}:{count}" for ending, count in sorted(endings.items()))
        return (f"{options.files} damaged files of {len(bases)} ({kinds}), {scored[0]} of them scored too, "
                f"in {time.monotonic() - started:.0f} s")
    finally:
        shutil.rmtree(home, ignore_errors=True)


# MARK: A pseudo-terminal with a shell of a kind


class Screen:
    """Follows the modes that a program switches in the terminal."""

    PATTERN = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
    # Off when a program is not running; 25 is the cursor, which is then on.
    OFF = (47, 1047, 1049, 1000, 1002, 1003, 1006, 2004)

    def __init__(self):
        self.modes, self.rest, self.byte_count = {}, b"", 0

    def feed(self, data):
        self.byte_count += len(data)
        data = self.rest + data
        end = 0
        for match in self.PATTERN.finditer(data):
            for mode in match.group(1).split(b";"):
                if mode:
                    self.modes[int(mode)] = match.group(2) == b"h"
            end = match.end()
        self.rest = data[max(end, len(data) - 32):]

    @property
    def changes(self):
        """What a program has left switched."""
        left = [f"mode {mode} on" for mode in self.OFF if self.modes.get(mode)]
        return left + (["cursor off"] if self.modes.get(25) is False else [])


class Job:
    """A program in the foreground of a pseudo-terminal, under a session leader that does what a shell does: it puts
    the program into a group of its own, waits for it, and takes the terminal back when it stops or ends."""

    def __init__(self, arguments, home, folder, size=(40, 120)):
        events_read, self.events_write = os.pipe()
        commands_read, commands_write = os.pipe()
        self.leader, self.master = pty.fork()
        if self.leader == 0:
            try:
                os.close(events_read)
                os.close(commands_write)
                self._lead(arguments, home, folder, commands_read)
            finally:
                os._exit(99)
        os.close(self.events_write)
        os.close(commands_read)
        self.events, self.commands = events_read, commands_write
        os.set_blocking(self.master, False)
        os.set_blocking(self.events, False)
        self.screen, self.pending = Screen(), b""
        self.status, self.stops, self.continues, self.program = None, 0, 0, None
        self.resize(*size)
        self.modes = termios.tcgetattr(self.master)
        os.write(self.commands, b"g")

    # In the session leader.
    def _lead(self, arguments, home, folder, commands):
        for number in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The size is set before the program starts.
        os.read(commands, 1)
        began, begins = os.pipe()
        program = os.fork()
        if program == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpgrp())
            for number in range(1, signal.NSIG):
                if number not in (signal.SIGKILL, signal.SIGSTOP):
                    try:
                        signal.signal(number, signal.SIG_DFL)
                    except (OSError, ValueError):
                        pass
            os.closerange(3, begins)
            os.closerange(begins + 1, 64)
            os.chdir(folder)
            os.execve(arguments[0], arguments, environment(home))
        try:
            os.setpgid(program, program)
        except OSError:
            pass
        # The pipe closes with the start of the program: before it, signals would meet this script.
        os.close(begins)
        os.read(began, 1)
        self._say(f"started {program}")
        while True:
            _, status = os.waitpid(program, os.WUNTRACED)
            os.tcsetpgrp(0, os.getpgrp())
            if os.WIFSTOPPED(status):
                self._say("stopped")
                os.read(commands, 1)
                os.tcsetpgrp(0, program)
                os.killpg(program, signal.SIGCONT)
                self._say("continued")
                continue
            self._say(f"ended {os.waitstatus_to_exitcode(status)}")
            os.read(commands, 1)
            os._exit(0)

    def _say(self, text):
        os.write(self.events_write, (text + "\n").encode())

    # In the soak.
    def poll(self, seconds=0.0):
        """Takes what the program has written and what its leader has seen, waiting for either at most so long."""
        ready, _, _ = select.select([self.master, self.events], [], [], max(0, seconds))
        if self.master in ready:
            try:
                self.screen.feed(os.read(self.master, 1 << 16))
            except OSError as error:
                if error.errno not in (errno.EIO, errno.EAGAIN):
                    raise
                if error.errno == errno.EIO:
                    time.sleep(0.01)
        if self.events in ready:
            try:
                self.pending += os.read(self.events, 4096)
            except BlockingIOError:
                pass
            *lines, self.pending = self.pending.split(b"\n")
            for line in lines:
                word, _, value = line.decode().partition(" ")
                if word == "started":
                    self.program = int(value)
                elif word == "stopped":
                    self.stops += 1
                elif word == "continued":
                    self.continues += 1
                elif word == "ended":
                    self.status = int(value)
        return bool(ready)

    def wait(self, condition, seconds):
        """Polls until `condition` holds; False where it does not within so many seconds."""
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.poll(min(left, 0.25))
        return True

    def drain(self):
        """Takes the last of what was written."""
        quiet = 0
        while quiet < 3:
            quiet = 0 if self.poll(0.02) else quiet + 1

    def type(self, data):
        """Types, as fast as the terminal takes it."""
        deadline = time.monotonic() + 30
        while data and self.status is None and time.monotonic() < deadline:
            try:
                data = data[os.write(self.master, data[:512]):]
            except BlockingIOError:
                pass
            except OSError:
                return
            self.poll(0.0 if data else 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, number, group=False):
        if self.program is None or self.status is not None:
            return
        try:
            (os.killpg if group else os.kill)(self.program, number)
        except ProcessLookupError:
            pass

    def resume(self):
        """Brings a stopped program back, as `fg` does.

        Returns once it was continued: SIGCONT would discard a stop signal that is sent before it."""
        continues = self.continues
        os.write(self.commands, b"c")
        self.wait(lambda: self.continues > continues or self.status is not None, 30)

    @property
    def changes(self):
        """How the terminal differs from what it was."""
        names = ("iflag", "oflag", "cflag", "lflag", "ispeed", "ospeed", "cc")
        now = termios.tcgetattr(self.master)
        changed = [f"{name} {old} → {new}" for name, old, new in zip(names, self.modes, now) if old != new]
        return changed + self.screen.changes

    @property
    def members(self):
        """Processes of the session other than its leader."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.leader:
                continue
            try:
                fields = open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.leader and fields[0] != "Z":
                found.append(int(entry))
        return found

    def memory(self):
        """The program's resident size in MB; None where it is gone."""
        try:
            text = open(f"/proc/{self.program}/status").read()
        except (OSError, TypeError):
            return None
        match = re.search(r"VmRSS:\s+(\d+) kB", text)
        return int(match.group(1)) / 1024 if match else None

    def close(self):
        """Ends whatever is left of it."""
        if self.status is None and self.program is not None:
            self.send(signal.SIGKILL)
            self.wait(lambda: self.status is not None, 5)
        for member in self.members:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.write(self.commands, b"x")
        except OSError:
            pass
        for descriptor in (self.master, self.events, self.commands):
            os.close(descriptor)
        deadline = time.monotonic() + 5
        while os.waitpid(self.leader, os.WNOHANG)[0] == 0:
            if time.monotonic() > deadline:
                os.kill(self.leader, signal.SIGKILL)
                os.waitpid(self.leader, 0)
                return
            time.sleep(0.01)


# MARK: Signals


ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGQUIT: 131}


def signals_part(options, report):
    home = tempfile.mkdtemp(prefix="gmmscope-soak-")
    try:
        folder = prepare_folder(home)
        started, sent, moments = time.monotonic(), collections.Counter(), collections.Counter()
        for index in range(options.first, options.first + options.signals):
            rng = random.Random(f"{options.seed}/signals/{index}")
            problem = signal_round(options, rng, home, folder, sent, moments)
            if problem:
                report.fail(f"round {index}, seed {options.seed}: {problem}")
        names = ", ".join(f"{signal.Signals(number).name[3:]} {count}" for number, count in sorted(sent.items()))
        when = ", ".join(f"{count} {moment}" for moment, count in sorted(moments.items()))
        return f"{options.signals} rounds ({when}; {names}) in {time.monotonic() - started:.0f} s"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def signal_round(options, rng, home, folder, sent, moments):
    """One program, some signals, an end. What went wrong, or None."""
    names = rng.choice([["train.npz", "test.npz"], ["train.npz", "test.npz"], ["full.h5"], ["train.csv"], []])
    job = Job([options.gmmscope, *names], home, folder)
    history = ["gmmscope " + " ".join(names)]
    patience = options.patience

    def say(problem):
        return f"{problem}; after {', '.join(history)}"

    try:
        if not job.wait(lambda: job.program is not None, patience):
            return say("not started")
        is_starting = rng.random() < 0.5
        moments["starting" if is_starting else "running"] += 1
        if is_starting:
            pause(job, rng.uniform(0, 0.25) ** 1.5)
        else:
            if not job.wait(lambda: job.screen.modes.get(2004) or job.status is not None, patience):
                return say("no screen")
            pause(job, rng.uniform(0, 0.6))
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            number = rng.choice([signal.SIGTSTP, signal.SIGTSTP, signal.SIGWINCH, signal.SIGCONT])
            sent[number] += 1
            history.append(signal.Signals(number).name)
            if number == signal.SIGWINCH:
                job.resize(rng.randint(1, 60), rng.randint(1, 200))
                if rng.random() < 0.5:
                    job.send(number)
            elif number == signal.SIGCONT:
                job.send(number)
            else:
                stops = job.stops
                job.send(number, group=rng.random() < 0.3)
                if not job.wait(lambda: job.stops > stops or job.status is not None, patience):
                    return say("did not stop")
                job.drain()
                if job.status is None:
                    if job.changes:
                        return say(f"stopped with the terminal changed: {job.changes}")
                    pause(job, rng.uniform(0, 0.1))
                    job.resume()
                    history.append("fg")
            if rng.random() < 0.5:
                job.type(rng.choice([b"j", b"2", b"3", b"4\r", b"?", b"m", b"\t", b"+", b":", b"="]))
            pause(job, rng.uniform(0, 0.2))
        number = rng.choice(list(ENDING))
        stops = job.stops
        if job.status is None:
            sent[number] += 1
            history.append(signal.Signals(number).name)
            job.send(number, group=rng.random() < 0.3)
            deadline = time.monotonic() + patience
            while not job.wait(lambda: job.status is not None or job.stops > stops, 1):
                if time.monotonic() > deadline:
                    return say("did not end")
            if job.status is None:
                # Stopped by what was sent before; the signal waits until it goes on.
                job.resume()
                if not job.wait(lambda: job.status is not None, patience):
                    return say("did not end after it was continued")
        job.drain()
        if job.changes:
            return say(f"ended ({job.status}) with the terminal changed: {job.changes}")
        if job.status not in (ENDING[number], -number):
            return say(f"ended with status {job.status}")
        deadline = time.monotonic() + 5
        while job.members and time.monotonic() < deadline:
            time.sleep(0.05)
        if job.members:
            return say(f"left processes: {[command_line(member) for member in job.members]}")
        return None
    finally:
        job.close()


def pause(job, seconds):
    """Lets time pass while the program's output is taken."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job.poll(deadline - time.monotonic())


def command_line(process):
    try:
        return open(f"/proc/{process}/cmdline").read().replace("\0", " ").strip()
    except OSError:
        return str(process)


def prepare_folder(home):
    """Files to open, copied so that nothing the explorer writes can reach others."""
    folder = os.path.join(home, "data")
    os.makedirs(os.path.join(folder, "more"))
    for name in ("train.npz", "test.npz"):
        shutil.copy(os.path.join(SAMPLES, name), folder)
    for name in ("full.h5", "full.pt", "table.csv", "full.mat", "features.npy"):
        shutil.copy(os.path.join(FIXTURES, "dataset", name), folder)
    rng = random.Random(1)
    with open(os.path.join(folder, "train.csv"), "w") as file:
        file.write("label," + ",".join(f"x{column}" for column in range(6)) + "\n")
        for row in range(120):
            values = [f"{rng.gauss(row % 3, 1):.4f}" for _ in range(6)]
            file.write(f"{row % 3}," + ",".join(values) + "\n")
    shutil.copy(os.path.join(folder, "train.csv"), os.path.join(folder, "more", "other.csv"))
    return folder


# MARK: Keys


# Without the keys that quit, which come seldom, so that runs are long enough to see memory grow.
PLAIN = [character for character in map(chr, range(0x20, 0x7F)) if character not in "qQ"]
NAMED = ["\r", "\t", "\x1b", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1bOA", "\x1bOB", "\x1b[H", "\x1b[F",
         "\x1b[5~", "\x1b[6~", "\x1b[3~", "\x1bOP", "\x1b[Z", "\x1b[15~", "\x1b[24~"]
CONTROL = [chr(code) for code in range(1, 0x20) if chr(code) not in "\x1a\x1b\x1c"]
UNKNOWN = ["\x1b[1;5C", "\x1b[I", "\x1b[O", "\x1bq", "\x1b[99~", "\x1b[?62;22c", "\x1b[200;1R", "\x1b]11;rgb:0/0/0\x1b\\",
           "\x1b[27;5;106~", "\x1bP1$r0m\x1b\\", "\x1b[<", "\x1b[", "\x1bO", "\x1b[M   ", "\x1b[1;3A"]
NUMBERS = ["1e300", "1e-300", "5e-324", "0", "1e-6", "1e-3", "3e-2", "0.1", "1", "1e10", "1.7e308", "nan", "-1", "x",
           "0.01x", ""]
TEXTS = ["3", "7", "a", "odd", "λ", "€uro", "日本語", "e\u0301", "\u202e", "train.npz", "more/other.csv", "full.h5", "~",
         "./", "out.csv", "help", "score", "", " ", "x" * 300]


def random_events(rng, size):
    """One thing that a user or a terminal may send, and its name."""
    rows, columns = size
    kind = rng.random()
    if kind < 0.45:
        return "key", rng.choice(PLAIN)
    if kind < 0.62:
        return "key", rng.choice(NAMED)
    if kind < 0.70:
        return "control", rng.choice(CONTROL)
    if kind < 0.84:
        button = rng.choice([0, 0, 0, 1, 2, 32, 64, 65, 64, 65, 35, 128])
        x, y = rng.randint(-1, columns + 3), rng.randint(-1, rows + 3)
        return "mouse", f"\x1b[<{button};{x};{y}{rng.choice('MMm')}"
    if kind < 0.88:
        text = "".join(rng.choice(TEXTS + PLAIN) for _ in range(rng.randint(0, 12)))
        if rng.random() < 0.05:
            text *= 2000
        return "paste", "\x1b[200~" + text + ("\x1b[201~" if rng.random() < 0.95 else "")
    if kind < 0.92:
        return "lambda", "=" + "\x7f" * 12 + rng.choice(NUMBERS) + "\r"
    if kind < 0.94:
        opener = rng.choice([":", "/", "\\", "\x13", "\x0f"])
        return "prompt", opener + rng.choice(TEXTS) + rng.choice(["\r", "\x1b", ""])
    if kind < 0.97:
        return "unknown", rng.choice(UNKNOWN)
    if kind < 0.985:
        return "screen", rng.choice("1234567")
    if kind < 0.9855:
        return "quit", rng.choice("qQ")
    return "mixed", "".join(rng.choice(PLAIN + NAMED + CONTROL) for _ in range(rng.randint(2, 60)))


def keys_part(options, report):
    home = tempfile.mkdtemp(prefix="gmmscope-soak-")
    log = collections.deque(maxlen=400)
    rng = random.Random(f"{options.seed}/keys")
    counts, runs, samples, slowest, turn = collections.Counter(), [], [], 0.0, 0
    started = time.monotonic()
    end = started + options.seconds
    job, size, born = None, (40, 120), started
    folder = prepare_folder(home)

    def fail(problem):
        text = json.dumps([entry for entry in log], ensure_ascii=False)
        report.fail(
            f"{problem} after {sum(counts.values())} events, seed {options.seed}; the last: "
            f"{json.dumps(list(log)[-6:], ensure_ascii=True)[:500]}",
            (f"keys-{options.seed}.json", text.encode("utf-8", "surrogatepass")))

    def finish():
        """After the program's end: the terminal, its status, its memory."""
        job.drain()
        if job.status != 0:
            fail(f"ended with status {job.status}")
        if job.changes:
            fail(f"ended with the terminal changed: {job.changes}")
        runs.append((time.monotonic() - born, list(samples)))
        job.close()

    try:
        while time.monotonic() < end and len(report.failures) < 10:
            if job is None:
                # What was written meanwhile may be anything: start from files that are as they were.
                shutil.rmtree(folder, ignore_errors=True)
                folder = prepare_folder(home)
                names = rng.choice([["train.npz", "test.npz"]] * 4 + [["train.csv"], ["full.h5"], []])
                if not runs:
                    names = ["train.npz", "test.npz"]
                size = (40, 120)
                job = Job([options.gmmscope, *names], home, folder, size)
                log.append(["start", " ".join(names)])
                samples, born = [], time.monotonic()
                if not job.wait(lambda: job.screen.modes.get(2004) or job.status is not None, options.patience):
                    fail("no screen")
                    break
            for _ in range(rng.randint(1, 12)):
                name, text = random_events(rng, size)
                counts[name] += 1
                log.append([name, text])
                job.type(text.encode("utf-8", "surrogatepass"))
                if rng.random() < 0.3:
                    pause(job, rng.uniform(0, 0.02))
            chance = rng.random()
            if chance < 0.10:
                size = (rng.randint(1, 60), rng.randint(1, 200)) if rng.random() < 0.5 else rng.choice(
                    [(16, 60), (24, 80), (40, 120), (50, 160)])
                counts["resize"] += 1
                log.append(["resize", list(size)])
                job.resize(*size)
            elif chance < 0.13 and job.status is None:
                counts["suspend"] += 1
                log.append(["suspend", ""])
                stops = job.stops
                job.send(signal.SIGTSTP)
                if not job.wait(lambda: job.stops > stops or job.status is not None, options.patience):
                    fail("did not stop")
                    break
                job.drain()
                if job.status is None:
                    if job.changes:
                        fail(f"stopped with the terminal changed: {job.changes}")
                    job.resume()
            # A change of size is drawn whatever is on the screen: so it tells whether the program still answers.
            turn += 1
            size = another(size, turn)
            asked = time.monotonic()
            problem = answer(job, size, options.patience)
            if problem:
                fail(problem)
                break
            slowest = max(slowest, time.monotonic() - asked)
            job.poll(0)
            memory = job.memory()
            if memory is not None:
                samples.append((time.monotonic() - born, memory))
            if job.status is not None:
                finish()
                job = None
        if job is not None:
            # Out of whatever is open, then the end that any screen has.
            if job.status is None:
                job.resize(40, 120)
                pause(job, 0.2)
                deadline = time.monotonic() + options.patience
                while job.status is None and time.monotonic() < deadline:
                    job.type(b"\x1b")
                    pause(job, 0.1)
                    job.type(b"\x1b")
                    pause(job, 0.1)
                    job.type(b"Q")
                    pause(job, 0.3)
                if job.status is None:
                    fail("did not quit")
                    job.close()
                    job = None
            if job is not None:
                finish()
                job = None
        growth = max((grown(part) for _, part in runs), default=0.0)
        peak = max((memory for _, part in runs for _, memory in part), default=0.0)
        if growth > options.growth:
            fail(f"memory grew by {growth:.0f} MB in one run")
        if peak > options.megabytes:
            fail(f"memory reached {peak:.0f} MB")
        longest = max((seconds for seconds, _ in runs), default=0.0)
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        return (f"{sum(counts.values())} events ({kinds}) in {time.monotonic() - started:.0f} s, {len(runs)} runs, "
                f"the longest {longest:.0f} s; slowest answer {slowest:.2f} s, memory up to {peak:.0f} MB, "
                f"growth {growth:.0f} MB")
    finally:
        if job is not None:
            job.close()
        shutil.rmtree(home, ignore_errors=True)


def another(size, turn):
    """A size near another that no recent turn has had: changes that come to nothing are drawn as none."""
    return (size[0], size[1] // 8 * 8 + turn % 8 or 8)


def answer(job, size, patience):
    """Waits until the program draws for another size, and continues it where it has stopped, as its command palette can
    have it do. What went wrong, or None."""
    stops = job.stops
    before = job.screen.byte_count
    job.resize(*size)
    while True:
        if not job.wait(
                lambda: job.screen.byte_count > before or job.status is not None or job.stops > stops, patience):
            return f"no answer within {patience:.0f} s"
        job.poll(0)
        if job.stops == stops:
            return None
        stops = job.stops
        job.drain()
        if job.changes:
            return f"stopped with the terminal changed: {job.changes}"
        before = job.screen.byte_count
        job.resume()


def replay(options):
    """Sends the events of a kept log again, from the last start in it, and shows how the program fares."""
    events = json.load(open(options.replay, encoding="utf-8"))
    starts = [index for index, (name, _) in enumerate(events) if name == "start"]
    names = events[starts[-1]][1].split() if starts else ["train.npz", "test.npz"]
    home = tempfile.mkdtemp(prefix="gmmscope-soak-")
    job = Job([options.gmmscope, *names], home, prepare_folder(home))
    try:
        job.wait(lambda: job.screen.modes.get(2004) or job.status is not None, options.patience)
        print(f"process {job.program}", flush=True)
        size = (40, 120)
        for index, (name, value) in enumerate(events[starts[-1] + 1 if starts else 0:]):
            if name == "resize":
                size = tuple(value)
                job.resize(*size)
            elif name == "suspend":
                stops = job.stops
                job.send(signal.SIGTSTP)
                job.wait(lambda: job.stops > stops or job.status is not None, options.patience)
                job.resume()
            else:
                job.type(value.encode("utf-8", "surrogatepass"))
            asked = time.monotonic()
            size = another(size, index)
            problem = answer(job, size, options.patience) if job.status is None else None
            print(f"{index} {name} {value!r}: {time.monotonic() - asked:.2f} s", flush=True)
            if problem or job.status is not None:
                print(problem or f"ended with status {job.status}, changed: {job.changes}", flush=True)
                pause(job, options.patience)
                return
    finally:
        job.close()
        shutil.rmtree(home, ignore_errors=True)


def grown(samples):
    """MB by which the last quarter of a run lies above its second quarter, by their medians: the first is warming up."""
    if len(samples) < 40:
        return 0.0
    quarter = len(samples) // 4
    second = statistics.median(memory for _, memory in samples[quarter:2 * quarter])
    last = statistics.median(memory for _, memory in samples[-quarter:])
    return last - second


# MARK: The command


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], help="files, signals, keys, walk (default: all)")
    parser.add_argument("--gmmscope", default=os.path.join(REPOSITORY, ".build", "release", "gmmscope"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--files", type=int, default=50_000, help="how many damaged files")
    parser.add_argument("--signals", type=int, default=500, help="how many rounds of signals")
    parser.add_argument("--seconds", type=float, default=600, help="how long keys are sent")
    parser.add_argument("--screens", type=int, default=0, help="about how many screens the walk looks at (default: all)")
    parser.add_argument("--modes", default="", help="the color modes of the walk, or whole modes such as 256/ascii/dark")
    parser.add_argument("--first", type=int, default=0, help="the first file or round, to repeat one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many files at a time")
    parser.add_argument("--patience", type=float, default=10, help="seconds that an answer may take")
    parser.add_argument("--megabytes", type=float, default=1500, help="the most memory that one process may take")
    parser.add_argument("--growth", type=float, default=64, help="MB that a run may grow by")
    parser.add_argument("--replay", default=None, help="a kept log of keys to send again")
    parser.add_argument("--keep", default=None, help="where inputs that failed are kept")
    options = parser.parse_args()
    options.gmmscope = os.path.abspath(options.gmmscope)
    if not os.access(options.gmmscope, os.X_OK):
        parser.error(f"{options.gmmscope} cannot be run: build it, or name another with --gmmscope")
    if options.replay:
        return replay(options)
    parts = {"files": files_part, "signals": signals_part, "keys": keys_part,
             "walk": lambda options, report: walk_part(options, report, Job, prepare_folder, REPOSITORY)}
    unknown = [part for part in options.parts if part not in parts]
    if unknown:
        parser.error(f"'{unknown[0]}' is not a part: the parts are {', '.join(parts)}")
    failed = False
    for part in options.parts or parts:
        report = Report(part, options.keep)
        summary = parts[part](options, report)
        failed = failed or bool(report.failures)
        verdict = f"{len(report.failures)} FAILED" if report.failures else "ok"
        print(f"{part}: {verdict}: {summary}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
