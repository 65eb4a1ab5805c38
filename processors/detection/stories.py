"""Alerts on the first post: serious words and notable authors, once per story. A fold component; pure.

A story is one list of words, or one author or medium, of one brand, until a day passes without another such post.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from mentions.records import AlertKind, Finding, Severity
from processors.detection.steps import AlertStep, Step
from processors.flags import NOTABLE

NAME = "stories"
VERSION = 1
QUIET = 24 * 60
"""Ticks without a post after which a story has ended."""
RISES_AT = (3, 10)
"""Distinct authors at which a story becomes one step more severe."""
UPDATE_EVERY = 15
"""Ticks between two steps that only tell of more posts."""
LEAST_WEIGHT = 500
"""Thousandths; what weighs less is too likely spam to wake anybody."""
MOST_STORIES, MOST_IDS, MOST_AUTHORS = 200, 20, 50
_SEVERITIES: tuple[Severity, ...] = ("warn", "high", "critical")
_GRAVE = frozenset(("safety", "minors"))


class Flagged(Struct, frozen=True, gc=False):
    """A mention with what must be told of it. `author`: its key; `tick`: its fold tick."""

    id: str
    author: str
    tick: int
    negative: bool
    weight: int
    flags: tuple[Finding, ...]


class Story(Struct, frozen=True, gc=False):
    """An open story; `authors` holds the keys of the first ones, `ids` the first posts."""

    kind: AlertKind
    opened_tick: int
    last_tick: int
    told_tick: int
    severity: Severity
    terms: tuple[str, ...]
    posts: int = 0
    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


Stories = dict[str, Story]
"""By subject."""


def fold_stories(
    brand: str, stories: Stories, mentions: Sequence[Flagged], until: int
) -> tuple[Stories, list[AlertStep]]:
    """Fold the flagged mentions of closed ticks up to `until`, in order; what comes late is left out by the caller."""
    now, steps = dict(stories), list[AlertStep]()
    for mention in mentions:
        steps += _close(brand, now, mention.tick)
        if mention.weight >= LEAST_WEIGHT:
            for subject, kind, found in _subjects(mention):
                steps += _tell(brand, now, subject, kind, found, mention)
    return now, steps + _close(brand, now, until)


def _subjects(mention: Flagged) -> Iterable[tuple[str, AlertKind, Finding]]:
    for found in mention.flags:
        if found.name != NOTABLE:
            yield found.name, "watchword", found
            continue
        links = [term for term in found.terms if term.startswith("link ")]
        if len(links) < len(found.terms):
            yield f"{NOTABLE}:{mention.author}", "notable_author", found
        for link in links:
            yield f"{NOTABLE}:{link}", "notable_author", Finding(NOTABLE, (link,))


def _tell(
    brand: str, now: Stories, subject: str, kind: AlertKind, found: Finding, mention: Flagged
) -> Iterable[AlertStep]:
    before = now.get(subject)
    if before is None:
        severity: Severity = (
            "high" if found.name in _GRAVE or (kind == "notable_author" and mention.negative) else "warn"
        )
        before = Story(kind, mention.tick, mention.tick, mention.tick, severity, found.terms)
    story = structs.replace(
        before,
        last_tick=mention.tick,
        posts=before.posts + 1,
        authors=_with(before.authors, mention.author, MOST_AUTHORS),
        ids=_with(before.ids, mention.id, MOST_IDS),
        terms=tuple(dict.fromkeys((*before.terms, *found.terms)))[:MOST_IDS],
        severity=_risen(subject, before, mention.author),
    )
    step: Step | None = None
    if story.posts == 1:
        step = "open"
    elif story.severity != before.severity:
        step = "escalate"
    elif mention.tick - story.told_tick >= UPDATE_EVERY:
        step = "update"
    if step is not None:
        story = structs.replace(story, told_tick=mention.tick)
    now[subject] = story
    told = [] if step is None else [_step(brand, subject, story, step, mention.tick)]
    return [*told, *_make_room(brand, now, mention.tick)]


def _risen(subject: str, before: Story, author: str) -> Severity:
    """One step more severe with the third and the tenth author; critical only where somebody may come to harm."""
    if before.posts == 0 or author in before.authors or len(before.authors) + 1 not in RISES_AT:
        return before.severity
    top = len(_SEVERITIES) - 1 if subject in _GRAVE else 1
    return _SEVERITIES[max(_SEVERITIES.index(before.severity), min(_SEVERITIES.index(before.severity) + 1, top))]


def _with(known: tuple[str, ...], new: str, most: int) -> tuple[str, ...]:
    return known if new in known or len(known) >= most else (*known, new)


def _close(brand: str, now: Stories, tick: int) -> list[AlertStep]:
    """End the stories that were quiet for a day before `tick`, each at the moment at which the day was over."""
    ended = sorted(
        (story.last_tick + QUIET, subject) for subject, story in now.items() if story.last_tick + QUIET <= tick
    )
    return [_step(brand, subject, now.pop(subject), "close", at) for at, subject in ended]


def _make_room(brand: str, now: Stories, tick: int) -> list[AlertStep]:
    if len(now) <= MOST_STORIES:
        return []
    subject = min(now, key=lambda name: (now[name].last_tick, name))
    return [_step(brand, subject, now.pop(subject), "close", tick)]


def _step(brand: str, subject: str, story: Story, step: Step, tick: int) -> AlertStep:
    return AlertStep(
        step=step,
        kind=story.kind,
        brand=brand,
        subject=subject,
        opened_tick=story.opened_tick,
        tick=tick,
        severity=story.severity,
        score=float(len(story.authors)),
        evidence={
            "terms": list(story.terms),
            "posts": story.posts,
            "distinct_authors": len(story.authors),
            "mentions": list(story.ids),
        },
    )
