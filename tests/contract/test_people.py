"""What the store tells of authors, campaigns and links, on both databases."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from mentions.brands import Brand
from mentions.errors import UsageError
from processors.author_days import day_of
from processors.store import schema
from processors.store.author_words import brand_for, find_author, note_author, thank, words_on
from processors.store.brands import add_version
from processors.store.campaign_reading import CampaignsWanted, find_campaign, list_campaigns
from processors.store.link_reading import list_links
from processors.store.opening import Store
from processors.store.people import PeopleWanted, Person, list_both_sides, list_people
from processors.store.receipts import mention_receipts, person_receipt
from tests.store_rows import NOON, mention, person, put, put_people

DAY = timedelta(days=1)
LUMBRE = Brand(
    name="lumbre",
    query="lumbre",
    accounts=("bluesky:lumbre.example",),
    ambassadors=("bluesky:ines.example",),
    domains=("lumbre.example",),
    notable=("bluesky:press.example", "link:news.example"),
)
REGULAR = (1, 8, 15, 22, 29)
"""Days ago on which somebody speaks."""


def define(store: Store, *brands: Brand) -> None:
    """Make them known."""
    with store.writing() as connection:
        for brand in brands:
            add_version(connection, brand, who="test", why="test", now=NOON - DAY)


def speak(
    store: Store,
    author: str,
    ago: Iterable[int] = REGULAR,
    *,
    brand: str = "lumbre",
    score: float = 0.8,
    handle: str | None = None,
    followers: int | None = None,
    **fields: Any,
) -> None:
    """An author speaks of a brand on these days ago: days, mentions and profile, as the fold keeps them."""
    row = {"brand": brand, "author_id": author, "label": "positive" if score > 0 else "negative", "score": score}
    posts = [mention(f"bluesky:{author}-{brand}-{day}", created_at=NOON - day * DAY, **(row | fields)) for day in ago]
    days = [
        {
            "brand": brand, "source": "bluesky", "author_id": author, "day": day_of(post["created_at"]), "mentions": 1,
            "positive": 1, "neutral": 0, "negative": 0, "unjudged": 0, "weight": 1000, "score": round(1000 * score),
        }
        for post in posts
    ]  # fmt: skip
    with store.writing() as connection:
        put(connection, *posts)
        connection.execute(insert(schema.author_days), days)
        if connection.execute(select(schema.authors).where(schema.authors.c.author_id == author)).first() is None:
            put_people(connection, person(author, handle=handle, name=None, followers=followers))


def people(store: Store, until: datetime = NOON, limit: int = 100, **fields: Any) -> list[Person]:
    """Whom the store lists for lumbre, unless `fields` say otherwise."""
    wanted = PeopleWanted(brands=fields.pop("brands", ("lumbre",)), until=until, **fields)
    with store.reading() as connection:
        return list_people(connection, wanted, limit=limit)


def names(found: Iterable[Person]) -> list[str]:
    """Their ids."""
    return [one.author for one in found]


def test_who_speaks_often_and_well_comes_first(store: Store) -> None:
    """Ranked by days, with the components beside; two days, or one side of a week, list nobody."""
    speak(store, "ana", (1, 4, 8, 12, 15, 22, 29))
    speak(store, "bea", (1, 10, 20))
    speak(store, "leo", (1, 20))
    speak(store, "max", (1, 2, 3))
    speak(store, "eva", REGULAR, score=-0.8)
    first, second = people(store)
    assert (first.author, second.author) == ("ana", "bea")
    assert first.score > second.score > 0.15
    assert (first.days_active, first.positive_days, first.neutral_days, first.negative_days) == (7, 7, 0, 0)
    assert (first.last_seen, first.lapsed, first.brand) == (NOON - DAY, False, "lumbre")
    (against,) = people(store, order="detractor")
    assert (against.author, against.negative_days) == ("eva", 5)


def test_both_sides_at_once_are_the_two_lists(store: Store) -> None:
    """Friends and detractors read together are those of either list of the public, in its order, as many as wanted."""
    for author, days, score in (("ana", REGULAR, 0.8), ("bea", (1, 10, 20), 0.8), ("eva", REGULAR, -0.8)):
        speak(store, author, days, score=score)
    speak(store, "kim", (1, 10, 20), score=-0.8, text="#ad")
    speak(store, "leo", (1, 8, 15), score=-0.7)
    for limit in (1, 100):
        with store.reading() as connection:
            both = list_both_sides(connection, "lumbre", NOON, limit=limit)
        orders = ("evangelist", "detractor")
        assert list(both) == [people(store, limit=limit, order=order, role="public") for order in orders]
    assert [names(side) for side in both] == [["ana", "bea"], ["eva", "leo"]]


def test_until_is_now(store: Store) -> None:
    """Seen from a later day the same author has lapsed; seen from before, nothing of what came after is known."""
    speak(store, "ana")
    (now,) = people(store)
    (later,) = people(store, NOON + 60 * DAY)
    assert later.lapsed
    assert not now.lapsed
    assert later.score < now.score
    (before,) = people(store, NOON - 10 * DAY)
    assert (before.days_active, before.last_seen) == (3, NOON - 15 * DAY)
    assert names(people(store, NOON + 60 * DAY, lapsed=False)) == []
    assert names(people(store, NOON + 300 * DAY)) == []


def test_reach_is_shown_and_never_counts(store: Store) -> None:
    """Followers change no score and no order of evangelists; unknown ones stay unknown, and come last by reach."""
    speak(store, "ana", (1, 8, 15, 22, 29, 36))
    speak(store, "bea", REGULAR, followers=1_000_000)
    speak(store, "leo", (3,), followers=10)
    assert [(one.author, one.reach) for one in people(store)] == [("ana", None), ("bea", 1_000_000)]
    assert names(people(store, order="reach")) == ["bea", "leo", "ana"]
    assert names(people(store, order="loyalty")) == ["ana", "bea", "leo"]
    assert names(people(store, order="reach", limit=1)) == ["bea"]


def test_media_paid_and_staff_are_told_apart(store: Store) -> None:
    """By what the brand lists, by where they publish, by their own words; the brand's own accounts are left out."""
    define(store, LUMBRE)
    speak(store, "ana")
    speak(store, "ines", handle="Ines.example")
    speak(store, "pablo", voice="ambassador")
    speak(store, "press", handle="press.example")
    speak(store, "paper", url="https://local.news.example/pan")
    speak(store, "paid", text="El pan de Lumbre #publi")
    speak(store, "lumbre", handle="lumbre.example")
    roles = {one.author: one.role for one in people(store)}
    staff = {"ines": "staff", "pablo": "staff"}
    assert roles == {"ana": "public", "press": "media", "paper": "media", "paid": "paid", **staff}
    assert names(people(store, role="public")) == ["ana"]
    (paid,) = people(store, role="paid")
    assert paid.role_why == "says: #publi"


def test_who_took_part_in_a_coordinated_campaign_is_no_evangelist(store: Store) -> None:
    """One text of such a campaign is enough; sharing an article is not. `authors` shows both."""
    a_campaign(store, "bluesky:c", "coordinated")
    a_campaign(store, "bluesky:o", "organic")
    speak(store, "bot", cluster="bluesky:c")
    speak(store, "ana", cluster="bluesky:o")
    assert names(people(store)) == ["ana"]
    assert {one.author: one.campaign for one in people(store, order="loyalty")} == {"ana": False, "bot": True}


def test_overall_sums_an_author_over_brands(store: Store) -> None:
    """Days of several brands are one person's days: two brands that list nobody may list somebody together."""
    speak(store, "ana", (1, 20))
    speak(store, "ana", (10, 30), brand="nubira")
    brands = ("lumbre", "nubira")
    assert people(store, brands=brands) == []
    (one,) = people(store, brands=brands, overall=True)
    assert (one.brand, one.author, one.days_active) == (None, "ana", 4)


def test_links_and_thanks_stand_beside(store: Store) -> None:
    """Links count the mentions that lead to the brand's pages; without `domains` nobody knows. Thanks: the last one."""
    speak(store, "ana", (1, 8, 15))
    (unknown,) = people(store)
    assert (unknown.links_given, unknown.thanked_at) == (None, None)
    define(store, LUMBRE)
    link(store, "bluesky:ana-lumbre-1", "lumbre.example/pan", "shop.lumbre.example/x", "other.example/y")
    link(store, "bluesky:ana-lumbre-8", "notlumbre.example/pan")
    with store.writing() as connection:
        ana = find_author(connection, "bluesky:ana")
        assert thank(connection, ana, "lumbre", "", who="eva", now=NOON - 2 * DAY)
        assert thank(connection, ana, "lumbre", "", who="eva", now=NOON - DAY)
    (known,) = people(store)
    assert (known.links_given, known.thanked_at) == (1, NOON - DAY)
    (earlier,) = people(store, NOON - DAY - timedelta(hours=1))
    assert earlier.thanked_at == NOON - 2 * DAY


def test_since_keeps_those_seen_since(store: Store) -> None:
    """Whoever spoke last before it is not listed."""
    speak(store, "ana", (1, 8, 15))
    speak(store, "bea", (10, 17, 24))
    assert names(people(store, since=NOON - 5 * DAY)) == ["ana"]


def test_what_retention_took_leaves_the_days(store: Store) -> None:
    """Without mentions an author is still ranked; the last day stands for the moment."""
    speak(store, "ana")
    with store.writing() as connection:
        connection.execute(schema.mentions.delete())
    (one,) = people(store)
    assert (one.last_seen, one.score > 0.15) == (datetime(2026, 11, 15, tzinfo=NOON.tzinfo), True)


def test_more_authors_than_fit_a_statement(store: Store) -> None:
    """The list is filled in runs, in order, whatever the number of authors."""
    for number in range(12):
        speak(store, f"a{number:02}", tuple(range(1, 20 + number)), text="pan #publi" if number > 8 else "pan")
    from processors.store import chunks

    size, chunks.SIZE = chunks.SIZE, 2
    try:
        found = people(store, role="public", limit=3)
    finally:
        chunks.SIZE = size
    assert names(found) == ["a08", "a07", "a06"]


# --- words ---


def test_thanks_count_once_a_day_of_the_brand(store: Store) -> None:
    """The same day again writes nothing; a day of the brand's time zone, not of UTC."""
    define(store, Brand(name="lumbre", query="lumbre", time_zone="Europe/Madrid"))
    speak(store, "ana")
    evening = NOON.replace(hour=22, minute=30)
    with store.writing() as connection:
        ana = find_author(connection, "bluesky:ana")
        said = [thank(connection, ana, "lumbre", "cake", who="eva", now=evening + hours) for hours in SPREAD]
    with store.reading() as connection:
        words = words_on(connection, "lumbre", "bluesky", "ana")
    assert said == [True, False, True]
    assert [(word.what, word.text, word.who) for word in words] == [("thanked", "cake", "eva")] * 2


SPREAD = (timedelta(0), timedelta(minutes=20), timedelta(hours=1))
"""The last lies behind midnight in Madrid and before it in UTC."""


def test_an_author_is_found_by_id_or_handle(store: Store) -> None:
    """With or without its network; two of one name must be told apart, and nobody is a clear error."""
    speak(store, "did:ana", handle="Ana.example")
    with store.writing() as connection:
        put_people(connection, person("7", source="mastodon", handle="ana.example"), person("8", handle="@eva"))
        for name in ("did:ana", "bluesky:did:ana", "bluesky:ana.example", "bluesky:@ANA.example"):
            assert find_author(connection, name).key == "bluesky:did:ana"
        assert find_author(connection, "eva").author == "8"
        with pytest.raises(UsageError, match=r"bluesky:did:ana, mastodon:7"):
            find_author(connection, "ana.example")
        with pytest.raises(UsageError, match=r"no author of a stored mention is called 'leo'"):
            find_author(connection, "leo")


def test_a_word_needs_a_brand_that_the_author_spoke_of(store: Store) -> None:
    """The only one is taken; of several one must be named; another brand is refused."""
    speak(store, "ana")
    with store.reading() as connection:
        assert brand_for(find_author(connection, "ana"), None) == "lumbre"
        with pytest.raises(UsageError, match="not of 'nubira'"):
            brand_for(find_author(connection, "ana"), "nubira")
    speak(store, "ana", brand="nubira")
    with store.reading() as connection, pytest.raises(UsageError, match="lumbre, nubira; say which by --brand"):
        brand_for(find_author(connection, "ana"), None)


# --- campaigns ---


def a_campaign(store: Store, cluster: str, kind: str, brand: str = "lumbre", minutes: int = 0) -> None:
    """A row of `campaigns`, opened so many minutes after noon."""
    opened = NOON + timedelta(minutes=minutes)
    row = {
        "brand": brand, "cluster": cluster, "kind": kind, "opened_at": opened, "first_at": opened - 25 * MINUTE / 2,
        "last_at": opened, "posts": 6, "authors": 5, "domains": '["win.example"]',
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(schema.campaigns), row)


MINUTE = timedelta(minutes=1)


def test_a_campaign_is_told_with_its_posts_and_authors(store: Store) -> None:
    """Posts in order of time, each author once; the sample is the first post that can still be read."""
    a_campaign(store, "erased:1", "coordinated")
    gone = {"author_id": None, "text": None, "erased_at": NOON}
    posts = [
        mention("erased:1", cluster="erased:1", created_at=NOON - 9 * MINUTE, **gone) | {"source": "bluesky"},
        mention("bluesky:2", cluster="erased:1", created_at=NOON - 8 * MINUTE, author_id="b", text="Win bread"),
        mention("bluesky:4", cluster="erased:1", created_at=NOON - 6 * MINUTE, author_id="b"),
        mention("bluesky:3", cluster="erased:1", created_at=NOON - 7 * MINUTE, author_id="c"),
        mention("bluesky:5", created_at=NOON - 7 * MINUTE),
        mention("bluesky:3", cluster="erased:1", brand="nubira", created_at=NOON, author_id="c"),
    ]
    with store.writing() as connection:
        put(connection, *posts)
    with store.reading() as connection:
        (found,) = list_campaigns(connection, CampaignsWanted())
        assert find_campaign(connection, found.id) == found
    assert (found.id, found.span_minutes, found.domains) == ("campaign:lumbre/erased:1", 12.5, ("win.example",))
    assert found.posts == ("erased:1", "bluesky:2", "bluesky:3", "bluesky:4")
    assert found.authors == ("bluesky:b", "bluesky:c")
    assert (found.sample, found.first_post, found.post_count, found.author_count) == ("Win bread", "erased:1", 6, 5)


def test_campaigns_are_narrowed_and_come_last_opened_first(store: Store) -> None:
    """By brand, kind and when they opened."""
    a_campaign(store, "a", "own")
    a_campaign(store, "b", "coordinated", minutes=5)
    a_campaign(store, "c", "coordinated", brand="nubira", minutes=9)

    def ids(limit: int = 9, **fields: Any) -> list[str]:
        with store.reading() as connection:
            return [found.id for found in list_campaigns(connection, CampaignsWanted(**fields), limit=limit)]

    assert ids() == ["campaign:nubira/c", "campaign:lumbre/b", "campaign:lumbre/a"]
    assert ids(limit=1) == ["campaign:nubira/c"]
    assert ids(brands=("lumbre",), kind="coordinated") == ["campaign:lumbre/b"]
    assert ids(since=NOON + MINUTE, until=NOON + 9 * MINUTE) == ["campaign:lumbre/b"]
    with store.reading() as connection, pytest.raises(UsageError, match="no campaign 'campaign:x'"):
        find_campaign(connection, "campaign:x")


# --- links ---


def link(store: Store, id_: str, *urls: str) -> None:
    """A stored mention of lumbre holds these links."""
    with store.writing() as connection:
        at = connection.execute(select(schema.mentions.c.created_at).where(schema.mentions.c.id == id_)).scalar_one()
        rows = [
            {"brand": "lumbre", "url": url, "id": id_, "host": url.partition("/")[0], "created_at": at} for url in urls
        ]
        connection.execute(insert(schema.link_mentions), rows)


def test_the_brands_pages_are_told_with_who_links_to_them(store: Store) -> None:
    """Pages by how often others link to them, on which networks; the brand's own links stand apart."""
    posts = [
        mention("bluesky:1", author_id="a", created_at=NOON),
        mention("bluesky:2", author_id="a", created_at=NOON + MINUTE),
        mention("mastodon:3", author_id="c", created_at=NOON + 2 * MINUTE),
        mention("bluesky:4", author_id="own", voice="own", created_at=NOON - MINUTE),
    ]
    with store.writing() as connection:
        put(connection, *posts)
        put_people(connection, person("a", handle="ana"))
    for post in posts:
        link(store, post["id"], "lumbre.example/pan")
    link(store, "bluesky:1", "shop.lumbre.example/", "news.example/lumbre")
    with store.reading() as connection:
        pan, shop = list_links(connection, LUMBRE)
        every = list_links(connection, LUMBRE, pages=False)
        late = list_links(connection, LUMBRE, since=NOON + MINUTE, until=NOON + 2 * MINUTE)
        nameless = list_links(connection, Brand(name="lumbre", query="lumbre"))
    assert (pan.url, pan.posts, pan.own_posts, pan.authors) == ("lumbre.example/pan", 3, 1, 2)
    assert (pan.sources, pan.first_at, pan.last_at) == (
        ("bluesky", "mastodon"),
        NOON - MINUTE,
        NOON + 2 * MINUTE,
    )
    assert [(one.source, one.author, one.handle, one.posts) for one in pan.linkers] == [
        ("bluesky", "a", "ana", 2),
        ("mastodon", "c", None, 1),
    ]
    assert shop.url == "shop.lumbre.example/"
    assert [(found.url, found.own_page) for found in every] == [
        ("lumbre.example/pan", True),
        ("news.example/lumbre", False),
        ("shop.lumbre.example/", True),
    ]
    assert [(found.url, found.posts) for found in late] == [("lumbre.example/pan", 1)]
    assert nameless == []


# --- receipts ---


def test_a_score_can_be_computed_again_from_its_receipt(store: Store) -> None:
    """The formula's inputs are all there, and give the score that the list shows."""
    speak(store, "ana")
    (listed,) = people(store)
    with store.writing() as connection:
        note_author(connection, find_author(connection, "ana"), "lumbre", "kind", who="eva", event_id="1", now=NOON)
    with store.reading() as connection:
        receipt = person_receipt(connection, "evangelist", "lumbre/bluesky/ana", NOON)
        with pytest.raises(UsageError, match="said nothing of 'lumbre'"):
            person_receipt(connection, "evangelist", "lumbre/bluesky/leo", NOON)
        with pytest.raises(UsageError, match="write evangelist:BRAND/SOURCE/ID"):
            person_receipt(connection, "evangelist", "ana", NOON)
    put_in = receipt.inputs
    again = (put_in["affinity"] - put_in["margin"]) * put_in["loyalty"] * put_in["authenticity"] * put_in["recency"]
    assert again == pytest.approx(listed.score, abs=1e-3)
    assert put_in["score"] == listed.score
    assert [day["vote"] for day in put_in["days"]] == [1] * 5
    assert len(receipt.mentions) == 5
    assert [(word.what, word.text) for word in receipt.words] == [("note", "kind")]


def test_a_mentions_receipt_shows_what_took_its_weight(store: Store) -> None:
    """The weight is the text's less the behaviour reasons, all shown; influence needs followers."""
    behaviour = '[{"term":"duplicate_burst","weight":0.5}]'
    detail = b'{"spam_score":0.2,"spam_reasons":[{"term":"shortener","weight":0.2}],"engagement":{"likes":3}}'
    with store.writing() as connection:
        put(connection, mention(weight=300, text_weight=800, behaviour=behaviour, detail=detail))
        put_people(connection, person(followers=1_000))
    with store.reading() as connection:
        (receipt,) = mention_receipts(connection, "bluesky:1", None)
    taken = sum(reason.weight for reason in receipt.reasons["behaviour"])
    assert receipt.inputs["weight"] == pytest.approx(receipt.inputs["text_weight"] - taken)
    assert [reason.term for reason in receipt.reasons["spam"]] == ["shortener"]
    assert (receipt.inputs["impact"].influence, receipt.inputs["impact"].engagement) == (150, 3)
