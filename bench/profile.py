#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Watch a guest make round trips, instruction by instruction; profile.sh starts it."""

import argparse
import collections
import pathlib
import re
import sys
import time

from profile_groups import GROUPS
from profile_symbols import Symbols
from profile_trace import Failure, Monitor, Trace, end_log, start_log

READY = "bench loop ready"
# The function of a method in qmsg-bench that makes one round trip.
ROUND_TRIP = re.compile(r"(^|_)round_trip(\.|$)")
# Instructions to look at, at most: a minute or so. Few round trips of long messages fit in.
LIMIT = 40_000_000
# What does not belong to a round trip: interrupts, and that the program watches itself.
FOREIGN = re.compile(r"asm_sysvec_|asm_common_interrupt|watch$")


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
        # It tells whether the guest is still there.
        monitor.ask("info status")
        time.sleep(0.3)
    time.sleep(1)


def watch(options):
    monitor = Monitor(str(options.guest / "monitor"))
    wait_until_ready(monitor, options.guest / "lines")
    symbols = Symbols(options.guest / "symbols", options.program)
    markers = symbols.matching(ROUND_TRIP)
    trace = Trace()
    log = start_log(monitor, str(options.guest / "log"))
    trace.read(log, markers, options.rounds, LIMIT)
    end_log(monitor, log)
    return Profile(symbols, trace)


class Profile:
    """Sums over the round trips in which nothing else happened."""

    def __init__(self, symbols, trace):
        self.marker = symbols.find(trace.marker)
        self.address = trace.addresses
        self.symbol = [symbols.find(address) for address in trace.addresses]
        foreign = {number for number, symbol in enumerate(self.symbol)
                   if FOREIGN.match(symbol.name)}
        self.trips = sorted((trip for trip in trace.trips if foreign.isdisjoint(trip)), key=len)
        self.left_out = len(trace.trips) - len(self.trips)
        if not self.trips:
            raise Failure("every round trip was interrupted")
        self.count()

    def count(self):
        """Instructions and entries by function, instructions by group; all for one round trip."""
        self.functions, self.entries, self.groups = (collections.Counter() for _ in range(3))
        executed = collections.Counter()
        for trip in self.trips:
            executed.update(trip)
        for number, times in executed.items():
            symbol, each = self.symbol[number], times / len(self.trips)
            self.functions[symbol] += each
            self.groups[symbol.group] += each
            if self.address[number] == symbol.address:
                self.entries[symbol] += each

    def typical(self):
        return self.trips[len(self.trips) // 2]

    def calls(self):
        """One round trip as (instructions in a row, function)."""
        runs = []
        for number in self.typical():
            symbol = self.symbol[number]
            if not runs or runs[-1][1] != symbol:
                runs.append([0, symbol])
            runs[-1][0] += 1
        return runs


def heading(title, profile):
    shortest, longest = len(profile.trips[0]), len(profile.trips[-1])
    yield f"Instructions of one round trip: {title}"
    yield (f"{len(profile.trips)} round trips ({profile.marker.name}) of {shortest} to {longest} "
           f"instructions, median {len(profile.typical())}; interrupted and left out: "
           f"{profile.left_out}")
    yield ("Counted in the function itself, not in what it calls. Each iteration of a string "
           "instruction (rep) is one, and so is the last look at its counter.")


def group_table(profile):
    total = sum(profile.functions.values())
    yield f"{'group':<40}{'instructions':>12}"
    for name, meaning, _ in GROUPS:
        count = profile.groups[name]
        yield f"{name:<40}{count:12.1f}{100 * count / total:7.1f}%  {meaning}"
    yield f"{'total':<40}{total:12.1f}{100:7.1f}%"


def function_table(profile):
    yield f"{'function':<40}{'instructions':>12}{'entered':>8}  group"
    for symbol, count in profile.functions.most_common():
        yield f"{symbol.name:<40}{count:12.1f}{profile.entries[symbol]:8.2f}  {symbol.group}"


def main():
    options = arguments()
    try:
        profile = watch(options)
    except Failure as failure:
        sys.exit(f"qmsg: error: {failure}")
    tables = (heading(options.title, profile), group_table(profile), function_table(profile))
    print("\n\n".join("\n".join(table) for table in tables))
    with open(options.calls, "w", encoding="ascii") as file:
        for count, symbol in profile.calls():
            print(f"{count:6} {symbol.name}", file=file)


if __name__ == "__main__":
    main()
