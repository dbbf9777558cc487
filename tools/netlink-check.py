#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
#
# The description of the netlink family and its header name the same things, in the same order.

import pathlib
import re
import sys

import yaml

top = pathlib.Path(__file__).parent.parent
spec = yaml.safe_load((top / "Documentation/netlink/specs/qmsg.yaml").read_text())
header = (top / "uapi/linux/qmsg_netlink.h").read_text()


def constant(name):
    return name.replace("-", "_").upper()


def enums():
    """The names of each enum of the header, without those that only count."""
    for body in re.findall(r"\benum[^{;]*{(.*?)};", header, re.S):
        body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
        names = re.findall(r"\b(_*QMSG_NL_\w+)(?=\s*(?:=\s*1\s*)?,)", body)
        yield [name for name in names if not name.startswith("__")]


def described():
    for definition in spec["definitions"]:
        if definition["type"] == "const":
            continue
        prefix = constant("qmsg-nl-" + definition["name"]) + "_"
        yield [prefix + constant(entry) for entry in definition["entries"]]
    for attributes in spec["attribute-sets"]:
        prefix = constant(attributes["name-prefix"])
        yield [prefix + constant(a["name"]) for a in attributes["attributes"]]
    prefix = constant(spec["operations"]["name-prefix"])
    yield [prefix + constant(o["name"]) for o in spec["operations"]["list"]]


def wrong_constants():
    """Numbers that are not the same in both."""
    for definition in spec["definitions"]:
        name = constant("qmsg-nl-" + definition["name"])
        if definition["type"] == "const" and not re.search(
                rf"^#define {name}\s+{definition['value']}\b", header, re.M):
            yield name


def main():
    there = list(enums())
    wanted = list(described())
    missing = [names for names in wanted if names not in there]
    extra = [names for names in there if names not in wanted]
    for names in missing:
        print("only in qmsg.yaml:", *names)
    for names in extra:
        print("only in qmsg_netlink.h:", *names)
    for operation in spec["operations"]["list"]:
        sets = {a["name"]: a for a in spec["attribute-sets"]}
        known = [a["name"] for a in sets[operation["attribute-set"]]["attributes"]
                 if a["type"] != "pad"]
        body = operation.get("event") or operation["dump"]["reply"]
        if body["attributes"] != known:
            print(operation["name"], "does not list the attributes of its set")
            missing.append(operation["name"])
    wrong = list(wrong_constants())
    for name in wrong:
        print(name, "is another number")
    return bool(missing or extra or wrong)


sys.exit(main())
