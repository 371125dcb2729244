"""The work of one item: a line of a report is written and added to the checksum.

It takes less than a microsecond.
"""

from zlib import crc32


def add(value: int, item: int) -> int:
    return crc32(f"{value:08x} {item:>6} {item * 19 % 997 / 100:>8.2f}\n".encode(), value)
