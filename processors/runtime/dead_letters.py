"""A record that cannot be used on its way to the topic of dead letters: as it was, with its coordinates. Pure."""

from mentions.topics import KIND_HEADER
from processors.runtime.chunks import Chunk, Outgoing
from processors.scored_batch import DeadLetter


def dead_letter(letter: DeadLetter, chunk: Chunk, *, read_from: str, write_to: str, stage: str) -> Outgoing:
    """The record for the topic `write_to`; `read_from` is the topic that the chunk came from.

    Its headers are documented in docs/topics.md; the same record twice has the same coordinates.
    """
    headers = {
        KIND_HEADER: "dead",
        "reason": letter.reason.value,
        "topic": read_from,
        "partition": str(chunk.partition),
        "offset": str(letter.offset),
        "stage": stage,
    }
    return Outgoing(
        topic=write_to,
        partition=0,
        key=chunk.key(letter.offset),
        value=letter.payload,
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )
