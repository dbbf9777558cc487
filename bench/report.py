#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a benchmark has found.

  report.py report DIR       the table, DIR/latest.txt, DIR/latest.json, DIR/*.svg; fails if
                             something is missed that has to be reached
  report.py stragglers DIR   the boots that were far slower than the best of their kind
"""

import sys

sys.dont_write_bytecode = True  # nothing generated beside the source

# pylint: disable=wrong-import-position
import json
import subprocess
import time
from pathlib import Path

import gate
import plot
import results
import table

HERE = Path(__file__).resolve().parent


def git_commit():
    command = ["git", "-C", str(HERE), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def spread_json(value):
    return value._asdict() if value else None


def panel_json(panel):
    return {**panel.key._asdict(), "kind": panel.kind, "clock": panel.clock,
            "boots": len(panel.boots), "cells": [{
        "method": method, "size": size,
        "ratio": spread_json(panel.ratio(method, size)),
        "ns": spread_json(panel.value(method, size)),
        "cpu_ns": spread_json(panel.value(method, size, "cpu_ns")),
        "switches": spread_json(panel.value(method, size, "cs")),
    } for method in panel.methods() for size in panel.sizes() if panel.value(method, size)]}


def verdict_json(verdict):
    return {**verdict._asdict(), "value": spread_json(verdict.value), "kept": gate.kept(verdict)}


def as_json(boots, verdicts):
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "commit": git_commit(),
        "releases": sorted({line["release"] for boot in boots
                            for line in boot.lines.get("meta", []) if "release" in line}),
        "medians": [panel_json(panel) for kind in ("rt", "read")
                    for panel in results.panels(boots, kind).values()],
        "gate": [verdict_json(verdict) for verdict in verdicts],
        "boots": [boot._asdict() for boot in boots],
    }


def report(directory):
    boots = results.load(directory)
    if not boots:
        print("no boot has come to its end", file=sys.stderr)
        return 1
    profile = directory / "boots/profile.txt"
    verdicts = gate.verdicts(boots, profile.read_text() if profile.exists() else "")
    text = "\n".join(table.report(boots, verdicts)) + "\n"
    print(text, end="")
    (directory / "latest.txt").write_text(text)
    (directory / "latest.json").write_text(json.dumps(as_json(boots, verdicts), indent=1) + "\n")
    plot.write(results.panels(boots), directory)
    return 1 if gate.missed(verdicts) else 0


def stragglers(directory):
    for boot in results.stragglers(results.load(directory)):
        print(boot.kver, boot.setting, boot.number)
    return 0


def main(arguments):
    actions = {"report": report, "stragglers": stragglers}
    if len(arguments) != 2 or arguments[0] not in actions:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    return actions[arguments[0]](Path(arguments[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
