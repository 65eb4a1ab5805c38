"""Intents, aspects and reasons as the store keeps them: a JSON list each, in columns that a query can look into."""

from collections.abc import Sequence

from msgspec import json
from sqlalchemy import ColumnElement, func

from mentions.records import Finding, Reason

_encoder = json.Encoder()
_decoder = json.Decoder(tuple[Finding, ...])
_reasons = json.Decoder(tuple[Reason, ...])


def encode_findings(findings: Sequence[Finding]) -> str | None:
    """Write as compact JSON; None when there are none, as most texts have few.

    >>> encode_findings([Finding("request", ("please",))])
    '[{"name":"request","terms":["please"]}]'
    """
    return _encoder.encode(findings).decode() if findings else None


def decode_findings(data: str | None) -> tuple[Finding, ...]:
    """Read what `encode_findings` wrote.

    Raises:
        msgspec.DecodeError: the text is no JSON list of this shape.
    """
    return () if data is None else _decoder.decode(data)


def has_finding(column: ColumnElement[str | None], name: str) -> ColumnElement[bool]:
    """Say in SQL that one of the findings in a column has this name, exactly; on every database alike.

    What marks a name cannot stand within a word of a finding, for JSON writes the quotes of a word with a backslash.
    """
    mark = f'{{"name":{_encoder.encode(name).decode()},'
    # Taking it out makes a difference: LIKE would hear upper case as lower on one database and not on the other.
    return func.replace(column, mark, "") != column


def encode_reasons(reasons: Sequence[Reason]) -> str | None:
    """Write as compact JSON; None when there are none."""
    return _encoder.encode(reasons).decode() if reasons else None


def decode_reasons(data: str | None) -> tuple[Reason, ...]:
    """Read what `encode_reasons` wrote.

    Raises:
        msgspec.DecodeError: the text is no JSON list of this shape.
    """
    return () if data is None else _reasons.decode(data)
