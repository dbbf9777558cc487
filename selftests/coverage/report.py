#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which lines, branches and functions of the module ran, and which did not.

MODULE is its source; each RUN is OBJECTS:COUNTED: where the module was built to count, and what
a guest has sent (files.py). The whole report goes to the file OUT, a summary to the terminal.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True  # nothing generated beside the source
import gcov  # noqa: E402


class Tally:
    def __init__(self):
        self.ran = self.of = 0

    def add(self, ran):
        self.of += 1
        self.ran += bool(ran)

    def join(self, other):
        self.of += other.of
        self.ran += other.ran

    def percent(self):
        return 100 * self.ran / self.of if self.of else 100.0

    def __str__(self):
        return f'{self.ran:5}/{self.of:<5}{self.percent():6.1f}'


class Row:
    """The figures of one source file, or of all."""

    def __init__(self, name):
        self.name = name
        self.lines, self.branches, self.functions = Tally(), Tally(), Tally()

    def join(self, other):
        self.lines.join(other.lines)
        self.branches.join(other.branches)
        self.functions.join(other.functions)

    def __str__(self):
        return f'{self.name:20} {self.lines}  {self.branches}  {self.functions}'


class File(Row):
    """And what did not run in it."""

    def __init__(self, name, source, path):
        super().__init__(name)
        self.dark_lines, self.dark_branches, self.dark_functions = [], [], []
        with open(path, encoding='utf-8') as f:
            self.text = [''] + f.read().splitlines()
        self.ranges = sorted((first, last, function)
                             for function, (first, last, _) in source.functions.items())
        self.count_functions(source)
        self.count_lines(source, gcov.decisions(path))

    def count_functions(self, source):
        for function, (first, _, count) in sorted(source.functions.items(), key=lambda f: f[1]):
            self.functions.add(count)
            if not count:
                self.dark_functions.append((first, function))

    def count_lines(self, source, decisions):
        for number in sorted(source.lines):
            line = source.lines[number]
            self.lines.add(line.count)
            if not line.count:
                self.dark_lines.append(number)
            if not line.copies or number not in decisions:
                continue
            counts = source.branches(number, decisions[number])
            for count in counts:
                self.branches.add(count)
            if line.count and not all(counts):
                self.dark_branches.append((number, sum(not c for c in counts), len(counts)))

    def function_at(self, number):
        for first, last, function in self.ranges:
            if first <= number <= last:
                return function
        return ''

    def dark(self):
        yield from (f'{self.name}:{n}: {name}() is never called'
                    for n, name in self.dark_functions)
        for number in self.dark_lines:
            function = self.function_at(number)
            if function not in (name for _, name in self.dark_functions):
                yield f'{self.name}:{number}: {function}: not run: {self.text[number].strip()}'
        for number, missing, of in self.dark_branches:
            yield (f'{self.name}:{number}: {self.function_at(number)}: {missing} of {of} ways '
                   f'not taken: {self.text[number].strip()}')


HEAD = f'{"":20} {"lines":>11}{"%":>6}  {"branches":>11}{"%":>6}  {"functions":>11}{"%":>6}'


def write(out, files, total):
    rows = [HEAD, *files, total]
    with open(out, 'w', encoding='utf-8') as f:
        print(*rows, '', *(line for file in files for line in file.dark()), sep='\n', file=f)
    print(*rows, sep='\n')
    print(f'qmsg: what did not run is in {os.path.relpath(out)}')


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--least', nargs=2, type=float, metavar=('LINES', 'BRANCHES'),
                        default=(0, 0), help='fail below so many in a hundred')
    parser.add_argument('module')
    parser.add_argument('out')
    parser.add_argument('runs', nargs='+', metavar='RUN')
    return parser.parse_args()


def main():
    args = arguments()
    sources = gcov.read([run.split(':') for run in args.runs], args.module)
    files = [File(name, source, os.path.join(args.module, name))
             for name, source in sorted(sources.items())]
    total = Row('all')
    for file in files:
        total.join(file)
    if not total.lines.ran:
        sys.exit('qmsg: error: nothing was counted')
    write(args.out, files, total)
    lines, branches = args.least
    if total.lines.percent() < lines or total.branches.percent() < branches:
        sys.exit(f'qmsg: FAILED: less than {lines:g} % of the lines, '
                 f'or {branches:g} % of the branches')


if __name__ == '__main__':
    main()
