"""Intents, aspects and reasons as the store keeps them: a JSON list each, in columns that a query can look into."""

from collections.abc import Sequence

from msgspec import json

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


def encode_reasons(reasons: Sequence[Reason]) -> str | None:
    """Write as compact JSON; None when there are none."""
    return _encoder.encode(reasons).decode() if reasons else None


def decode_reasons(data: str | None) -> tuple[Reason, ...]:
    """Read what `encode_reasons` wrote.

    Raises:
        msgspec.DecodeError: the text is no JSON list of this shape.
    """
    return () if data is None else _reasons.decode(data)
