# SPDX-License-Identifier: GPL-2.0-only
"""The instructions that QEMU executes, one after the other, cut into round trips."""

import array
import fcntl
import os
import socket

PROMPT = b"(qemu) "
# How many instructions a block of code may have: these bits of its flags.
COUNT_MASK = 0x1ff
# So many instructions are enough, and only a few round trips of long messages: it is half a
# minute if nothing else runs.
ENOUGH = 10_000_000
# Where there has been no round trip at all by then, there will be none.
TOO_MANY = 60_000_000


class Failure(Exception):
    """There will be no profile; the text says why."""


class Monitor:
    """Of QEMU, on a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self._answer()

    def _answer(self):
        text = b""
        while not text.endswith(PROMPT):
            more = self.socket.recv(4096)
            if not more:
                raise Failure("the guest has ended")
            text += more
        return text

    def ask(self, command):
        """What it says to one command."""
        try:
            self.socket.sendall(command.encode() + b"\n")
            return self._answer()
        except OSError as error:
            raise Failure("the guest has ended") from error

    def quit(self):
        """There is no answer to this one."""
        self.socket.sendall(b"quit\n")


def start_log(monitor, path):
    """From now on every instruction is a line in this pipe, of which we have the other end."""
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)
    # Blocks of one instruction each; QEMU 8.1 has given the command another name. "nochain":
    # no block may go on to the next one unseen.
    if b"unknown command" in monitor.ask("singlestep on"):
        monitor.ask("one-insn-per-tb on")
    monitor.ask("logfile " + path)
    monitor.ask("log exec,nochain")
    os.set_blocking(pipe, True)
    return os.fdopen(pipe, "rb", 1 << 20)


def end_log(monitor, log):
    """QEMU does not end while it has something to say that nobody reads."""
    monitor.quit()
    while log.read(1 << 20):
        pass


class Trace:
    """Round trips as arrays of numbers; the address of instruction N is addresses[N]."""

    def __init__(self):
        self.trips = []
        self.addresses = []
        self.marker = None
        self._numbers = {}

    def read(self, log, markers, rounds):
        """So many round trips, or fewer in enough instructions.

        Each begins at that of the markers which is seen first.
        """
        markers = {b"%016x" % marker for marker in markers}
        numbers, trip, seen = self._numbers, None, 0
        # Trace 0: HOST_ADDRESS [CODE_SEGMENT/ADDRESS/FLAGS/FLAGS] NAME
        for line in log:
            if not line.startswith(b"Trace"):
                # Logged and then not executed: an interrupt came first.
                if line.startswith(b"Stopped") and trip:
                    trip.pop()
                continue
            words = line.split(b"/", 3)
            address = words[1]
            seen += 1
            if address in markers:
                if trip is not None:
                    self.trips.append(trip)
                if len(self.trips) == rounds:
                    break
                if int(words[3][:8], 16) & COUNT_MASK != 1:
                    raise Failure("QEMU does not log every single instruction")
                trip = array.array("I")
                markers = {address}
            if trip is not None:
                trip.append(numbers.setdefault(address, len(numbers)))
            if seen > (ENOUGH if self.trips else TOO_MANY):
                break
        if not self.trips:
            raise Failure(f"no whole round trip in {seen} instructions")
        self.addresses = [int(address, 16) for address in numbers]
        self.marker = int(markers.pop(), 16)
