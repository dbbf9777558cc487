# SPDX-License-Identifier: MIT
"""Python's bytes as pointers."""

from ctypes import Array, Structure, c_char_p, c_void_p, cast, create_string_buffer
from typing import Any, Optional, Union

#: What can be sent: anything that consists of bytes, a struct of ctypes too.
Bytes = Union[bytes, bytearray, memoryview, Structure, "Array[Any]"]


def as_bytes(data: Bytes) -> bytes:
    """The bytes of data. bytes(data) would take a number for that many zeroes."""
    return data if isinstance(data, bytes) else memoryview(data).tobytes()


def address(data: bytes) -> Optional[int]:
    """Where they are, for a member of a struct; as long as the caller keeps data."""
    return cast(c_char_p(data), c_void_p).value


class Room:
    """A buffer that the kernel writes to."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.buffer = create_string_buffer(size)
        self.address = cast(self.buffer, c_void_p).value

    def bytes(self, length: int) -> bytes:
        """Its first bytes."""
        return memoryview(self.buffer)[:length].tobytes()
