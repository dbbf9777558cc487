# SPDX-License-Identifier: GPL-2.0-only
"""From the instructions of some round trips to sums by function and by group."""

import array
import collections
import re

from profile_symbols import Symbol

# What does not belong to a round trip begins with one of these ...
INTERRUPT = re.compile(r"asm_sysvec_|asm_common_interrupt")
# ... and ends with this one.
RETURN = "native_irq_return_iret"
INTERRUPTS = Symbol(-1, "(interrupts)", "interrupts")
# Nor does that the program watches itself, once in many round trips.
WATCH = "watch"
PAGE_SHIFT = 12


class Sums:
    """Of the round trips in which nothing else happened.

    There are none of a long message, which takes longer than from one tick of the clock to
    the next. Then interrupts are in the sums, as a group of their own.
    """

    def __init__(self, symbols, trace):
        self.marker = symbols.find(trace.marker)
        self.address = [*trace.addresses, None]
        self.symbol = [*map(symbols.find, trace.addresses), INTERRUPTS]
        self.trips = sorted(self.undisturbed(trace.trips) or self.cut(trace.trips), key=len)
        self.left_out = len(trace.trips) - len(self.trips)
        self.sum_up()

    def numbers(self, fits, first_only=False):
        """The instructions of functions whose names fit."""
        return {number for number, symbol in enumerate(self.symbol) if fits(symbol.name)
                and not (first_only and self.address[number] != symbol.address)}

    def undisturbed(self, trips):
        foreign = self.numbers(INTERRUPT.match) | self.numbers(WATCH.__eq__)
        return [trip for trip in trips if foreign.isdisjoint(trip)]

    def cut(self, trips):
        """The same round trips; all that is executed in interrupts is in one function."""
        begin, end = self.numbers(INTERRUPT.match, True), self.numbers(RETURN.__eq__, True)
        return [self.cut_one(trip, begin, end) for trip in trips]

    def cut_one(self, trip, begin, end):
        interrupts, depth, result = len(self.symbol) - 1, 0, array.array("I")
        for number in trip:
            depth += number in begin
            result.append(interrupts if depth else number)
            if depth and number in end:
                depth -= 1
        return result

    def sum_up(self):
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

    def total(self):
        return sum(self.functions.values())

    def typical(self):
        """The round trip in the middle."""
        return self.trips[len(self.trips) // 2]

    def pages(self, group=None):
        """What the round trip in the middle executes code of, all or that of a group."""
        return {self.address[number] >> PAGE_SHIFT for number in self.typical()
                if self.address[number] and group in (None, self.symbol[number].group)}

    def calls(self):
        """One round trip as (instructions in a row, function)."""
        runs = []
        for number in self.typical():
            symbol = self.symbol[number]
            if not runs or runs[-1][1] != symbol:
                runs.append([0, symbol])
            runs[-1][0] += 1
        return runs
