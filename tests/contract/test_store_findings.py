"""Intents and aspects in the store, on both databases."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from mentions.records import Finding, ScoredMention
from processors.scoring import judge
from processors.store.opening import Store
from processors.store.reading import StoredMention, Wanted, list_mentions
from tests.playing import BOOK, JUDGES, NOW, ScoredPlayer, a_beat, a_mention, a_post, deletion, kept_store, wipe

INTENTS = (Finding("complaint", ("tres horas", "vergüenza")), Finding("question", ("?",)))
ASPECTS = (Finding("punctuality", ("tres horas",)),)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def player(kept: Store) -> ScoredPlayer:
    """A worker of the scored log over an empty store."""
    wipe(kept)
    return ScoredPlayer(kept)


def found(native_id: str = "1") -> ScoredMention:
    """A judged mention with two intents and an aspect."""
    (scored,) = judge(a_mention(a_post(native_id)), BOOK, JUDGES, NOW)
    return structs.replace(scored, intents=INTENTS, aspects=ASPECTS)


def stored(store: Store) -> list[StoredMention]:
    """What the store lists."""
    with store.reading() as connection:
        return list_mentions(connection)


def ids(store: Store, wanted: Wanted) -> list[str]:
    """The ids of what the store lists."""
    with store.reading() as connection:
        return [mention.id for mention in list_mentions(connection, wanted)]


def test_a_list_is_narrowed_to_an_intent_and_an_aspect(player: ScoredPlayer) -> None:
    """Any of a mention's intents and aspects finds it, by its whole name as written, and by its name alone."""
    quoted = Finding("praise", ('{"name":"purchase","terms":[', "price"))
    strange = Finding('50 % "_\\é', ("Cola",))
    player.play(
        found("1"),
        structs.replace(found("2"), intents=(quoted,), aspects=(strange,)),
        structs.replace(found("3"), intents=(), aspects=()),
    )
    store = player.store
    assert ids(store, Wanted(intent="complaint")) == ids(store, Wanted(intent="question")) == ["bluesky:1"]
    assert ids(store, Wanted(aspect="punctuality", intent="complaint", brand="lumbre")) == ["bluesky:1"]
    assert ids(store, Wanted(intent="praise")) == ids(store, Wanted(aspect=strange.name)) == ["bluesky:2"]
    for nothing in ("purchase", "plain", "Complaint", "punct%", "complain_", "price", ""):
        assert ids(store, Wanted(intent=nothing)) == ids(store, Wanted(aspect=nothing)) == []
    assert ids(store, Wanted(intent="praise", aspect="punctuality")) == []


def test_intents_and_aspects_are_kept_with_their_words(player: ScoredPlayer) -> None:
    """A mention is read with the intents and aspects that it was judged to have; one without any has none."""
    player.play(found("1"), structs.replace(found("2"), intents=(), aspects=()))
    read = {mention.id: (mention.intents, mention.aspects) for mention in stored(player.store)}
    assert read == {"bluesky:1": (INTENTS, ASPECTS), "bluesky:2": ((), ())}


@pytest.mark.parametrize("deletion_first", [False, True])
def test_an_erased_mention_forgets_them(player: ScoredPlayer, deletion_first: bool) -> None:
    """Whether the deletion comes behind the mention or before it, none of its words is left."""
    records = [found(), deletion("1", 60)]
    for record in reversed(records) if deletion_first else records:
        player.play(record, a_beat(90))
    (mention,) = stored(player.store)
    assert mention.erased
    assert (mention.intents, mention.aspects) == ((), ())
