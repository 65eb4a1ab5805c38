import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from msgspec import msgpack, structs

from mentions.clock import tick_of
from mentions.records import Kind, Reason, Voice
from processors.detection.campaign_state import Campaign, Found, Judged, Memory, Reweight, Rules, State
from processors.detection.campaigns import fold_campaigns, rebuilt
from processors.detection.sketch import sketch
from processors.fold import FoldMention
from tests.playing import at, folded

SAID = "No compréis en Lumbre, el pan viene con bichos y el encargado se ríe de quien protesta en la tienda"
BURST, MANY_BURST = Reason("duplicate_burst", 0.5), Reason("duplicate_burst", 0.8)


def hosts(mention: FoldMention) -> tuple[str, ...]:
    """The host that a test wrote into `lang`, for want of another place."""
    return (mention.lang,) if "." in mention.lang else ()


def late(mention: FoldMention) -> bool:
    """Whether it is folded in a later tick than it was said in."""
    return tick_of(mention.created_at) < mention.fold_tick


RULES = Rules(hosts=hosts, late=late, own_hosts=frozenset({"lumbre.example"}))


def post(
    number: int,
    seconds: float,
    author: str | None = None,
    text: str = SAID,
    *,
    host: str = "es",
    kind: Kind = "post",
    voice: Voice = "public",
    weight: int = 1000,
    tick: int | None = None,
    why: str = "lumbre",
) -> FoldMention:
    """The mention `m<number>`, said `seconds` after nine."""
    return folded(
        key=f"m{number}",
        author=author or f"author-{number}",
        created_at=at(seconds),
        fold_tick=tick_of(at(seconds)) if tick is None else tick,
        sketch=sketch(text) or None,
        lang=host,
        kind=kind,
        voice=voice,
        text_weight=weight,
        weight=weight,
        why=why,
    )


def words(rng: random.Random, count: int) -> list[str]:
    """Words of no language, that share few 4-grams."""
    return ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(count)]


def minute(seconds: float) -> int:
    """The tick of an instant after nine."""
    return tick_of(at(seconds))


def fold(mentions: Sequence[FoldMention], until: int | None = None, rules: Rules = RULES) -> Found:
    """Fold them all at once, from nothing."""
    return fold_campaigns(State(), Memory(), mentions, mentions[-1].fold_tick if until is None else until, rules)


def steps(found: Found) -> list[tuple[str, int, str]]:
    """Step, tick and severity of what is told."""
    return [(step.step, step.tick, step.severity) for step in found.steps]


def test_the_fourth_author_within_an_hour_opens_a_campaign() -> None:
    """It alerts at once, its earlier posts lose half of their weight, and the row names the first post's cluster."""
    found = fold([post(n, 60 * n) for n in range(4)])
    assert [(one.key, one.cluster, one.weight, one.reasons) for one in found.judged] == [
        ("m0", None, 1000, ()),
        ("m1", "m0", 1000, ()),
        ("m2", "m0", 1000, ()),
        ("m3", "m0", 500, (BURST,)),
    ]
    assert found.founders == ["m0"]
    assert found.reweights == [Reweight(f"m{n}", 500, BURST) for n in range(3)]
    (alert,) = found.steps
    assert (alert.step, alert.kind, alert.brand, alert.subject) == ("open", "campaign", "lumbre", "m0")
    assert (alert.tick, alert.opened_tick, alert.severity, alert.score) == (minute(180), minute(180), "warn", 4.0)
    assert found.campaigns == {
        "m0": Campaign(
            brand="lumbre",
            cluster="m0",
            kind="coordinated",
            opened_tick=minute(180),
            first_at=at(0),
            last_at=at(180),
            posts=4,
            authors=4,
            domains=(),
        )
    }


@pytest.mark.parametrize(("last", "opens"), [(3599, True), (3600, False)])
def test_an_hour_is_sliding_and_half_open(last: int, opens: bool) -> None:
    """Four authors within 60 minutes make a campaign, whatever whole hours they fall into."""
    found = fold([post(0, 1800), post(1, 2400), post(2, 3000), post(3, 1800 + last)])
    assert bool(found.steps) == bool(found.campaigns) == opens


def test_one_author_is_no_campaign() -> None:
    """Ten posts of three accounts are not four authors."""
    assert not fold([post(n, 60 * n, f"author-{n % 3}") for n in range(10)]).campaigns


def test_more_authors_escalate_and_cost_more() -> None:
    """From the tenth author on a post keeps a fifth; 10 is high, 25 critical; each told once."""
    found = fold([post(n, 10 * n) for n in range(26)])
    assert steps(found) == [
        ("open", minute(30), "warn"),
        ("escalate", minute(90), "high"),
        ("escalate", minute(240), "critical"),
    ]
    weights = {one.key: one.weight for one in found.judged} | {one.key: one.weight for one in found.reweights}
    assert set(weights.values()) == {200}
    assert [one.reason for one in found.reweights] == [BURST] * 3 + [MANY_BURST] * 9
    assert found.judged[-1].reasons == (MANY_BURST,)
    assert found.campaigns["m0"].authors == 26


def test_weights_fall_to_nothing_and_no_further() -> None:
    """What reasons take away adds up with what the text lost before."""
    found = fold([post(n, 10 * n, weight=weight) for n, weight in enumerate((300, 500, 700, 1000))])
    assert [one.weight for one in found.reweights] == [0, 0, 200]
    assert found.judged[-1].weight == 500


def test_a_growing_campaign_is_told_at_most_every_quarter_of_an_hour_and_closes_in_silence() -> None:
    """Sixty ticks without a new post close it, also when nothing else ever comes."""
    mentions = [post(n, 240 * n, f"author-{n % 6}") for n in range(12)]
    found = fold(mentions, until=minute(2640) + 200)
    assert steps(found) == [
        ("open", minute(720), "warn"),
        ("update", minute(1680), "warn"),
        ("update", minute(2640), "warn"),
        ("close", minute(2640) + 60, "warn"),
    ]
    assert found.steps[-1].evidence["posts"] == 12
    assert len({step.alert_id for step in found.steps}) == 1
    assert steps(fold(mentions, until=minute(2640) + 59))[-1][0] == "update"
    assert steps(fold(mentions, until=minute(2640) + 60))[-1][0] == "close"


def test_a_campaign_that_comes_back_alerts_anew() -> None:
    """Within the memory of its text it is the same campaign, with another alert; earlier posts stay as they are."""
    again = [post(n, 3900 + 10 * n) for n in range(4, 8)]
    found = fold([*(post(n, 10 * n) for n in range(4)), *again])
    assert [step.step for step in found.steps] == ["open", "close", "open"]
    assert len({step.alert_id for step in found.steps}) == 2
    assert found.campaigns["m0"].posts == 8
    assert {one.weight for one in found.judged[4:]} == {500}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"host": "elpais.com"}, "organic"),
        ({"host": "smoda.elpais.com"}, "organic"),
        ({"kind": "repost"}, "organic"),
        ({"kind": "quote"}, "organic"),
        ({"kind": "article"}, "organic"),
        ({"host": "tienda.lumbre.example"}, "own"),
        ({"host": "gratis.example"}, "coordinated"),
        ({"host": "notelpais.com"}, "coordinated"),
    ],
)
def test_sharing_is_told_from_campaigns(changes: dict[str, str], kind: str) -> None:
    """News that travels and the brand's own pages are shown, do not alert and cost no weight."""
    found = fold([post(n, 60 * n, **changes) for n in range(6)])  # type: ignore[arg-type] # names of parameters
    assert found.campaigns["m0"].kind == kind
    assert bool(found.steps) == bool(found.reweights) == (kind == "coordinated")
    assert (found.judged[-1].weight == 1000) == (kind != "coordinated")


def test_one_article_among_the_copies_makes_it_news() -> None:
    """A headline as its publisher gave it is being shared, whatever the copies link to."""
    found = fold([post(0, 0, kind="article"), *(post(n, 60 * n) for n in range(1, 6))])
    assert found.campaigns["m0"].kind == "organic"


def test_answers_to_the_brand_are_no_campaign() -> None:
    """Whoever enters a giveaway by answering the brand with one text is not in league with the others."""
    found = fold([post(n, 60 * n, why="reply_to_own") for n in range(6)])
    assert found.campaigns["m0"].kind == "organic"
    assert not found.steps


@pytest.mark.parametrize("after", [600, 6 * 86_400])
def test_what_the_brand_said_first_is_its_own(after: float) -> None:
    """Copies of the brand's post are its content travelling, for a week; its own voice is not judged or counted."""
    found = fold([post(0, 0, voice="own"), *(post(n, after + n) for n in range(1, 6))])
    assert found.judged[0] == Judged("m0", None, 1000, ())
    row = found.campaigns["m0"]
    assert (row.kind, row.authors) == ("own", 5)
    assert not found.steps
    assert not found.reweights


def test_what_the_brand_said_more_than_a_week_ago_is_forgotten() -> None:
    """Then copies are a campaign of whoever copies."""
    found = fold([post(0, 0, voice="own"), *(post(n, 8 * 86_400 + n) for n in range(1, 6))])
    assert found.campaigns["m1"].kind == "coordinated"


def test_the_brand_repeating_itself_is_no_campaign() -> None:
    """Four own accounts with one text are nothing to alert on."""
    assert not fold([post(n, 60 * n, voice="own") for n in range(6)]).campaigns


def test_sharing_that_turns_out_a_campaign_alerts_then() -> None:
    """A verdict is looked at again with the tenth and the 25th author, and only hardens."""
    found = fold([post(n, 10 * n, kind="quote" if n < 4 else "post") for n in range(12)])
    assert steps(found) == [("open", minute(90), "high")]
    assert [one.weight for one in found.reweights] == [200] * 9
    later = fold([post(n, 10 * n, kind="post" if n < 4 else "quote") for n in range(12)])
    assert later.campaigns["m0"].kind == "coordinated"


def test_late_posts_count_and_open_nothing() -> None:
    """What arrives hours after it was said is a post of the campaign, not one of the four authors."""
    now = minute(7200)
    old = [post(n, 60 * n, tick=now) for n in range(6)]
    assert not fold(old).campaigns
    found = fold([*old[:1], *(post(n, 7200 + n) for n in range(10, 14)), post(20, 0, tick=now + 1)])
    row = found.campaigns["m0"]
    assert (row.posts, row.authors) == (6, 4)


def test_an_author_who_repeats_a_text_loses_weight() -> None:
    """From the third near-duplicate within a day on, also hours apart; the first two stay."""
    found = fold([post(n, 10_000 * n, "ana", f"{SAID} {n * 'ja'}") for n in range(4)])
    assert [one.weight for one in found.judged] == [1000, 1000, 600, 600]
    assert found.judged[-1].reasons == (Reason("self_repetition", 0.4),)
    assert all(one.weight == 1000 for one in fold([post(n, 50_000 * n, "ana") for n in range(6)]).judged)


def test_an_author_who_posts_without_pause_loses_weight() -> None:
    """The 31st post within an hour, or the 201st within a day, is more than a person says of one brand."""
    hasty = fold([post(n, 60 * n, "ana", "hola") for n in range(40)]).judged
    assert [n for n, one in enumerate(hasty) if one.reasons] == list(range(30, 40))
    assert hasty[-1].reasons == (Reason("posting_rate", 0.3),)
    steady = fold([post(n, 360 * n, "ana", "hola") for n in range(230)]).judged
    assert [n for n, one in enumerate(steady) if one.reasons] == list(range(200, 230))
    calm = fold([post(n, 600 * n, "ana", "hola") for n in range(400)]).judged
    assert not any(one.reasons for one in calm)


def test_a_publisher_may_post_as_much_as_it_likes() -> None:
    """Articles and reviews are no behaviour of an account."""
    assert not any(one.reasons for one in fold([post(n, 60 * n, "ana", kind="article") for n in range(40)]).judged)


def test_copies_within_five_seconds_are_in_step() -> None:
    """The third of three posts of a cluster within five seconds, of however few authors; not when news is shared."""
    found = fold([post(0, 0), post(1, 2), post(2, 5), post(3, 11)])
    assert found.judged[2].reasons == (Reason("sync", 0.2),)
    assert found.judged[3].reasons == (BURST,)
    assert not fold([post(n, n, host="elpais.com") for n in range(4)]).judged[2].reasons


def world(seed: int, count: int = 400) -> list[FoldMention]:
    """Posts of a few hours: campaigns, shared news, the brand's own words, repeating authors, late ones, short ones."""
    rng, seconds, mentions = random.Random(seed), 0.0, []
    themes = [" ".join(words(rng, 20)) for _ in range(12)]
    for number in range(count):
        seconds += rng.choice((0.5, 2, 20, 60, 150)) if rng.random() < 0.97 else rng.choice((2000, 4500, 9000))
        theme = rng.randrange(12)
        text = " ".join(word if rng.random() < 0.93 else words(rng, 1)[0] for word in themes[theme].split())
        mentions.append(
            post(
                number,
                seconds - (5000 if rng.random() < 0.03 else 0),
                f"author-{rng.randrange(40)}",
                text if rng.random() < 0.8 else " ".join(words(rng, 25)) if rng.random() < 0.7 else "hola",
                host="elpais.com" if theme == 1 else "es",
                kind="quote" if theme == 2 else "article" if rng.random() < 0.01 else "post",
                voice="own" if rng.random() < 0.04 else "public",
                weight=rng.choice((1000, 1000, 600)),
                tick=tick_of(at(seconds)),
            )
        )
    return sorted(mentions, key=lambda m: (m.fold_tick, m.created_at, m.key))


def tables(parts: Iterable[Found]) -> tuple[object, ...]:
    """What is stored after these folds, one after the other."""
    weights: dict[str, tuple[int, frozenset[Reason]]] = {}
    founders: set[str] = set()
    rows: dict[str, Campaign] = {}
    told = []
    clusters = {}
    for found in parts:
        for one in found.judged:
            weights[one.key], clusters[one.key] = (one.weight, frozenset(one.reasons)), one.cluster
        for again in found.reweights:
            kept = [reason for reason in weights[again.key][1] if reason.term != again.reason.term]
            weights[again.key] = (again.weight, frozenset([*kept, again.reason]))
        founders.update(found.founders)
        rows |= found.campaigns
        told += found.steps
    return weights, clusters, founders, rows, told


@pytest.mark.parametrize("seed", range(8))
def test_cuts_and_restarts_change_nothing(seed: int) -> None:
    """Folded at once, tick by tick, or by a new worker after any tick: the same weights, clusters, rows and alerts."""
    mentions = world(seed)
    first, last = mentions[0].fold_tick, mentions[-1].fold_tick + 130
    whole_state = State()
    whole = tables([fold_campaigns(whole_state, Memory(), mentions, last, RULES)])
    assert len(whole[4]) > 10  # type: ignore[arg-type] # a list
    rng = random.Random(seed)
    cuts = [first - 1, *sorted(rng.sample(range(first, last), 25)), last]
    for restarts in (False, True):
        parts: list[Found] = []
        stored: list[FoldMention] = []
        state, memory = State(), Memory()
        for begin, end in pairwise(cuts):
            if restarts:
                state = msgpack.decode(msgpack.encode(state), type=State)
                recent = (m for m in stored if m.fold_tick // 60 >= (begin + 1) // 60 - 1)
                memory = rebuilt(recent, RULES)
            now = [m for m in mentions if begin < m.fold_tick <= end]
            parts.append(fold_campaigns(state, memory, now, end, RULES))
            weights, clusters, *_ = tables(parts)
            stored = [
                structs.replace(m, weight=weights[m.key][0], cluster=clusters[m.key])  # type: ignore[index]
                for m in [*stored, *now]
            ]
        assert tables(parts) == whole
        assert msgpack.encode(state) == msgpack.encode(whole_state)


@pytest.mark.parametrize("seed", range(3))
def test_a_memory_rebuilt_is_the_one_that_was_lost(seed: int) -> None:
    """Windows with the weights that campaigns left, sketches, their clusters and where they are found: all the same."""
    mentions, memory = world(seed), Memory()
    last = mentions[-1].fold_tick
    weights, clusters, *_ = tables([fold_campaigns(State(), memory, mentions, last, RULES)])
    stored = [
        structs.replace(m, weight=weights[m.key][0], cluster=clusters[m.key])  # type: ignore[index]
        for m in mentions
        if m.fold_tick // 60 >= last // 60 - 1
    ]
    again = rebuilt(stored, RULES)
    assert again.windows == memory.windows
    for one, other in ((again.clusters.current, memory.clusters.current), (again.clusters.last, memory.clusters.last)):
        assert (one.added, one.clusters) == (other.added, other.clusters)
        assert (one.sketches == other.sketches).all()
        assert (one.table == other.table).all()


def test_state_has_a_bound_whatever_comes() -> None:
    """Eighty campaigns at once, 3,000 authors who come again, a stream of own posts: as much as the limits allow."""
    rng, state, memory = random.Random(6), State(), Memory()
    number = 0
    for _ in range(80):
        text = " ".join(words(rng, 20))
        mentions = [post(number + n, n // 4, f"author-{number + n}", text) for n in range(230)]
        number += len(mentions)
        fold_campaigns(state, memory, mentions[:-1], minute(58), RULES)
    fold_campaigns(state, memory, [post(n, 60, f"author-{n // 2}", "hola") for n in range(6000)], minute(60), RULES)
    own = [post(n, 120, text=" ".join(words(rng, 20)), voice="own") for n in range(200)]
    fold_campaigns(state, memory, own, minute(120), RULES)
    assert len(state.running) == 64
    assert len(state.own) == 32
    assert len(state.habits.once) <= 1024
    assert len(state.habits.again) == 1024
    assert len(msgpack.encode(state)) < 1_500_000
