# SPDX-License-Identifier: GPL-2.0-only
"""Is reached what has to be?"""

import re
from collections import namedtuple

import results
import targets
from text import bytes_text

# value is a Spread, or None if it is missing. least: the value must not be smaller, rather
# than not larger. judged: whether a miss counts.
Verdict = namedtuple("Verdict", "figure value must goal least judged noisy")


def kept(verdict):
    if verdict.value is None:
        return False
    value = verdict.value.median
    return value >= verdict.must if verdict.least else value <= verdict.must


def missed(verdicts):
    return [verdict for verdict in verdicts if verdict.judged and not kept(verdict)]


def title(kernel, setting, place):
    where = f" {place}" if setting == "wall" else ""
    return f"{kernel} {setting}{where}"


def ratio_verdict(panels, row, method, base, size, must, goal=None):
    """None if nothing of the kind was run at all, by wish."""
    panel = panels.get(results.Key(row.kernel, row.setting, row.place))
    if panel is None:
        return None
    judged = len(panel.all_boots) >= row.boots
    value = panel.ratio(method, size, base)
    # There were enough boots, but too many of them were hit.
    if judged and len(panel.good_boots) < row.boots:
        value = None
    return Verdict(
        f"{title(row.kernel, row.setting, row.place)}: {method} / {base}, {bytes_text(size)}",
        value, must, goal, False, judged, value is not None and panel.noisy(value))


def ratios_to_pipe(panels):
    for row in targets.TO_PIPE:
        for size, (must, goal) in zip(targets.SIZES, row.cells):
            yield ratio_verdict(panels, row, "qmsg", results.BASE, size, must, goal)


def other_ratios(panels):
    for row in targets.RATIOS:
        yield ratio_verdict(panels, row, row.method, row.base, row.size, row.must)


def reads(panels):
    for row in targets.READS:
        yield ratio_verdict(panels, row, row.method, row.base, row.size, row.must)


def throughput_ratio(boot):
    def total(method):
        found = results.figure([boot], "scale", "total_per_s", method=method,
                               servers=targets.SCALE_SERVERS, clients=targets.SCALE_CLIENTS)
        return found.median if found else None
    own, base = total("qmsg"), total(targets.SCALE_BASE)
    return own / base if own and base else None


def scale(boots):
    boots = results.select(boots, targets.KERNEL, targets.SCALE_SETTING)
    boots = [boot for boot in boots if "scale" in boot.lines]
    if not boots:
        return
    what = f"{targets.SCALE_CLIENTS} clients, {targets.SCALE_SERVERS} server thread: "
    judged = len(boots) >= targets.SCALE_BOOTS
    yield Verdict(what + f"qmsg / {targets.SCALE_BASE}, total",
                  results.spread(map(throughput_ratio, boots)),
                  targets.SCALE_RATIO, None, True, judged, False)
    yield Verdict(what + "slowest / fastest",
                  results.figure(boots, "scale", "slowest_over_fastest", method="qmsg",
                                 servers=targets.SCALE_SERVERS, clients=targets.SCALE_CLIENTS),
                  targets.SCALE_FAIRNESS, None, True, judged, False)


def memory(boots):
    boots = results.select(boots, targets.KERNEL, targets.MEMORY_SETTING)
    boots = [boot for boot in boots if "memory" in boot.lines]
    if not boots:
        return
    for name, must in targets.MEMORY:
        yield Verdict(f"bytes per {name}",
                      results.figure(boots, "memory", "bytes", object=name), must, None, False,
                      len(boots) >= targets.MEMORY_BOOTS, False)


def profile(text):
    """Of what bench/profile.sh prints of a null round trip, if it was run."""
    if not text:
        return
    for name, value, must in (("the module's own instructions", own_instructions(text),
                               targets.OWN_INSTRUCTIONS),
                              ("allocations", allocations(text), targets.ALLOCATIONS)):
        yield Verdict(f"null round trip: {name}", value, must, None, False, True, False)


def own_instructions(text):
    found = re.search(r"^module +([0-9.]+) ", text, re.M)
    return results.spread([float(found[1])]) if found else None


def allocations(text):
    """How often the allocators are entered; none if no function of theirs is in the table."""
    entered = re.findall(targets.ALLOCATOR + r" +[0-9.]+ +([0-9.]+) ", text, re.M)
    return results.spread([sum(map(float, entered))])


def verdicts(boots, profile_text=""):
    panels = results.panels(boots)
    found = [*ratios_to_pipe(panels), *other_ratios(panels),
             *reads(results.panels(boots, "read")), *scale(boots), *memory(boots),
             *profile(profile_text)]
    return [verdict for verdict in found if verdict]
