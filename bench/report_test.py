#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does the report say what the guests have said? With lines that are made up."""

import sys

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import gate
import plot
import report
import results
import table
import targets
import text

ICOUNT = {"clock": "icount", "cpus": 1, "cpu_model": "max", "accel": "tcg", "ok": 1}
WALL = dict(ICOUNT, clock="wall", cpus=2)


def rt(method, size, median, place="free", ns=None):
    return (f"bench rt method={method} size={size} place={place} hogs=0 sched=fifo iters=100 "
            f"batches=7 min={median} p25={median} median={median} p75={median} max={median} "
            f"cs=2.00 vcs=1.00 ics=0.00 cpu_ns={2 * median} ns={ns or median}")


def boot(lines, number=1, setting="icount-fifo", kver="6.12", info=None):
    return results.Boot(kver, setting, number, info or ICOUNT, results.parse_all("\n".join(lines)))


def fifo_boots(*ratios, size=0):
    """A boot for each ratio of qmsg to pipe."""
    return [boot([rt("pipe", size, 10000), rt("qmsg", size, round(10000 * ratio))], number)
            for number, ratio in enumerate(ratios, 1)]


def only_panel(boots):
    (panel,) = results.panels(boots).values()
    return panel


def one_verdict(verdicts, word):
    (found,) = [verdict for verdict in verdicts if word in verdict.figure]
    return found


class Lines(unittest.TestCase):
    def test_parse(self):
        kind, values = results.parse("bench rt method=pipe size=64 median=123.5 cpu=max,-erms")
        self.assertEqual(kind, "rt")
        self.assertEqual(values, {"method": "pipe", "size": 64, "median": 123.5,
                                  "cpu": "max,-erms"})

    def test_what_is_none(self):
        for line in ("", "bench", "ok 1 bench rt", "benchmark rt a=1"):
            self.assertIsNone(results.parse(line), line)

    def test_progress_has_no_pairs(self):
        self.assertEqual(results.parse("bench progress no_binder_here"), ("progress", {}))

    def test_load(self):
        with tempfile.TemporaryDirectory() as name:
            for number, ok in ((1, 1), (2, 0)):
                directory = Path(name, "boots/6.12-rt/icount-fifo", str(number))
                directory.mkdir(parents=True)
                (directory / "boot").write_text(f"bench boot kver=6.12-rt number={number} "
                                                f"clock=icount ok={ok}\n")
                (directory / "lines").write_text(rt("pipe", 0, 5) + "\n")
            Path(name, "boots/6.12/icount-cfs/1").mkdir(parents=True)
            boots = results.load(Path(name))
        self.assertEqual([(found.kver, found.setting, found.number) for found in boots],
                         [("6.12-rt", "icount-fifo", 1)])
        self.assertEqual(boots[0].lines["rt"][0]["median"], 5)


class Ratios(unittest.TestCase):
    def test_median_of_ratios_inside_boots(self):
        # The ratio of the medians would be 0.5.
        boots = [boot([rt("pipe", 0, pipe), rt("qmsg", 0, own)], number)
                 for number, (pipe, own) in enumerate(((100, 90), (200, 100), (400, 80)))]
        self.assertEqual(only_panel(boots).ratio("qmsg", 0), results.Spread(0.5, 0.2, 0.9, 3))
        boots[0].lines["rt"][1]["ns"] = 30
        self.assertEqual(only_panel(boots).ratio("qmsg", 0), results.Spread(0.3, 0.2, 0.5, 3))

    def test_median_of_turns_inside_a_boot(self):
        # A host that is half as fast for two of the turns. The medians' ratio would be 1.8.
        members = [boot([rt("pipe", 0, 100, ns="100.0,100.0,200.0"),
                         rt("qmsg", 0, 180, ns="90.0,180.0,180.0")])]
        self.assertEqual(only_panel(members).ratio("qmsg", 0).median, 0.9)

    def test_to_another_than_the_pipe(self):
        panel = only_panel([boot([rt("pipe", 0, 50), rt("futex", 0, 40), rt("qmsg", 0, 30)])])
        self.assertEqual(panel.ratio("qmsg", 0, "futex").median, 0.75)

    def test_missing_methods(self):
        panel = only_panel([boot([rt("qmsg", 0, 30), rt("pipe", 64, 50)]),
                            boot([rt("pipe", 0, 60), rt("qmsg", 0, 30)], 2)])
        # Where a boot has no pipe the others count.
        self.assertEqual(panel.ratio("qmsg", 0), results.Spread(0.5, 0.5, 0.5, 1))
        self.assertIsNone(panel.ratio("binder", 0))
        self.assertIsNone(panel.ratio("qmsg", 64))
        self.assertIsNone(panel.value("qmsg", 64))

    def test_places_are_apart(self):
        panels = results.panels([boot([rt("pipe", 0, 10), rt("pipe", 0, 20, "pinned")],
                                      setting="wall", info=WALL)])
        self.assertEqual([key.place for key in panels], ["free", "pinned"])
        self.assertEqual([panel.value("pipe", 0).median for panel in panels.values()], [10, 20])

    def test_noisy(self):
        panel = only_panel(fifo_boots(0.5, 0.6))
        self.assertFalse(panel.noisy(panel.ratio("qmsg", 0)))
        panel = only_panel(fifo_boots(0.5, 0.63))
        self.assertTrue(panel.noisy(panel.ratio("qmsg", 0)))
        wall = [found._replace(info=WALL) for found in fifo_boots(0.5, 0.63)]
        panel = only_panel(wall)
        self.assertFalse(panel.noisy(panel.ratio("qmsg", 0)))

    def test_stragglers(self):
        boots = [boot([rt("pipe", 0, median)], number, "wall", info=WALL)
                 for number, median in ((1, 100), (2, 199), (3, 201))]
        self.assertEqual([found.number for found in results.stragglers(boots)], [3])
        boots = [found._replace(info=ICOUNT) for found in boots]
        self.assertEqual(results.stragglers(boots), [])


    def test_busy_host(self):
        boots = [boot([rt("pipe", 0, pipe), rt("qmsg", 0, 50)], number, "wall", info=WALL)
                 for number, pipe in enumerate((100, 100, 5000000))]
        self.assertEqual([found.number for found in results.stragglers(boots)], [2])
        self.assertEqual(only_panel(boots).ratio("qmsg", 0), results.Spread(0.5, 0.5, 0.5, 2))
        self.assertIn("  1 of 3 boots had a busy host: left out",
                      list(table.round_trips(only_panel(boots))))
        verdict = one_verdict(gate.verdicts(boots), "wall free: qmsg / pipe, 0 B")
        self.assertIsNone(verdict.value)
        self.assertTrue(verdict.judged)
        hogs = [line.replace("hogs=0", "hogs=2") for line in (rt("pipe", 0, 5000000),)]
        self.assertFalse(results.is_busy(boot(hogs, 1, "wall-hogs", info=WALL)))
        # One alone is shown all the same.
        self.assertEqual(only_panel(boots[2:]).ratio("qmsg", 0).boots, 1)


class Gate(unittest.TestCase):
    def test_what_was_not_run_is_not_judged(self):
        self.assertEqual(gate.verdicts([]), [])
        figures = [verdict.figure for verdict in gate.verdicts(fifo_boots(0.7))]
        self.assertTrue(all(figure.startswith("6.12 icount-fifo") for figure in figures), figures)

    def test_kept_and_missed(self):
        for ratio, kept in ((0.66, True), (0.75, True), (0.7501, False)):
            verdict = one_verdict(gate.verdicts(fifo_boots(ratio)), "qmsg / pipe, 0 B")
            self.assertEqual((verdict.must, verdict.goal), (0.75, 0.66))
            self.assertEqual(gate.kept(verdict), kept, ratio)
            self.assertEqual(verdict in gate.missed([verdict]), not kept)

    def test_what_is_missing_is_missed(self):
        verdict = one_verdict(gate.verdicts(fifo_boots(0.7)), "qmsg / pipe, 64 B")
        self.assertIsNone(verdict.value)
        self.assertEqual(gate.missed([verdict]), [verdict])
        self.assertEqual(table.state(verdict), "MISSING")

    def test_too_few_boots(self):
        lines = [rt("pipe", 0, 100), rt("qmsg", 0, 99)]
        boots = [boot(lines, number, "wall", info=WALL) for number in range(3)]
        for count in (2, 3):
            verdict = one_verdict(gate.verdicts(boots[:count]), "wall free: qmsg / pipe, 0 B")
            self.assertEqual(verdict.judged, count == 3)
            self.assertEqual(table.state(verdict), "MISSED" if count == 3 else "(missed)")
            self.assertEqual(len(gate.missed([verdict])), count == 3)

    def test_noise_is_told_and_judged(self):
        verdict = one_verdict(gate.verdicts(fifo_boots(0.5, 0.8, 0.9)), "qmsg / pipe, 0 B")
        self.assertTrue(verdict.noisy)
        self.assertEqual(gate.missed([verdict]), [verdict])

    def test_reads(self):
        for fuse, cuse, expected in ((11, 10.1, [True, True]), (10, 12, [True, True]),
                                     (9, 12, [False, True])):
            lines = [rt(method, 1, median).replace("bench rt", "bench read")
                     for method, median in (("qmsgfs", 10), ("fuse", fuse), ("cuse", cuse))]
            verdicts = [verdict for verdict in gate.verdicts([boot(lines)])
                        if verdict.figure.endswith(", 1 B")]
            self.assertEqual([gate.kept(verdict) for verdict in verdicts], expected)
        self.assertIn("ratio to fuse", "\n".join(table.report([boot(lines)], verdicts)))
        # What was to be read at the other sizes has not been.
        missed = gate.missed(gate.verdicts([boot(lines)]))
        self.assertEqual(len([verdict for verdict in missed if verdict.value is None]), 2)

    def test_scale(self):
        line = ("bench scale method={} servers=1 clients=16 size=64 total_per_s={} "
                "slowest_over_fastest={}")
        for own, fairness, expected in ((3000, 0.5, [True, True]), (2900, 0.49, [False, False])):
            boots = [boot([line.format("qmsg", own, fairness), line.format("udgram", 2000, 0.1)],
                          number, "wall", info=WALL) for number in range(3)]
            verdicts = gate.verdicts(boots)
            self.assertEqual([gate.kept(verdict) for verdict in verdicts], expected)

    def test_memory(self):
        lines = ["bench memory object=channel bytes=1024", "bench memory object=connection bytes=769"]
        verdicts = gate.verdicts([boot(lines, number, "wall", info=WALL) for number in range(3)])
        self.assertEqual([gate.kept(verdict) for verdict in verdicts], [True, False])
        self.assertEqual(gate.missed(verdicts), verdicts[1:])

    def test_profile(self):
        printed = ("module      901.0  30.5%\n\n"
                   "kmem_cache_alloc_noprof        50.0     2.00  memory\n"
                   "kmem_cache_free                50.0     2.00  memory\n"
                   "__kmalloc_noprof               50.0     1.00  memory\n")
        own, allocations = gate.verdicts([], printed)
        self.assertEqual((own.value.median, allocations.value.median), (901, 3))
        own, allocations = gate.verdicts([], "module      900.0  30.5%\n")
        self.assertEqual(gate.missed([own, allocations]), [])

    def test_every_cell_has_numbers(self):
        for row in targets.TO_PIPE:
            self.assertEqual(len(row.cells), len(targets.SIZES))
            for must, goal in row.cells:
                self.assertLess(goal, must)


class Words(unittest.TestCase):
    def test_numbers(self):
        for value, expected in ((0, "0"), (999, "999"), (999.6, "1.00k"), (11623, "11.6k"),
                                (99960, "100k"), (437200, "437k"), (7056000, "7.06M")):
            self.assertEqual(text.short(value), expected)
        for size, expected in ((0, "0 B"), (64, "64 B"), (4096, "4 KiB"), (1048576, "1 MiB")):
            self.assertEqual(text.bytes_text(size), expected)

    def test_table(self):
        boots = fifo_boots(0.5, 0.63, 0.5)
        lines = list(table.report(boots, gate.verdicts(boots)))
        self.assertIn("  qmsg  ~0.50 (5.00k)", lines)
        self.assertIn("  ~ boots differ: qmsg 0 B 0.50 [0.50-0.63]", lines)
        self.assertTrue(any("qmsg / pipe, 0 B" in line and line.endswith("OK  noisy")
                            for line in lines))

    def test_picture_without_points(self):
        boots = [boot([rt("pipe", 0, 10), rt("pipe", 64, 10), rt("eventfd", 0, 9),
                       rt("new_one", 64, 9)])]
        script = "\n".join(plot.script(list(results.panels(boots).values()), Path("x.svg")))
        self.assertIn("$eventfd using", script)
        self.assertIn("$new_one using", script)


class Report(unittest.TestCase):
    def run_report(self, ratio):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name, "boots/6.12/icount-fifo/1")
            directory.mkdir(parents=True)
            (directory / "boot").write_text("bench boot number=1 clock=icount cpus=1 "
                                            "cpu_model=max accel=tcg ok=1\n")
            lines = [rt(method, size, round(1e6 * factor)) for size in targets.SIZES
                     for method, factor in (("pipe", 1), ("futex", 1), ("binder", 1),
                                            ("ustream", 1), ("qmsg", ratio),
                                            ("qmsg_native", ratio), ("qmsg_qnx", ratio))]
            (directory / "lines").write_text("\n".join(["bench meta release=6.12.1"] + lines))
            with contextlib.redirect_stdout(io.StringIO()) as out:
                status = report.main(["report", name])
            return status, out.getvalue(), json.loads(Path(name, "latest.json").read_text())

    def test_good(self):
        status, out, found = self.run_report(0.3)
        self.assertEqual(status, 0, out)
        self.assertEqual(found["releases"], ["6.12.1"])
        cells = {(cell["method"], cell["size"]): cell for cell in found["medians"][0]["cells"]}
        self.assertEqual(cells["qmsg", 64]["ratio"]["median"], 0.3)
        self.assertEqual(len(found["boots"][0]["lines"]["rt"]), 7 * len(targets.SIZES))
        self.assertTrue(all(verdict["kept"] for verdict in found["gate"]))

    def test_bad(self):
        status, out, _ = self.run_report(0.36)
        self.assertEqual(status, 1)
        self.assertIn("MISSED", out)

    def test_latency(self):
        lines = [f"bench latency load={load} what={what} median={median} p99=2000 max=30000"
                 for load, median in (("none", 900), ("qmsg", 1000))
                 for what in ("timer", "round_trip")]
        out = "\n".join(table.latency([boot(lines, kver="6.12-rt", setting="wall-latency")]))
        self.assertIn("6.12-rt wall-latency", out)
        self.assertIn("round trip", out)
        self.assertRegex(out, r"none +900 / 2.00k / 30.0k")

    def test_nothing(self):
        with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(report.main(["report", name]), 1)


if __name__ == "__main__":
    unittest.main()
