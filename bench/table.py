# SPDX-License-Identifier: GPL-2.0-only
"""The report for people, line by line."""

import textwrap

import gate
import results
from text import bytes_text, columns, short, spread_text


def boots_text(panel):
    count = len(panel.boots)
    return f"{count} boot{'s' if count > 1 else ''}"


def heading(panel):
    info = panel.boots[0].info
    meta = panel.boots[0].lines.get("meta", [{}])[0]
    words = [f"Linux {meta.get('release', panel.key.kver)}", panel.key.setting]
    if info["cpus"] > 1:
        words.append(f"{info['cpus']} CPUs")
        words.append("pinned to one" if panel.key.place == "pinned" else panel.key.place)
    words += [f"cpu {info['cpu_model']}" if info["accel"] == "tcg" else info["accel"],
              boots_text(panel)]
    return ", ".join(words)


def ratio_cell(panel, method, size):
    value = panel.ratio(method, size)
    time = panel.value(method, size)
    if time is None:
        return ""
    if value is None:
        return f"- ({short(time.median)})"
    mark = "~" if panel.noisy(value) else ""
    return f"{mark}{value.median:.2f} ({short(time.median)})"


def by_method(panel, cell):
    """A table with a row for each method and a column for each size."""
    yield from columns([[""] + [bytes_text(size) for size in panel.sizes()]] + [
        [method] + [cell(panel, method, size) for size in panel.sizes()]
        for method in panel.methods()])


def noisy_cells(panel):
    for method in panel.methods():
        for size in panel.sizes():
            value = panel.ratio(method, size)
            if value and panel.noisy(value):
                yield f"{method} {bytes_text(size)} {spread_text(value)}"


def busy_boots(panel):
    busy = len(panel.all_boots) - len(panel.good_boots)
    if busy:
        done = "left out" if panel.good_boots else "here for want of others; it says little"
        yield f"  {busy} of {len(panel.all_boots)} boots had a busy host: {done}"


def round_trips(panel):
    unit = "instructions" if panel.clock == "icount" else "ns"
    what = "round trip" if panel.kind == "rt" else "read"
    yield f"{heading(panel)}: ratio to {panel.base} ({unit} per {what})"
    yield from busy_boots(panel)
    yield from by_method(panel, ratio_cell)
    noisy = list(noisy_cells(panel))
    if noisy:
        yield from textwrap.wrap("~ boots differ: " + "; ".join(noisy), 118,
                                 initial_indent="  ", subsequent_indent="    ")
    yield ""


def cpu_cell(panel, method, size):
    time = panel.value(method, size, "cpu_ns")
    switches = panel.value(method, size, "cs")
    return f"{short(time.median)} /{switches.median:4.1f}" if time and switches else ""


def cpu_times(panel):
    yield (f"{heading(panel)}: per round trip, ns of CPU time of both ends / "
           "context switches of the machine")
    yield from by_method(panel, cpu_cell)
    yield ""


def groups(boots, kind):
    """Boots of one kernel and setting that have lines of a kind."""
    keys = dict.fromkeys((boot.kver, boot.setting) for boot in boots if kind in boot.lines)
    for kver, setting in keys:
        members = [boot for boot in results.select(boots, kver, setting) if kind in boot.lines]
        yield f"{kver} {setting}", members


def values_of(boots, kind, name):
    return list(dict.fromkeys(line[name] for boot in boots for line in boot.lines.get(kind, [])
                              if name in line))


def scale(boots):
    for title, members in groups(boots, "scale"):
        methods = values_of(members, "scale", "method")
        shapes = list(dict.fromkeys((line["servers"], line["clients"])
                                    for boot in members for line in boot.lines["scale"]))
        yield f"{title}: round trips per second, all clients together (slowest / fastest client)"
        yield from columns([["server threads x clients"] + methods] + [
            [f"{servers} x {clients}"] +
            [scale_cell(members, method, servers, clients) for method in methods]
            for servers, clients in shapes])
        yield ""


def scale_cell(boots, method, servers, clients):
    match = {"method": method, "servers": servers, "clients": clients}
    total = results.figure(boots, "scale", "total_per_s", **match)
    fairness = results.figure(boots, "scale", "slowest_over_fastest", **match)
    if not total:
        return ""
    return short(total.median) + (f" ({fairness.median:.2f})" if fairness else "")


def memory(boots):
    for title, members in groups(boots, "memory"):
        yield f"{title}: bytes of kernel memory"
        objects = values_of(members, "memory", "object")
        yield from columns([[name, f"{results.figure(members, 'memory', 'bytes', object=name).median:.0f}"]
                            for name in objects])
        yield ""


def pulses(boots):
    for title, members in groups(boots, "pulse"):
        for method in values_of(members, "pulse", "method"):
            per_s = results.figure(members, "pulse", "per_s", method=method)
            yield f"{title}: pulses, {method}: {short(per_s.median)} per second"
        yield ""


def unblock(boots):
    for title, members in groups(boots, "unblock"):
        value = results.figure(members, "unblock", "ns")
        yield f"{title}: a round trip with an unblock request: {short(value.median)} ns"
        yield ""


def latency_cell(boots, load, what):
    values = [results.figure(boots, "latency", name, load=load, what=what)
              for name in ("median", "p99", "max")]
    return " / ".join(short(value.median) for value in values) if all(values) else ""


def latency(boots):
    for title, members in groups(boots, "latency"):
        kinds = values_of(members, "latency", "what")
        yield f"{title}: what a real-time thread waits, ns: median / 99 % / longest"
        yield from columns([["beside"] + [kind.replace("_", " ") for kind in kinds]] + [
            [load] + [latency_cell(members, load, kind) for kind in kinds]
            for load in values_of(members, "latency", "load")])
        yield ""


def state(verdict):
    if verdict.value is None:
        text = "MISSING"
    else:
        text = "OK" if gate.kept(verdict) else "MISSED"
    return text if verdict.judged else f"({text.lower()})"


def number(value):
    return "" if value is None else f"{value:g}"


def gate_list(verdicts):
    if not verdicts:
        return
    yield "What has to be reached"
    yield from columns([["", "measured", "must", "goal", "", ""]] + [
        [verdict.figure, spread_text(verdict.value, 0 if verdict.must >= 100 else 3),
         (">= " if verdict.least else "") + number(verdict.must), number(verdict.goal),
         state(verdict), "noisy" if verdict.noisy else ""]
        for verdict in verdicts])
    if not all(verdict.judged for verdict in verdicts):
        yield "  (in brackets: too few boots to be judged)"
    missed = len(gate.missed(verdicts))
    judged = sum(verdict.judged for verdict in verdicts)
    yield f"  {judged - missed} of {judged} reached" if judged else "  nothing was judged"


def report(boots, verdicts):
    panels = list(results.panels(boots).values())
    for panel in panels:
        yield from round_trips(panel)
    for panel in panels:
        if panel.clock == "wall":
            yield from cpu_times(panel)
    for panel in results.panels(boots, "read").values():
        yield from round_trips(panel)
    yield from scale(boots)
    yield from memory(boots)
    yield from pulses(boots)
    yield from unblock(boots)
    yield from latency(boots)
    yield from gate_list(verdicts)
