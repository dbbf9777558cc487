#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does "qmsg report" show what a recording says? With one that is made up, and broken ones.

report_test.py TOOL
"""

import json
import random
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

TOOL = ""
SVG = "{http://www.w3.org/2000/svg}"

# Two clients, a server with two threads, and one that never received: a request that is
# unblocked, one that is answered, one that times out in the queue, pulses of all kinds, a loan.
SCENE = """\
# qmsg recording 1
# kernel: 6.12-test
# command: ./client 811 1 wait
server-811 [000] 100.000000000: qmsg_receive_block: server=811 chid=1
client-901 [001] 100.000501000: qmsg_send: client=901/901 server=811 chid=1 serial=7 coid=0x40000001 len=4 prio=0
server-811 [000] 100.000531000: qmsg_receive_end: server=811 chid=1 error=0
server-811 [000] 100.000541000: qmsg_state: client=901 server=811 chid=1 serial=7 event=receive from=SEND to=HELD rcvid=0x10005 reasons=0x0 error=0 len=0
other-902 [001] 100.000601000: qmsg_send: client=900/902 server=811 chid=1 serial=8 coid=0x40000001 len=64 prio=20
server-811 [000] 100.000603000: qmsg_priority: thread=811/811 from=0 to=20 serve=0 queue=20
worker-812 [000] 100.000611000: qmsg_state: client=902 server=811 chid=1 serial=8 event=receive from=SEND to=HELD rcvid=0x10006 reasons=0x0 error=0 len=0
worker-812 [000] 100.000641000: qmsg_state: client=902 server=811 chid=1 serial=8 event=answer from=HELD to=DONE rcvid=0x10006 reasons=0x0 error=0 len=16
worker-812 [000] 100.000700000: qmsg_receive_block: server=811 chid=1
other-902 [001] 100.000800000: qmsg_pulse_post: server=811 chid=1 origin=user code=5 value=0x4d scoid=0x1 prio=10 pid=900
worker-812 [000] 100.000820000: qmsg_receive_end: server=811 chid=1 error=0
worker-812 [000] 100.000830000: qmsg_pulse_receive: server=811 chid=1 origin=user code=5 value=0x4d scoid=0x1 prio=10 pid=811
worker-812 [000] 100.000900000: qmsg_receive_block: server=811 chid=1
swapper-0 [000] 100.001000000: qmsg_pulse_post: server=811 chid=1 origin=timer code=6 value=0x1 scoid=0x1 prio=10 pid=0
worker-812 [000] 100.001020000: qmsg_receive_end: server=811 chid=1 error=0
worker-812 [000] 100.001030000: qmsg_pulse_receive: server=811 chid=1 origin=timer code=6 value=0x1 scoid=0x1 prio=10 pid=811
worker-812 [000] 100.001100000: qmsg_receive_block: server=811 chid=1
client-901 [001] 101.400541000: qmsg_state: client=901 server=811 chid=1 serial=7 event=signal from=HELD to=ASKED rcvid=0x10005 reasons=0x0 error=0 len=0
client-901 [001] 101.400542000: qmsg_pulse_post: server=811 chid=1 origin=unblock code=-2 value=0x10005 scoid=0x1 prio=0 pid=901
worker-812 [000] 101.400562000: qmsg_receive_end: server=811 chid=1 error=0
worker-812 [000] 101.400572000: qmsg_pulse_receive: server=811 chid=1 origin=unblock code=-2 value=0x10005 scoid=0x1 prio=0 pid=811
worker-812 [000] 101.400600000: qmsg_state: client=901 server=811 chid=1 serial=7 event=answer from=ASKED to=DONE rcvid=0x10005 reasons=0x1 error=4 len=0
worker-812 [000] 101.400700000: qmsg_receive_block: server=811 chid=1
server-811 [000] 101.400800000: qmsg_answer_late: server=811 rcvid=0x10005
other-902 [001] 101.500601000: qmsg_send: client=900/902 server=700 chid=1 serial=3 coid=0x40000002 len=64 prio=20
other-902 [001] 101.600601000: qmsg_state: client=902 server=700 chid=1 serial=3 event=send_timeout from=SEND to=DONE rcvid=0x0 reasons=0x0 error=110 len=0
# thread: 811 811 server
# thread: 811 812 worker
# thread: 901 901 client
# thread: 900 902 <other & co>
# thread: 900 900 monitor
# thread: 700 700 silent
# lost: 0
# end
"""
EVENTS = sum(not line.startswith("#") for line in SCENE.splitlines())


def run(*args, scene=SCENE):
    with tempfile.NamedTemporaryFile("wb", suffix=".trace") as file:
        file.write(scene if isinstance(scene, bytes) else scene.encode())
        file.flush()
        return subprocess.run([TOOL, *args, file.name], capture_output=True, check=False,
                              timeout=60)


def report(*args, scene=SCENE):
    done = run("report", *args, scene=scene)
    assert done.returncode == 0, done
    return done.stdout.decode()


def rows(*args, scene=SCENE):
    done = run("--json", "report", *args, scene=scene)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


class Text(unittest.TestCase):
    def test_every_event_has_its_line(self):
        lines = report().splitlines()
        self.assertEqual(EVENTS + 1, len(lines))
        self.assertEqual(["0.000501000", "901", "901", "client", "send", "811:1#7", "to", "channel",
                          "1", "of", "server", "811:", "4", "bytes,", "priority", "0"],
                         lines[2].split())

    def test_order_of_the_file_does_not_matter(self):
        lines = SCENE.splitlines()
        events = [line for line in lines if not line.startswith("#")]
        rest = [line for line in lines if line.startswith("#")]
        random.Random(1).shuffle(events)
        self.assertEqual(report(), report(scene="\n".join(rest[:1] + events + rest[1:]) + "\n"))

    def test_lines_of_trace_cmd_and_of_tracefs(self):
        lines = [line for line in SCENE.splitlines() if not line.startswith("#")]
        want = [(row["event"], row["tid"], row["text"].split(" of ")[0].split(" from ")[0])
                for row in rows()]
        for flags in "", "d..2.", "d..2.   ":
            other = "\n".join(line.replace("] ", f"]  {flags}  ", 1).replace("-", " x-", 1)
                              .replace(": ", ":                ", 1) for line in lines)
            got = rows(scene="          # tracer: nop\n" + other + "\n")
            self.assertEqual([w[:2] for w in want], [(row["event"], row["tid"]) for row in got])
        self.assertEqual("client x", got[1]["command"])

    # A second deadline passes, of a request that is over.
    def test_what_changes_nothing(self):
        over = next(line for line in SCENE.splitlines() if "send_timeout" in line)
        scene = SCENE.replace(over, over + "\n" + over.replace("101.600601", "101.600602").replace(
            "send_timeout from=SEND", "reply_timeout from=DONE").replace("error=110", "error=0"))
        self.assertEqual(["SEND ends: ETIMEDOUT", "changes nothing"],
                         [row["text"] for row in rows(scene=scene)][-2:])
        texts = [e.text for e in ET.fromstring(report("--svg", scene=scene)).iter(SVG + "text")]
        self.assertIn("send_timeout: ETIMEDOUT", texts)
        self.assertNotIn("reply_timeout", texts)

    def test_windows(self):
        self.assertEqual(4, len(rows("--from", "0.0005", "--to", "0.000601")))
        self.assertEqual(3, len(rows("--limit", "3")))
        self.assertEqual(EVENTS, len(rows("--limit", "0")))
        self.assertEqual({901, 811}, {row["pid"] for row in rows("--pid", "901")})
        self.assertIn(b"more events are left out", run("report", "--limit", "3").stderr)

    def test_what_is_lost_is_said(self):
        self.assertEqual(b"", run("report").stderr)
        self.assertIn(b"3 events were lost", run("report", scene=SCENE.replace(
            "# lost: 0", "# lost: 3")).stderr)
        self.assertIn(b"no end", run("report", scene=SCENE.replace("# end\n", "")).stderr)


class Perfetto(unittest.TestCase):
    def setUp(self):
        self.trace = json.loads(report("--perfetto"))
        self.items = self.trace["traceEvents"]

    def of(self, phase, name=None):
        return [e for e in self.items if e["ph"] == phase and name in (None, e["name"])]

    def test_every_item_is_complete(self):
        self.assertEqual("./client 811 1 wait", self.trace["otherData"]["command"])
        for item in self.items:
            self.assertLessEqual({"ph", "name", "pid", "tid"}, item.keys())
            if item["ph"] != "M":
                self.assertEqual("qmsg", item["cat"])
                self.assertGreaterEqual(item["ts"], 0)
            if item["ph"] == "X":
                self.assertGreaterEqual(item["dur"], 0)
        self.assertEqual({"X", "M", "s", "f", "i", "C"}, {e["ph"] for e in self.items})

    def test_names(self):
        names = {(e["name"], e["tid"]): e["args"]["name"] for e in self.of("M")}
        self.assertEqual("<other & co>", names["thread_name", 902])
        self.assertIn("monitor", names.values())

    def test_slices(self):
        waits = {(e["tid"], round(e["ts"], 3), round(e["dur"], 3))
                 for e in self.of("X", "REPLY-blocked")}
        self.assertEqual({(901, 541, 1400000), (902, 611, 30)}, waits)
        asked, = self.of("X", "REPLY-blocked, wants to leave")
        self.assertEqual((901, 1400541, 59), (asked["tid"], asked["ts"], round(asked["dur"], 3)))
        self.assertEqual("EINTR", asked["args"]["result"])
        self.assertEqual(3, len(self.of("X", "SEND-blocked")))
        self.assertEqual(5, len(self.of("X", "RECEIVE-blocked")))

    # What a viewer asks for: two slices of a thread are apart, or one is inside of the other.
    def test_slices_are_nested(self):
        for a in self.of("X"):
            for b in self.of("X"):
                if a is b or a["tid"] != b["tid"] or a["ts"] > b["ts"]:
                    continue
                end = round(a["ts"] + a["dur"], 3)
                self.assertTrue(b["ts"] >= end or round(b["ts"] + b["dur"], 3) <= end, (a, b))

    def in_slice(self, item):
        return any(e["tid"] == item["tid"] and e["ts"] <= item["ts"] <= e["ts"] + e["dur"]
                   for e in self.of("X"))

    def test_flows(self):
        starts = {e["id"]: e for e in self.of("s")}
        ends = {e["id"]: e for e in self.of("f")}
        self.assertEqual(len(self.of("s")), len(starts))
        self.assertEqual(starts.keys(), ends.keys())
        self.assertEqual(["reply", "send", "send"], sorted(e["name"] for e in self.of("s")))
        for number, start in starts.items():
            self.assertLessEqual(start["ts"], ends[number]["ts"])
            self.assertEqual(start["name"], ends[number]["name"])
            self.assertTrue(self.in_slice(start) and self.in_slice(ends[number]))

    def test_priorities_are_counters(self):
        self.assertEqual([20], [e["args"]["priority"] for e in self.of("C")])

    def test_json_trace_is_the_same(self):
        self.assertEqual(report("--perfetto"), report("--json-trace"))


class Svg(unittest.TestCase):
    def setUp(self):
        self.root = ET.fromstring(report("--svg"))

    def count(self, kind, name, root=None):
        return sum((e.get("class") or "").split()[:2] in ([name], [name, "steep"])
                   for g in (root or self.root).iter(SVG + "g") for e in g.iter(SVG + kind))

    def texts(self, root=None):
        return [e.text for e in (root or self.root).iter(SVG + "text")]

    def test_bars(self):
        bars = {name: self.count("rect", name)
                for name in ("send", "reply", "asked", "dying", "receive", "work")}
        self.assertEqual({"send": 3, "reply": 2, "asked": 1, "dying": 0, "receive": 5, "work": 5},
                         bars)

    def test_arrows(self):
        arrows = {name: self.count("line", "a-" + name)
                  for name in ("send", "reply", "error", "pulse", "unblock", "late")}
        self.assertEqual({"send": 3, "reply": 1, "error": 1, "pulse": 2, "unblock": 1, "late": 0},
                         arrows)
        for text in ("#7 error EINTR", "#8 64 bytes, priority 20", "pulse 5, value 77",
                     "timer pulse", "unblock pulse", "priority 0 to 20", "late answer: ESRCH",
                     "send_timeout: ETIMEDOUT", "signal"):
            self.assertIn(text, self.texts())

    def test_one_column_for_each_thread(self):
        self.assertEqual(5, len([e for e in self.root.iter(SVG + "line")
                                 if e.get("class") == "life"]))
        self.assertIn("<other & co> 902", self.texts())
        self.assertLess(self.texts().index("client 901"), self.texts().index("server 811"))

    def test_all_of_it_is_on_the_sheet(self):
        width, height = (float(self.root.get(k)) for k in ("width", "height"))
        for e in self.root.iter():
            for key, most in (("x", width), ("x1", width), ("x2", width), ("cx", width),
                              ("y", height), ("y1", height), ("y2", height), ("cy", height)):
                if e.get(key) and e.tag != SVG + "marker":
                    self.assertTrue(0 <= float(e.get(key)) <= most, ET.tostring(e))

    def test_time_goes_down(self):
        times = [(float(e.get("y")), float(e.text)) for e in self.root.iter(SVG + "text")
                 if e.get("class") == "time"]
        self.assertEqual(sorted(times), times)
        self.assertEqual(sorted(t for _, t in times), [t for _, t in times])
        self.assertIn("+ 1.399 s", self.texts())

    # What was before the window and what comes after it is cut off at its edges.
    def test_window(self):
        root = ET.fromstring(report("--svg", "--from", "0.0006", "--to", "1.4"))
        self.assertEqual(2, self.count("rect", "reply", root))
        self.assertEqual(0, self.count("rect", "asked", root))
        self.assertEqual(0, self.count("line", "a-unblock", root))

    def test_many(self):
        many = SCENE.splitlines()[:3]
        for i in range(5000):
            many.append(f"c-5 [000] {i}.0: qmsg_pulse_post: server=6 chid=1 origin=user code=1 "
                        f"value={i:#x} scoid=0x1 prio=0 pid=5")
        root = ET.fromstring(report("--svg", scene="\n".join(many) + "\n# end\n"))
        self.assertIn("400 of 5000 events in", " ".join(filter(None, self.texts(root))))


class Broken(unittest.TestCase):
    def test_nothing_in_it(self):
        for scene in ("", "# qmsg recording 1\n", "\0\0\0", "hello\n"):
            self.assertEqual(3, run("report", scene=scene).returncode)

    # Whatever a file has in it, there is an end to it that is no crash.
    def test_garbage(self):
        chance = random.Random(2)
        for _ in range(150):
            data = bytearray(SCENE.encode())
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(len(data))] = chance.choice(b"0123456789=-/ #:\n\0xDONE\xff")
            for how in ("--svg",), ("--perfetto",), ():
                self.assertIn(run("report", *how, scene=bytes(data)).returncode, (0, 3))

    def test_lines_are_missing(self):
        chance = random.Random(3)
        for _ in range(100):
            scene = "".join(line for line in SCENE.splitlines(True) if chance.random() < .7)
            for how in "--svg", "--perfetto":
                done = run("report", how, scene=scene)
                self.assertEqual(0, done.returncode)
                if how == "--svg":
                    ET.fromstring(done.stdout)
                else:
                    json.loads(done.stdout)


if __name__ == "__main__":
    TOOL = sys.argv.pop(1)
    assert Path(TOOL).exists(), TOOL
    unittest.main()
