# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Python's signal handlers run in the middle of a read, which Python then begins anew (PEP 475);
# what a handler raises ends it.
python3 -I -S -B - <<'END'
import _signal
import os

DEV = "/dev/fifo"
ticks = 0


def tick(signum, frame):
    global ticks
    ticks += 1
    if ticks == 5:
        assert os.write(writer, b"late\n") == 5


reader = os.open(DEV, os.O_RDONLY)
writer = os.open(DEV, os.O_WRONLY)
_signal.signal(_signal.SIGALRM, tick)
_signal.setitimer(_signal.ITIMER_REAL, 0.02, 0.02)
assert os.read(reader, 100) == b"late\n"
_signal.setitimer(_signal.ITIMER_REAL, 0)
assert ticks >= 5, ticks


def interrupt(signum, frame):
    raise KeyboardInterrupt


_signal.signal(_signal.SIGALRM, interrupt)
_signal.setitimer(_signal.ITIMER_REAL, 0.05)
try:
    os.read(reader, 100)
    raise AssertionError("it had nothing to read")
except KeyboardInterrupt:
    pass
# It goes on, and nothing was lost.
assert os.write(writer, b"more\n") == 5
assert os.read(reader, 100) == b"more\n"
assert os.write(writer, bytes(1000)) == 1000
assert os.readv(reader, [bytearray(1), bytearray(2)]) == 3
assert len(os.read(reader, 2000)) == 997
END
