"""Strangers' texts and strangers' requests: what the console shows, and whom it answers."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from mentions.records import Reason
from processors.store.detail import Detail, encode_detail
from processors.store.opening import Store, open_store
from tests.consoles import Page, console, get, seeded
from tests.hostile import HOSTILE
from tests.store_rows import mention, person, put, put_people


@pytest.fixture
def quiet() -> Iterator[Store]:
    """An empty store in memory: these promises do not depend on the database."""
    with open_store(":memory:") as opened:
        yield opened


@pytest.mark.parametrize("name", ["markup", "NUL", "direction overrides", "right to left", "broken entities"])
def test_hostile_texts_stay_texts(name: str, quiet: Store) -> None:
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
    with quiet.writing() as connection:
        put(connection, row)
        put_people(connection, person(name=text, handle=text))
    (response,) = get(console(quiet), "/")
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


def test_a_hostile_address_stays_an_address(quiet: Store) -> None:
    """What somebody writes into the address comes back escaped, in filters, links and cursors."""
    (response,) = get(console(quiet), '/?brand="><script>alert(1)</script>&label=%27onload=x')
    assert [script.get("src") for script in Page.of(response.text).all("script")] == ["/static/console.js"]


def test_links_to_networks_tell_them_nothing(quiet: Store) -> None:
    """A link to a post opens apart, without referrer and without a handle on our page."""
    with quiet.writing() as connection:
        put(connection, mention("bluesky:1", url="https://social.example/p/1?a=1&b=2"))
    (response,) = get(console(quiet), "/")
    (out,) = [a for a in Page.of(response.text).all("a") if a.get("target")]
    assert out["href"] == "https://social.example/p/1?a=1&b=2"
    assert out["rel"] == "noopener noreferrer"


ADDRESSES = ("/", "/funnel", "/sources", "/api/v1/summary", "/metrics", "/healthz", "/static/console.css", "/nothing")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_policy(address: str, quiet: Store) -> None:
    """Pages, data, files and errors alike forbid foreign scripts, frames, guessing of types and referrers."""
    (response,) = get(console(quiet), address)
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in response.headers


@pytest.mark.parametrize("address", ["/", "/?lang=es", "/funnel", "/sources", "/nothing"])
def test_no_page_holds_what_the_policy_forbids(address: str, quiet: Store) -> None:
    """No inline script, style or handler, and nothing that is loaded from elsewhere."""
    (response,) = get(seeded(quiet), address)
    page = Page.of(response.text)
    assert all((script.get("src") or "").startswith("/static/") for script in page.all("script"))
    assert not page.all("style")
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        if tag in ("link", "img", "iframe", "form"):
            assert (attributes.get("href") or attributes.get("src") or attributes.get("action") or "").startswith("/")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:8080"])
def test_this_machine_may_ask(host: str, quiet: Store) -> None:
    """Requests that name the loopback address are answered, whatever the port."""
    assert get(console(quiet), "/healthz", host=host)[0].status_code == 200


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
def test_no_other_name_may_be_used(host: str, quiet: Store) -> None:
    """A page that reached us by a name of its own (DNS rebinding) gets nothing, not even an error with content."""
    (response,) = get(console(quiet), "/", host=host)
    assert response.status_code == 421
    assert "lumbre" not in response.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE"])
def test_the_console_is_for_reading(method: str, quiet: Store) -> None:
    """Every method but GET is refused."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=console(quiet))
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
    ],
)
def test_only_the_pages_files_are_served(address: str, quiet: Store) -> None:
    """No address leads out of the folder of static files, nor lists it."""
    assert get(console(quiet), address)[0].status_code == 404


def test_files_have_their_types_and_are_asked_for_again(quiet: Store) -> None:
    """Style, script and icon come as what they are, and are checked for a newer version each time."""
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        (response,) = get(console(quiet), f"/static/{name}")
        assert response.headers["content-type"].startswith(kind)
        assert response.headers["cache-control"] == "no-cache"
        assert (
            get(console(quiet), f"/static/{name}", **{"if-none-match": response.headers["etag"]})[0].status_code == 304
        )


@pytest.mark.parametrize("address", ["/?before=nonsense", "/?before=2026-11-16T12:00:00~lumbre~x", "/?brand=a%00b"])
def test_an_address_that_makes_no_sense_is_refused_in_words(address: str, quiet: Store) -> None:
    """A cursor that we never gave out, or a NUL, is answered with 400 and a sentence."""
    (response,) = get(console(quiet), address)
    assert response.status_code == 400
    assert "give a cursor as it was returned" in response.text or "NUL" in response.text


def test_a_page_that_does_not_exist_leads_back(quiet: Store) -> None:
    """An unknown address is answered with 404 and the way to the list; in the API as JSON."""
    page, data = get(console(quiet), "/nothing", "/api/v1/nothing")
    assert (page.status_code, data.status_code) == (404, 404)
    assert "There is no such page" in page.text
    assert data.json() == {"error": "there is no /api/v1/nothing"}
