import json
from pathlib import Path

import pytest

import mentions
from mentions.brand_codec import BRAND_TAGS, decode_brand, encode_brand
from mentions.brands import BrandRecord, BrandVersion
from mentions.codec import KNOWN_TAGS, UnknownRecord, decode, encode
from mentions.errors import CorruptRecord
from mentions.matching import parse_query
from mentions.records import EventType
from mentions.topics import TOPICS

FOLDER = Path(mentions.__file__).parent / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.json"))
BRANDS = ["account", "brand", "layer"]
EVENTS = [name for name in EXAMPLES if name not in BRANDS]


def bytes_of(name: str) -> bytes:
    """An example as it stands."""
    return (FOLDER / f"{name}.json").read_bytes()


def test_every_kind_of_record_has_an_example() -> None:
    """There is one example for each record that travels, those of the brands topic among them."""
    assert {f"{name}.v1" for name in EVENTS} == KNOWN_TAGS
    assert {f"{name}.v1" for name in BRANDS} == BRAND_TAGS


def test_topics_carry_only_kinds_with_an_example() -> None:
    """Whatever a topic says that it carries is shown by an example."""
    carried = {kind for topic in TOPICS for kind in topic.carries if kind.endswith(".v1")}

    assert carried <= {f"{name}.v1" for name in EXAMPLES}


@pytest.mark.parametrize("name", EVENTS)
def test_an_example_is_read_and_written_again_unchanged(name: str) -> None:
    """Decoding an example gives a record, and encoding that gives the same JSON: no field is lost or invented."""
    event = decode(bytes_of(name))

    assert isinstance(event, EventType)
    assert json.loads(encode(event)) == json.loads(bytes_of(name))


@pytest.mark.parametrize("name", BRANDS)
def test_an_example_of_the_brands_topic_is_read_and_written_again_unchanged(name: str) -> None:
    """Nothing is lost in reading and writing it again, and a brand's query is valid."""
    record = decode_brand(bytes_of(name))

    if isinstance(record, BrandVersion):
        parse_query(record.brand.query)
    assert isinstance(record, BrandRecord)
    assert json.loads(encode_brand(record)) == json.loads(bytes_of(name))


def test_a_newer_brand_record_is_told_from_a_broken_one() -> None:
    """A kind that this build does not know is named; what is no record of ours is refused."""
    assert decode_brand(b'{"record":"brand.v9","x":1}') == UnknownRecord("brand.v9")
    for payload in (b"", b"[1]", b'{"record":"brand.v1"}', b'{"record":"account.v1","account":"bluesky:x","id":4}'):
        with pytest.raises(CorruptRecord):
            decode_brand(payload)
