"""An ordinary day: mentions of the two brands, talk about anything else, the regulars, spam, answers, mishaps."""

from datetime import datetime

from ingest.simulation.brands import DEMO_BRANDS
from ingest.simulation.events import Event, Truth
from ingest.simulation.grammar import Random, grammar, pick
from ingest.simulation.people import Person
from ingest.simulation.rhythm import expected, next_at, uneven
from ingest.simulation.stage import Stage, minutes
from ingest.simulation.texts import Said, about, beside, casual, page, told
from mentions.records import Label, Post

BRANDS = tuple(brand.name for brand in DEMO_BRANDS)
PER_DAY = {"lumbre": 290, "nubira": 320, "": 480}
"""Posts on an average day; "" are those that concern neither brand."""

_MOODS: dict[str, tuple[tuple[float, Label], ...]] = {  # cumulative shares
    "lumbre": ((0.45, "positive"), (0.76, "neutral"), (1.0, "negative")),
    "nubira": ((0.32, "positive"), (0.66, "neutral"), (1.0, "negative")),
}
_BOTH, _SPAM, _LINK, _REVIEW, _REPEATED, _DELETED = 0.025, 0.012, 0.06, 0.03, 0.004, 0.006  # shares of mentions
_PRAISES = 20  # more than fans utter of a brand in a day
_LAST = 45  # mentions of one brand in two evening hours: so long nobody says the same
_ANSWERED: dict[Label, float] = {"positive": 0.02, "neutral": 0.1, "negative": 0.14}
_STARS: dict[Label, tuple[int, ...]] = {"positive": (4, 5), "neutral": (3,), "negative": (1, 2)}
_FANS_SPEAK, _QUIET_SPEAK, _CRITICS_SPEAK, _AMBASSADORS_SPEAK = 0.68, 0.3, 0.45, 0.3  # shares of days
_RAPTURE = 0.3  # share of days on which somebody praises a brand all day long, and never again
_PARROTED = 3  # praises of others that a parrot says again, a day


def everyday(stage: Stage, volume: float) -> None:
    """Fill the day's 24 hours; `volume` multiplies the posts."""
    random = stage.random
    for hour in range(24):
        start = stage.start + minutes(60 * hour)
        for brand in (*BRANDS, ""):
            mean = expected(PER_DAY[brand] * volume, brand, start.weekday(), start.hour)
            for _ in range(uneven(mean, random)):
                at = start + minutes(60 * random())
                person = stage.cast.anyone(at.hour, random)
                if brand:
                    _mention(stage, person, brand, at)
                else:
                    stage.say(person, beside(person, random), at, Truth("background"))
    _mishaps(stage, tuple(stage.events))


def regulars(stage: Stage, share_of_history: float) -> None:
    """Have the regulars speak; `share_of_history` is 0 on the first day and 1 when history ends."""
    random = stage.random
    for brand in BRANDS:
        people = stage.cast.regulars[brand]
        _fans(stage, brand, share_of_history)
        _rapture(stage, brand)
        _parrot(stage, people.parrot, brand)
        for critic in (critic for critic in people.critics if random() < _CRITICS_SPEAK):
            said = about(critic, brand, "negative", random)
            stage.say(critic, said.text, _daytime(stage), Truth("detractor", ((brand, said.label),)))
        if random() < _AMBASSADORS_SPEAK:
            text = grammar("es").expand(f"ambassador.{brand}", random)
            stage.say(people.ambassador, text, _daytime(stage), Truth("ambassador"))
        for language in ("es", "es", "es", "en"):
            text = grammar(language).expand(f"{brand}.own", random)
            stage.say(people.own[language], text, _daytime(stage), Truth("own"))


def mood(brand: str, random: Random) -> Label:
    """How somebody happens to speak of a brand on an ordinary day."""
    luck = random()
    return next(label for share, label in _MOODS[brand] if luck < share)


def _mention(stage: Stage, person: Person, brand: str, at: datetime) -> None:
    luck = stage.random()
    if luck < _BOTH and person.language in ("es", "en"):
        _about_both(stage, person, at)
    elif luck > 1 - _SPAM:
        _sell(stage, at)
    else:
        _about_one(stage, person, brand, at)


def _about_one(stage: Stage, person: Person, brand: str, at: datetime) -> None:
    random = stage.random
    felt = mood(brand, random)
    said = stage.recent.unlike(brand, _LAST, lambda: about(person, brand, felt, random))
    truth = Truth("chatter", ((brand, said.label),))
    if brand == "lumbre" and random() < _REVIEW:
        stars = _STARS[said.label]
        stage.say(person, said.text, at, truth, kind="review", rating=float(stars[int(random() * len(stars))]))
        return
    post = stage.say(person, _with_link(said, brand, stage), at, truth)
    if random() < _ANSWERED[said.label]:
        stage.answer(post, person, brand, said.label, truth)


def _with_link(said: Said, brand: str, stage: Stage) -> str:
    linked = said.label == "positive" and stage.random() < _LINK
    return f"{said.text} {page(brand, stage.random)}" if linked else said.text


def _about_both(stage: Stage, person: Person, at: datetime) -> None:
    glad = stage.random() < 0.5
    text = grammar(person.language).expand("both.positive" if glad else "both.mixed", stage.random)
    text = casual(text, person.language, "", stage.random)
    stage.say(
        person, text, at, Truth("chatter", (("lumbre", "positive"), ("nubira", "positive" if glad else "negative")))
    )


def _sell(stage: Stage, at: datetime) -> None:
    sellers = stage.cast.sellers
    language = "es" if stage.random() < 0.7 else "en"
    text = grammar(language).expand("spam.loose", stage.random)
    stage.say(sellers[int(stage.random() * len(sellers))], text, at, Truth("spam"))


def _fans(stage: Stage, brand: str, share_of_history: float) -> None:
    people, random = stage.cast.regulars[brand], stage.random
    for fan in people.fans:
        if random() < _FANS_SPEAK:
            _praise(stage, fan, brand, "evangelist")
    for fan in people.quiet:
        if random() < _QUIET_SPEAK:
            _praise(stage, fan, brand, "quiet_fan")
    if share_of_history < 0.5 and random() < _FANS_SPEAK:
        _praise(stage, people.lapsed, brand, "lapsed_fan")


def _rapture(stage: Stage, brand: str) -> None:
    if stage.random() < _RAPTURE:
        person = stage.cast.anyone_of("es", stage.random)
        for _ in range(4 + int(4 * stage.random())):
            _praise(stage, person, brand, "one_day_fan")


def _parrot(stage: Stage, parrot: Person, brand: str) -> None:
    """Have a program repeat, a little later and word for word, what others have praised today."""
    praise: tuple[tuple[str, Label], ...] = ((brand, "positive"),)
    heard = tuple(
        event.item
        for event in stage.events
        if isinstance(event.item, Post) and event.truth.labels == praise and not event.item.in_reply_to
    )
    for _ in range(min(_PARROTED, len(heard))):
        post = pick(heard, stage.random)
        stage.say(parrot, post.text, post.created_at + minutes(5 + 100 * stage.random()), Truth("parrot", praise))


def _praise(stage: Stage, fan: Person, brand: str, story: str) -> None:
    random = stage.random
    rule = f"{brand}.evangelist"
    text = stage.recent.unlike(rule, _PRAISES, lambda: told(fan, rule, "positive", random)).text
    if random() < 0.4:
        text = f"{text} {page(brand, random)}"
    stage.say(fan, text, _daytime(stage), Truth(story, ((brand, "positive"),)))


def _daytime(stage: Stage) -> datetime:
    """Some moment of the day between 7 and 21 UTC, rather early."""
    return next_at(stage.start, 7 + 14 * stage.random() ** 1.3)


def _mishaps(stage: Stage, events: tuple[Event, ...]) -> None:
    """Deliver a few posts twice, and have a few deleted by their authors."""
    for event in events:
        luck = stage.random()
        if luck < _REPEATED:
            stage.repeat(event)
        elif luck > 1 - _DELETED and isinstance(event.item, Post) and event.truth.story == "chatter":
            stage.delete_post(event.item)
