# SPDX-License-Identifier: GPL-2.0-only
"""What the guests have printed, and the medians of it.

A line is "bench TYPE key=value ...". A boot is one guest's lines; a panel is what is shown
as one table or plot: the boots of one kernel and setting, at one placement of the two ends.
"""

import statistics
from collections import namedtuple
from pathlib import Path

import targets

BASE = "pipe"
# Reads of files are compared with each other.
READ_BASE = "fuse"

# Of one boot: kernel, setting, its own line, and the lines of each type.
Boot = namedtuple("Boot", "kver setting number info lines")
Key = namedtuple("Key", "kver setting place")
# Median, smallest and largest over boots.
Spread = namedtuple("Spread", "median low high boots")


def number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def parse(line):
    """("rt", {"method": "pipe", ...}) of a line; None if it is none of the benchmark's."""
    words = line.split()
    if len(words) < 2 or words[0] != "bench":
        return None
    pairs = (word.split("=", 1) for word in words[2:] if "=" in word)
    return words[1], {key: number(value) for key, value in pairs}


def parse_all(text):
    lines = {}
    for line in text.splitlines():
        parsed = parse(line)
        if parsed:
            lines.setdefault(parsed[0], []).append(parsed[1])
    return lines


def load_boot(directory):
    """None for a boot that has not come to its end; a failed one does not count either."""
    if not (directory / "boot").exists():
        return None
    info = parse_all((directory / "boot").read_text())["boot"][0]
    lines = parse_all((directory / "lines").read_text(errors="replace"))
    # A kernel's name looks like a number.
    kver, setting = directory.parts[-3:-1]
    return Boot(kver, setting, info["number"], info, lines) if info["ok"] else None


def place_in_report(boot):
    order = targets.ORDER
    setting = order.index(boot.setting) if boot.setting in order else len(order)
    return boot.kver != targets.KERNEL, boot.kver, setting, boot.number


def load(directory):
    found = Path(directory).glob("boots/*/*/*")
    return sorted(filter(None, map(load_boot, found)), key=place_in_report)


def spread(values):
    """None of nothing."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def batches(line):
    """What each of them took, in their order."""
    return [float(value) for value in str(line["ns"]).split(",")]


def ratio_in_boot(one, other):
    """The median of the ratios between batches of the same turn.

    The host's own speed changes by a factor of two within a second; these follow each other.
    """
    if not one or not other:
        return None
    return statistics.median(mine / base for mine, base in zip(batches(one), batches(other)))


def is_busy(boot):
    """Was this measured against a host that had other things to do?

    Where the guest itself has, nobody can tell.
    """
    return boot.info["clock"] == "wall" and any(
        line["method"] == BASE and line["size"] == 0 and not line.get("hogs") and
        line["median"] > targets.BUSY_NS
        for line in boot.lines.get("rt", []))


class Panel:
    """The round trips, or the reads, of one kernel, setting and placement.

    Boots on a busy host do not count, but are shown if there are no others.
    """

    def __init__(self, key, boots, kind="rt"):
        self.key = key
        self.kind = kind
        self.base = BASE if kind == "rt" else READ_BASE
        self.all_boots = boots
        self.good_boots = [boot for boot in boots if not is_busy(boot)]
        self.boots = self.good_boots or boots
        self.cells = [self._cells(boot) for boot in self.boots]
        self.clock = boots[0].info["clock"]

    def _cells(self, boot):
        return {(line["method"], line["size"]): line for line in boot.lines.get(self.kind, [])
                if line["place"] == self.key.place}

    def methods(self):
        """Those that are not known come last."""
        found = dict.fromkeys(method for cells in self.cells for method, _ in cells)
        return [method for method in targets.METHODS if method in found] + [
            method for method in found if method not in targets.METHODS]

    def sizes(self):
        return sorted({size for cells in self.cells for _, size in cells})

    def value(self, method, size, name="median"):
        """Over boots, of what one line says."""
        return spread(cells.get((method, size), {}).get(name) for cells in self.cells)

    def ratio(self, method, size, base=None):
        """Over boots, of the ratio inside each: nothing else can be compared."""
        base = base or self.base
        return spread(ratio_in_boot(cells.get((method, size)), cells.get((base, size)))
                      for cells in self.cells)

    def noisy(self, ratio):
        return ratio.low > 0 and ratio.high / ratio.low > targets.NOISY[self.clock]


def panels(boots, kind="rt"):
    """By key, in the order of the boots."""
    keys = {}
    for boot in boots:
        for line in boot.lines.get(kind, []):
            key = Key(boot.kver, boot.setting, line["place"])
            members = keys.setdefault(key, [])
            if boot not in members:
                members.append(boot)
    return {key: Panel(key, members, kind) for key, members in keys.items()}


def select(boots, kver, setting):
    return [boot for boot in boots if boot.kver == kver and boot.setting == setting]


def figure(boots, kind, name, **match):
    """Over boots, of one figure of the lines of a kind that match."""
    def in_boot(boot):
        for line in boot.lines.get(kind, []):
            if all(line.get(key) == value for key, value in match.items()):
                return line.get(name)
        return None
    return spread(map(in_boot, boots))


def stragglers(boots):
    """Boots by the wall's clock that the host has hit: their pipe is far slower than the best."""
    slow = [boot for boot in boots if is_busy(boot)]
    for panel in panels(boots).values():
        size = panel.sizes()[0]
        best = panel.value(BASE, size)
        if panel.clock != "wall" or not best:
            continue
        for boot, cells in zip(panel.boots, panel.cells):
            line = cells.get((BASE, size))
            if line and line["median"] > targets.STRAGGLER * best.low and boot not in slow:
                slow.append(boot)
    return slow
