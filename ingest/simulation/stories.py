"""What makes a fortnight worth watching. Each story begins at a moment and unfolds by itself."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from ingest.simulation.chatter import mood
from ingest.simulation.events import Truth
from ingest.simulation.grammar import grammar, pick
from ingest.simulation.people import Person, make_group
from ingest.simulation.rhythm import burst, expected, poisson
from ingest.simulation.stage import Stage, minutes
from ingest.simulation.texts import about, told
from mentions.records import Post

Story = Callable[[Stage, datetime, float], None]
"""Plays from a moment on; the number multiplies its posts."""

OUTAGE = timedelta(minutes=40)
_TAKEN_DOWN_AFTER = timedelta(hours=14)
_LAST = 150  # posts of a story in its two busiest hours, of which each says it in another way
_SLOW_HOURS, _SLOW_PER_DAY = 48, 216  # of the slow burn; the latter at its height
_BOT_ENDS = ("", " 👍", " 👌", " 💯", " ⭐⭐⭐⭐⭐", " #lumbre")
_NEUTRAL = 0.08  # of a crisis' posts: questions, not complaints


class Shape(NamedTuple):
    """How a burst goes: posts a minute at its height, minutes to get there, to halve, and in all."""

    peak: float
    swell: float
    half_life: float
    length: float


def strike(stage: Stage, at: datetime, volume: float) -> None:
    """Nubira's cabin crews strike: some 600 posts in ten hours, an article that many share, a late word of regret."""
    _outcry(stage, at, "nubira", "strike", Shape(3.4 * volume, 40, 110, 600))
    _notice(stage, at + minutes(55), "nubira", "strike")
    phrases = grammar("es")
    article = stage.say(
        stage.cast.press,
        f"{phrases.expand('press.strike.text', stage.random)} https://elfarodiario.example/huelga-nubira",
        at + minutes(35),
        Truth("strike", (("nubira", "negative"),)),
        kind="article",
        title=phrases.expand("press.strike.title", stage.random),
    )
    for minute in burst(0.5, 3, 20, 120, stage.random):
        comment = phrases.expand("press.share", stage.random)
        text = f"{comment} {article.title} {article.links[0]}"
        stage.say(
            stage.cast.anyone_of("es", stage.random), text, article.created_at + minutes(2 + minute), Truth("sharing")
        )


def allergy(stage: Stage, at: datetime, volume: float) -> None:
    """Lumbre sells cookies with undeclared nuts: a hundred posts, then a recall."""
    _outcry(stage, at, "lumbre", "allergy", Shape(1.3 * volume, 15, 55, 300))
    _notice(stage, at + minutes(80), "lumbre", "allergy")


def charge(stage: Stage, at: datetime, volume: float) -> None:
    """Nubira's shop charges twice: swift and loud, for whoever is watching."""
    _outcry(stage, at, "nubira", "charge", Shape(18 * volume, 1, 10, 60))
    _notice(stage, at + minutes(18), "nubira", "charge")


def flights(stage: Stage, at: datetime, volume: float) -> None:
    """A ring of new accounts posts nearly the same lure within half an hour; some are taken down the next day."""
    random = stage.random
    ring = make_group(tuple(f"premio_vuelo_{stage.day}_{n}" for n in range(22)), "ES", "es", random)
    for number, minute in enumerate(burst(2.4 * volume, 2, 12, 28, random)):
        text = grammar("es").expand("spam.flights", random)
        stage.say(ring[number % len(ring)], text, at + minutes(minute), Truth("flights"))
    for account in ring[::3]:
        stage.delete_account(account, at + _TAKEN_DOWN_AFTER + minutes(30 * random()), "takendown")


def giveaway(stage: Stage, at: datetime, volume: float) -> None:
    """Lumbre gives breakfasts away to those who answer: many short, cheerful, similar posts that are no campaign."""
    random = stage.random
    text = grammar("es").expand("lumbre.giveaway", random)
    post = stage.say(stage.cast.regulars["lumbre"].own["es"], text, at, Truth("own"))
    for minute in burst(1.4 * volume, 10, 60, 300, random):
        person = stage.cast.anyone_of("es", random)
        text = _entry(stage, person)
        stage.say(person, text, at + minutes(1 + minute), Truth("giveaway"), answers=post)


def _entry(stage: Stage, person: Person) -> str:
    return stage.recent.unlike("entry", _LAST, lambda: told(person, "lumbre.entry", "positive", stage.random)).text


def launch(stage: Stage, at: datetime, volume: float) -> None:
    """Lumbre starts selling ice cream: many talk, as glad, curious and cross as on any day. That is no crisis."""
    random = stage.random
    own = stage.cast.regulars["lumbre"].own["es"]
    stage.say(own, grammar("es").expand("lumbre.launch.own", random), at, Truth("own"))
    for minute in burst(1.6 * volume, 30, 90, 480, random):
        moment = at + minutes(2 + minute)
        person, felt = _somebody(stage, moment), mood("lumbre", random)
        said = stage.recent.unlike("launch", _LAST, partial(told, person, f"lumbre.launch.{felt}", felt, random))
        stage.say(person, said.text, moment, Truth("launch", (("lumbre", said.label),)))


def prices(stage: Stage, at: datetime, volume: float) -> None:
    """Lumbre has become dearer: complaints that rise slowly over two days, with no moment at which they begin."""
    random = stage.random
    for hour in range(_SLOW_HOURS):
        start = at + minutes(60 * hour)
        share = (hour + 1) / _SLOW_HOURS
        for _ in range(poisson(share * expected(_SLOW_PER_DAY * volume, "", 0, start.hour), random)):
            moment = start + minutes(60 * random())
            _complaint(stage, _somebody(stage, moment), moment, "lumbre", "prices")


def bots(stage: Stage, at: datetime, volume: float) -> None:
    """A few programs copy one praise from each other, again and again within an hour."""
    random = stage.random
    accounts = make_group(tuple(f"opina_ya_{stage.day}_{n}" for n in range(6)), "ES", "es", random)
    praise = grammar("es").expand("lumbre.bots", random)
    for number, minute in enumerate(burst(1.0 * volume, 2, 25, 55, random)):
        text = f"{praise}{pick(_BOT_ENDS, random)}"
        stage.say(
            accounts[number % len(accounts)], text, at + minutes(minute), Truth("bots", (("lumbre", "positive"),))
        )


def farewell(stage: Stage, at: datetime, _volume: float) -> None:
    """Somebody who had spoken of both brands closes the account."""
    stage.delete_account(stage.cast.leaver, at, "account_deleted")


STORIES: Mapping[str, Story] = {
    "allergy": allergy,
    "bots": bots,
    "charge": charge,
    "farewell": farewell,
    "flights": flights,
    "giveaway": giveaway,
    "launch": launch,
    "prices": prices,
    "strike": strike,
}


def _outcry(stage: Stage, at: datetime, brand: str, story: str, shape: Shape) -> None:
    random = stage.random
    for minute in burst(*shape, random):
        moment = at + minutes(minute)
        person = _somebody(stage, moment)
        post = _complaint(stage, person, moment, brand, story)
        if random() < 0.03:
            stage.answer(post, person, brand, "negative", Truth(story, ((brand, "negative"),)))


def _somebody(stage: Stage, at: datetime) -> Person:
    """Choose anyone who is awake and has the words: there are few phrases in the smaller languages."""
    while True:
        person = stage.cast.anyone(at.hour, stage.random, faithful=False)
        if person.language in ("es", "en"):
            return person


def _complaint(stage: Stage, person: Person, at: datetime, brand: str, story: str) -> Post:
    random = stage.random
    if random() < _NEUTRAL:
        said = stage.recent.unlike(brand, _LAST, lambda: about(person, brand, "neutral", random))
        return stage.say(person, said.text, at, Truth("chatter", ((brand, said.label),)))
    said = stage.recent.unlike(story, _LAST, lambda: told(person, f"{brand}.{story}", "negative", random))
    return stage.say(person, said.text, at, Truth(story, ((brand, "negative"),)))


def _notice(stage: Stage, at: datetime, brand: str, story: str) -> None:
    """Have the brand's account say what it has to say, in its languages."""
    for language, own in stage.cast.regulars[brand].own.items():
        rule = f"notice.{story}"
        if rule in grammar(language):
            stage.say(own, grammar(language).expand(rule, stage.random), at, Truth("own"))
            at += minutes(4)
