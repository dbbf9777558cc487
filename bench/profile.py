#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Watch a guest make round trips, instruction by instruction; profile.sh starts it."""

import argparse
import pathlib
import re
import sys
import time

from profile_groups import GROUPS
from profile_sums import Sums
from profile_symbols import Symbols
from profile_trace import Failure, Monitor, Trace, end_log, start_log

READY = "bench loop ready"
# The function of a method in qmsg-bench that makes one round trip.
ROUND_TRIP = re.compile(r"(^|_)round_trip(\.|$)")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guest", required=True, type=pathlib.Path,
                        help="directory of its serial ports and its monitor")
    parser.add_argument("--program", required=True, help="what it runs")
    parser.add_argument("--rounds", required=True, type=int, help="round trips to look at")
    parser.add_argument("--calls", required=True, help="file for one round trip in its order")
    parser.add_argument("--title", required=True)
    return parser.parse_args()


def wait_until_ready(monitor, lines):
    """The program has made its first round trips, and makes them for ever."""
    while not lines.exists() or READY not in lines.read_text(errors="replace"):
        # It fails when the guest has gone.
        monitor.ask("info status")
        time.sleep(0.3)
    time.sleep(1)


def watch(options):
    monitor = Monitor(str(options.guest / "monitor"))
    wait_until_ready(monitor, options.guest / "lines")
    symbols = Symbols(options.guest / "symbols", options.program)
    trace = Trace()
    log = start_log(monitor, str(options.guest / "log"))
    trace.read(log, symbols.matching(ROUND_TRIP), options.rounds)
    end_log(monitor, log)
    return Sums(symbols, trace)


def heading(title, sums):
    shortest, longest = len(sums.trips[0]), len(sums.trips[-1])
    yield f"Instructions of one round trip: {title}"
    yield (f"{len(sums.trips)} round trips ({sums.marker.name}) of {shortest} to {longest} "
           f"instructions, median {len(sums.typical())}; interrupted and left out: "
           f"{sums.left_out}")
    yield (f"Code of the one in the middle: {len(sums.pages())} pages of 4 KiB, "
           f"{len(sums.pages('module'))} of them the module's")
    yield ("Counted in the function itself, not in what it calls. Each iteration of a string "
           "instruction (rep) is one, and so is the last look at its counter.")


# gate.py reads these two tables.
def group_table(sums):
    total = sums.total()
    yield f"{'group':<40}{'instructions':>12}"
    for name, meaning, _ in GROUPS:
        count = sums.groups[name]
        yield f"{name:<40}{count:12.1f}{100 * count / total:7.1f}%  {meaning}"
    yield f"{'total':<40}{total:12.1f}{100:7.1f}%"


def function_table(sums):
    yield f"{'function':<40}{'instructions':>12}{'entered':>8}  group"
    for symbol, count in sums.functions.most_common():
        yield f"{symbol.name:<40}{count:12.1f}{sums.entries[symbol]:8.2f}  {symbol.group}"


def main():
    options = arguments()
    try:
        sums = watch(options)
    except Failure as failure:
        sys.exit(f"qmsg: error: {failure}")
    tables = (heading(options.title, sums), group_table(sums), function_table(sums))
    print("\n\n".join("\n".join(table) for table in tables))
    with open(options.calls, "w", encoding="ascii") as file:
        for count, symbol in sums.calls():
            print(f"{count:6} {symbol.name}", file=file)


if __name__ == "__main__":
    main()
