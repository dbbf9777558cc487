# SPDX-License-Identifier: GPL-2.0-only
"""What gcov says of the module's objects, put together by source file.

A line of a header is in many objects, and where it is always inlined in each of them many
times over. All of these copies count as one: a branch was taken if it was in any.
"""
import json
import math
import os
import re
import subprocess
from collections import defaultdict

# Made by macros of the kernel, not by anybody here.
NOT_OURS = {'trace.h', 'trace.c', 'count.c', 'count_first.c'}
DECISION = re.compile(r'\b(?:if|while|for|case|default|switch)\b|\?|&&|\|\||_for_each')


class Line:
    def __init__(self):
        self.count = 0
        self.copies = []        # of its branches: a list of counts for each object


class Source:
    def __init__(self):
        self.lines = defaultdict(Line)
        self.functions = {}     # name: [first line, last line, count]

    def add(self, seen):
        for function in seen['functions']:
            entry = self.functions.setdefault(
                function['name'], [function['start_line'], function['end_line'], 0])
            entry[2] += function['execution_count']
        for line in seen['lines']:
            mine = self.lines[line['line_number']]
            mine.count += line['count']
            if outcomes := ours(line['branches']):
                mine.copies.append(outcomes)

    def has_home(self, number):
        """Whether the line is in a function that is there by itself, not only inlined."""
        return any(first <= number <= last for first, last, _ in self.functions.values())

    def branches(self, number, decisions):
        """Counts of the branches of a line with so many decisions, copies laid over each other."""
        copies = self.lines[number].copies
        width = math.gcd(*map(len, copies))
        if not self.has_home(number):
            width = math.gcd(width, 2 * decisions)
        counts = [0] * width
        for copy in copies:
            for i, count in enumerate(copy):
                counts[i % width] += count
        return counts


def ours(branches):
    """Without the pairs of an asm goto: jump labels, and faults in the middle of a copy."""
    kept = []
    for i in range(0, len(branches) - 1, 2):
        pair = branches[i:i + 2]
        if not any(branch['throw'] for branch in pair):
            kept += [branch['count'] for branch in pair]
    if len(branches) % 2:
        kept.append(branches[-1]['count'])
    return kept


def decisions(path):
    """
    How much is decided in each line whose statement decides something. Branches elsewhere are
    inside macros of the kernel.
    """
    found, statement = {}, []
    with open(path, encoding='utf-8') as f:
        for number, text in enumerate(f, 1):
            code = re.sub(r'/\*.*?\*/|"(\\.|[^"])*"', '', text).rstrip().rstrip('\\').rstrip()
            statement.append((number, len(DECISION.findall(code))))
            if not code or code[-1] in ';{}:/' or code.startswith('#'):
                if any(n for _, n in statement):
                    found.update((line, n or 1) for line, n in statement)
                statement = []
    return found


def run(objects, counted):
    """Each object's report. gcov wants the notes of the compiler beside the counts."""
    for notes in sorted(os.listdir(objects)):
        if not notes.endswith('.gcno'):
            continue
        counts = os.path.join(counted, notes[:-5] + '.gcda')
        link = os.path.join(counted, notes)
        if os.path.lexists(link):
            os.remove(link)
        os.symlink(os.path.join(objects, notes), link)
        told = subprocess.run(
            ['gcov', '--json-format', '--stdout', '--branch-probabilities',
             counts if os.path.exists(counts) else link],
            check=True, cwd=counted, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for text in told.stdout.splitlines():
            if text.strip():
                yield json.loads(text)


def read(runs, module):
    """
    Sources by name: all that @module (a directory) has. Each run is where its objects are and
    what was counted.
    """
    sources = defaultdict(Source)
    for objects, counted in runs:
        for told in run(objects, counted):
            for seen in told['files']:
                where, name = os.path.split(seen['file'])
                if os.path.abspath(where) == os.path.abspath(objects) and name not in NOT_OURS \
                        and os.path.exists(os.path.join(module, name)):
                    sources[name].add(seen)
    return sources
