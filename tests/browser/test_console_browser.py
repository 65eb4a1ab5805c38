"""What only a real browser can show: the list lives, nothing jumps, nothing runs that is not ours."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.console.serving import serve
from processors.store.opening import Store, open_store
from tests.browser.chromium import Tab, browsing, program
from tests.consoles import console
from tests.glances import ALERT, PLANTED, crisis
from tests.hostile import HOSTILE
from tests.store_rows import mention, person, put, put_people

pytestmark = pytest.mark.skipif(program() is None, reason="there is no Chromium (apt-get install chromium)")

ARTICLES = "document.querySelectorAll('#mentions article').length"
IS_LIVE = "document.querySelector('#stream-state.open') !== null"
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """An open browser."""
    with browsing(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def quiet() -> Iterator[Store]:
    """An empty store in memory."""
    with open_store(":memory:") as opened:
        yield opened


@contextmanager
def served(store: Store) -> Iterator[str]:
    """The console over a store on a free port, in a thread of its own; its address."""
    ports: list[int] = []
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    def answer(port: int) -> None:
        ports.append(port)
        ready.set()

    def run() -> None:
        app = console(store, now=lambda: datetime.now(UTC))
        loop.run_until_complete(serve(app, "127.0.0.1", 0, stop, ready=answer))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(20)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


def store_posts(store: Store, first: int, number: int, **changes: Any) -> None:
    """Store posts, one for each of the last minutes."""
    now = datetime.now(UTC)
    rows = [
        mention(f"bluesky:{first + n}", **{"text": f"Pan {first + n}"} | changes)
        | {"created_at": now - timedelta(minutes=n), "stored_at": now}
        for n in range(number)
    ]
    with store.writing() as connection:
        put(connection, *rows)


def test_a_new_mention_appears_by_itself(tab: Tab, quiet: Store) -> None:
    """On an open page a new mention appears on top and the volume follows, without an error on the page."""
    store_posts(quiet, 0, 3)
    tab.trouble.clear()
    with served(quiet) as address:
        tab.size(1200, 900)
        tab.open(address)
        tab.until(IS_LIVE)
        store_posts(quiet, 100, 1)
        tab.until(f"{ARTICLES} === 4")
        assert "Pan 100" in tab.evaluate("document.querySelector('#mentions article').innerText")
        tab.until("document.querySelector('.volume b').innerText === '4'")
    assert tab.trouble == []


def test_nothing_moves_while_somebody_reads(tab: Tab, quiet: Store) -> None:
    """Scrolled down, the page holds new mentions back behind a button that counts them; pressed, it shows them."""
    store_posts(quiet, 0, 40)
    with served(quiet) as address:
        tab.size(390, 844)
        tab.open(address, "es")
        tab.until(IS_LIVE)
        tab.evaluate("document.querySelectorAll('#mentions article')[20].scrollIntoView({behavior: 'instant'})")
        read = "document.elementFromPoint(195, 600).closest('article').id + scrollY"
        before = tab.evaluate(read)
        store_posts(quiet, 100, 2)
        tab.until("document.getElementById('fresh').checkVisibility()")
        tab.until("document.getElementById('fresh').innerText === '2 menciones nuevas'")
        assert tab.evaluate(read) == before
        assert tab.evaluate(ARTICLES) == 40
        tab.evaluate("document.getElementById('fresh').click()")
        assert tab.evaluate(ARTICLES) == 42
        assert not tab.evaluate("document.getElementById('fresh').checkVisibility()")
        assert tab.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("name", ["markup", "direction overrides", "a letter under 50,000 accents", "10,000 hashtags"])
def test_hostile_texts_run_nothing_and_break_nothing(name: str, tab: Tab, quiet: Store) -> None:
    """A hostile text, name or handle is text, also when it arrives live; no script runs, and the width stays."""
    text = HOSTILE[name]
    tab.trouble.clear()
    with quiet.writing() as connection:
        put_people(connection, person(name=text[:300], handle=text[:300]))
    with served(quiet) as address:
        tab.size(390, 844)
        tab.open(address)
        tab.until(IS_LIVE)
        store_posts(quiet, 0, 1, text=text, title=text[:300])
        tab.until(f"{ARTICLES} === 1")
        shown = tab.evaluate("[...document.querySelectorAll('.mention .text')].map(p => p.textContent).join('')")
        assert shown.replace("…", "")[:400] == text[:400]
        assert tab.evaluate("document.querySelectorAll('.mention script, .mention img, .mention b b').length") == 0
        assert tab.evaluate(OVERFLOW) <= 0
    assert tab.trouble == []


@pytest.mark.parametrize("path", ["/", "/funnel", "/sources", "/?label=negative", "/nothing"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_fit_a_phone(path: str, lang: str, tab: Tab, quiet: Store) -> None:
    """At 390 pixels no page is wider than the screen, in either language."""
    store_posts(quiet, 0, 5)
    with served(quiet) as address:
        tab.size(390, 844)
        tab.open(address + path, lang)
        assert tab.evaluate("document.documentElement.lang") == lang
        assert tab.evaluate(OVERFLOW) <= 0


def test_without_scripts_the_page_is_whole(tab: Tab, quiet: Store) -> None:
    """With JavaScript off the list is there, filters have a button, and a link reloads."""
    store_posts(quiet, 0, 3)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        with served(quiet) as address:
            tab.open(address)
            assert tab.evaluate(ARTICLES) == 3
            assert tab.evaluate("document.querySelector('button.apply').checkVisibility()")
            assert "Reload" in tab.evaluate("document.querySelector('noscript').textContent")
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_from_a_fallen_net_sentiment_to_the_posts_in_two_clicks(tab: Tab, quiet: Store) -> None:
    """The overview says that net sentiment fell; two clicks later only the planted posts of the crisis are listed."""
    crisis(quiet, datetime.now(UTC))
    rest(tab)
    with served(quiet) as address:
        tab.size(1200, 900)
        tab.open(address + "/overview?window=24h")
        assert tab.evaluate("document.getElementById('net-change').innerText").startswith("fell by")
        tab.evaluate("document.querySelector('.plots .flag').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        tab.until(f"location.pathname === '/alerts/{ALERT}' && document.readyState === 'complete'")
        tab.evaluate("document.getElementById('posts-then').click()")
        tab.until("location.search.includes('label=negative') && document.readyState === 'complete'")
        shown = tab.evaluate("[...document.querySelectorAll('.mention .text')].map(p => p.textContent)")
        assert sum("avellana" in one for one in shown) == len(PLANTED)
    assert tab.trouble == []


@pytest.mark.parametrize("name", ["markup", "direction overrides", "10,000 hashtags"])
def test_hostile_texts_are_harmless_in_alerts(name: str, tab: Tab, quiet: Store) -> None:
    """On the overview and in alerts a hostile text, term, name or link runs nothing, and a phone's width stays."""
    crisis(quiet, datetime.now(UTC), HOSTILE[name])
    rest(tab)
    with served(quiet) as address:
        tab.size(390, 844)
        for path in ("/overview", "/alerts", f"/alerts/{ALERT}"):
            tab.open(address + path, "es")
            assert tab.evaluate("document.querySelectorAll('main script, main img, a[href^=javascript]').length") == 0
            assert tab.evaluate(OVERFLOW) <= 0
        assert tab.trouble == []
        rest(tab)


def rest(tab: Tab) -> None:
    """Leave the page, whose stream would miss a server that has ended, and forget what went wrong there."""
    tab.call("Page.navigate", url="about:blank")
    tab.until("location.href === 'about:blank'")
    tab.trouble.clear()


def test_the_overview_lives(tab: Tab, quiet: Store) -> None:
    """On an open overview the volume follows what is stored, and an open table stays open."""
    store_posts(quiet, 0, 3)
    with served(quiet) as address:
        tab.open(address + "/overview")
        tab.until(IS_LIVE)
        tab.evaluate("document.getElementById('rows-volume').open = true")
        store_posts(quiet, 100, 1)
        tab.until("document.getElementById('volume-now').innerText === '4'")
        assert tab.evaluate("document.getElementById('rows-volume').open")
        rest(tab)
