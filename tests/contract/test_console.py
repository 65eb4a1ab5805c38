"""What the console promises to people, programs and browsers, over a real store on both databases."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from dashboards.console.app import create_app
from dashboards.console.serving import bind, serve
from dashboards.console.values import SourceHealth, Status
from mentions.brands import Brand, BrandVersion
from mentions.errors import Unavailable
from mentions.records import Reason
from processors.store.detail import Detail, encode_detail
from processors.store.opening import Store, open_store
from processors.store.reading import StoredMention
from tests.hostile import HOSTILE
from tests.store_rows import NOON, every, heard, mention, person, put, put_people

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = NOON + 30 * MINUTE
LUMBRE = Brand(name="lumbre", query="lumbre OR @lumbre", time_zone="Europe/Madrid")
NUBIRA = Brand(name="nubira", query="nubira", time_zone="Europe/Madrid")
METRICS = b"# HELP atalaya_up Is it up.\natalaya_up 1.0\n"


def console(
    store: Store, *brands: Brand, status: Status = Status(), now: Callable[[], datetime] = lambda: NOW
) -> FastAPI:
    """The console over a store; without brands it watches Lumbre."""
    watched = [
        BrandVersion(brand=brand, version=1, effective_from=NOON, changed_at=NOON, changed_by="us", why="begin")
        for brand in brands or (LUMBRE,)
    ]
    return create_app(
        store=store, metrics_render=lambda: METRICS, brands=lambda: watched, now=now, status=lambda: status
    )


def get(app: FastAPI, *addresses: str, **headers: str) -> list[httpx.Response]:
    """Ask for addresses, one after the other, as one browser."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return [await client.get(address, headers=headers) for address in addresses]

    return asyncio.run(ask())


def text_of(app: FastAPI, address: str = "/", **headers: str) -> str:
    """The visible words of a page that must succeed."""
    (response,) = get(app, address, **headers)
    assert response.status_code == 200, response.text
    return " ".join(Page.of(response.text).text.split())


class Page(HTMLParser):
    """A page as a browser would read it.

    Attributes:
        text: its words. tags: its elements with their attributes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags = "", list[tuple[str, dict[str, str | None]]]()

    @classmethod
    def of(cls, markup: str) -> "Page":
        """Read one."""
        page = cls()
        page.feed(markup)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        self.text += " " if tag not in ("mark", "bdi", "b", "span") else ""

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


# --- the first page ---


def seeded(store: Store) -> FastAPI:
    """Lumbre's day: 40 positive, 20 negative and 5 unjudged mentions from Bluesky and RSS, heard without a gap."""
    rows = [mention(f"bluesky:{n}", created_at=NOON - n * MINUTE, lang="en") for n in range(40)]
    rows += [
        mention(f"bluesky:n{n}", created_at=NOON - n * MINUTE, lang="en", label="negative", score=-0.5)
        for n in range(20)
    ]
    rows += [mention(f"rss:{n}", created_at=NOON - n * MINUTE, label="unjudged", score=0.0) for n in range(5)]
    with store.writing() as connection:
        put(connection, *rows)
        put_people(connection, person(), person(source="rss"))
        heard(connection, every(5 * MINUTE, NOON - 60 * HOUR, NOW), seen=10, matched=1, hits={"lumbre": 1})
        heard(connection, every(5 * MINUTE, NOON - 60 * HOUR, NOW), seen=1, source="rss")
    return console(store)


def test_the_first_page_shows_figures_and_the_newest_mentions(store: Store) -> None:
    """Volume, net sentiment with n and interval, all four shares, the sources and the newest mentions are there."""
    words = text_of(seeded(store))
    for part in (
        "65 mentions in 24 h",
        "65 today",
        "+33%",
        "n = 60 positive or negative",
        "62% positive",
        "31% negative",
        "8% unjudged",
        "From Bluesky, News and blogs;",
        "Ana @ana.example",
        "El pan de Lumbre, bluesky:0",
        "Matched by lumbre",
    ):
        assert part in words


def test_spanish_is_spoken_to_those_who_ask(store: Store) -> None:
    """The browser's language decides until somebody chooses; the choice is kept and `lang` says so on the page."""
    app = seeded(store)
    assert "65 menciones en 24 h" in text_of(app, **{"accept-language": "es-ES,es;q=0.9"})
    chosen, later = get(app, "/?lang=es", "/sources", **{"accept-language": "en"})
    assert Page.of(chosen.text).all("html") == [{"lang": "es"}]
    assert "Escuchado de las 24 h" in later.text
    assert "httponly; max-age=31536000; path=/; samesite=strict" in chosen.headers["set-cookie"].lower()


def test_the_list_is_filtered_by_its_address(store: Store) -> None:
    """Brand, label, language and source narrow the list, alone and together; the form shows what was chosen."""
    app = seeded(store)
    for address, count in (
        ("/?label=negative", 20),
        ("/?source=rss", 5),
        ("/?language=es", 5),
        ("/?language=en&label=negative&brand=lumbre", 20),
        ("/?brand=nubira", 0),
    ):
        (response,) = get(app, address)
        page = Page.of(response.text)
        assert len(page.all("article")) == count
        wanted = set(httpx.URL(address).params.values())
        assert {option["value"] for option in page.all("option") if "selected" in option} == wanted


def test_older_mentions_follow_without_loss_or_repetition(store: Store) -> None:
    """Page after page, every mention is shown exactly once, newest first, and the last page offers no older one."""
    app = seeded(store)
    address: str | None = "/"
    seen: list[str | None] = []
    while address:
        (response,) = get(app, address)
        page = Page.of(response.text)
        seen += [article["data-at"] for article in page.all("article")]
        older = [
            a["href"] for a in page.all("a") if "before=" in (a["href"] or "") and "lang=" not in (a["href"] or "")
        ]
        address = older[-1] if older else None
    assert len(seen) == 65
    assert seen == sorted(seen, key=str, reverse=True)


def test_only_the_newest_page_is_live(store: Store) -> None:
    """The first page names its stream; older pages stand still and lead back."""
    app = seeded(store)
    (first,) = get(app, "/?label=negative")
    (source,) = [tag["data-events"] for tag in Page.of(first.text).all("div") if "data-events" in tag]
    assert source is not None
    assert source.startswith("/events?label=negative&lang=en&since=")
    older = text_of(app, f"/?before={NOON.isoformat().replace('+', '%2B')}~lumbre~bluesky:0")
    assert "Back to the newest" in older
    assert "data-events" not in older


def test_an_erased_mention_is_shown_as_deleted_at_source(store: Store) -> None:
    """Of what its network deleted, the list says that it was there, and nothing of what it was."""
    gone = mention("erased:abc", author_id=None, text=None, erased_at=NOON, author_key="k")
    with store.writing() as connection:
        put(connection, gone | {"source": "bluesky"})
    (response,) = get(console(store), "/")
    assert "Deleted at source" in response.text
    assert "Unknown author" not in response.text
    assert "Open on" not in response.text


def test_the_brands_own_posts_are_listed_and_marked_but_not_counted(store: Store) -> None:
    """The list shows them with their voice; the volume leaves them out."""
    with store.writing() as connection:
        put(connection, mention("bluesky:own", voice="own", why="own"), mention("bluesky:1"))
    words = text_of(console(store))
    assert "1 mention in 24 h" in words
    assert "Own account" in words


def test_without_a_brand_the_page_says_how_to_begin(store: Store) -> None:
    """No brand: the lines to write and the command to run."""
    app = create_app(store=store, metrics_render=lambda: b"", brands=list, now=lambda: NOW)
    words = text_of(app)
    assert '[[brand]] name = "lumbre" query = "lumbre OR @lumbre" [[source]] type = "bluesky"' in words
    assert "atalaya run" in words


def test_without_a_mention_the_page_says_why(store: Store) -> None:
    """Nothing stored: what the sources sent, and the way to the funnel."""
    with store.writing() as connection:
        heard(connection, [NOW], seen=4000, dropped={"unmatched": 4000})
    (response,) = get(console(store), "/")
    assert "The sources sent 4,000 posts and none matched lumbre." in response.text
    assert "/funnel" in [a["href"] for a in Page.of(response.text).all("a") if a.get("class") == "button"]


def test_filters_that_find_nothing_can_be_left(store: Store) -> None:
    """A selection without a mention says so and leads back to all."""
    assert "No mention matches these filters Show all" in text_of(console(store), "/?label=negative")


def test_health_and_demo_are_told(store: Store) -> None:
    """A source that is down is named with its reason, waiting records are counted, invented posts are called so."""
    status = Status((SourceHealth("rss", "main", "down", "it answered 503"),), waiting=1200, demo=True)
    app = console(store, status=status)
    home = text_of(app)
    assert "News and blogs Down" in home
    assert "1,200 records wait to be judged" in home
    assert "These posts are invented." in home
    assert "it answered 503" in text_of(app, "/sources")


def test_the_funnel_page_follows_every_post(store: Store) -> None:
    """Seen, matched, dropped by reason and stored are there for each brand, and for several sources their sum."""
    words = text_of(seeded(store), "/funnel")
    assert "matched lumbre and 65 are stored." in words
    assert re.search(r"All sources [\d,]+ \d+ 65 65\.0 0", words)


# --- strangers' texts ---


@pytest.mark.parametrize("name", ["markup", "NUL", "direction overrides", "right to left", "broken entities"])
def test_hostile_texts_stay_texts(name: str, tmp_path: Path) -> None:
    """Markup in texts, titles, names, handles, clauses, reasons and addresses is shown as text and makes no element."""
    text = HOSTILE[name].replace("\0", "\ufffd")
    row = mention(
        "bluesky:1",
        text=text,
        title=text,
        why=text,
        lang='"><script>',
        url="javascript:alert(1)",
        detail=encode_detail(Detail(reasons=(Reason("good", 1.9), Reason(text[:50], -1.0)))),
    )
    with open_store(str(tmp_path / "store.sqlite")) as store:
        with store.writing() as connection:
            put(connection, row)
            put_people(connection, person(name=text, handle=text))
        (response,) = get(console(store), "/")
    assert response.status_code == 200
    page = Page.of(response.text)
    assert [script.get("src") for script in page.all("script")] == ["/static/console.js"]
    assert not page.all("img")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not [a for a in page.all("a") if not (a["href"] or "").startswith(("/", "#"))]
    # A browser's parser drops carriage returns and replaces what is no character.
    expected = " ".join(Page.of(f"<p>{_escaped(text)}</p>").text.split())
    assert expected in " ".join(page.text.split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_a_hostile_address_stays_an_address(store: Store) -> None:
    """What somebody writes into the address comes back escaped, in filters, links and cursors."""
    (response,) = get(console(store), '/?brand="><script>alert(1)</script>&label=%27onload=x')
    assert [script.get("src") for script in Page.of(response.text).all("script")] == ["/static/console.js"]


def test_links_to_networks_tell_them_nothing(store: Store) -> None:
    """A link to a post opens apart, without referrer and without a handle on our page."""
    with store.writing() as connection:
        put(connection, mention("bluesky:1", url="https://social.example/p/1?a=1&b=2"))
    (response,) = get(console(store), "/")
    (out,) = [a for a in Page.of(response.text).all("a") if a.get("target")]
    assert out["href"] == "https://social.example/p/1?a=1&b=2"
    assert out["rel"] == "noopener noreferrer"


# --- the gate ---

ADDRESSES = ("/", "/funnel", "/sources", "/api/v1/summary", "/metrics", "/healthz", "/static/console.css", "/nothing")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_policy(address: str, store: Store) -> None:
    """Pages, data, files and errors alike forbid foreign scripts, frames, guessing of types and referrers."""
    (response,) = get(console(store), address)
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in response.headers


@pytest.mark.parametrize("address", ["/", "/?lang=es", "/funnel", "/sources", "/nothing"])
def test_no_page_holds_what_the_policy_forbids(address: str, store: Store) -> None:
    """No inline script, style or handler, and nothing that is loaded from elsewhere."""
    (response,) = get(seeded(store), address)
    page = Page.of(response.text)
    assert all((script.get("src") or "").startswith("/static/") for script in page.all("script"))
    assert not page.all("style")
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        if tag in ("link", "img", "iframe", "form"):
            assert (attributes.get("href") or attributes.get("src") or attributes.get("action") or "").startswith("/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:8080"])
def test_this_machine_may_ask(host: str, store: Store) -> None:
    """Requests that name the loopback address are answered, whatever the port."""
    assert get(console(store), "/healthz", host=host)[0].status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8080",
        "127.0.0.1:80x",
        "",
        "[::1]:8080",
        "@localhost",
    ],
)
def test_no_other_name_may_be_used(host: str, store: Store) -> None:
    """A page that reached us by a name of its own (DNS rebinding) gets nothing, not even an error with content."""
    (response,) = get(console(store), "/", host=host)
    assert response.status_code == 421
    assert "lumbre" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_the_console_is_for_reading(method: str, store: Store) -> None:
    """Every method but GET is refused."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=console(store))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, "/")

    response = asyncio.run(ask())
    assert (response.status_code, response.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/hostname",
        "/static/",
        "/static",
    ],
)
def test_only_the_pages_files_are_served(address: str, store: Store) -> None:
    """No address leads out of the folder of static files, nor lists it."""
    assert get(console(store), address)[0].status_code == 404


def test_files_have_their_types_and_are_asked_for_again(store: Store) -> None:
    """Style, script and icon come as what they are, and are checked for a newer version each time."""
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        (response,) = get(console(store), f"/static/{name}")
        assert response.headers["content-type"].startswith(kind)
        assert response.headers["cache-control"] == "no-cache"
        assert (
            get(console(store), f"/static/{name}", **{"if-none-match": response.headers["etag"]})[0].status_code == 304
        )


@pytest.mark.parametrize("address", ["/?before=nonsense", "/?before=2026-11-16T12:00:00~lumbre~x", "/?brand=a%00b"])
def test_an_address_that_makes_no_sense_is_refused_in_words(address: str, store: Store) -> None:
    """A cursor that we never gave out, or a NUL, is answered with 400 and a sentence."""
    (response,) = get(console(store), address)
    assert response.status_code == 400
    assert "give a cursor as it was returned" in response.text or "NUL" in response.text


def test_a_page_that_does_not_exist_leads_back(store: Store) -> None:
    """An unknown address is answered with 404 and the way to the list; in the API as JSON."""
    page, data = get(console(store), "/nothing", "/api/v1/nothing")
    assert (page.status_code, data.status_code) == (404, 404)
    assert "There is no such page" in page.text
    assert data.json() == {"error": "there is no /api/v1/nothing"}


# --- programs ---


def test_metrics_are_passed_on_as_they_are(store: Store) -> None:
    """`/metrics` answers with what it was given, as Prometheus' text format."""
    (response,) = get(console(store), "/metrics")
    assert response.content == METRICS
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_health_follows_the_store(tmp_path: Path) -> None:
    """While the store can be read `/healthz` says ok; when it is damaged it and every page answer 503 in words."""
    path = tmp_path / "store.sqlite"
    with open_store(str(path)) as store:
        app = console(store)
        assert get(app, "/healthz")[0].text == "ok\n"
        store.engine.dispose()
        path.write_bytes(b"no database at all" * 1000)
        health, page, data = get(app, "/healthz", "/", "/api/v1/mentions")
    assert [response.status_code for response in (health, page, data)] == [503, 503, 503]
    assert "is not an SQLite database" in health.text
    assert "The store cannot be read right now" in page.text
    assert "is not an SQLite database" in data.json()["error"]


def test_the_api_gives_mentions_in_pages(store: Store) -> None:
    """Following `next` gives every mention once, newest first, with everything that the store knows of it."""
    app = seeded(store)
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        (response,) = get(app, f"/api/v1/mentions?limit=20{cursor}")
        answer = response.json()
        found += answer["mentions"]
        if answer["next"] is None:
            break
        cursor = "&cursor=" + httpx.QueryParams({"c": answer["next"]}).__str__()[2:]
    assert len({(row["brand"], row["id"]) for row in found}) == len(found) == 65
    assert [row["created_at"] for row in found] == sorted((row["created_at"] for row in found), reverse=True)
    assert found[0]["created_at"] == "2026-11-16T12:00:00Z"
    assert msgspec.convert(found, list[StoredMention])[0].author is not None


def test_the_api_filters_as_the_page_does(store: Store) -> None:
    """Brand, label, language, source and time narrow; `since` belongs to the window and `until` does not."""
    app = seeded(store)
    for query, count in (
        ("label=negative", 20),
        ("language=es", 5),
        ("source=rss&label=unjudged", 5),
        ("brand=nubira", 0),
        ("since=2026-11-16T12:00:00Z", 3),
        ("until=2026-11-16T12:00:00Z", 62),
        ("since=2026-11-16T13:00:00%2B01:00", 3),
    ):
        (response,) = get(app, f"/api/v1/mentions?limit=1000&{query}")
        assert len(response.json()["mentions"]) == count, query


def test_the_api_sums_up(store: Store) -> None:
    """Summary, sources and funnel answer for the last 24 hours unless a window is named."""
    app = seeded(store)
    summary, sources, funnel, empty = get(
        app,
        "/api/v1/summary",
        "/api/v1/sources",
        "/api/v1/funnel?brand=lumbre",
        "/api/v1/summary?brand=lumbre&since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00Z",
    )
    (lumbre,) = summary.json()["brands"]
    assert (lumbre["brand"], lumbre["mentions"], lumbre["n"]) == ("lumbre", 65, 60)
    assert summary.json()["until"] == "2026-11-16T12:30:00Z"
    assert [row["source"] for row in sources.json()["sources"]] == ["bluesky", "rss"]
    assert sum(row["stored"] for row in funnel.json()["funnel"]) == 65
    assert empty.json()["brands"][0]["mentions"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "mentions?limit=0",
        "mentions?limit=1001",
        "mentions?label=furious",
        "mentions?cursor=nonsense",
        "mentions?since=yesterday",
        "mentions?since=2026-11-16T12:00:00",
        "summary?since=2026-11-16T12:00:00Z&until=2026-11-16T12:00:00Z",
        "summary?since=0001-01-01T00:00:00Z",
        "summary?since=2020-01-01T00:00:00Z",
        "funnel?until=9999-12-31T23:59:59Z",
    ],
)
def test_the_api_refuses_what_cannot_be_meant(query: str, store: Store) -> None:
    """Limits, labels, cursors, times without zone and windows that are empty or endless are refused, not guessed."""
    (response,) = get(console(store), f"/api/v1/{query}")
    assert response.status_code in (400, 422)


def test_the_api_describes_itself(store: Store) -> None:
    """The OpenAPI document names every path of the API, and every schema that it refers to is in it."""
    app = seeded(store)
    (response,) = get(app, "/api/v1/openapi.json")
    document = response.json()
    assert sorted(document["paths"]) == [f"/api/v1/{name}" for name in ("funnel", "mentions", "sources", "summary")]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references
    assert references <= set(document["components"]["schemas"])
    fields = document["components"]["schemas"]["StoredMention"]["properties"]
    (mentions,) = get(app, "/api/v1/mentions?limit=1")
    assert set(mentions.json()["mentions"][0]) == set(fields)


# --- the stream, over a real server ---


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Event, asyncio.Task[None]]]:
    """The console on a free port; ended with the block."""
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(app, "127.0.0.1", 0, stop, ready=ready.set_result))
    port = await asyncio.wait_for(ready, 10)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            yield client, stop, task
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


def live_address(markup: str) -> str:
    """Where a page's script would listen."""
    (address,) = [tag["data-events"] for tag in Page.of(markup).all("div") if "data-events" in tag]
    assert address is not None
    return address


async def next_event(lines: AsyncIterator[str]) -> tuple[str, str]:
    """The name and data of the next event; comments are passed over."""
    name, data = "", []
    while True:
        line = await asyncio.wait_for(anext(lines), 10)
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data.append(line[6:])
        elif not line and name:
            return name, "\n".join(data)


def test_a_new_mention_reaches_an_open_page(store: Store) -> None:
    """What is stored after the page was made arrives in its stream within seconds, as the page would show it."""

    async def scenario() -> None:
        app = console(store, now=lambda: datetime.now(UTC))
        async with served(app) as (client, _, _):
            page = await client.get("/?label=negative&lang=es")
            async with client.stream("GET", live_address(page.text)) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                assert "content-security-policy" in stream.headers
                lines = stream.aiter_lines()
                now = datetime.now(UTC)
                rows = [
                    mention("bluesky:1", label="positive", created_at=now),
                    mention("bluesky:2", label="negative", created_at=now, text="<b>Mal</b>\n\nevent: x"),
                ]
                await asyncio.to_thread(_put, store, rows)
                name, markup = await next_event(lines)
                assert name == "mentions"
                found = Page.of(markup)
                assert len(found.all("article")) == 1
                assert "<b>Mal</b>" in found.text
                assert "Negativa" in found.text
                name, markup = await next_event(lines)
                assert name == "figures"
                assert "2 menciones en 24 h" in " ".join(Page.of(markup).text.split())

    asyncio.run(asyncio.wait_for(scenario(), 60))


def _put(store: Store, rows: list[dict[str, Any]]) -> None:
    with store.writing() as connection:
        put(connection, *rows)


def test_a_reader_that_comes_back_gets_what_it_missed(tmp_path: Path) -> None:
    """With `Last-Event-ID` a stream begins where the lost one ended."""

    async def scenario(store: Store) -> None:
        async with served(console(store, now=lambda: datetime.now(UTC))) as (client, _, _):
            left_at = datetime.now(UTC) - MINUTE
            _put(store, [mention("bluesky:1", created_at=left_at + timedelta(seconds=5))])
            mark = str(int(left_at.timestamp() * 1_000_000))
            async with client.stream("GET", "/events", headers={"last-event-id": mark}) as stream:
                name, markup = await next_event(stream.aiter_lines())
                assert name == "mentions"
                assert "bluesky:1" in markup

    with open_store(str(tmp_path / "store.sqlite")) as store:
        asyncio.run(asyncio.wait_for(scenario(store), 60))


def test_an_open_stream_does_not_hold_the_stop(tmp_path: Path) -> None:
    """With streams open, and one whose reader does not read, serving ends within two seconds of the stop."""

    async def scenario(store: Store) -> None:
        async with served(console(store)) as (client, stop, task):
            async with client.stream("GET", "/events") as one, client.stream("GET", "/events"):
                assert await anext(one.aiter_lines()) == "retry: 2000"
                began = asyncio.get_running_loop().time()
                stop.set()
                await asyncio.wait_for(task, 10)
                assert asyncio.get_running_loop().time() - began < 2

    with open_store(str(tmp_path / "store.sqlite")) as store:
        asyncio.run(asyncio.wait_for(scenario(store), 60))


def test_cancelling_the_server_ends_it_in_order(tmp_path: Path) -> None:
    """A cancelled `serve` closes its connections and its port before it is gone."""

    async def scenario(store: Store) -> None:
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        task = asyncio.create_task(serve(console(store), "127.0.0.1", 0, stop, ready=ready.set_result))
        port = await asyncio.wait_for(ready, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        bind("127.0.0.1", port).close()

    with open_store(str(tmp_path / "store.sqlite")) as store:
        asyncio.run(asyncio.wait_for(scenario(store), 60))


def test_a_port_in_use_is_named_with_the_way_out() -> None:
    """When the port is taken the error names it and says how to choose another; it may be free the next time."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port}: something else listens there; .*\[server\]"):
            bind("127.0.0.1", port)
    bind("127.0.0.1", port).close()
