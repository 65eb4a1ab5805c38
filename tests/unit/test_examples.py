import json
from pathlib import Path

import msgspec
import pytest

import mentions
from mentions.brands import BrandVersion
from mentions.codec import KNOWN_TAGS, decode, encode
from mentions.matching import parse_query
from mentions.records import EventType
from mentions.topics import TOPICS

FOLDER = Path(mentions.__file__).parent / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.json"))
EVENTS = [name for name in EXAMPLES if name != "brand"]


def bytes_of(name: str) -> bytes:
    """An example as it stands."""
    return (FOLDER / f"{name}.json").read_bytes()


def test_every_kind_of_record_has_an_example() -> None:
    """There is one example for each record that travels, and one for a brand."""
    assert {f"{name}.v1" for name in EVENTS} == KNOWN_TAGS
    assert "brand" in EXAMPLES


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


def test_the_example_of_a_brand_is_read_and_written_again_unchanged() -> None:
    """The brand's example is a whole version, its query is valid, and nothing is lost in writing it again."""
    version = msgspec.json.decode(bytes_of("brand"), type=BrandVersion)

    parse_query(version.brand.query)
    assert json.loads(msgspec.json.encode(version)) == json.loads(bytes_of("brand"))
