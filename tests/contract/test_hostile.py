"""Hostile texts through everything that looks at texts, and through the whole pipeline on both databases."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.admission import admit
from ingest.outbox import Batch, Outbox
from ingest.sources.base import Dropped
from ingest.sources.bluesky.frames import parse_frame
from ingest.sources.jsonl import parse_line
from ingest.sources.rss.documents import parse_feed
from mentions.brands import Brand, BrandVersion
from mentions.conversation import BrandMatcher
from mentions.records import Author, Deletion, Post
from processors.brand_book import BrandBook
from processors.language import LanguageIdentifier
from processors.runtime.embedded import EmbeddedRuntime
from processors.scoring import Judges
from processors.sentiment.engines import ENGINES, open_engine
from processors.store.opening import Store
from processors.store.schema import mentions
from processors.ticks import TimeRules
from tests.hostile import HOSTILE

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LUMBRE = Brand(name="lumbre", query='lumbre OR source:file OR "pan de lumbre" OR lumb* NEAR/3 pan')


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_that_looks_at_a_text_raises(text: str) -> None:
    """Parsers, matcher, languages and engines answer on every hostile text."""
    record = json.dumps(
        {"text": text, "created_at": "2026-11-16T09:00:00Z", "author": {"id": text[:100] or "x"}}
    ).encode()
    for raw in (record, text.encode("utf-8", "surrogatepass"), text.encode("utf-16", "surrogatepass")):
        assert isinstance(parse_line(raw), Post | Dropped | Deletion)
        assert isinstance(parse_frame(raw, NOW), Post | Dropped | Deletion)
        assert isinstance(parse_feed(raw, "https://news.example/feed", NOW), list)
    BrandMatcher([(LUMBRE, 1)]).hits(_post("x", text))
    language = LanguageIdentifier(("en", "es")).identify(text, None)
    assert all(open_engine(name, every_language=True).judge(text, language).label for name in ENGINES)


def test_every_hostile_text_is_stored(store: Store, tmp_path: Path) -> None:
    """Each hostile text becomes a mention in the store, on either database; none stops the pipeline."""
    posts = [_post(str(number), text) for number, text in enumerate(HOSTILE.values())]
    outbox = Outbox(tmp_path / "outbox.sqlite")
    admitted = admit(posts, BrandMatcher([(LUMBRE, 1)]), outbox.seen)
    outbox.commit(Batch("file", "x", records=admitted.records, seen=admitted.seen, counts=admitted.counts))
    version = BrandVersion(
        brand=LUMBRE, version=1, effective_from=NOW, changed_at=NOW, changed_by="test", why=""
    )  # fmt: skip
    judges = Judges(LanguageIdentifier(("en", "es")), open_engine("vader-fixed"))
    runtime = EmbeddedRuntime(outbox, store, judges, lambda: BrandBook.of([version]), TimeRules(), lambda: NOW)
    while runtime.step():
        pass
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(mentions)).scalar() == len(posts)
    outbox.close()


def _post(number: str, text: str) -> Post:
    author = Author(id=f"a{number}", handle=text[:50], name=text[:200])
    return Post(
        source="file", native_id=number, author=author, title=text[:100], text=text, created_at=NOW, received_at=NOW
    )
