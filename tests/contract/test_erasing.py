"""What a deletion takes, and what it leaves, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Table, select

from ingest.admission import admit
from ingest.outbox import Batch, Outbox
from ingest.sources.base import Item
from mentions.records import Author, Deletion, Mention, Post, ScoredMention
from processors.runtime.embedded import EmbeddedRuntime
from processors.scored_batch import ScoredBatch
from processors.scoring import judge
from processors.store import chunks, schema
from processors.store.author_words import find_author, note_author, thank
from processors.store.corrections import correct_mention, correct_text
from processors.store.detail import decode_detail
from processors.store.opening import Store, open_store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from tests.playing import (
    BOOK,
    JUDGES,
    NOW,
    OWN_ACCOUNT,
    KeywordMatcher,
    Player,
    a_beat,
    a_mention,
    a_post,
    add_brands,
    at,
    counting,
    deletion,
    kept_store,
    wipe,
)
from tests.tables import assert_equal, difference, tables

RULES = TimeRules(timedelta(seconds=30))
HOURS = 3600


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on each database, which every test finds empty."""
    yield from kept_store(request, tmp_path_factory.mktemp("kept"))


@pytest.fixture
def player(kept: Store) -> Player:
    """A worker over an empty store that knows the brands."""
    wipe(kept)
    return Player(kept, RULES)


def rows(store: Store, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Those columns of a table, sorted."""
    with store.reading() as connection:
        return sorted((tuple(row) for row in connection.execute(select(*(table.c[c] for c in columns)))), key=str)


def one(store: Store, post: str) -> Any:
    """The row of a post of bluesky, erased or not."""
    ids = (f"bluesky:{post}", store.erased_id("bluesky", post))
    with store.reading() as connection:
        return connection.execute(select(schema.mentions).where(schema.mentions.c.id.in_(ids))).one()


def everything(store: Store) -> str:
    """All that is in all tables, as text."""
    found = []
    with store.reading() as connection:
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found += [v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(found)


def days(store: Store) -> list[tuple[Any, ...]]:
    """Author days."""
    return rows(store, schema.author_days, "brand", "author_id", "mentions", "positive", "negative")


# --- a whole conversation ---

MARISOL = Author("did:plc:marisol", handle="marisol.example", name="Marisol Vega", followers=12)
MENTION = a_post(
    "3kmarisol", 0, "lumbre mal, soy clienta desde 1999", author=MARISOL, url="https://social.example/marisol.example/1"
)
REPLY = a_post(
    "3kown",
    60,
    "Lo sentimos, @marisol.example. Marisol Vega, escríbenos",
    author=OWN_ACCOUNT,
    in_reply_to="3kmarisol",
    root_id="3kmarisol",
    links=("https://social.example/marisol.example", "https://lumbre.example/ayuda"),
)
ANSWER = a_post(
    "3kanswer", 120, "ya os he escrito tres veces", author=MARISOL, in_reply_to="3kown", root_id="3kmarisol"
)
ACCOUNT_DELETED = Deletion(source="bluesky", author_id=MARISOL.id, at=at(200), why="account deleted")
HER_WORDS = (
    "clienta desde 1999",
    "escrito tres veces",
    "marisol.example",
    "Marisol Vega",
    "did:plc:marisol",
    "3kmarisol",
)


class Conversation:
    """An outbox, a store and the runtime between them."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.runtime = EmbeddedRuntime(self.outbox, store, JUDGES, lambda: BOOK, RULES, lambda: NOW)
        self.runtime.start()

    def hear(self, *items: Item) -> None:
        """Let items arrive and be processed."""
        admitted = admit(items, KeywordMatcher(), self.outbox.seen)
        self.outbox.commit(Batch("bluesky", "main", admitted.records, admitted.seen, admitted.counts))
        while self.runtime.step():
            pass

    def put(self, record: Mention | Deletion) -> None:
        """Let a record be processed in a batch of its own."""
        self.outbox.commit(Batch("bluesky", "main", [record]))
        assert self.runtime.step() is not None

    def files_with(self, words: str) -> list[str]:
        """The files of outbox and store whose bytes hold these words."""
        return [file.name for file in self.folder.iterdir() if words.encode() in file.read_bytes()]


@pytest.fixture
def conversation(tmp_path: Path, store: Store) -> Iterator[Conversation]:
    """A running pipeline; on SQLite its store lies in the same folder as the outbox."""
    add_brands(store)
    opened = Conversation(tmp_path, store)
    yield opened
    opened.outbox.close()


def test_a_conversation_arrives_whole_and_the_customer_can_leave(conversation: Conversation) -> None:
    """Mention, own reply without the brand's word and the customer's answer are stored; then the account is deleted.

    Afterwards no text, name or handle of the customer is left in any table or file; the own reply stays.
    """
    conversation.hear(MENTION)
    conversation.hear(REPLY)
    conversation.hear(ANSWER)
    stored = rows(conversation.store, schema.mentions, "id", "voice", "text")
    assert [(id_, voice) for id_, voice, _ in stored] == [
        ("bluesky:3kanswer", "public"),
        ("bluesky:3kmarisol", "public"),
        ("bluesky:3kown", "own"),
    ]
    assert all(words in everything(conversation.store) for words in HER_WORDS)
    conversation.hear(ACCOUNT_DELETED)
    assert [words for words in HER_WORDS if words in everything(conversation.store)] == []
    assert [(words, conversation.files_with(words)) for words in HER_WORDS if conversation.files_with(words)] == []
    reply = one(conversation.store, "3kown")
    assert reply.text == "Lo sentimos, [erased]. [erased], escríbenos"
    assert reply.in_reply_to == reply.root_id == conversation.store.erased_id("bluesky", "3kmarisol")
    assert decode_detail(reply.detail).links == ("https://lumbre.example/ayuda",)


def test_the_search_for_words_in_files_can_find_them(tmp_path: Path) -> None:
    """The check above is no empty one: before the deletion the words are in the files."""
    with open_store(str(tmp_path / "store.sqlite")) as store:
        add_brands(store)
        conversation = Conversation(tmp_path, store)
        conversation.hear(MENTION, REPLY)
        assert {name.partition("-")[0] for name in conversation.files_with("clienta desde 1999")} == {
            "store.sqlite",
            "outbox.sqlite",
        }
        conversation.outbox.close()


@pytest.mark.parametrize("late", [MENTION, REPLY, ANSWER])
def test_a_part_of_the_conversation_that_comes_behind_the_deletion(conversation: Conversation, late: Post) -> None:
    """Whichever part comes last, the customer's words are nowhere, and the reply points at the hash."""
    parts: list[Item] = [part for part in (MENTION, REPLY, ANSWER) if part is not late]
    conversation.hear(*parts)
    conversation.put(ACCOUNT_DELETED)
    conversation.put(a_mention(late))
    # of a reply that comes behind it nobody knows any more what its addressee was called
    gone = HER_WORDS if late is not REPLY else ("clienta desde 1999", "escrito tres veces", "did:plc:marisol")
    assert [words for words in gone if words in everything(conversation.store)] == []
    assert [(words, conversation.files_with(words)) for words in gone if conversation.files_with(words)] == []
    assert one(conversation.store, "3kown").in_reply_to == conversation.store.erased_id("bluesky", "3kmarisol")


def test_a_crash_between_erasing_and_tidying_is_made_good(tmp_path: Path) -> None:
    """A process that dies behind the commit of an erasure leaves text in its files; the next start empties them."""
    with open_store(str(tmp_path / "store.sqlite")) as store:
        add_brands(store)
        conversation = Conversation(tmp_path, store)
        conversation.hear(MENTION)
        conversation.outbox.commit(Batch("bluesky", "main", [deletion("3kmarisol", 100)]))
        Player(store, RULES, LogPartition(conversation.outbox.log_id)).offer(
            conversation.outbox.read(1, 10)
        )  # commits, and never tidies
        assert conversation.files_with("clienta desde 1999") != []
        again = EmbeddedRuntime(conversation.outbox, store, JUDGES, lambda: BOOK, RULES, lambda: NOW)
        again.start()
        assert conversation.files_with("clienta desde 1999") == []
        assert conversation.outbox.rows() == 0
        conversation.outbox.close()


# --- sums ---


@pytest.mark.parametrize("folded", [True, False])
def test_buckets_and_days_are_as_if_it_had_never_been(player: Player, folded: bool) -> None:
    """An erased mention leaves buckets of any age and its author's day; what stays is counted as before."""
    player.play(a_mention(a_post("1"), "lumbre", "nubira"), a_mention(a_post("2", 60, "lumbre mal")))
    if folded:
        player.play(a_beat(100 * HOURS))
    player.play(deletion("1", 100 * HOURS))
    player.play(a_beat(101 * HOURS))
    columns = ("brand", "positive", "negative", "w_positive", "w_negative")
    assert rows(player.store, schema.buckets, *columns) == [("lumbre", 0, 1, 0, 1000)]
    assert days(player.store) == [("lumbre", "ana", 1, 0, 1)]


def test_a_day_is_recounted_from_what_was_folded(player: Player) -> None:
    """What is not folded yet is not counted when its author's day is recounted, and is counted once when it is."""
    player.play(a_mention(a_post("1", 10)), a_mention(a_post("2", 20)), a_beat(200), a_mention(a_post("3", 300)))
    player.play(deletion("1", 210))
    assert days(player.store) == [("lumbre", "ana", 1, 1, 0)]
    player.play(a_beat(900))
    assert days(player.store) == [("lumbre", "ana", 2, 2, 0)]


def test_a_day_that_loses_its_last_mention_is_gone(player: Player) -> None:
    """No empty row stays behind."""
    player.play(a_mention(a_post("1")), a_beat(300), deletion("1", 400))
    assert (days(player.store), rows(player.store, schema.buckets, "start")) == ([], [])
    assert rows(player.store, schema.authors, "author_id") == []


def test_an_erased_unfolded_mention_keeps_its_vote_for_two_hours(player: Player) -> None:
    """It keeps label, weight, sketch and a keyed hash of its author, makes no author day, and then loses those too."""
    mention = _scored("1", sketch=b"sketch")
    player.watch.process(ScoredBatch(1, 1, mentions=[mention]), NOW)
    player.offset = 1
    player.play(deletion("1", 10))
    row = one(player.store, "1")
    assert (row.label, row.score, row.text_weight, row.weight) == ("positive", 0.5, 1000, 1000)
    assert (row.author_key, row.erased_at) == (player.store.author_key("bluesky", "ana"), at(10))
    assert bytes(row.sketch) == b"sketch"
    assert (row.author_id, row.title, row.text, row.url) == (None, None, None, None)
    assert player.play(a_beat(2 * HOURS + 9)).folded == 1
    assert one(player.store, "1").label == "positive"
    assert days(player.store) == []
    player.play(a_beat(2 * HOURS + 10))
    row = one(player.store, "1")
    assert (row.label, row.score, row.text_weight, row.weight, row.author_key, row.detail) == (None,) * 6
    assert row.erased_at == at(10)


def _scored(post: str, **fields: Any) -> ScoredMention:
    (mention,) = judge(a_mention(a_post(post)), BOOK, JUDGES, NOW)
    return structs.replace(mention, **fields)


def test_traces_go_across_a_restart_and_one_by_one(player: Player) -> None:
    """Each mention loses its traces two hours behind its own deletion, whoever works then."""
    player.play(a_mention(a_post("1")), a_mention(a_post("2")), deletion("1", 100), deletion("2", 1000))
    for seconds, labels in ((2 * HOURS + 99, (True, True)), (2 * HOURS + 100, (False, True)), (9000, (False, False))):
        player.restart()
        player.play(a_beat(seconds))
        assert (one(player.store, "1").label is not None, one(player.store, "2").label is not None) == labels


def test_old_erasures_cost_nothing_later(player: Player) -> None:
    """Once the traces of what was erased are gone, a heartbeat costs what it cost before."""
    player.play(a_mention(a_post("1")), deletion("1", 10), a_beat(3 * HOURS))
    with counting(player.store) as sent:
        player.play(a_beat(3 * HOURS + 5))
    assert len(sent) == 2, sent


def test_an_unfolded_mention_without_traces_is_folded_without_harm(player: Player) -> None:
    """A mention that was erased long before its minute closes counts for nothing and stops nothing."""
    player.play(a_mention(a_post("1", 4 * HOURS)), deletion("1", 10), a_beat(3 * HOURS))
    assert one(player.store, "1").label is None
    assert player.play(a_beat(5 * HOURS)).folded == 1
    assert days(player.store) == []


# --- who is meant ---


def test_an_author_who_comes_back_is_stored_anew(player: Player) -> None:
    """Posts from behind an account's deletion stay; a second deletion takes them too."""
    player.play(a_mention(a_post("1")), deletion(author_id="ana", seconds=100), a_mention(a_post("2", 101)))
    assert (one(player.store, "1").text, one(player.store, "2").text) == (None, "lumbre bien")
    assert one(player.store, "2").author_id == "ana"
    player.play(a_mention(a_post("3", 99)), deletion(author_id="ana", seconds=100))
    assert (one(player.store, "3").text, one(player.store, "2").text) == (None, "lumbre bien")
    player.play(deletion(author_id="ana", seconds=200))
    assert one(player.store, "2").text is None


@pytest.mark.parametrize("whole_account", [True, False])
def test_thanks_and_notes_go_with_their_author(player: Player, whole_account: bool) -> None:
    """Whether the account is deleted or the last of its posts; not while something is left, and nobody else's."""
    player.play(a_mention(a_post("1")), a_mention(a_post("2", 60)), a_mention(a_post("3", author="bea")), a_beat(600))
    with player.store.writing() as connection:
        for name in ("ana", "bea"):
            author = find_author(connection, f"bluesky:{name}")
            assert thank(connection, author, "lumbre", "a cake", who="eva", now=NOW)
            note_author(connection, author, "lumbre", "was kind", who="eva", event_id=f"note-{name}", now=NOW)
    player.play(deletion("1", 700))
    assert len(_words(player.store)) == 4
    player.play(deletion(author_id="ana", seconds=800) if whole_account else deletion("2", 800))
    assert _words(player.store) == [("bea", "note"), ("bea", "thanked")]


def _words(store: Store) -> list[tuple[Any, ...]]:
    return rows(store, schema.author_events, "author_id", "what")


def test_thanks_go_with_an_account_of_which_no_mention_is_left(player: Player) -> None:
    """Retention may have taken the mentions before the network tells of the deletion."""
    player.play(a_mention(a_post("1")), a_beat(600))
    with player.store.writing() as connection:
        thank(connection, find_author(connection, "ana"), "lumbre", "", who="eva", now=NOW)
        connection.execute(schema.mentions.delete())
    player.play(deletion(author_id="ana", seconds=800))
    assert _words(player.store) == []


@pytest.mark.parametrize("first", ["mention", "deletion"])
def test_a_clock_that_runs_ahead_saves_no_post(player: Player, first: str) -> None:
    """A post received before its author's deletion is taken, although its own clock says that it came behind it."""
    ahead = a_mention(a_post("1", 400, received_at=at(100)))
    records = [ahead, deletion(author_id="ana", seconds=150)]
    player.play(records[first == "deletion"])
    player.play(records[first == "mention"])
    assert one(player.store, "1").text is None


def test_only_what_is_meant_is_erased(player: Player) -> None:
    """A deletion concerns its own source, post or author, in every brand."""
    kept = [a_mention(a_post("2")), a_mention(a_post("1", source="file")), a_mention(a_post("3", author="bea"))]
    player.play(a_mention(a_post("1"), "lumbre", "nubira"), *kept)
    assert player.play(deletion("1", 50)).erased == 2
    texts = rows(player.store, schema.mentions, "id", "text")
    assert sorted(id_ for id_, text in texts if text) == ["bluesky:2", "bluesky:3", "file:1"]
    assert player.play(deletion(author_id="ana", seconds=50)).erased == 1
    assert player.play(deletion("unknown", 50), deletion(author_id="nobody", seconds=50)).erased == 0


def test_a_deleted_mention_that_comes_again_stays_deleted(player: Player) -> None:
    """A repeat of what was erased changes nothing and is counted as a duplicate; its text is seen as erased."""
    player.play(a_mention(a_post("1")), deletion("1", 50))
    before = tables(player.store)
    report = player.play(a_mention(a_post("1")), a_mention(a_post("1", text="lumbre, otra vez")))
    assert_equal(tables(player.store), before)
    assert report.dropped == {("lumbre", "bluesky", "duplicate"): 2}
    assert (report.new, report.erased) == ((), 1)


@pytest.mark.parametrize("gone", [deletion("1", 50), deletion(author_id="ana", seconds=50)])
def test_a_mention_behind_its_deletion_is_stored_erased(player: Player, gone: Deletion) -> None:
    """What meets its tombstone is stored as if it had been erased later, and is no new mention."""
    post = a_post("1", url="https://social.example/ana.example/1", in_reply_to="0", root_id="0")
    other = _second_store(a_mention(post), gone)
    report = player.play(gone)
    report = player.play(a_mention(post))
    assert (report.new, report.erased) == ((), 1)
    assert not difference(tables(player.store, [post]), other(post))
    assert "ana" not in everything(player.store)


def _second_store(*records: Any) -> Any:
    def played(post: Any) -> Any:
        with open_store(":memory:") as store:
            add_brands(store)
            Player(store, RULES).play(*records)
            return tables(store, [post])

    return played


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("first", [deletion("1", 200), deletion(author_id="ana", seconds=200)])
def test_of_several_deletions_the_earliest_counts(player: Player, first: Deletion, order: tuple[int, ...]) -> None:
    """Post and account deleted, in any order and before or behind the mention: it was erased at the first of them."""
    records = [a_mention(a_post("1")), deletion("1", 300), first]
    for number in order:
        player.play(records[number])
    assert one(player.store, "1").erased_at == at(200)


# --- answers ---


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_answers_point_at_the_hash_whatever_came_first(player: Player, order: tuple[int, ...]) -> None:
    """In every order of parent, answer and deletion the answer stays, and no longer says whom it answers."""
    answer = a_post("2", 10, "lumbre: gracias", author="bea", in_reply_to="1", root_id="1")
    records = [a_mention(a_post("1")), a_mention(answer), deletion("1", 50)]
    for number in order:
        player.play(records[number])
    row, hashed = one(player.store, "2"), player.store.erased_id("bluesky", "1")
    assert (row.text, row.in_reply_to, row.root_id) == ("lumbre: gracias", hashed, hashed)


@pytest.mark.parametrize("mention_first", [True, False])
def test_answers_stored_before_lose_the_name(player: Player, mention_first: bool) -> None:
    """An answer that was stored before the deletion no longer names the addressee, nor does a label's copy of it; also
    when the parent comes last.
    """
    answer = a_mention(a_post("2", 10, "Gracias @ana.example", title="Ana", author="bea", in_reply_to="1"))
    parent, gone = a_mention(a_post("1")), deletion(author_id="ana", seconds=50)
    for record in (parent, answer, gone) if mention_first else (answer, gone, parent):
        player.play(record)
        if record is answer:
            with player.store.writing() as connection:
                correct_mention(connection, "lumbre", "bluesky:2", "positive", who="eva", now=NOW)
                correct_text(connection, "nubira", "Gracias @ana.example", "neutral", who="eva", now=NOW)
    assert (one(player.store, "2").text, one(player.store, "2").title) == ("Gracias [erased]", "[erased]")
    assert rows(player.store, schema.labels, "text") == [("[erased]\nGracias [erased]",)] * 2


def test_answers_of_another_source_and_other_words_stay(player: Player) -> None:
    """Native ids are those of one source; a post that answers nobody keeps its words."""
    other = a_mention(a_post("2", 10, "ana", source="file", author="bea", in_reply_to="1"))
    player.play(a_mention(a_post("1")), other, a_mention(a_post("3", 10, "@ana.example y lumbre", author="bea")))
    player.play(deletion(author_id="ana", seconds=50))
    found = dict(rows(player.store, schema.mentions, "id", "text"))
    assert (found["file:2"], found["bluesky:3"]) == ("ana", "@ana.example y lumbre")


# --- authors and what people wrote ---


def test_an_author_of_whom_something_is_left_follows_what_is_left(player: Player) -> None:
    """First and last time are those of the other mentions, and no erased post is named as the source of a profile."""
    player.play(*(a_mention(a_post(str(n), 100 * n)) for n in range(4)))
    player.play(deletion("0", 500), deletion("3", 500))
    columns = ("author_id", "handle", "first_at", "last_at", "profile_id")
    hashed = player.store.erased_id("bluesky", "3")
    assert rows(player.store, schema.authors, *columns) == [("ana", "ana.example", at(100), at(200), hashed)]


def test_work_and_labels_follow_the_erased_mention(player: Player) -> None:
    """What the team wrote stays with the mention under its hash; copies of its text in corrections go."""
    player.play(a_mention(a_post("1")))
    with player.store.writing() as connection:
        work = {"status": "open", "tags": "[]", "priority": 1, "changed_at": NOW}
        connection.execute(schema.mention_work.insert(), {"brand": "lumbre", "id": "bluesky:1", **work})
        event = {"event_id": "e1", "at": NOW, "who": "eva", "what": "status"}
        connection.execute(schema.work_events.insert(), {"brand": "lumbre", "id": "bluesky:1", **event})
        label = {"text_key": "bluesky:1", "label": "negative", "text": "lumbre bien", "at": NOW, "who": "eva"}
        connection.execute(schema.labels.insert(), {"brand": "lumbre", **label})
        for text in ("lumbre bien", "otra cosa"):
            correct_text(connection, "lumbre", text, "positive", who="eva", now=NOW)
        correct_mention(connection, "lumbre", "bluesky:1", "negative", who="eva", now=NOW)
    player.play(deletion("1", 50))
    hashed = player.store.erased_id("bluesky", "1")
    assert rows(player.store, schema.mention_work, "id", "status") == [(hashed, "open")]
    assert rows(player.store, schema.work_events, "id", "who") == [(hashed, "eva")]
    assert sorted(rows(player.store, schema.labels, "text", "label"), key=str) == [
        ("otra cosa", "positive"),
        (None, "negative"),
        (None, "positive"),
    ]
    assert (hashed, None) in rows(player.store, schema.labels, "text_key", "text")
    assert (hashed, "negative") in rows(player.store, schema.label_events, "text_key", "label")
    assert ("bluesky:1", "negative") not in rows(player.store, schema.label_events, "text_key", "label")


def test_more_than_a_statement_takes_is_erased(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with many posts, and a batch of many deletions, are erased in as many statements as it takes."""
    monkeypatch.setattr(chunks, "SIZE", 3)
    posts = [a_mention(a_post(str(n), 400 * n)) for n in range(20)]
    others = [a_mention(a_post(f"b{n}", 400 * n, author="bea")) for n in range(20)]
    player.play(*posts, *others, a_beat(9000))
    player.play(deletion(author_id="ana", seconds=9000), *(deletion(f"b{n}", 9000) for n in range(19)))
    assert days(player.store) == [("lumbre", "bea", 1, 1, 0)]
    assert rows(player.store, schema.buckets, "start", "positive") == [(at(7500), 1)]
    assert len([text for (text,) in rows(player.store, schema.mentions, "text") if text]) == 1


def test_deletions_keep_the_size_of_the_log_out_of_their_way(player: Player) -> None:
    """Statements for a batch of deletions do not grow with their number, as long as nothing is stored of them."""
    sizes = []
    for count in (10, 300):
        with counting(player.store) as sent:
            player.play(*(deletion(f"{count}-{n}", 9000) for n in range(count)))
        sizes.append(len(sent))
    assert sizes[0] == sizes[1] <= 8
