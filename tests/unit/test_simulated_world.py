import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import msgspec
import pytest

from ingest.simulation.brands import DEMO_BRANDS
from ingest.simulation.events import Event
from ingest.simulation.stories import STORIES
from ingest.simulation.world import World
from mentions.matching import Matcher, parse_query
from mentions.records import Deletion, Gap, Post

START = datetime(2026, 11, 2, 10, 17, tzinfo=UTC)
DAYS = 14


@pytest.fixture(scope="module")
def world() -> World:
    """A fortnight."""
    return World(1, START, DAYS)


@pytest.fixture(scope="module")
def events(world: World) -> list[Event]:
    """All that happens in it."""
    return list(world.events())


def posts_of(events: list[Event], story: str | None = None) -> list[Post]:
    """The posts, of one story or of all."""
    return [event.item for event in events if isinstance(event.item, Post) and story in (None, event.truth.story)]


def active_days(events: list[Event], story: str) -> dict[str, set[int]]:
    """On which days each author of a story speaks."""
    days: dict[str, set[int]] = {}
    for post in posts_of(events, story):
        days.setdefault(post.author.id, set()).add((post.created_at - START).days)
    return days


def four_grams(text: str) -> set[str]:
    """What a sketch of the text would be made of."""
    plain = " ".join(re.findall(r"[\w#]+", text.lower()))
    return {plain[n : n + 4] for n in range(len(plain) - 3)}


def digest(events: list[Event]) -> str:
    """A digest of everything in the events."""
    return hashlib.sha256(repr(events).encode()).hexdigest()


def test_the_same_seed_gives_the_same_world(events: list[Event]) -> None:
    """Seed, start and days decide every event; another seed or start gives other posts with other ids."""
    assert list(World(1, START, DAYS).events()) == events
    ids = {post.native_id for post in posts_of(events)}
    for other in (World(2, START, DAYS), World(1, START + timedelta(hours=1), DAYS)):
        assert not ids & {post.native_id for post in posts_of(other.day(0))}


def test_another_process_makes_the_same_world(world: World) -> None:
    """Nothing depends on the process: hashes of words, for one, differ there."""
    code = (
        "import hashlib; from datetime import UTC, datetime; from ingest.simulation.world import World;"
        f"day = World(1, datetime.fromisoformat('{START.isoformat()}'), {DAYS}).day(9);"
        "print(hashlib.sha256(repr(day).encode()).hexdigest())"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert made == [digest(world.day(9))] * 2


def test_a_day_can_be_made_by_itself(events: list[Event]) -> None:
    """A day made without those before it is the same day, so that a reader can resume anywhere."""
    alone = World(1, START, DAYS).day(8)
    assert alone == [event for event in events if timedelta(days=8) <= event.at - START < timedelta(days=9)]


def test_events_come_in_order_within_their_history(events: list[Event], world: World) -> None:
    """Events are sorted by time of arrival, all within [start, end), aware, in UTC, none before it was written."""
    assert all(one.at <= two.at for one, two in pairwise(events))
    assert events[0].at >= START
    assert events[-1].at < world.end == START + timedelta(days=DAYS)
    for event in events:
        assert event.at.utcoffset() == timedelta(0)
        if isinstance(event.item, Post):
            assert event.item.created_at <= event.at


def test_an_id_means_one_post(events: list[Event]) -> None:
    """Posts that arrive twice are a few, and each is the same post again."""
    by_id: dict[str, list[Post]] = {}
    for post in posts_of(events):
        by_id.setdefault(post.id, []).append(post)
    repeated = [posts for posts in by_id.values() if len(posts) > 1]
    assert 10 < len(repeated) < 200
    assert all(post == posts[0] for posts in repeated for post in posts)


def test_a_few_hundred_mentions_a_day(events: list[Event]) -> None:
    """Each brand has a few hundred mentions on every day, and other talk surrounds them."""
    days = Counter((brand, (event.at - START).days) for event in events for brand, _ in event.truth.labels)
    assert set(days) == {(brand.name, day) for brand in DEMO_BRANDS for day in range(DAYS)}
    assert all(180 <= count <= 1_000 for count in days.values())
    assert len(posts_of(events, "background")) > 300 * DAYS


def test_queries_find_just_the_labelled_posts(events: list[Event]) -> None:
    """What is labelled with a brand matches its query; talk about hearth fires or anything else matches none."""
    matcher = Matcher({brand.name: parse_query(brand.query) for brand in DEMO_BRANDS})
    stories = ("chatter", "background", "strike", "allergy", "launch", "prices", "evangelist", "detractor", "parrot")
    hearths = 0
    for event in events:
        if isinstance(event.item, Post) and event.truth.story in stories and not event.item.in_reply_to:
            found = {brand for brand, _ in matcher.match(event.item)}
            assert found == {brand for brand, _ in event.truth.labels}, event.item.text
            hearths += not found and "lumbre" in event.item.text.lower()
    assert hearths > 20


def test_every_story_is_told_in_a_history_of_any_length() -> None:
    """One day, three or fourteen: crises, launch, slow burn, giveaway, rings, outage and deletions all happen."""
    for days in (1, 3, DAYS):
        told = {event.truth.story for event in World(3, START, days).events()}
        wanted = {*STORIES, "outage", "deletion", "sharing", "evangelist"} - {"charge", "farewell"}
        assert wanted - ({"prices"} if days == 1 else set()) <= told, days  # the slow burn has hardly begun on one day


def test_the_strike_is_a_burst_of_complaints_in_both_languages(events: list[Event]) -> None:
    """Hundreds of distinct people complain within hours, in Spanish and English, about one nameable cause."""
    strike = posts_of(events, "strike")
    assert 350 < len(strike) < 900
    assert len({post.author.id for post in strike}) > 0.8 * len(strike)
    assert strike[-1].created_at - strike[0].created_at < timedelta(hours=14)
    named = Counter("strike" if "strike" in post.text.lower() else "huelga" for post in strike)
    assert min(named.values()) > 50


def test_the_outage_loses_its_forty_minutes(events: list[Event]) -> None:
    """One gap of 40 minutes is told when it is over, and nothing arrived in it."""
    (gap,) = [event.item for event in events if isinstance(event.item, Gap)]
    assert gap.end - gap.start == timedelta(minutes=40)
    assert not [event for event in events if gap.start <= event.at < gap.end]
    (told,) = [event.at for event in events if isinstance(event.item, Gap)]
    assert told == gap.end


def test_a_ring_of_accounts_spreads_one_lure(events: list[Event]) -> None:
    """The spam ring posts from many accounts within half an hour to one domain; some accounts go the next day."""
    ring = posts_of(events, "flights")
    assert len({post.author.id for post in ring}) >= 15
    assert ring[-1].created_at - ring[0].created_at < timedelta(minutes=31)
    assert all("https://premios-vuelos.example/" in post.links[0] for post in ring)
    gone = {
        event.item.author_id for event in events if isinstance(event.item, Deletion) and event.item.why == "takendown"
    }
    assert len(gone) > 4
    assert gone <= {post.author.id for post in ring} | {f"premio_vuelo_11_{n}" for n in range(22)}


def test_conversations_hang_together(events: list[Event]) -> None:
    """The brand answers mentions without its own name, people answer back, and each reply follows what it answers."""
    known = {post.native_id: post for post in posts_of(events)}
    answers = [post for post in posts_of(events, "own") if post.in_reply_to]
    assert len(answers) > 100
    assert not [post for post in answers if re.search(r"lumbre|nubira", post.text, re.IGNORECASE)]
    replies = [post for post in known.values() if post.in_reply_to and post.in_reply_to in known]
    assert all(known[post.in_reply_to or ""].created_at < post.created_at for post in replies)
    turns = [
        (known[post.in_reply_to or ""].created_at - START).days < (post.created_at - START).days for post in replies
    ]
    assert any(turns), "no conversation crosses the turn of a day"
    own = {post.native_id for post in answers}
    back = [post for post in replies if post.in_reply_to in own]
    assert len(back) > 50
    assert all(post.root_id != post.in_reply_to for post in back)


def test_deletions_forget_what_was_said(events: list[Event]) -> None:
    """Posts are deleted after they came, and an account disappears that had spoken before and is silent after."""
    arrived: set[str] = set()
    for event in events:
        if isinstance(event.item, Post):
            arrived.add(event.item.native_id)
        elif isinstance(event.item, Deletion) and event.item.native_id:
            assert event.item.native_id in arrived
    (leave,) = [event for event in events if isinstance(event.item, Deletion) and event.item.why == "account_deleted"]
    assert isinstance(leave.item, Deletion)
    by_leaver = [
        post for post in posts_of(events) if isinstance(leave.item, Deletion) and post.author.id == leave.item.author_id
    ]
    assert len(by_leaver) > 5
    assert all(post.created_at < leave.at for post in by_leaver)


def test_evangelists_come_back_day_after_day(events: list[Event]) -> None:
    """Each evangelist praises on more than a third of the days; others seldom, until half-time, or on one day only."""
    steady, quiet, lapsed = (active_days(events, story) for story in ("evangelist", "quiet_fan", "lapsed_fan"))
    assert len(steady) >= 10
    assert all(len(active) > DAYS / 3 for active in steady.values())
    assert 0 < sum(map(len, quiet.values())) / len(quiet) < DAYS / 2
    assert len(lapsed) == 2
    assert all(max(active) < DAYS / 2 for active in lapsed.values())
    raptures = Counter((post.author.id, (post.created_at - START).days) for post in posts_of(events, "one_day_fan"))
    assert raptures
    assert min(raptures.values()) >= 4


def test_a_launch_is_loud_and_no_crisis(events: list[Event]) -> None:
    """Some two hundred posts in eight hours, of which no more are cross than on any day."""
    launch = [event for event in events if event.truth.story == "launch"]
    labels = Counter(label for event in launch for _, label in event.truth.labels)
    assert 120 < len(launch) < 350
    assert launch[-1].at - launch[0].at < timedelta(hours=9)
    assert 0.12 < labels["negative"] / len(launch) < 0.36
    assert labels["positive"] > labels["neutral"] > 20


def test_the_slow_burn_rises_over_two_days(events: list[Event]) -> None:
    """Complaints about prices double from the first to the second day, and no hour has more than a dozen."""
    posts = posts_of(events, "prices")
    begin = posts[0].created_at
    first = [post for post in posts if post.created_at - begin < timedelta(days=1)]
    assert 1.5 * len(first) < len(posts) - len(first)
    assert posts[-1].created_at - begin > timedelta(hours=40)
    assert max(Counter(post.created_at.replace(minute=0, second=0) for post in posts).values()) < 60


def test_programs_copy(events: list[Event]) -> None:
    """A burst of a few accounts repeats one text within an hour; each brand has a parrot that says what others said."""
    burst = posts_of(events, "bots")
    assert len({post.author.id for post in burst}) == 6
    assert len({re.sub(r"\W|lumbre", "", post.text) for post in burst}) == 1
    assert burst[-1].created_at - burst[0].created_at < timedelta(hours=1)
    parrots = posts_of(events, "parrot")
    said = {post.text for post in posts_of(events) if not post.author.id.startswith("todo_")}
    assert len(parrots) > 4 * DAYS
    assert sum(post.text not in said for post in parrots) <= 2  # what was said in the outage is not seen


@pytest.mark.parametrize("story", ["strike", "allergy", "prices", "launch", "giveaway"])
def test_independent_people_put_it_in_their_own_words(events: list[Event], story: str) -> None:
    """Of the sketches of two hours hardly any two are near-duplicates, as they would be in a campaign."""
    posts = posts_of(events, story)
    middle = posts[len(posts) // 2].created_at
    texts = [post.text for post in posts if abs(post.created_at - middle) < timedelta(hours=1)]
    pairs = list(combinations(map(four_grams, texts), 2))
    alike = [1 for one, two in pairs if len(one & two) > 0.42 * len(one | two) and min(len(one), len(two)) > 27]
    assert len(pairs) > 50
    assert len(alike) < 0.0015 * len(pairs) + 2


def test_nobody_and_nothing_is_real(events: list[Event]) -> None:
    """Every address lies under .example, and every author has an id and a handle."""
    for post in posts_of(events):
        for address in (post.url or "", *post.links, *re.findall(r"https?://\S+", post.text)):
            assert re.fullmatch(r"https://[a-z-]+\.example(/\S*)?", address), address
        assert post.author.id
        assert post.author.handle


def test_small_languages_are_heard_too(events: list[Event]) -> None:
    """Spanish leads, English follows, and some Catalan, Portuguese and French is there for an honest `unjudged`."""
    spoken = Counter((post.lang or "?").partition("-")[0] for post in posts_of(events))
    assert spoken["es"] > spoken["en"] > 1_000
    assert min(spoken["ca"], spoken["pt"], spoken["fr"]) > 50
    assert spoken["?"] > 1_000


def test_days_and_hours_have_their_rhythm(events: list[Event]) -> None:
    """People sleep: the quietest six hours of the day hold far less than the busiest six."""
    hours = Counter(event.at.hour for event in events if event.truth.story == "background")
    counts = [hours[hour] for hour in range(24)]
    assert sum(sorted(counts)[:6]) < 0.5 * sum(sorted(counts)[-6:])


def test_posts_survive_the_wire(events: list[Event]) -> None:
    """Every post can be written as JSON and read back unchanged."""
    for post in posts_of(events)[:500]:
        assert msgspec.json.decode(msgspec.json.encode(post), type=Post) == post
