"""What a mention's card says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboards.console.cards import Card, Chip, card_of
from dashboards.console.speech import Speech
from dashboards.console.words import Lang
from mentions.records import Author, Finding, Reason
from processors.store.reading import StoredMention

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


def stored(**changes: Any) -> StoredMention:
    """A positive post about Lumbre."""
    values: dict[str, Any] = {
        "brand": "lumbre",
        "id": "bluesky:1",
        "source": "bluesky",
        "kind": "post",
        "voice": "public",
        "author": Author("did:ana", "ana.example", "Ana", 1200),
        "title": None,
        "text": "Great bread",
        "url": "https://www.social.example/p/1",
        "lang": "en",
        "label": "positive",
        "score": 0.6249,
        "p": None,
        "reasons": (Reason("great", 3.1),),
        "spam": None,
        "weight": 1.0,
        "why": "lumbre OR @lumbre",
        "query_version": 1,
        "engine_version": "rules-1",
        "rules_version": "r1",
        "created_at": NOON,
        "received_at": NOON,
        "stored_at": NOON,
        "late_by": 0,
        "clock_skew": False,
        "in_reply_to": None,
        "root_id": None,
        "quoted_id": None,
        "links": (),
        "engagement": None,
        "rating": None,
        "country": None,
        "erased": False,
        "intents": (),
        "aspects": (),
        "work": None,
    }
    assert changes.keys() <= values.keys()
    return StoredMention(**(values | changes))


def card(lang: Lang = "en", now: datetime = NOON + timedelta(minutes=3), **changes: Any) -> Card:
    """Its card, three minutes later, in Madrid."""
    return card_of(stored(**changes), Speech(lang), now, MADRID, show_brand=True)


def test_a_card_says_who_when_where_and_why() -> None:
    """Author, handle, time in the brand's zone and since then, source, language, clause, label and score are said."""
    said = card("es")
    assert (said.author, said.handle, said.author_title) == ("Ana", "@ana.example", "1.200 seguidores")
    assert (said.clock, said.ago, said.iso) == ("13:00", "hace 3 min", "2026-11-16T12:00:00Z")
    assert said.when == "16 nov 2026, 13:00 (Europe/Madrid)"
    assert (said.source, said.language, said.brand) == ("Bluesky", "Inglés", "lumbre")
    assert (said.why, said.clause) == ("Coincide con", "lumbre OR @lumbre")
    assert said.label_word == "Positiva"
    assert said.score == "Puntuación +0,62, entre −1 y +1, según rules-1"
    assert said.decided == "great ▲ +3,1"
    assert (said.link, said.host) == ("https://www.social.example/p/1", "social.example")


def test_older_mentions_show_their_day() -> None:
    """A mention of another day than today's, in the brand's zone, shows its date."""
    assert card(now=datetime(2026, 11, 16, 23, 30, tzinfo=UTC)).clock == "16 Nov 2026, 13:00"


@pytest.mark.parametrize(
    ("author", "name", "handle"),
    [
        (Author("did:ana", "ana.example", None), "@ana.example", ""),
        (Author("did:ana", "@ana", None), "@ana", ""),
        (Author("did:plc:abcdefghijklmnopqrstuvwx"), "did:plc:abcdefghijkl…", ""),
        (Author(""), "Unknown author", ""),
        (None, "Unknown author", ""),
    ],
)
def test_an_author_is_called_by_the_best_known_name(author: Author | None, name: str, handle: str) -> None:
    """The name, else the handle, else the beginning of the id."""
    said = card(author=author)
    assert (said.author, said.handle) == (name, handle)


@pytest.mark.parametrize("why", ["own", "reply_to_own", "quotes_own", "tags_own", "reply_to_mention"])
def test_conversations_are_said_in_words(why: str) -> None:
    """What belongs to a brand's conversation says how, in a sentence, not by a code."""
    said = card(why=why)
    assert said.clause == ""
    assert " " in said.why
    assert "_" not in said.why


def test_an_erased_mention_names_nobody() -> None:
    """Of an erased mention neither author nor text nor link is left on the card."""
    said = card(erased=True, author=None, title=None, text=None, url=None, reasons=(), id="erased:f00")
    assert said.erased
    assert (said.text, said.rest, said.title, said.link, said.handle) == ([], [], [], None, "")


def test_a_mention_whose_vote_has_gone_has_no_label() -> None:
    """Two hours after erasure the label is unknown, and nothing claims otherwise."""
    said = card(erased=True, author=None, text=None, url=None, label=None, score=None, reasons=())
    assert (said.label_word, said.score) == ("", "")


def test_the_unjudged_have_no_score() -> None:
    """An unjudged mention shows no score, which would look like a judgement."""
    assert card(label="unjudged", score=0.0, reasons=()).score == ""


def test_what_a_newer_build_stored_is_shown_as_it_is() -> None:
    """Unknown kinds, voices and labels are shown by their codes instead of breaking the page."""
    said = card(kind="poem", voice="choir", label="furious")
    assert (said.kind, said.voice, said.label_word) == ("poem", "choir", "furious")


@pytest.mark.parametrize(
    ("lang", "chips"),
    [
        (
            "en",
            [
                Chip("intent", "Complaint", "Said by: “three hours”, “shame”"),
                Chip("aspect", "punctuality", "Said by: “three hours”"),
                Chip("aspect", "gluten", "Said by: “gluten”"),
            ],
        ),
        (
            "es",
            [
                Chip("intent", "Queja", "Lo dicen: «three hours», «shame»"),
                Chip("aspect", "puntualidad", "Lo dicen: «three hours»"),
                Chip("aspect", "gluten", "Lo dicen: «gluten»"),
            ],
        ),
    ],
)
def test_intents_and_aspects_are_chips_with_their_words(lang: Lang, chips: list[Chip]) -> None:
    """Each intent and aspect is named in the reader's language, a brand's own as the brand does, with its reasons."""
    said = card(
        lang,
        intents=(Finding("complaint", ("three hours", "shame")),),
        aspects=(Finding("punctuality", ("three hours",)), Finding("gluten", ("gluten",))),
    )
    assert said.chips == chips
    assert card(lang).chips == []


def test_a_date_is_said_once() -> None:
    """What is older than a week shows its date as the time, and no second time as its age."""
    old = card(now=NOON + timedelta(days=8))
    assert (old.clock, old.ago) == ("16 Nov 2026, 13:00", "")
    assert card(now=NOON + timedelta(days=6)).ago == "6 days ago"
