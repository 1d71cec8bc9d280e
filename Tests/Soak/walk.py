"""The long walk: every screen, overlay and opened view, at sizes from 20×5 to 250×80, in every color mode, in ASCII and
UTF-8, light and dark. What is on the screen is what a full redraw shows, no text is cut without an ellipsis, and no
number at all."""

import concurrent.futures
import glob
import itertools
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

from screen import Cells

# (columns, rows): below, at and above the sizes at which layouts change.
SIZES = [(20, 5), (59, 15), (60, 16), (61, 17), (60, 60), (72, 20), (80, 24), (96, 28), (100, 30), (120, 40), (160, 45),
         (200, 60), (250, 16), (250, 80)]
COLORS = {
    "none": ["TERM=xterm-256color", "NO_COLOR=1"], "8": ["TERM=xterm"], "16": ["TERM=xterm-16color"],
    "256": ["TERM=xterm-256color"], "true": ["TERM=xterm-256color", "COLORTERM=truecolor"],
}
LOCALES = {"utf-8": "C.UTF-8", "ascii": "C"}
GROUNDS = {"dark": "15;0", "light": "0;15"}

# The keys from anywhere to a view, and those back from it. A view that Esc leaves ends with it.
VIEWS = {
    "classes": ("1", ""), "class in full": ("1g\r", "\x1b"), "mean zoomed": ("1g\rzz", "ZZ\x1b"),
    "correlation": ("1gv", "vv"), "quantiles": ("1g\rvv", "v\x1b"), "comparison": ("1g  c", "\x1bg  "),
    "class columns": ("1K", "\x1b"), "class filter": ("1\\n > 100", "\x1b"), "class find": ("1/4", "\x1b"),
    "scores": ("2", ""), "scores in counts": ("2d", "d"), "logarithmic scores": ("2L", "L"), "full range": ("2x", "xx"),
    "precision-recall": ("2p", "p"), "scatter": ("2v", "v"), "threshold": ("2T", "\x1b"), "samples": ("3g", ""),
    "sample in full": ("3g\r", "\x1b"), "frequencies": ("3F", "F"), "pictures": ("3v", "v"),
    "large pictures": ("3vx", "xv"), "missed": ("3X", "\x1b"), "label errors": ("3E", "\x1b"),
    "sample columns": ("3K", "\x1b"), "tuning": ("4", ""), "tuning of classes": ("4c", "c"), "pins": ("4p}p", "PP{"),
    "histograms of pins": ("4p}pd", "dPP{"), "zoomed curves": ("4z", "0"), "next measure": ("4v", "vv"),
    "distances": ("5", ""), "plane": ("5v", "v"), "plane of all": ("5vccc", "cv"), "plane zoomed": ("5vzz", "0v"),
    "compare": ("6", ""), "data": ("7", ""), "arrays": ("7\r", "\x1b"), "help": ("1?", "\x1b"),
    "glossary": ("3?\t", "\x1b"), "whole help": ("4?\t\t", "\x1b"), "help search": ("1?/rank", "\r\x1b"),
    "palette": ("1:", "\x1b"), "palette search": ("1:thres", "\x1b"), "export": ("1\x13", "\x1b"),
    "regularization": ("1=", "\x1b"), "files": ("1\x0f", "\x1b"),
}


# Where every key is text.
TYPING = {"class filter", "class find", "threshold", "tag", "help search", "palette", "palette search", "export",
          "regularization", "files"}
# Few systems come with a terminal of 16 colors.
SIXTEEN = r"""xterm-16color|xterm with 16 colors,
	colors#16, pairs#256,
	setab=\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm,
	setaf=\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm, use=xterm,
"""


def words(text):
    return re.findall(r"[A-Za-z]{3,}", text)


def vocabulary(repository):
    """Every word of the sources: one that is not among them was cut."""
    found = set()
    for target in ("ExplorerScreens", "ExplorerModel", "TerminalRendering", "OODData", "OODDetection", "FeatureFiles"):
        for path in glob.glob(os.path.join(repository, "Sources", target, "**", "*.swift"), recursive=True):
            text = open(path, encoding="utf-8").read()
            found.update(word.lower() for word in words(text))
            # Names in camel case are drawn as words.
            found.update(word.lower() for word in words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)))
    return found


# What the frame of an overlay is drawn with. It covers a part of the screen, and with that parts of words.
FRAME = "│╭╮╰╯─|+"
OVERLAYS = {"class columns", "sample columns", "palette", "palette search", "files", "help", "glossary", "whole help",
            "help search"}


def cut_text(lines, known, borders, is_covered):
    """What looks cut: a word that no source has, unless an ellipsis or a hyphen follows or precedes, and a number that
    touches the end of its pane and is none of those that a wide terminal shows."""
    found = []
    for number, line in enumerate(lines):
        for match in re.finditer(r"[A-Za-z]{3,}", line):
            before, after = line[:match.start()], line[match.end():]
            if match.group().lower() in known or after.startswith(("…", "...", "~", "-", "_")):
                continue
            if before.endswith(("…", "...", "~", "-", "_")):
                continue
            # Marks of plots in ASCII.
            if set(match.group().lower()) <= set("xo"):
                continue
            if is_covered and (before[-1:] in FRAME or after[:1] in FRAME):
                continue
            found.append(f"line {number + 1}: the word '{match.group()}' in '{line.strip()}'")
        for pane in [] if is_covered else re.split("[│|]", line):
            match = re.search(r"(?<![\w.…])([+−-]?[0-9][0-9.,e+−-]*)$", pane)
            if match and len(pane) > 1 and match.group(1) not in borders:
                found.append(f"line {number + 1}: the number '{match.group(1)}' at the end of '{pane.strip()}'")
    return found


class Emulation:
    """The screen of a job: its modes, and its cells."""

    def __init__(self, modes, rows, columns):
        self.modes_of, self.cells = modes, Cells(rows, columns)

    def feed(self, data):
        self.modes_of.feed(data)
        self.cells.feed(data)

    def __getattr__(self, name):
        return getattr(self.modes_of, name)


class Walker:
    def __init__(self, Job, options, mode, home, folder):
        color, locale, ground = mode
        rows, columns = 40, 120
        if color == "16":
            subprocess.run(["tic", "-x", "-o", os.path.join(home, "terminfo"), "-"], input=SIXTEEN, text=True, check=True)
        variables = COLORS[color] + [f"TERMINFO={home}/terminfo"] * (color == "16") + [f"LC_ALL={LOCALES[locale]}", f"COLORFGBG={GROUNDS[ground]}"]
        self.job = Job(
            ["/usr/bin/env", *variables, options.gmmscope, "train.npz", "test.npz", "--no-session"], home, folder,
            (rows, columns))
        self.job.screen = Emulation(self.job.screen, rows, columns)
        self.patience = options.patience

    @property
    def cells(self):
        return self.job.screen.cells

    def settle(self, quiet=0.02, longest=None):
        """Waits until nothing is drawn for a while; answers what the terminal is asked."""
        deadline = time.monotonic() + (longest or self.patience)
        last, count = time.monotonic(), self.job.screen.byte_count
        while time.monotonic() - last < quiet and time.monotonic() < deadline and self.job.status is None:
            self.job.poll(0.005)
            if self.cells.questions:
                if any(question.endswith("c") for question in self.cells.questions):
                    self.job.type(b"\x1b[?62;22c")
                self.cells.questions.clear()
            if self.job.screen.byte_count != count:
                last, count = time.monotonic(), self.job.screen.byte_count

    def press(self, keys):
        self.job.type(keys.encode())

    def leave(self, keys):
        for part in re.findall("\x1b|[^\x1b]+", keys):
            before = self.job.screen.byte_count
            self.press(part)
            if part == "\x1b":
                # A lone Esc waits for what could follow it.
                self.job.wait(lambda: self.job.screen.byte_count > before or self.job.status is not None, 1)
            self.settle(0.01)

    def resize(self, columns, rows):
        self.cells.resize(rows, columns)
        self.job.resize(rows, columns)
        self.settle(0.05)

    def redraw(self, quiet):
        before = self.job.screen.byte_count
        self.press("\x0c")
        self.job.wait(lambda: self.job.screen.byte_count > before or self.job.status is not None, self.patience)
        self.settle(quiet)


def visible(cell):
    """A space shows its background and what is drawn through it, not its color."""
    text, (foreground, background, attributes) = cell
    return cell if text.strip() else (text, (None, background, attributes & {"underline", "reverse"}))


def difference(one, other):
    """The first cells in which two screens differ; None where they do not."""
    for row, (first, second) in enumerate(zip(one, other)):
        for column, (left, right) in enumerate(zip(first, second)):
            if visible(left) != visible(right):
                text = ["".join(cell for cell, _ in line) for line in (first, second)]
                return f"row {row + 1}, column {column + 1}: {left} then {right}; '{text[0].strip()}' then '{text[1].strip()}'"
    return None


def visit(walker, name, known, borders, fail):
    """Opens a view, looks at it, and leaves it. Returns its lines."""
    keys, back = VIEWS[name]
    stray = None
    for quiet in (0.02, 0.4, 2):
        # A key that nothing is bound to takes away a message, as the one that redraws would.
        walker.press(keys + ("" if name in TYPING else "~"))
        walker.settle(quiet)
        shown = walker.cells.snapshot()
        walker.redraw(quiet)
        stray = difference(shown, walker.cells.snapshot())
        lines = walker.cells.lines()
        walker.leave(back)
        # What was still being computed is no stray cell, nor is a key that a busy machine has not answered yet: that must
        # be seen every time.
        if not stray:
            break
    if stray:
        fail(f"{name}: a stray cell, {stray}")
    for problem in cut_text(lines, known, borders, name in OVERLAYS) if known else []:
        fail(f"{name}: {problem}")
    for error in walker.cells.errors:
        fail(f"{name}: {error}")
    walker.cells.errors.clear()
    return lines


def walk(Job, prepare_folder, options, mode, sizes, views, known):
    """Walks in one mode. Returns what failed, and how many screens were looked at."""
    home = tempfile.mkdtemp(prefix="walk-")
    failures, count, seen = [], 0, set()
    walker = Walker(Job, options, mode, home, prepare_folder(home))
    try:
        if not walker.job.wait(lambda: walker.job.screen.modes.get(2004) or walker.job.status is not None,
                               options.patience):
            return [f"{'/'.join(mode)}: no screen"], 0
        # Everything is computed before the walk: nothing is drawn for a while on the screens that compute.
        for screen in "1346541":
            walker.press(screen)
            walker.settle(1.5 if screen in "146" else 0.3)
        # Where there is room for everything; a part of the walk keeps to a size that is quick to draw.
        walker.resize(*((250, 80) if len(views) == len(VIEWS) else (160, 45)))
        borders, words_seen = set(), set(known)
        for name in views:
            text = "\n".join(visit(walker, name, None, None, lambda problem: None))
            borders.update(re.findall(r"[+−-]?[0-9][0-9.,e+−-]*", text))
            words_seen.update(word.lower() for word in words(text))
        for columns, rows in sizes:
            walker.resize(columns, rows)
            for name in views:
                def fail(problem):
                    entry = f"{'/'.join(mode)} {columns}×{rows} {problem}"
                    if entry not in seen:
                        seen.add(entry)
                        failures.append(entry)
                visit(walker, name, words_seen, borders, fail)
                count += 1
                if walker.job.status is not None:
                    failures.append(f"{'/'.join(mode)} {columns}×{rows} {name}: ended with {walker.job.status}")
                    return failures, count
        walker.resize(120, 40)
        walker.press("Q")
        if not walker.job.wait(lambda: walker.job.status is not None, options.patience) or walker.job.status != 0:
            failures.append(f"{'/'.join(mode)}: ended with status {walker.job.status}")
        walker.job.drain()
        if walker.job.changes:
            failures.append(f"{'/'.join(mode)}: ended with the terminal changed: {walker.job.changes}")
        return failures, count
    finally:
        walker.job.close()
        shutil.rmtree(home, ignore_errors=True)


def walk_part(options, report, Job, prepare_folder, repository):
    modes = list(itertools.product(COLORS, LOCALES, GROUNDS))
    if options.modes:
        modes = [mode for mode in modes if "/".join(mode) in options.modes.split(",") or mode[0] in options.modes.split(",")]
    known, started, total = vocabulary(repository), time.monotonic(), 0
    rounds = [(mode, SIZES, list(VIEWS)) for mode in modes]
    if options.screens:
        # A part of the product from the seed: in each of some modes, some views at a size of their own.
        rng = random.Random(f"{options.seed}/walk")
        rounds = [(mode, rng.sample(SIZES, 2), rng.sample(list(VIEWS), max(1, options.screens // 4)))
                  for mode in rng.sample(modes, min(2, len(modes)))]
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(walk, Job, prepare_folder, options, *one, known) for one in rounds]
        for task in tasks:
            failures, count = task.result()
            total += count
            for failure in failures:
                report.fail(failure)
    return (f"{total} screens ({len(rounds)} modes, {len({size for _, sizes, _ in rounds for size in sizes})} sizes, "
            f"{len({view for _, _, views in rounds for view in views})} views) in {time.monotonic() - started:.0f} s")
