"""What messages say, in both languages; `tests/golden/messages_*.txt` are read by people before they change."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.notifying.messages import Quote, compose, trial_message
from processors.notifying.phrases import KINDS, LISTS, PHRASES, SEVERITIES, Lang
from processors.notifying.quoting import LONGEST_QUOTE, quoted
from tests.telling import a_step, a_telling, golden, tellings, written

IN_BOTH: tuple[Lang, ...] = ("en", "es")


@pytest.mark.parametrize("lang", IN_BOTH)
def test_messages_are_as_people_have_read_them(lang: Lang) -> None:
    """Each kind of message is word for word the one that was looked at."""
    assert written(lang) == golden(lang).read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", IN_BOTH)
def test_a_message_suffices_alone(lang: Lang) -> None:
    """The opening of a spike names brand, count, expectation, cause and time, and quotes with links to the network."""
    message = compose(tellings(lang)["a negative spike opens"])
    whole = message.title + message.body
    for fact in ("nubira", "41", "6", "retraso", "77", "13:00", "https://bsky.example/profile/ana.example/post/1"):
        assert fact in whole
    assert {"en": "expected", "es": "esperaban"}[lang] in message.title


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("possible campaign", "closed")), ("es", ("posible campaña", "cerrada"))]
)
def test_campaigns_and_ends_are_named(lang: Lang, words: tuple[str, str]) -> None:
    """A campaign is only ever a possible one, and the end is said."""
    campaign, closed = words
    assert campaign in compose(tellings(lang)["a campaign in a spike"]).title
    assert closed in compose(tellings(lang)["it is over"]).title


@pytest.mark.parametrize(("lang", "who"), [("en", "kolibri and lumbre"), ("es", "kolibri y lumbre")])
def test_a_message_tells_whom_the_same_happens_to(lang: Lang, who: str) -> None:
    """Where the same rises at other brands the message names them: it may be nobody's fault here."""
    assert f"{who}: " in compose(tellings(lang)["a spike that others have too"]).body
    assert "kolibri" not in compose(tellings(lang)["a negative spike opens"]).body


def test_what_was_deleted_is_not_told() -> None:
    """A quote without text says that it was deleted, and nothing else of it."""
    body = compose(a_telling(quotes=(Quote(source="bluesky", who=None, text=None, url="https://x.example/1"),))).body
    assert "(deleted at its source)" in body
    assert "x.example" not in body


def test_the_first_words_of_a_later_message_are_what_changed() -> None:
    """What is new since the last message stands before what is known."""
    body = compose(tellings("en")["it gets worse"]).body
    assert body.startswith("Since the last message (13:00): severity critical, was high; 58 negatives, was 41.")


@pytest.mark.parametrize("both", [*PHRASES.values(), *KINDS.values(), *SEVERITIES.values(), *LISTS.values()])
def test_both_languages_have_the_same_gaps(both: tuple[str, str]) -> None:
    """A phrase fills the same gaps in both languages."""
    english, spanish = (sorted(re.findall(r"{(\w+)", phrase)) for phrase in both)
    assert english == spanish


@given(st.text(max_size=600))
def test_a_quote_is_one_harmless_line(text: str) -> None:
    """Whatever was posted, its quote is one line of bounded length that calls nobody and turns no writing."""
    shown = quoted(text)
    assert len(shown) <= LONGEST_QUOTE + 1 + shown.count("\u200b")
    assert shown.splitlines() in ([shown], [])
    assert not re.search(r"@(everyone|here|channel|all\b)|<[!@#]|[\u202a-\u202e\u2066-\u2069\x00-\x1f]", shown, re.I)


@given(
    st.dictionaries(
        st.sampled_from(["negatives", "total", "expected", "expected_negatives", "posts", "terms", "authors", "x"]),
        st.one_of(st.none(), st.booleans(), st.integers(0, 10**9), st.floats(0, 1e9), st.text(), st.lists(st.text())),
    ),
    st.sampled_from(list(KINDS)),
    st.sampled_from(IN_BOTH),
)
def test_no_evidence_keeps_a_message_from_leaving(evidence: dict[str, object], kind: str, lang: Lang) -> None:
    """Evidence in other shapes than today's still makes a message."""
    message = compose(a_telling(a_step(evidence=evidence), kind=kind, explanation=evidence, lang=lang))
    assert message.title
    assert message.body


def test_a_test_says_that_it_is_one() -> None:
    """`notify test` cannot be taken for an alert."""
    assert "test" in trial_message("team", "en").title
    assert "No ha pasado nada" in trial_message("team", "es").body
