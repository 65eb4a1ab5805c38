"""Opens what a person names: a file, `-`, plain or compressed. What it is is told by its first bytes, not its name."""

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard

from mentions.errors import Unavailable, UsageError

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZIP = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 4
_CHUNK = 65_536
# Compressed bytes handed over at once. A block of 4 bytes may stand for 128 kB (RFC 8878, 3.1.1.2), so this bounds
# what a hostile file can make of our memory to 32 MB a step.
_ZSTD_CHUNK = 1_024
_ZSTD_WINDOW = 1 << 27  # what the zstd tool itself accepts without being asked


class DamagedError(Exception):
    """Compressed data that end early or are broken; all that came before was good. The message says where."""


def shown_name(path: str) -> str:
    """Name an input as messages do."""
    return "standard input" if path == "-" else path


def is_compressed(head: bytes) -> bool:
    """Whether a file that begins so has to be read from its start to its end."""
    return head.startswith((_GZIP, _ZSTD))


@contextmanager
def open_input(path: str, stdin: BinaryIO | None = None) -> Iterator[BinaryIO]:
    """Open `path` for reading its uncompressed bytes; reading raises `DamagedError` where compressed data break off.

    Args:
        path: a file, or `-` for `stdin`.
        stdin: what `-` means; None: the process's own. It is left open.

    Raises:
        Unavailable: the file does not exist or must not be read. UsageError: it is a folder or an archive.
    """
    with ExitStack() as closing:
        if path == "-":
            raw: BinaryIO = stdin or sys.stdin.buffer
        else:
            raw = closing.enter_context(_open_file(path))
        head = raw.read(_HEAD)
        if head.startswith(_ZIP):
            raise UsageError(
                f"{shown_name(path)}: is a zip archive or a spreadsheet; unpack it, or save it as CSV (UTF-8)"
            )
        plain = _whole(head, raw)
        if head.startswith(_GZIP):
            plain = _gunzip(plain)
        elif head.startswith(_ZSTD):
            plain = _unzstd(plain)
        elif head.startswith(_UTF16):
            plain = _to_utf8(plain)
        yield closing.enter_context(io.BufferedReader(_Pieces(plain), _CHUNK))


def _open_file(path: str) -> BinaryIO:
    if Path(path).is_dir():
        raise UsageError(f"{path}: is a folder; name the files in it")
    try:
        return open(path, "rb")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Unavailable(f"{path}: cannot be read: {why}") from error


def _whole(head: bytes, raw: BinaryIO) -> Iterator[bytes]:
    yield head
    read = raw.read1 if isinstance(raw, io.BufferedReader) else raw.read  # a pipe's line is passed on as it comes
    while piece := read(_CHUNK):
        yield piece


def _to_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Transcode what some spreadsheets and shells write."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def _gunzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    good = 0
    with io.BufferedReader(_Pieces(pieces), _CHUNK) as packed, gzip.GzipFile(fileobj=packed) as unpacked:
        try:
            while piece := unpacked.read1(_CHUNK):
                good += len(piece)
                yield piece
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedError(f"the gzip data are damaged after {good:,} unpacked bytes: {error}") from None


def _unzstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    good, within = 0, False
    frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = frames.decompressobj()
    try:
        for piece in pieces:
            for start in range(0, len(piece), _ZSTD_CHUNK):
                packed = piece[start : start + _ZSTD_CHUNK]
                while packed:
                    unpacked = frame.decompress(packed)
                    good += len(unpacked)
                    yield unpacked
                    packed, within = frame.unused_data, not frame.eof
                    if frame.eof:
                        frame = frames.decompressobj()
    except zstandard.ZstdError as error:
        raise DamagedError(f"the zstd data are damaged after {good:,} unpacked bytes: {error}") from None
    if within:
        raise DamagedError(f"the zstd data end early, after {good:,} unpacked bytes")


class _Pieces(io.RawIOBase):
    """A stream of the pieces that an iterator gives; an empty piece is no end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override] # what BufferedReader hands over
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(self._left), len(buffer))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
