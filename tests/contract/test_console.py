"""What the console's pages promise to people, over a real store on both databases."""

import re

import httpx

from dashboards.console.app import create_app
from dashboards.console.values import SourceHealth, Status
from mentions.brands import Brand
from mentions.records import Finding
from processors.store.findings import encode_findings
from processors.store.opening import Store
from tests.consoles import NOW, Page, console, get, seeded, text_of
from tests.store_rows import NOON, heard, mention, put

COMPLAINT = encode_findings([Finding("complaint", ("late",))])
LATE = encode_findings([Finding("delivery", ("bag",)), Finding("punctuality", ("late",))])


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


def test_the_form_offers_intents_and_the_brands_aspects_in_both_languages(store: Store) -> None:
    """Intents and aspects have their words; a brand's own aspects are offered, those that it switched off are not."""
    app = console(store, Brand(name="lumbre", query="lumbre", aspects={"queue": ("queue",), "price": ()}))
    for lang, needs_help, late in (("en", "Needs help", "punctuality"), ("es", "Necesita ayuda", "puntualidad")):
        said = text_of(app, f"/?lang={lang}")
        assert needs_help in said
        assert late in said
    (response,) = get(app, "/")
    values = [option["value"] for option in Page.of(response.text).all("option")]
    assert "queue" in values
    assert "delivery" in values
    assert "price" not in values


def test_the_list_is_filtered_by_its_address(store: Store) -> None:
    """What can be chosen narrows the list, alone and together; the form shows what was chosen."""
    app = seeded(store)
    with store.writing() as connection:
        put(connection, mention("rss:late", intents=COMPLAINT, aspects=LATE, label="negative", lang="en"))
    for address, count in (
        ("/?label=negative", 21),
        ("/?source=rss", 6),
        ("/?language=es", 5),
        ("/?language=en&label=negative&brand=lumbre", 21),
        ("/?intent=complaint", 1),
        ("/?aspect=punctuality&intent=complaint&label=negative", 1),
        ("/?intent=praise", 0),
        ("/?aspect=queue", 0),
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
        older = [a["href"] for a in page.all("a") if a.get("class") == "button" and "before=" in (a["href"] or "")]
        address = older[-1] if older else None
    assert len(seen) == 65
    assert seen == sorted(seen, key=str, reverse=True)


def test_only_the_newest_page_is_live(store: Store) -> None:
    """The first page names its stream; older pages stand still and lead back."""
    app = seeded(store)
    (first,) = get(app, "/?label=negative")
    (source,) = [tag["data-events"] for tag in Page.of(first.text).all("div") if "data-events" in tag]
    assert source is not None
    assert source.startswith("/events?label=negative&lang=en&after=")
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
    (response,) = get(console(store), "/")
    words = " ".join(Page.of(response.text).text.split())
    assert "1 mention in 24 h" in words
    assert "Own account" in words
    assert "Mentions per hour in the last 24 hours: 1 in all" in response.text


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
    assert "288 matched lumbre. 65 are stored that were written in these 24 h; older posts" in words
    assert re.search(r"All sources [\d,]+ \d+ 65 65\.0 0", words)
