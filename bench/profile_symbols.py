# SPDX-License-Identifier: GPL-2.0-only
"""Which function an address is in: of the kernel, of its modules, of the program."""

import bisect
import collections
import gzip
import subprocess

from profile_groups import group_of

# What is below is the user's.
KERNEL = 1 << 63
# Whoever is so far behind the last symbol is in no function at all.
FAR = 1 << 20

Symbol = collections.namedtuple("Symbol", "address name group")


def kernel_symbols(path):
    """From lines of /proc/kallsyms: address, type, name and perhaps [module]."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            address, _, name, *module = line.split()
            # What is before a function to fill its cache line is never executed.
            if name.startswith("__pfx_"):
                continue
            group = "module" if module == ["[qmsg]"] else group_of(name)
            yield Symbol(int(address, 16), name, group)


def user_symbols(program):
    """The program is linked to fixed addresses."""
    lines = subprocess.run(["nm", "--defined-only", program], check=True,
                           capture_output=True, text=True).stdout
    for line in lines.splitlines():
        address, kind, name = line.split()
        if kind in "tTwWi":
            yield Symbol(int(address, 16), name, "user")


class Symbols:
    """All of them, to be found by address."""

    def __init__(self, kallsyms, program):
        self.symbols = sorted([*user_symbols(program), *kernel_symbols(kallsyms)],
                              key=lambda symbol: symbol.address)
        self.addresses = [symbol.address for symbol in self.symbols]

    def find(self, address):
        """Of several names for one address the first."""
        at = bisect.bisect_right(self.addresses, address) - 1
        start = self.addresses[at] if at >= 0 else -FAR
        if address - start < FAR and (start < KERNEL) == (address < KERNEL):
            return self.symbols[bisect.bisect_left(self.addresses, start)]
        return Symbol(-1, "?", "user" if address < KERNEL else "other")

    def matching(self, pattern):
        """Addresses of the program's functions whose names fit."""
        return {symbol.address for symbol in self.symbols
                if symbol.group == "user" and pattern.search(symbol.name)}
