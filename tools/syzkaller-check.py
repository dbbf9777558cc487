#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Are the two descriptions of the interface for fuzzers the interface of the header?

selftests/fuzz/dev_qmsg.txt has every request, and its structs are laid out as those of
uapi/linux/qmsg.h: the same size, and members that have the same name are at the same place.
selftests/fuzz/calls.c has every request.
"""
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
HEADER = 'uapi/linux/qmsg.h'
TEXT = 'selftests/fuzz/dev_qmsg.txt'
TABLE = 'selftests/fuzz/calls.c'
# syzkaller's own types
BYTES = {'int8': 1, 'int16': 2, 'int32': 4, 'int64': 8, 'bool32': 4, 'bool64': 8, 'pid': 4,
         'fd': 4, 'fd_event': 4, 'ptr64': 8}


def read(name):
    with open(os.path.join(TOP, name), encoding='utf-8') as f:
        return f.read()


class Description:
    def __init__(self, text):
        self.requests = dict(re.findall(
            r'^ioctl\$\w+\(.*const\[QMSG_IOC_(\w+)\], arg ptr\[\w+, (\w+)\]\)', text, re.M))
        self.resources = dict(re.findall(r'^resource (\w+)\[(\w+)\]', text, re.M))
        self.bodies = {name: (kind, re.findall(r'^\t(\w+)\s+(.*?)(?: \(\w+\))?$', body, re.M))
                       for name, kind, body, _ in
                       re.findall(r'^(\w+) ([{\[])\n(.*?)^([}\]])', text, re.M | re.S)}

    def layout(self, kind):
        """Size and alignment of a type."""
        name, _, inner = kind.partition('[')
        inner = inner.rstrip(']')
        if name in ('const', 'flags', 'len', 'bytesize'):
            return self.layout(inner.rsplit(', ', 1)[1])
        if name == 'array':
            element, count = inner.rsplit(', ', 1)
            size, align = self.layout(element + (']' if '[' in element else ''))
            return size * int(count), align
        if name in self.resources:
            return self.layout(self.resources[name])
        if name in self.bodies:
            size, align, _ = self.place(name)
            return size, align
        return BYTES[name], BYTES[name]

    def place(self, name):
        """Size, alignment and the members' places of a struct or union."""
        kind, members = self.bodies[name]
        at, end, align, places = 0, 0, 1, {}
        for member, member_type in members:
            size, need = self.layout(member_type)
            at = -(-at // need) * need
            places[member] = at
            align, end = max(align, need), max(end, at + size)
            at = at + size if kind == '{' else 0
        return -(-end // align) * align, align, places


def header_layout(description):
    """What the compiler makes of the same structs: {(struct, member or None): number}."""
    header = read(HEADER)
    asked = []
    for name, (kind, members) in description.bodies.items():
        found = re.search(rf'^struct {name} {{\n(.*?)^}};', header, re.M | re.S)
        if kind == '{' and found:
            asked += [(name, None, f'sizeof(struct {name})')]
            asked += [(name, m, f'offsetof(struct {name}, {m})') for m, _ in members
                      if re.search(rf'\b{m};', found.group(1))]
    source = '#include <stddef.h>\n#include <stdio.h>\n#include <linux/qmsg.h>\nint main(void) {\n'
    source += ''.join(f'printf("%zu\\n", {what});\n' for _, _, what in asked) + '}\n'
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, 'layout')
        subprocess.run(['gcc', '-I', os.path.join(TOP, 'uapi'), '-x', 'c', '-', '-o', program],
                       input=source, text=True, check=True)
        told = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    return {(name, member): int(n) for (name, member, _), n in zip(asked, told)}


def complaints():
    requests = set(re.findall(r'^#define QMSG_IOC_(\w+)\s+_IO\(', read(HEADER), re.M))
    description = Description(read(TEXT))
    real = header_layout(description)
    for name in sorted(requests ^ set(description.requests)):
        yield f'{TEXT}: QMSG_IOC_{name} is not in both it and {HEADER}'
    for name in sorted(requests ^ set(re.findall(r'\bCALL\((\w+), "', read(TABLE)))):
        yield f'{TABLE}: QMSG_IOC_{name} is not in both it and {HEADER}'
    for name in sorted(set(description.requests.values())):
        if (name, None) not in real:
            yield f'{TEXT}: {name} is not a struct of both it and {HEADER}'
    for (name, member), wanted in real.items():
        size, _, places = description.place(name)
        got = size if member is None else places[member]
        if got != wanted:
            yield f'{TEXT}: {name}{"." + member if member else ""}: {got}, and {wanted} in {HEADER}'
    if not requests or not real:
        yield f'{HEADER}: nothing was found in it'


if __name__ == '__main__':
    bad = list(complaints())
    for text in bad:
        print(text, file=sys.stderr)
    sys.exit(bool(bad))
