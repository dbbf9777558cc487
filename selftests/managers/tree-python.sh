# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Python's files: buffered, unbuffered, with positions of their own.
python3 -I -S -B - <<'END'
import os

TOP = "/qnx/tree/"
data = os.urandom(300007)

with open(TOP + "hello") as file:
    assert file.read() == "hello, world\n"
    assert file.seek(7) == 7 and file.readline() == "world\n"
with open(TOP + "python", "wb") as file:
    assert file.write(data) == len(data)
assert os.stat(TOP + "python").st_size == len(data)
with open(TOP + "python", "rb") as file:
    assert file.read() == data
    for at in 0, 1, 4095, 4096, 299999:
        file.seek(at)
        assert file.read(9) == data[at:at + 9]
    assert file.seek(-7, os.SEEK_END) == len(data) - 7
    assert file.read() == data[-7:]
with open(TOP + "python", "r+b", buffering=0) as file:
    room = bytearray(1000)
    assert file.readinto(room) == 1000 and room == data[:1000]
    assert os.pread(file.fileno(), 10, 5000) == data[5000:5010]
    assert os.pwrite(file.fileno(), b"here", 5000) == 4
    assert file.tell() == 1000
    assert os.preadv(file.fileno(), [bytearray(3), room], 4999) == 1003
    assert room[:3] == b"re" + data[5004:5005]
    assert os.fstat(file.fileno()).st_size == len(data)
    file.truncate(12)
    os.fsync(file.fileno())
    assert os.stat(TOP + "python").st_size == 12
with open(TOP + "python", "a") as file:
    print("appended", file=file)
with open(TOP + "python", "rb") as file:
    assert file.read() == data[:12] + b"appended\n"
assert sorted(os.listdir(TOP)) == ["hello", "python", "sub"]
assert {entry.name: entry.is_dir() for entry in os.scandir(TOP)} == {
    "hello": False, "python": False, "sub": True}
os.makedirs(TOP + "d/e/f")
os.replace(TOP + "python", TOP + "d/e/f/python")
os.renames(TOP + "d/e/f/python", TOP + "python")
assert not os.path.exists(TOP + "d")
os.mkdir(TOP + "d", 0o700)
os.mknod(TOP + "d/node", 0o600)
assert os.stat(TOP + "d").st_mode == 0o40700 and os.stat(TOP + "d/node").st_mode == 0o100600
for path, _, files in os.walk(TOP + "d", topdown=False):
    for name in files:
        os.remove(os.path.join(path, name))
    os.rmdir(path)
os.utime(TOP + "python", (10, 20))
assert os.stat(TOP + "python").st_mtime == 20
for call in (lambda: open(TOP + "none"), lambda: os.stat(TOP + "sub/none")):
    try:
        call()
    except FileNotFoundError:
        continue
    raise AssertionError("that was there")
END
