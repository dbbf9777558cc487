#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Unpack what a guest has sent on its third serial port (files.c).

    files.py FILE DIRECTORY

Of files with one name the last counts. One that the guest has not finished is left out.
"""
import os
import sys

MARK = b'qmsg-file '


def records(data):
    """(name, bytes) of each record, in order."""
    at = 0
    while data.startswith(MARK, at):
        end = data.find(b'\n', at)
        if end < 0:
            return
        name, size = data[at + len(MARK):end].decode().rsplit(' ', 1)
        at = end + 1 + int(size)
        if at > len(data):
            return
        yield name, data[end + 1:at]


def unpack(data, directory):
    for name, content in records(data):
        path = os.path.normpath(os.path.join(directory, name))
        if not path.startswith(os.path.abspath(directory) + os.sep):
            sys.exit(f'files.py: a name that leads elsewhere: {name}')
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(content)


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], 'rb') as sent:
        unpack(sent.read(), os.path.abspath(sys.argv[2]))
