"""The fold component that finds spikes of negatives, of volume, and silence."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest
from msgspec import msgpack

from mentions.clock import TICK, tick_of, tick_start
from mentions.records import Label, Voice
from processors.detection.episodes import Sensitivity
from processors.detection.spikes import Outputs, SpikeRules, SpikeState, fold_spikes
from processors.detection.steps import AlertStep
from processors.fold import FoldMention, in_order
from tests.playing import folded

MONDAY = tick_of(datetime(2026, 6, 1, tzinfo=UTC))
DAY, HOUR = 1440, 60
LABELS: tuple[Label, ...] = ("negative", "positive", "neutral", "neutral", "neutral")


def late(mention: FoldMention) -> bool:
    """Whether it is folded in a later tick than it was said in."""
    return tick_of(mention.created_at) < mention.fold_tick


RULES = SpikeRules("lumbre", late)


def said(
    number: int,
    tick: int,
    label: Label = "neutral",
    *,
    author: str | None = None,
    weight: int = 1000,
    voice: Voice = "public",
    cluster: str | None = None,
    created: int | None = None,
) -> FoldMention:
    """The mention `m<number>` of a minute."""
    return folded(
        key=f"m{number}",
        author=author or f"author-{number}",
        created_at=tick_start(tick if created is None else created),
        fold_tick=tick,
        label=label,
        weight=weight,
        voice=voice,
        cluster=cluster,
    )


def talk(days: float, a_day: int, seed: int = 1, start: int = MONDAY) -> list[FoldMention]:
    """Usual talk at random minutes, a fifth of it negative and a fifth positive."""
    draw = random.Random(seed)
    length = int(days * DAY)
    ticks = sorted(start + draw.randrange(length) for _ in range(round(days * a_day)))
    return [said(seed * 1_000_000 + at, tick, draw.choice(LABELS)) for at, tick in enumerate(ticks)]


def crisis(tick: int, count: int, minutes: int, first: int = 900_000, **changes: object) -> list[FoldMention]:
    """So many negatives, evenly over some minutes."""
    return [said(first + at, tick + at * minutes // count, "negative", **changes) for at in range(count)]  # type: ignore[arg-type]


def fold(
    mentions: Iterable[FoldMention], until: int, rules: SpikeRules = RULES, state: SpikeState | None = None
) -> tuple[SpikeState, Outputs]:
    """Fold those mentions, of any order, that are in hand; into a new state, or into one."""
    return fold_spikes(state or SpikeState(), in_order(m for m in mentions if m.fold_tick <= until), until, rules)


def of(outputs: Outputs, kind: str, since: int = MONDAY) -> list[AlertStep]:
    """The steps of one kind of alert that opened since a tick: chance opens one now and then."""
    return [step for step in outputs.steps if step.kind == kind and step.opened_tick >= since]


def test_a_crisis_opens_rises_and_closes() -> None:
    """Forty negatives in half an hour where five an hour are usual: open, escalate once per step, close."""
    noon = MONDAY + 10 * DAY
    _, found = fold([*talk(11, 480), *crisis(noon, 40, 30)], noon + 10 * HOUR)
    steps = of(found, "negative_spike", noon)
    names = [step.step for step in steps]
    assert names[0] == "open"
    assert names[-1] == "close"
    assert names.count("open") == 1
    assert names.count("escalate") <= 2
    assert {step.opened_tick for step in steps} == {steps[0].tick}
    assert noon < steps[0].tick < noon + 30
    assert steps[-1].severity == "critical"
    assert len({step.alert_id for step in steps}) == 1


def test_an_alert_opens_in_the_minute_that_makes_it() -> None:
    """Between two marks the gate looks too: thirty negatives in the first minute of a mark alert in that minute."""
    minute = (MONDAY + 10 * DAY) // 5 * 5
    _, found = fold([*talk(10, 240), *crisis(minute, 30, 1)], minute)
    assert [step.tick for step in of(found, "negative_spike", minute)] == [minute]


def test_the_evidence_says_why() -> None:
    """An opening tells counts, expectation, shares, authors, window and the posts behind it."""
    noon = MONDAY + 10 * DAY
    _, found = fold([*talk(11, 480), *crisis(noon, 40, 30)], noon + HOUR)
    steps = of(found, "negative_spike", noon)
    evidence = max(steps, key=lambda step: step.score).evidence
    assert evidence["negatives"] > evidence["expected_negatives"] * 4  # type: ignore[operator]
    assert 0.1 < evidence["baseline_share"] < 0.3  # type: ignore[operator]
    assert evidence["distinct_authors"] >= 5  # type: ignore[operator]
    assert "m900003" in evidence["mentions"]  # type: ignore[operator]
    assert evidence["learning"] is False
    assert evidence["minutes"] >= 1  # type: ignore[operator]
    assert evidence["window"][0].endswith("Z")  # type: ignore[index]


def test_a_launch_is_no_crisis() -> None:
    """Ten times the talk at an unchanged share opens a notice of volume and no negative spike."""
    noon = MONDAY + 10 * DAY
    launch = talk(2 / 24, 24 * 400, seed=2, start=noon)
    _, found = fold([*talk(11, 480), *launch], noon + 10 * HOUR)
    assert not of(found, "negative_spike", noon)
    assert [step.step for step in of(found, "volume_spike")] == ["open", "close"]
    assert of(found, "volume_spike")[0].severity == "info"


def test_four_people_make_no_crisis() -> None:
    """However much four authors write, no negative spike opens; a fifth opens it."""
    noon = MONDAY + 10 * DAY
    usual = [mention for mention in talk(11, 240) if mention.label != "negative"]
    usual += [said(5_000_000 + at, MONDAY + at * 300, "negative") for at in range(47)]
    loud = [said(at, noon + at, "negative", author=f"a{at % 4}") for at in range(40)]
    assert not of(fold([*usual, *loud], noon + HOUR)[1], "negative_spike", noon)
    assert of(fold([*usual, *loud, said(77, noon + 39, "negative")], noon + HOUR)[1], "negative_spike", noon)


@pytest.mark.parametrize(
    "changes",
    [{"weight": 500}, {"voice": "own"}, {"voice": "ambassador"}, {"created": MONDAY}],
    ids=["spam", "own", "staff", "late"],
)
def test_who_has_no_vote_opens_nothing(changes: dict[str, object]) -> None:
    """Spam, the brand itself, its staff and late posts are not heard."""
    noon = MONDAY + 10 * DAY
    _, found = fold([*talk(11, 480), *crisis(noon, 60, 30, **changes)], noon + HOUR)
    assert not of(found, "negative_spike", noon)


def test_one_author_has_one_vote_for_one_text_in_a_minute() -> None:
    """Copies of one text by one author in one minute are one vote; another author's is one more."""
    minute = MONDAY + DAY
    copies = [said(at, minute, "negative", author="ana", cluster="m0") for at in range(9)]
    copies.append(said(9, minute, "negative", author="luis", cluster="m0"))
    state, _ = fold(copies, minute)
    assert state.current == [2000, 0, 2000, 2000]


def test_a_new_brand_waits_two_days_and_is_called_learning_for_seven() -> None:
    """Nothing opens in the first two days; then an alert says that it is learning, until the seventh."""
    for days, opened, learning in ((1.5, False, None), (3.0, True, True), (8.0, True, False)):
        noon = MONDAY + int(days * DAY)
        _, found = fold([*talk(days + 0.2, 480), *crisis(noon, 40, 30)], noon + HOUR)
        steps = of(found, "negative_spike", noon)
        assert bool(steps) is opened, days
        assert not steps or steps[0].evidence["learning"] is learning


def test_an_incomplete_mark_is_neither_scored_nor_learnt() -> None:
    """A crisis inside of an outage opens nothing and moves no level; its rows say that they are incomplete."""
    noon = MONDAY + 10 * DAY
    rules = SpikeRules("lumbre", late, incomplete=((noon, noon + HOUR - 1),))
    usual = [mention for mention in talk(11, 480) if not noon <= mention.fold_tick < noon + HOUR]
    with_crisis, found = fold([*usual, *crisis(noon, 40, 30)], noon + HOUR - 1, rules)
    without, _ = fold(usual, noon + HOUR - 1, rules)
    assert not of(found, "negative_spike", noon)
    assert with_crisis.gate.level == without.gate.level
    assert with_crisis.gate.share == without.gate.share
    assert all(row.incomplete and row.score == 0 for row in found.ticks if row.tick >= noon)
    assert [row for row in found.ticks if row.incomplete]


def test_an_open_alert_does_not_move_the_level() -> None:
    """While it is open the level stays where it was when it opened."""
    noon = MONDAY + 10 * DAY
    mentions = [*talk(11, 480), *crisis(noon, 240, 240)]
    before, found = fold(mentions[: len(talk(11, 480))], noon - 1)
    opened = of(fold(mentions, noon + HOUR)[1], "negative_spike", noon)[0].tick
    state, _ = fold([m for m in mentions if m.fold_tick <= opened], opened)
    after, _ = fold([m for m in mentions if m.fold_tick <= noon + 200], noon + 200)
    assert after.negative.opened == opened
    assert after.gate.level.mean == pytest.approx(state.gate.level.mean, rel=0.02)
    assert before.gate.level.mean > 0
    assert found.steps == [] or found.steps[-1].step == "close"


def test_silence_is_told_and_ends_with_the_first_word() -> None:
    """A brand with 480 mentions a day that is quiet for hours in the daytime alerts; one mention closes it."""
    end = MONDAY + 10 * DAY
    mentions = [*talk(10, 480), said(1, end + 6 * HOUR)]
    _, found = fold(mentions, end + 7 * HOUR)
    steps = of(found, "silence")
    assert [step.step for step in steps] == ["open", "close"]
    assert end + HOUR <= steps[0].tick < end + 4 * HOUR
    assert steps[1].tick == end + 6 * HOUR
    assert steps[0].evidence["expected_mentions"] >= 20  # type: ignore[operator]


def test_an_outage_is_no_silence() -> None:
    """Where the sources are known not to see, nothing is missed."""
    end = MONDAY + 10 * DAY
    rules = SpikeRules("lumbre", late, incomplete=((end, end + 7 * HOUR),))
    assert not of(fold(talk(10, 480), end + 7 * HOUR, rules)[1], "silence")


def test_a_sensitive_brand_hears_more() -> None:
    """What opens at a sensitivity opens at every greater one."""
    noon = MONDAY + 10 * DAY
    usual, _ = fold(talk(10, 480), noon - 1)

    def opens(count: int, sensitivity: Sensitivity) -> bool:
        rules = SpikeRules("lumbre", late, sensitivity=sensitivity)
        return bool(of(fold(crisis(noon, count, 30), noon + 30, rules, usual)[1], "negative_spike", noon))

    quiet, normal, sensitive = (
        sum(opens(count, name) for count in range(5, 25)) for name in ("quiet", "normal", "sensitive")
    )
    assert quiet < normal < sensitive


def chunks(mentions: Sequence[FoldMention], until: int, cuts: Iterable[int]) -> Iterable[tuple[list[FoldMention], int]]:
    """Cut mentions behind some ticks."""
    start = -1
    for cut in [*sorted(cuts), until]:
        yield [m for m in mentions if start < m.fold_tick <= cut], cut
        start = cut


@pytest.mark.parametrize("seed", range(4))
def test_cuts_change_nothing(seed: int) -> None:
    """One call or many, cut at any minutes, with outages and pauses: the same state to the bit, the same outputs."""
    draw = random.Random(seed)
    noon = MONDAY + 4 * DAY
    mentions = in_order(
        [*talk(5, 300, seed=seed + 1), *crisis(noon, 40, 50), *talk(0.2, 300, seed=seed + 9, start=MONDAY + 9 * DAY)]
    )
    until = MONDAY + 10 * DAY
    gaps = ((noon + 17, noon + 21), (noon + 300, noon + 420), (MONDAY + 6 * DAY + 3, MONDAY + 6 * DAY + 400))
    rules = SpikeRules("lumbre", late, incomplete=gaps)
    whole, told = fold(mentions, until, rules)
    state, steps, rows = SpikeState(), [], []
    edges = [edge + shift for gap in gaps for edge in gap for shift in (-1, 0, 1)]
    cuts = [*draw.sample(range(MONDAY, until), 60), *range(noon - 5, noon + 90, 1 + seed), *edges]
    begun = MONDAY - 1
    for part, cut in chunks(mentions, until, cuts):
        known = tuple(gap for gap in gaps if gap[1] > begun and gap[0] <= cut)
        state = msgpack.decode(msgpack.encode(state), type=SpikeState)
        state, found = fold(part, cut, SpikeRules("lumbre", late, incomplete=known), state)
        steps += found.steps
        rows += found.ticks
        begun = cut
    assert state == whole
    assert steps == told.steps
    assert rows == told.ticks
    assert any(step.kind == "negative_spike" for step in steps)


def test_a_gap_of_ninety_days_teaches_no_more_than_two_quiet_days() -> None:
    """However long a pause: the same levels, and the work of 576 marks."""
    usual = talk(10, 480)
    end = MONDAY + 10 * DAY
    short, _ = fold(usual, end + 4 * DAY)
    long, found = fold(usual, end + 90 * DAY)
    assert long.gate.level == short.gate.level
    assert long.volume == short.volume
    assert long.mark is not None
    assert long.mark > (short.mark or 0)
    assert max(row.tick for row in found.ticks) < end + DAY


def test_memory_is_bounded_in_a_storm() -> None:
    """Thousands of negatives leave a state of at most 40 KB and at most 200 posts in the evidence."""
    noon = MONDAY + 3 * DAY
    state, found = fold([*talk(4, 480), *crisis(noon, 9000, 90)], noon + 89)
    assert len(msgpack.encode(state)) < 40_000
    assert max(len(step.evidence["mentions"]) for step in of(found, "negative_spike", noon)) == 200  # type: ignore[arg-type]


def test_the_given_state_is_left_as_it_was() -> None:
    """Folding returns a new state; the old one can be folded again to the same end."""
    state, _ = fold(talk(3, 480), MONDAY + 3 * DAY)
    before = msgpack.encode(state)
    more = talk(1, 480, seed=5, start=MONDAY + 3 * DAY + 1)
    first = fold(more, MONDAY + 4 * DAY + 5, state=state)
    second = fold(more, MONDAY + 4 * DAY + 5, state=state)
    assert msgpack.encode(state) == before
    assert first[0] == second[0]
    assert TICK.total_seconds() == 60
