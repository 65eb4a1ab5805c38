"""What a feed document says."""

from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest

from ingest.sources.base import Dropped
from ingest.sources.rss.documents import MAX_DOCUMENT, canonical_url, parse_feed, read_document
from mentions.drops import Drop
from mentions.records import Author, Post
from tests.clocks import MORNING
from tests.servers.feed import item, rss

FEED = "https://www.prensa.example/rss.xml"
DATE = "Mon, 16 Nov 2026 08:00:00 GMT"


def posts(document: bytes, feed_url: str = FEED, content_type: str | None = None) -> list[Post]:
    """The items, all of which must be posts."""
    found = parse_feed(document, feed_url, MORNING, content_type)
    assert all(isinstance(one, Post) for one in found), found
    return [one for one in found if isinstance(one, Post)]


def only(*items: str) -> Post:
    """The one post of a document with these items."""
    (post,) = posts(rss(*items))
    return post


def test_an_item_becomes_an_article() -> None:
    """Title, text without markup, author, address, language and links of an RSS item."""
    body = escape("<p>El <b>pan</b> de <a href='/lumbre'>Lumbre</a> &amp; m&aacute;s</p>")
    given = item("Lumbre abre", "https://prensa.example/?p=1", DATE, body, "/noticia/1").replace(
        "</item>", "<author>redaccion@prensa.example (Ana Vega)</author><category>pan</category></item>"
    )

    assert only(given) == Post(
        source="rss",
        native_id="https://prensa.example/?p=1",
        author=Author("prensa.example/Ana Vega", name="Ana Vega"),
        title="Lumbre abre",
        text="El pan de Lumbre & más",
        created_at=MORNING - timedelta(hours=1),
        received_at=MORNING,
        kind="article",
        url="https://www.prensa.example/noticia/1",
        lang="es",
        links=("https://www.prensa.example/lumbre",),
    )


def test_atom_is_read_as_well() -> None:
    """Ids, times with offsets, XHTML content and languages of Atom."""
    document = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>T</title><entry>
      <title type="html">Lumbre &amp;lt;3</title><id>tag:prensa.example,2026:1</id><link href="https://prensa.example/1"/>
      <updated>2026-11-16T09:00:00+01:00</updated><summary>short</summary>
      <content type="xhtml" xml:lang="fr"><div xmlns="http://www.w3.org/1999/xhtml"><p>Du pain</p><p>Du vin</p></div>
      </content></entry></feed>"""
    (post,) = posts(document)

    assert (post.title, post.text, post.lang) == ("Lumbre <3", "Du pain\nDu vin", "fr")
    assert (post.native_id, post.url) == ("tag:prensa.example,2026:1", "https://prensa.example/1")
    assert post.created_at == MORNING - timedelta(hours=1)


def test_the_full_text_is_taken_where_the_feed_has_it() -> None:
    """`content:encoded` is preferred to the summary."""
    full = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">&lt;p&gt;todo&lt;/p&gt;</content:encoded>'
    assert only(item("t", "1", body="poco").replace("</item>", f"{full}</item>")).text == "todo"


@pytest.mark.parametrize("guid", ["https://a.example/?p=1", "tag:a.example,2026:1", "urn:uuid:1b4e28ba"])
def test_a_global_id_is_the_identity_in_every_feed(guid: str) -> None:
    """The same item in two feeds is one mention."""
    first, second = (posts(rss(item("t", guid)), url)[0] for url in (FEED, "https://otra.example/feed"))
    assert first.native_id == second.native_id == guid


def test_a_local_id_is_unique_in_its_feed_only() -> None:
    """An item 17 of one feed is not item 17 of another."""
    first, second = (posts(rss(item("t", "17")), url)[0] for url in (FEED, "https://otra.example/feed"))
    assert (first.native_id, second.native_id) == (f"{FEED}#17", "https://otra.example/feed#17")


def test_without_id_the_address_is_the_identity() -> None:
    """What only tracks the reader does not make another item of it."""
    plain, tracked, other = (
        only(item("t", link=f"https://Prensa.example/a?{query}")).native_id
        for query in ("id=1", "utm_source=rss&amp;id=1&amp;fbclid=x#top", "id=2")
    )
    assert plain == tracked != other
    assert plain.startswith("sha256:")


def test_without_id_and_address_the_content_is_the_identity() -> None:
    """The same words are the same item at every poll, whatever the time of the poll."""
    document = rss(item("t", body="pan"))
    again = parse_feed(document, FEED, MORNING + timedelta(hours=1))[0]
    other = only(item("t", body="vino"))

    assert isinstance(again, Post)
    assert posts(document)[0].native_id == again.native_id != other.native_id


@pytest.mark.parametrize(
    ("date", "expected", "skewed"),
    [
        (DATE, MORNING - timedelta(hours=1), False),
        ("Mon, 16 Nov 2020 08:00:00 GMT", datetime(2020, 11, 16, 8, tzinfo=UTC), False),
        ("Mon, 16 Nov 2026 09:04:00 GMT", MORNING + timedelta(minutes=4), False),
        ("Mon, 16 Nov 2026 09:06:00 GMT", MORNING, True),
        ("Thu, 01 Jan 1970 00:00:00 GMT", MORNING, True),
        ("anteayer", MORNING, True),
        ("", MORNING, False),
    ],
)
def test_articles_may_be_old_but_not_absurd(date: str, expected: datetime, skewed: bool) -> None:
    """Old is normal in a feed; the future, 1970 and garbage are flagged; without a date an item is simply of now."""
    post = only(item("t", "1", date))
    assert (post.created_at, post.clock_skew) == (expected, skewed)


def test_without_an_author_the_site_speaks() -> None:
    """The publication is the author; of an item taken from elsewhere, its origin."""
    own = only(item("t", "1", link="https://www.prensa.example/1"))
    taken = only(item("t", "1").replace("</item>", '<source url="https://otra.example/rss">La Otra</source></item>'))

    assert own.author == Author("prensa.example", name="Pan y prensa")
    assert taken.author == Author("otra.example", name="La Otra")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("ana@prensa.example", None),
        ("ana@prensa.online (Ana Vega)", "Ana Vega"),
        ("Ana Vega <ana@prensa.online>", "Ana Vega"),
        ("Ana Vega y Luis", "Ana Vega y Luis"),
    ],
)
def test_an_address_of_e_mail_is_nobodys_name(given: str, name: str | None) -> None:
    """What RSS puts in place of a name, or beside it, is not kept."""
    post = only(item("t", "1").replace("</item>", f"<author>{escape(given)}</author></item>"))
    expected = Author(f"prensa.example/{name}", name=name) if name else Author("prensa.example", name="Pan y prensa")
    assert post.author == expected


def test_an_item_without_words_is_dropped() -> None:
    """Neither title nor text: counted, and the rest of the feed is read."""
    found = parse_feed(rss(item("", "1"), item("pan", "2")), FEED, MORNING)
    assert [type(one) for one in found] == [Dropped, Post]
    assert found[0] == Dropped(Drop.NO_TEXT)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "mailto:ana@prensa.example", "http://[", ""])
def test_only_web_addresses_are_addresses(link: str) -> None:
    """Any other scheme, or none, leaves the item without an address."""
    assert only(item("t", "1", link=link)).url is None


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"hola",
        b"<html><body>No hay nada</body></html>",
        b'{"version":"https://jsonfeed.org/version/1"}',
        b"\xff\xfe\x00\x01",
        b"<rss",
    ],
)
def test_what_is_no_feed_is_one_drop(document: bytes) -> None:
    """Anything else is one drop."""
    (found,) = parse_feed(document, FEED, MORNING)
    assert isinstance(found, Dropped)
    assert found.reason is Drop.NOT_JSON


def test_a_document_is_never_the_name_of_one(tmp_path: Path) -> None:
    """A document that happens to be the name of a file on this machine does not make us read it."""
    file = tmp_path / "feed.xml"
    file.write_bytes(rss(item("secreto", "1")))
    (found,) = parse_feed(str(file).encode(), FEED, MORNING)
    assert isinstance(found, Dropped)


def test_an_empty_feed_is_a_feed() -> None:
    """No items is not an error."""
    assert read_document(rss(), FEED, MORNING).trouble == ""
    assert parse_feed(rss(), FEED, MORNING) == []


def test_a_cut_off_document_gives_what_it_has() -> None:
    """Items before the damage are read."""
    assert [post.text or post.title for post in posts(rss(item("uno", "1"), item("dos", "2"))[:-20])][:1] == ["uno"]


def test_a_document_beyond_the_limit_is_one_drop() -> None:
    """More than 5 MB is not parsed at all, and neither is a thicket of tags, whose parsing would take minutes."""
    for document in (rss(item("x" * MAX_DOCUMENT)), rss("<a>" * 250_000)):
        (found,) = parse_feed(document, FEED, MORNING)
        assert isinstance(found, Dropped)
        assert found.reason is Drop.TOO_LARGE


@pytest.mark.timeout(60)
def test_an_entity_bomb_does_not_go_off() -> None:
    """Entities that expand a billionfold cost neither memory nor minutes."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY e0 "lol">{entities}]>{rss(item("&e11;", "1")).decode()[21:]}'
    found = parse_feed(bomb.encode(), FEED, MORNING)
    assert sum(len(one.full_text) for one in found if isinstance(one, Post)) < 100_000


def test_an_external_entity_is_not_read() -> None:
    """A document cannot make us read a file."""
    document = f'<!DOCTYPE z [<!ENTITY f SYSTEM "file:///etc/passwd">]>{rss(item("a &f; b", "1")).decode()[21:]}'
    assert "root:" not in str(parse_feed(document.encode(), FEED, MORNING))


@pytest.mark.parametrize(
    ("encoded", "content_type"),
    [
        (rss(item("Mañana", "1")).decode().replace("?>", ' encoding="ISO-8859-1"?>', 1).encode("latin-1"), None),
        (rss(item("Mañana", "1")).decode().encode("cp1252"), "text/xml; charset=windows-1252"),
        (rss(item("Mañana", "1")).decode().encode("utf-16"), None),
        (b"\xef\xbb\xbf" + rss(item("Mañana", "1")), None),
    ],
)
def test_encodings_are_understood(encoded: bytes, content_type: str | None) -> None:
    """The encoding is taken from the answer, the document or its first bytes."""
    assert posts(encoded, content_type=content_type)[0].title == "Mañana"


@pytest.mark.parametrize(("more", "minutes"), [("<ttl>60</ttl>", 60), ("<ttl>-1</ttl>", None), ("<ttl>x</ttl>", None)])
def test_a_publisher_may_ask_for_patience(more: str, minutes: int | None) -> None:
    """`ttl` is how many minutes to stay away; anything that is no number is ignored."""
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert read_document(rss(more=more), FEED, MORNING).ttl == expected


def test_a_canonical_address_keeps_what_matters() -> None:
    """Path and other parameters stay as they are; an address that cannot be read stays whole."""
    assert canonical_url("HTTPS://A.example/Ñ?b=2&utm_medium=x&a=#f") == "https://a.example/Ñ?b=2&a="
    assert canonical_url("https://[broken") == "https://[broken"
