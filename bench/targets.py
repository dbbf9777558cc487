# SPDX-License-Identifier: GPL-2.0-only
"""What has to be reached, and what is aimed at. Every number of the gate is here."""

from collections import namedtuple

# What is shown first.
KERNEL = "6.12"
ORDER = ("icount-fifo", "icount-cfs", "wall", "wall-hogs", "wall-latency", "icount-fifo-erms")
METHODS = ("pipe", "qmsg", "qmsg_nospin", "qmsg_native", "qmsg_qnx", "futex", "futex_copy",
           "eventfd", "ustream", "useqpkt", "tcp", "posixmq", "sysvmsg", "pvm", "binder",
           "qmsgfs", "fuse", "cuse")

SIZES = (0, 64, 4096, 65536, 1048576)

# Ratio to the pipe of the same boot: must and goal, by size. boots: judged from so many on.
# A single one will do only where time is counted in instructions and nothing is left to the
# scheduler.
Row = namedtuple("Row", "kernel setting place boots cells")

FIFO = ((0.75, 0.66), (0.76, 0.70), (0.72, 0.59), (0.38, 0.32), (0.35, 0.30))
CFS = ((0.77, 0.70), (0.80, 0.74), (0.80, 0.66), (0.38, 0.33), (0.35, 0.30))
FREE = ((0.12, 0.05), (0.14, 0.06), (0.45, 0.18), (0.52, 0.35), (0.38, 0.26))
PINNED = ((0.85, 0.77), (0.92, 0.82), (0.95, 0.72), (0.44, 0.33), (0.36, 0.28))

TO_PIPE = (
    Row("6.12", "icount-fifo", "free", 1, FIFO),
    Row("6.1", "icount-fifo", "free", 1, FIFO),
    Row("6.12-rt", "icount-fifo", "free", 1, FIFO),
    Row("6.12", "icount-cfs", "free", 3, CFS),
    Row("6.12", "wall", "free", 3, FREE),
    Row("6.12", "wall", "pinned", 3, PINNED),
)

# Ratio of one method to another at one size.
Ratio = namedtuple("Ratio", "kernel setting place boots method base size must")

RATIOS = (
    Ratio("6.12", "icount-fifo", "free", 1, "qmsg", "futex", 0, 0.85),
    Ratio("6.12", "icount-cfs", "free", 3, "qmsg", "futex", 0, 0.85),
    Ratio("6.12", "icount-fifo", "free", 1, "qmsg", "binder", 0, 0.40),
    Ratio("6.12", "icount-cfs", "free", 3, "qmsg", "binder", 0, 0.40),
    Ratio("6.12", "icount-fifo", "free", 1, "qmsg", "ustream", 1048576, 0.60),
    Ratio("6.12", "icount-cfs", "free", 3, "qmsg", "ustream", 1048576, 0.60),
    Ratio("6.12", "wall", "free", 3, "qmsg", "ustream", 1048576, 0.60),
    Ratio("6.12", "wall", "pinned", 3, "qmsg", "ustream", 1048576, 0.60),
    Ratio("6.12", "wall-hogs", "free", 3, "qmsg", "pipe", 0, 0.85),
) + tuple(
    Ratio("6.12", "icount-fifo", "free", 1, "qmsg_qnx", "qmsg_native", size, 1.05)
    for size in SIZES
)

# A read of a file whose server is a process: faster than both others. A long one is judged where
# an instruction copies a word: the others do not copy by "rep movsb".
SHORT_READS = (1, 4096)
ALL_READS = (1, 4096, 1048576)

READS = tuple(
    Ratio("6.12", setting, place, boots, "qmsgfs", base, size, 1.0)
    for setting, place, boots, sizes in (
        ("icount-fifo", "free", 1, SHORT_READS), ("icount-fifo-erms", "free", 1, ALL_READS),
        ("icount-cfs", "free", 3, SHORT_READS), ("wall", "free", 3, SHORT_READS),
        ("wall", "pinned", 3, SHORT_READS))
    for base in ("fuse", "cuse")
    for size in sizes
)

# Many clients of one server thread: at least so many times the datagram socket's round
# trips, and the slowest client at least so fast, compared with the fastest.
SCALE_SETTING, SCALE_BOOTS = "wall", 3
SCALE_SERVERS, SCALE_CLIENTS = 1, 16
SCALE_BASE, SCALE_RATIO, SCALE_FAIRNESS = "udgram", 1.5, 0.5

# Bytes of kernel memory for one of them, at most.
MEMORY_SETTING, MEMORY_BOOTS = "wall", 3
MEMORY = (("channel", 1024), ("connection", 768))

# Of a null round trip, as bench/profile.sh sees it: at most.
OWN_INSTRUCTIONS, ALLOCATIONS = 900, 0
ALLOCATOR = r"^(?:kmem_cache_alloc|__kmem_cache_alloc|__?kmalloc|kvmalloc|__?alloc_pages)\w*"

# A cell whose boots differ by more than this, largest over smallest, is marked as noisy.
NOISY = {"icount": 1.25, "wall": 1.6}

# With the wall's clock: a boot is run again if its pipe is so much slower than that of the
# best of its kind, or takes so many ns for nothing. That is a host that was busy, and a
# ratio says nothing: it flatters who halts a processor least often.
STRAGGLER = 2.0
BUSY_NS = 1000000
