from hypothesis import given
from hypothesis import strategies as st

from mentions.records import Finding
from processors.detection.steps import AlertStep
from processors.detection.stories import MOST_STORIES, QUIET, Flagged, Stories, fold_stories
from processors.flags import NOTABLE

SAFETY = Finding("safety", ("food poisoning",))
LEGAL = Finding("legal", ("a lawyer",))


def flagged(
    place: int, tick: int, *flags: Finding, author: str = "", weight: int = 1000, negative: bool = False
) -> Flagged:
    """A mention by an author of its own unless one is named."""
    return Flagged(f"bluesky:{place}", author or f"author {place}", tick, negative, weight, flags or (SAFETY,))


def fold(mentions: list[Flagged], until: int = 0, stories: Stories | None = None) -> list[AlertStep]:
    """The steps of one call."""
    last = mentions[-1].tick if mentions else 0
    return fold_stories("lumbre", stories or {}, mentions, max(until, last))[1]


def told(steps: list[AlertStep]) -> list[tuple[str, str, str, int]]:
    """Step, subject, severity, tick."""
    return [(step.step, step.subject, step.severity, step.tick) for step in steps]


def test_the_first_post_opens_whatever_it_feels() -> None:
    """One mention on a list opens an alert at its tick, with its words and its id; danger is severe at once."""
    (step,) = fold([flagged(1, 100)])
    assert told([step]) == [("open", "safety", "high", 100)]
    assert step.kind == "watchword"
    assert step.evidence == {
        "terms": ["food poisoning"],
        "posts": 1,
        "distinct_authors": 1,
        "mentions": ["bluesky:1"],
    }
    assert told(fold([flagged(1, 100, LEGAL)])) == [("open", "legal", "warn", 100)]


def test_a_story_is_told_once_and_rises_with_its_authors() -> None:
    """More posts do not open again: the third and the tenth author escalate, others update every quarter of an hour."""
    steps = fold([flagged(place, 100 + place, LEGAL) for place in range(10)])
    assert told(steps) == [("open", "legal", "warn", 100), ("escalate", "legal", "high", 102)]
    grave = fold([flagged(place, 100 + place) for place in range(10)])
    assert told(grave) == [("open", "safety", "high", 100), ("escalate", "safety", "critical", 102)]
    same = fold(
        [
            flagged(1, 100, LEGAL, author="ana"),
            flagged(2, 110, LEGAL, author="ana"),
            flagged(3, 120, LEGAL, author="ana"),
        ]
    )
    assert told(same) == [("open", "legal", "warn", 100), ("update", "legal", "warn", 120)]


def test_a_day_of_quiet_ends_a_story_and_the_next_post_opens_another() -> None:
    """The end is dated at the end of the day, whenever it is noticed; a later post is a new alert of another id."""
    steps = fold([flagged(1, 100), flagged(2, 100 + QUIET)])
    assert [(step.step, step.tick) for step in steps] == [("open", 100), ("close", 100 + QUIET), ("open", 100 + QUIET)]
    assert steps[0].alert_id == steps[1].alert_id != steps[2].alert_id
    assert told(fold([flagged(1, 100)], until=99 + QUIET)) == [("open", "safety", "high", 100)]


def test_likely_spam_wakes_nobody() -> None:
    """A mention that weighs less than half opens nothing and counts nowhere."""
    assert fold([flagged(1, 100, weight=499)]) == []


def test_notable_authors_and_media_are_stories_of_their_own() -> None:
    """An account is told by its author, a medium by its domain; a negative post of theirs is more severe."""
    by_account = flagged(1, 100, Finding(NOTABLE, ("account", "link news.example")), negative=True)
    assert told(fold([by_account])) == [
        ("open", "notable:author 1", "high", 100),
        ("open", "notable:link news.example", "high", 100),
    ]
    assert told(fold([flagged(1, 100, Finding(NOTABLE, ("followers 90000",)))])) == [
        ("open", "notable:author 1", "warn", 100)
    ]


def test_stories_are_bounded() -> None:
    """However many authors are notable, no more stories are remembered than the bound; the quietest is closed."""
    many = [flagged(place, 100 + place, Finding(NOTABLE, ("account",))) for place in range(MOST_STORIES + 1)]
    stories, steps = fold_stories("lumbre", {}, many, 100 + MOST_STORIES)
    assert len(stories) == MOST_STORIES
    assert [(s.step, s.subject) for s in steps if s.step == "close"] == [("close", "notable:author 0")]


NAMES = st.sampled_from([SAFETY, LEGAL, Finding(NOTABLE, ("account",))])
MENTIONS = st.lists(st.tuples(st.integers(0, 3 * QUIET), NAMES, st.integers(0, 12), st.booleans()), max_size=25)


@given(MENTIONS, st.integers(0, 4 * QUIET))
def test_how_ticks_are_cut_into_calls_changes_nothing(drawn: list[tuple[int, Finding, int, bool]], cut: int) -> None:
    """Folding in two calls gives the stories and the steps of one, whichever tick lies between."""
    drawn.sort(key=lambda each: each[0])
    mentions = [flagged(n, t, f, author=f"author {a}", negative=bad) for n, (t, f, a, bad) in enumerate(drawn)]
    until = 4 * QUIET
    whole, steps = fold_stories("lumbre", {}, mentions, until)
    half, first = fold_stories("lumbre", {}, [m for m in mentions if m.tick <= cut], cut)
    both, second = fold_stories("lumbre", half, [m for m in mentions if m.tick > cut], until)
    assert both == whole
    key = lambda step: (step.alert_id, step.tick, step.step)  # noqa: E731
    assert sorted(first + second, key=key) == sorted(steps, key=key)
