"""What a terminal shows: the cells that the sequences of ncurses and of the explorer draw (ECMA-48 and what terminfo
names for xterm). A sequence that it does not know is an error, never ignored."""

import codecs
import re
import unicodedata

PLAIN = ("default", "default", frozenset())
BLANK = (" ", PLAIN)
ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}
SEQUENCE = re.compile(
    r"\x1b(?:\[([?>=]?)([0-9;:]*)([ -/]*)([@-~])|\]([^\x07\x1b]*)(?:\x07|\x1b\\)|([P_^X])([^\x1b]*)\x1b\\|"
    r"([()*+])(.)|([=>78cDEHMNOZ]))", re.DOTALL)
# Modes of the terminal that change no cell.
MODES = {1, 5, 7, 12, 25, 47, 1000, 1002, 1003, 1006, 1034, 1047, 1048, 1049, 2004, 2026}


def width_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Cells:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest, self.errors, self.questions = "", [], []
        self.grid = [[BLANK] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.saved = (0, 0)
        self.style, self.last = PLAIN, " "
        self.wraps = False
        self.region = (0, rows - 1)

    def resize(self, rows, columns):
        grid = [[BLANK] * columns for _ in range(rows)]
        for row in range(min(rows, self.rows)):
            for column in range(min(columns, self.columns)):
                grid[row][column] = self.grid[row][column]
        self.grid, self.rows, self.columns = grid, rows, columns
        self.row, self.column = min(self.row, rows - 1), min(self.column, columns - 1)
        self.region, self.wraps = (0, rows - 1), False

    def lines(self):
        return ["".join(text for text, _ in row) for row in self.grid]

    def snapshot(self):
        return [list(row) for row in self.grid]

    # What comes in

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        place = 0
        while place < len(text):
            character = text[place]
            if character == "\x1b":
                match = SEQUENCE.match(text, place)
                if not match:
                    # The rest of it is still to come.
                    if len(text) - place > 1 << 20:
                        self.errors.append(f"a sequence without an end: {text[place:place + 40]!r}")
                        place = len(text)
                    break
                self.obey(match)
                place = match.end()
            else:
                self.put(character)
                place += 1
        self.rest = text[place:]

    def put(self, character):
        if character == "\r":
            self.column, self.wraps = 0, False
        elif character == "\n":
            self.line_feed()
        elif character == "\b":
            self.column, self.wraps = max(0, self.column - 1), False
        elif character == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif character in "\x07\x0e\x0f\x00":
            pass
        elif ord(character) < 0x20 or ord(character) == 0x7F:
            self.errors.append(f"a control character: {character!r}")
        else:
            self.write(character)

    def write(self, character):
        width = width_of(character)
        if width == 0:
            column = self.column if self.wraps else max(0, self.column - 1)
            text, style = self.grid[self.row][column]
            self.grid[self.row][column] = (text + character, style)
            return
        if self.wraps or self.column + width > self.columns:
            self.column, self.wraps = 0, False
            self.line_feed()
        self.grid[self.row][self.column] = (character, self.style)
        if width == 2:
            self.grid[self.row][self.column + 1] = ("", self.style)
        self.last = character
        if self.column + width >= self.columns:
            self.column, self.wraps = self.columns - 1, True
        else:
            self.column += width

    def line_feed(self):
        self.wraps = False
        if self.row == self.region[1]:
            self.scroll(1)
        else:
            self.row = min(self.rows - 1, self.row + 1)

    def scroll(self, count, top=None):
        top, bottom = (self.region[0] if top is None else top), self.region[1]
        lines = self.grid[top:bottom + 1]
        empty = [[self.erased()] * self.columns for _ in range(min(abs(count), len(lines)))]
        lines = lines[count:] + empty if count > 0 else empty + lines[:len(lines) + count]
        self.grid[top:bottom + 1] = lines

    def erased(self):
        # An erased cell has the background of the current style (bce).
        return (" ", ("default", self.style[1], frozenset()))

    def obey(self, match):
        mark, parameters, between, final, command, _, _, _, _, single = match.groups()
        if command is not None:
            if command.endswith("?"):
                self.questions.append(match.group(0))
            return
        if single is not None:
            self.obey_single(single)
            return
        if final is None:
            return
        if mark or between:
            if final in "hl" and mark == "?":
                unknown = [mode for mode in parameters.split(";") if not mode or int(mode) not in MODES]
                if unknown:
                    self.errors.append(f"an unknown mode: {match.group(0)!r}")
            elif final in "cqtpm":
                self.questions.append(match.group(0))
            else:
                self.errors.append(f"an unknown sequence: {match.group(0)!r}")
            return
        numbers = [int(number) if number else 0 for number in re.split("[;:]", parameters)] if parameters else []
        count = max(1, numbers[0] if numbers else 1)
        if final == "m":
            self.set_style(numbers)
            return
        if final == "c":
            self.questions.append(match.group(0))
            return
        if final in "lhtn":
            return
        row = self.grid[self.row]
        if final in "Hf":
            self.row = min(self.rows, max(1, numbers[0] if numbers else 1)) - 1
            self.column = min(self.columns, max(1, numbers[1] if len(numbers) > 1 else 1)) - 1
        elif final == "A":
            self.row = max(0, self.row - count)
        elif final == "B":
            self.row = min(self.rows - 1, self.row + count)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif final == "D":
            self.column = max(0, self.column - count)
        elif final == "G":
            self.column = min(self.columns, count) - 1
        elif final == "d":
            self.row = min(self.rows, count) - 1
        elif final == "J":
            self.erase_display(numbers[0] if numbers else 0)
        elif final == "K":
            start, end = [(self.column, self.columns), (0, self.column + 1), (0, self.columns)][
                numbers[0] if numbers else 0]
            row[start:end] = [self.erased()] * (end - start)
        elif final == "X":
            end = min(self.columns, self.column + count)
            row[self.column:end] = [self.erased()] * (end - self.column)
        elif final == "@":
            row[self.column:] = ([self.erased()] * count + row[self.column:])[:self.columns - self.column]
        elif final == "P":
            row[self.column:] = (row[self.column + count:] + [self.erased()] * count)[:self.columns - self.column]
        elif final == "L":
            self.scroll(-count, self.row)
        elif final == "M":
            self.scroll(count, self.row)
        elif final == "S":
            self.scroll(count)
        elif final == "T":
            self.scroll(-count)
        elif final == "b":
            for _ in range(count):
                self.write(self.last)
            return
        elif final == "r":
            top, bottom = (numbers + [1, self.rows])[:2] if numbers else (1, self.rows)
            self.region = (max(1, top) - 1, (bottom or self.rows) - 1)
            self.row = self.column = 0
        else:
            self.errors.append(f"an unknown sequence: {match.group(0)!r}")
        self.wraps = False

    def obey_single(self, command):
        if command == "7":
            self.saved = (self.row, self.column)
        elif command == "8":
            (self.row, self.column), self.wraps = self.saved, False
        elif command == "M":
            if self.row == self.region[0]:
                self.scroll(-1)
            else:
                self.row = max(0, self.row - 1)
        elif command == "D":
            self.line_feed()
        elif command == "E":
            self.column = 0
            self.line_feed()
        elif command == "c":
            self.__init__(self.rows, self.columns)

    def erase_display(self, which):
        start = (self.row, self.column) if which == 0 else (0, 0)
        end = (self.row, self.column) if which == 1 else (self.rows - 1, self.columns - 1)
        for row in range(self.rows):
            for column in range(self.columns):
                if start <= (row, column) <= end:
                    self.grid[row][column] = self.erased()

    def set_style(self, numbers):
        foreground, background, attributes = self.style
        place, numbers = 0, numbers or [0]
        while place < len(numbers):
            number = numbers[place]
            if number == 0:
                foreground, background, attributes = PLAIN
            elif number in ATTRIBUTES:
                attributes = attributes | {ATTRIBUTES[number]}
            elif number == 22:
                attributes = attributes - {"bold", "dim"}
            elif 23 <= number <= 27:
                attributes = attributes - {ATTRIBUTES.get(number - 20)}
            elif number in (38, 48):
                length = 3 if numbers[place + 1] == 5 else 5
                color = tuple(numbers[place + 1:place + length])
                foreground, background = (color, background) if number == 38 else (foreground, color)
                place += length - 1
            elif number in (39, 49):
                foreground, background = ("default", background) if number == 39 else (foreground, "default")
            elif 30 <= number <= 37 or 90 <= number <= 97:
                foreground = (5, number - 30 if number < 40 else number - 82)
            elif 40 <= number <= 47 or 100 <= number <= 107:
                background = (5, number - 40 if number < 50 else number - 92)
            else:
                self.errors.append(f"an unknown style: {number}")
            place += 1
        self.style = (foreground, background, attributes)
