"""Records of the brands topic to bytes and back: JSON tagged as those of `mentions.codec`.

The topic is compacted: for each key the last record stays, so every version of every brand does, and of layers the one
in use.
"""

import msgspec

from mentions.brands import AccountId, BrandRecord, BrandVersion
from mentions.codec import UnknownRecord, scrub_json, tag_of
from mentions.errors import CorruptRecord
from mentions.layers import BrandLayer

BRAND_TAGS = frozenset({"brand.v1", "account.v1", "layer.v1"})
_decoder: msgspec.json.Decoder[BrandRecord] = msgspec.json.Decoder(BrandRecord)


def brand_key(record: BrandRecord) -> str:
    """Key in the topic: `brand:NAME:VERSION`, `account:ACCOUNT` or `layer:NAME`."""
    match record:
        case BrandVersion():
            return f"brand:{record.brand.name}:{record.version}"
        case AccountId():
            return f"account:{record.account}"
        case BrandLayer():
            return f"layer:{record.brand}"


def encode_brand(record: BrandRecord) -> bytes:
    """Write a record as one line of JSON in UTF-8."""
    return scrub_json(record, BrandRecord)


def decode_brand(payload: bytes) -> BrandRecord | UnknownRecord:
    """Read one record.

    Raises:
        CorruptRecord: the bytes are not JSON, or a record of a known kind breaks its own schema.
    """
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        tag = tag_of(payload)
        if tag is not None and tag not in BRAND_TAGS:
            return UnknownRecord(tag)
        raise CorruptRecord(str(error)) from error
