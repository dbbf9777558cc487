# SPDX-License-Identifier: GPL-2.0-only
"""Numbers as people read them."""

UNITS = ("", "k", "M", "G")


def bytes_text(size):
    """65536 as "64 KiB"."""
    for unit, step in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= step and size % step == 0:
            return f"{size // step} {unit}"
    return f"{size} B"


def short(value):
    """Three digits and a letter: 11623 as "11.6k"."""
    power = 0
    while abs(value) >= 999.5 and power < len(UNITS) - 1:
        value /= 1000
        power += 1
    digits = 0 if abs(value) >= 99.95 or power == 0 else 1 if abs(value) >= 9.995 else 2
    return f"{value:.{digits}f}{UNITS[power]}"


def spread_text(value, digits=2):
    """Median and, if there is more than one boot, range."""
    if value is None:
        return "-"
    text = f"{value.median:.{digits}f}"
    if value.boots > 1:
        text += f" [{value.low:.{digits}f}-{value.high:.{digits}f}]"
    return text


def columns(rows):
    """Lines of a table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        yield "  " + "  ".join(cells).rstrip()
