# SPDX-License-Identifier: GPL-2.0-only
"""The ratio to the pipe against the size, all methods, a panel for each setting: ratio.svg."""

import math
import shutil
import subprocess
import sys

import results

# What is ours is thick; the others keep out of its way. Method, colour, dash, width.
STYLES = (
    ("qmsg", "#c1121f", 1, 3.2),
    ("qmsg_nospin", "#c1121f", 3, 1.8),
    ("qmsg_native", "#f4845f", 1, 1.8),
    ("qmsg_qnx", "#f4845f", 3, 1.8),
    ("pipe", "#333333", 1, 1.8),
    ("ustream", "#1d4e89", 1, 1.2),
    ("useqpkt", "#1d4e89", 3, 1.2),
    ("tcp", "#5fa8d3", 1, 1.2),
    ("futex", "#2a9d4a", 3, 1.2),
    ("futex_copy", "#2a9d4a", 1, 1.2),
    ("eventfd", "#8ac926", 1, 1.2),
    ("posixmq", "#7b2d8b", 1, 1.2),
    ("sysvmsg", "#b07bbe", 1, 1.2),
    ("pvm", "#b8860b", 1, 1.2),
    ("binder", "#8d6e63", 1, 1.2),
)
NAMES = {"futex": "futex, nothing copied", "pvm": "process_vm_readv", "useqpkt": "Unix seqpacket",
         "ustream": "Unix stream", "posixmq": "POSIX queue", "sysvmsg": "SysV queue",
         "tcp": "TCP loopback", "futex_copy": "futex and copies",
         "qmsg_nospin": "qmsg, spin off", "qmsg_native": "qmsg, three calls",
         "qmsg_qnx": "qmsg, QNX calls"}
# Nobody copies anything there: off the scale where the others do.
WITHOUT_PAYLOAD = "futex"
COLUMNS = 2
# All in pixels.
PANEL_WIDTH, PANEL_HEIGHT, TOP, BOTTOM = 520, 340, 50, 110
LEFT, RIGHT, ABOVE, BELOW = 45, 20, 35, 35


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def position(size):
    """Doublings; nothing at all stands where four bytes would."""
    return math.log2(size) if size > 4 else 2


def size_label(size):
    if size >= 1 << 20:
        return f"{size >> 20}M"
    return f"{size >> 10}K" if size >= 1 << 10 else str(size)


def title(panel):
    key, info = panel.key, panel.boots[0].info
    settings = {"icount-fifo": "one CPU, SCHED_FIFO, in instructions",
                "icount-cfs": "one CPU, SCHED_OTHER, in instructions",
                "icount-fifo-erms": "one CPU without ERMS, SCHED_FIFO, in instructions",
                "wall": f"{info['cpus']} CPUs, " + ("pinned to one" if key.place == "pinned"
                                                     else "placed by the scheduler")}
    return f"Linux {key.kver}: {settings.get(key.setting, key.setting)}"


def data(panel):
    """One block for each method, named after it."""
    for method in panel.methods():
        yield f"${method} << EOD"
        for size in panel.sizes():
            ratio = panel.ratio(method, size)
            if ratio and ratio.low > 0:
                yield f"{position(size):g} {ratio.median:g} {ratio.low:g} {ratio.high:g}"
        yield "EOD"


def has_points(panel, method):
    return any(panel.ratio(method, size) for size in panel.sizes())


def style(method):
    for number, (name, colour, dash, width) in enumerate(STYLES, 1):
        if name == method:
            return f"lc rgb '{colour}' dt {dash} lw {width} pt {5 + number % 9} ps 0.45"
    return "lc rgb '#999999' lw 1 pt 1 ps 0.45"


def known_first(methods):
    """Ours last, to be drawn above the others."""
    order = [name for name, *_ in STYLES]
    return sorted(methods, key=lambda name: order.index(name) if name in order else len(order))


def y_range(panel, methods):
    ratios = [panel.ratio(method, size) for method in methods for size in panel.sizes()
              if method != WITHOUT_PAYLOAD]
    medians = [ratio.median for ratio in ratios if ratio and ratio.median > 0]
    return min(medians) * 0.75, max(medians) * 1.3


def panel_commands(panel, box):
    """box: left, right, bottom, top, as fractions of the picture."""
    methods = [name for name in known_first(panel.methods()) if has_points(panel, name)]
    tics = ", ".join(f"{quoted(size_label(size))} {position(size):g}" for size in panel.sizes())
    yield from data(panel)
    for margin, where in zip("lrbt", box):
        yield f"set {margin}margin at screen {where:g}"
    yield f"set title {quoted(title(panel))} offset 0,-0.5"
    yield f"set xtics ({tics})"
    yield f"set xrange [{position(panel.sizes()[0]) - 0.5:g}:{position(panel.sizes()[-1]) + 0.5:g}]"
    yield "set yrange [{:g}:{:g}]".format(*y_range(panel, methods))
    lines = [f"${method} using 1:2 with linespoints {style(method)} notitle"
             for method in reversed(methods)]
    # How far the boots are apart.
    if "qmsg" in methods:
        lines.insert(0, "$qmsg using 1:3:4 with filledcurves fc rgb '#f3c6c9' notitle")
    yield "plot " + ", \\\n ".join(lines)


def key_commands(methods, height):
    """The names of the lines, in a strip of their own."""
    yield "unset title; unset tics; unset border; unset grid; unset xlabel; unset ylabel"
    yield "unset logscale y"
    yield f"set lmargin at screen 0.03; set rmargin at screen 0.97"
    yield f"set bmargin at screen 0.005; set tmargin at screen {height:g}"
    yield "set xrange [0:1]; set yrange [0:1]"
    yield "set key center center maxrows 4 samplen 3 spacing 1.25 width 2 font ',11'"
    yield "plot " + ", \\\n ".join(
        f"NaN with linespoints {style(method)} title {quoted(NAMES.get(method, method))}"
        for method in methods)


def boxes(count, width, height):
    """Where the panels are, from the top left."""
    for number in range(count):
        row, column = divmod(number, COLUMNS)
        left, top = column * PANEL_WIDTH, height - TOP - row * PANEL_HEIGHT
        yield ((left + LEFT) / width, (left + PANEL_WIDTH - RIGHT) / width,
               (top - PANEL_HEIGHT + BELOW) / height, (top - ABOVE) / height)


def script(panels, out):
    rows = math.ceil(len(panels) / COLUMNS)
    width, height = min(COLUMNS, len(panels)) * PANEL_WIDTH, rows * PANEL_HEIGHT + TOP + BOTTOM
    methods = known_first(dict.fromkeys(name for panel in panels for name in panel.methods()
                                        if has_points(panel, name)))
    yield (f"set terminal svg size {width},{height} noenhanced "
           "font 'DejaVu Sans,Verdana,sans-serif,12' background 'white'")
    yield f"set output {quoted(str(out))}"
    yield "set multiplot"
    yield (f"set label 1 'Time of a round trip by bytes sent and returned; the pipe takes 1' "
           f"at screen 0.5,{1 - TOP / 2 / height:g} center font ',17'")
    yield "unset key; set border 3 lc rgb '#888888'; set tics nomirror out scale 0.5"
    yield "set xtics font ',10' textcolor rgb '#333333'; set ytics font ',10' textcolor rgb '#333333'"
    yield "set grid ytics lt 1 lc rgb '#e6e6e6' lw 0.6; set logscale y"
    yield "set ytics (0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)"
    for panel, box in zip(panels, boxes(len(panels), width, height)):
        yield from panel_commands(panel, box)
        yield "unset label 1"
    yield from key_commands(methods, (BOTTOM - 10) / height)
    yield "unset multiplot"


def write(panels, directory):
    """No gnuplot, no picture: all the rest of the report is there without it."""
    panels = [panel for panel in panels.values() if len(panel.sizes()) > 1]
    if not panels:
        return
    if not shutil.which("gnuplot"):
        print("no picture: gnuplot is not installed", file=sys.stderr)
        return
    text = "\n".join(script(panels, directory / "ratio.svg")) + "\n"
    subprocess.run(["gnuplot"], input=text, text=True, check=True)
