"""Lines of bounded length out of a stream of bytes."""

from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from ingest.sources.file_open import DamagedError
from mentions.errors import Unavailable

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BoundedLines:
    """Iterates over lines, with their ends. Of one longer than `max_bytes` only the first `max_bytes` + 1 are given.

    Attributes:
        damage: once exhausted: why it ended early, or "". A last line that the damage cut is not given.

    Raises:
        Unavailable: from iteration, when the medium cannot be read.
    """

    def __init__(self, stream: BinaryIO, name: str, max_bytes: int) -> None:
        self.damage = ""
        self._lines = self._read(stream, name, max_bytes)
        self._ahead: deque[bytes] = deque()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._ahead.popleft() if self._ahead else next(self._lines)

    def look(self, index: int) -> bytes | None:
        """Give the line that comes `index` lines after the next one without taking it; None beyond the end."""
        while len(self._ahead) <= index:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[index]

    def _read(self, stream: BinaryIO, name: str, max_bytes: int) -> Iterator[bytes]:
        try:
            first = True
            while line := stream.readline(max_bytes + 1):
                if len(line) > max_bytes and not line.endswith(b"\n"):
                    _skip_line(stream, max_bytes)
                yield line.removeprefix(_BYTE_ORDER_MARK) if first else line
                first = False
        except DamagedError as damage:
            self.damage = str(damage)
        except OSError as error:
            raise Unavailable(f"{name}: reading failed: {error.strerror}") from error


def _skip_line(stream: BinaryIO, size: int) -> None:
    while (rest := stream.readline(size)) and not rest.endswith(b"\n"):
        pass
