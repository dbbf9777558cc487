#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# abi_test.py CC FLAGS...: the module has the structs, numbers and calls that the C headers have.
#
# The compiler is asked, not the header read: a program is made of what Python believes, and each
# belief is a static assertion. Needs no device, but the built libraries.

import ctypes
import itertools
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent))

from qmsg import abi, native, qnx    # noqa: E402 after the path

top = here.parent.parent.parent
compiler = sys.argv[1:]

INTEGERS = {ctypes.c_int: "int", ctypes.c_uint: "unsigned", ctypes.c_long: "long",
            ctypes.c_ulong: "unsigned long"}


def assertion(what, text):
    return f'_Static_assert({what}, "{text}");'


def layout(struct, name):
    """Each member's place and size; together they leave no gap that a member could hide in."""
    yield assertion(f"sizeof({name}) == {ctypes.sizeof(struct)}", f"size of {name}")
    for member, *_ in struct._fields_:
        field = getattr(struct, member)
        place = f"offsetof({name}, {member}) == {field.offset}"
        size = f"sizeof((({name} *)0)->{member}) == {field.size}"
        yield assertion(f"{place} && {size}", f"{name}.{member}")
    covered = sum(getattr(struct, member).size for member, *_ in struct._fields_)
    if covered != ctypes.sizeof(struct):
        yield f'#error "{name}: members are missing"'


def members_signs(struct, name):
    """A member that is signed here is there."""
    for member, kind in struct._fields_:
        if kind in INTEGERS or kind in (ctypes.c_int8, ctypes.c_uint8, ctypes.c_int16,
                                        ctypes.c_uint16):
            signed = "<" if kind(-1).value < 0 else ">"
            yield assertion(f"(__typeof__((({name} *)0)->{member}))-1 {signed} 0",
                            f"sign of {name}.{member}")


def structs():
    for name, struct in vars(abi).items():
        if isinstance(struct, type) and name.startswith("qmsg_"):
            yield struct, f"struct {name}"
    yield qnx._msg_info, "struct _msg_info"
    yield qnx._name_attach, "struct _name_attach"


def numbers():
    for module in abi, qnx:
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, int):
                yield name, value


def c_type(kind):
    """What a parameter can be in C; const is not seen here."""
    if kind is ctypes.c_void_p:
        return ["void *", "const void *", "dispatch_t *", "const struct sigevent *"]
    if kind is ctypes.c_char_p:
        return ["const char *"]
    if kind in INTEGERS:
        return [INTEGERS[kind]]
    name = kind._type_.__name__
    name = INTEGERS.get(kind._type_, f"struct {name}")
    return [f"{name} *", f"const {name} *"]


def prototype(name, function):
    kinds = [c_type(kind) for kind in (function.restype, *function.argtypes)]
    types = (f"{result}({', '.join(parameters) or 'void'})"
             for result, *parameters in itertools.product(*kinds))
    same = (f"__builtin_types_compatible_p(__typeof__({name}), {kind})" for kind in types)
    return assertion(" || ".join(same), f"prototype of {name}")


def functions(module):
    return {name: value for name, value in vars(module._library).items()
            if isinstance(value, module._library._FuncPtr)}


def program():
    for header in "stddef.h", "qmsg.h", "sys/neutrino.h", "sys/dispatch.h":
        yield f"#include <{header}>"
    for struct, name in structs():
        yield from layout(struct, name)
        yield from members_signs(struct, name)
    for name, value in numbers():
        yield assertion(f"(long long)({name}) == (long long){value}ull", name)
    for module in native, qnx:
        for name, function in functions(module).items():
            yield prototype(name, function)


def missing():
    """What the headers and the library have and the module has not."""
    header = (top / "uapi/linux/qmsg.h").read_text()
    for name in re.findall(r"^#define (QMSG_(?!IOC_)\w+)", header, re.M):
        if name not in vars(abi):
            yield name
    exported = (top / "libqmsg/libqmsg.map").read_text()
    for name in re.findall(r"^\t\t(qmsg_\w+);", exported, re.M):
        if name not in functions(native):
            yield name + "()"


def main():
    absent = list(missing())
    for name in absent:
        print(f"the Python module has no {name}", file=sys.stderr)
    source = "\n".join(program())
    if source.count("_Static_assert") < 200:
        sys.exit("nearly nothing was compared")
    run = subprocess.run([*compiler, "-x", "c", "-fsyntax-only", "-"], input=source, text=True)
    return bool(absent) or run.returncode


sys.exit(main())
