"""How far the stream has been read, whether it is live, and what is missing; without a network."""

from datetime import datetime, timedelta

from ingest.sources.base import Fetched
from ingest.sources.bluesky import progress as follow
from ingest.sources.bluesky.cursor import Position, dump
from ingest.sources.bluesky.frames import micros
from ingest.sources.bluesky.hosts import endpoints
from mentions.records import Gap
from tests.clocks import MORNING
from tests.servers import jetstream_events as events

V1 = endpoints(("one.example",), "v1")[0]
V2 = endpoints(("two.example",), "v2")[0]
AT_TEN = dump(Position("v1", "one.example", MORNING + timedelta(hours=1)))


def at(seconds: float) -> datetime:
    """So long after nine."""
    return MORNING + timedelta(seconds=seconds)


def frame(seen: datetime, arrived: datetime, text: str = "pan") -> tuple[datetime, bytes]:
    """A post that the relay saw at one time and that arrived at another."""
    return arrived, events.v1_frame(events.post("did:plc:ana", "3k1", text, seen), seen, 1)


def absorbed(
    state: follow.Progress, *frames: tuple[datetime, bytes], drained: bool = True
) -> tuple[follow.Progress, Fetched]:
    """The frames are taken in when the last has arrived."""
    return follow.absorb(state, V1, frames, frames[-1][0], drained=drained)


def resumed(cursor: str, now: datetime) -> follow.Progress:
    """A reading that goes on from a cursor, connected."""
    state = follow.start(cursor, now, timedelta())
    return follow.opened(state, follow.cursor_for(state, V1, now), now)[0]


def test_the_first_start_begins_now_or_at_its_look_back() -> None:
    """Without a look-back nothing old is asked for; with one, exactly so much, also when connecting takes a while."""
    later = at(600)
    assert follow.cursor_for(follow.start(None, MORNING, timedelta()), V1, MORNING) is None
    assert follow.cursor_for(follow.start(None, MORNING, timedelta(hours=6)), V1, later) == micros(at(-6 * 3600))


def test_what_was_posted_while_the_first_connection_failed_is_not_lost() -> None:
    """A first start without look-back begins when it was started, not when it was first answered."""
    assert follow.cursor_for(follow.start(None, MORNING, timedelta()), V1, at(600)) == micros(MORNING)


def test_a_restart_is_complete_up_to_its_cursor() -> None:
    """Before anything is received, completeness is the cursor's time, and the watermark may wait."""
    _, step = follow.told(follow.start(AT_TEN, at(7200), timedelta()), at(7200))
    assert (step.complete_until, step.holds, step.cursor) == (at(3600), True, None)


def test_nothing_is_complete_before_the_first_connection() -> None:
    """A first start knows nothing, and nobody waits for it."""
    _, step = follow.told(follow.start(None, MORNING, timedelta()), MORNING)
    assert (step.complete_until, step.holds) == (None, False)


def test_live_is_complete_up_to_the_arrival() -> None:
    """A post that took less than ten seconds is live, and everything that arrived until then has been handed on."""
    state, step = absorbed(resumed(AT_TEN, at(3600)), frame(at(3600), at(3609.9)))
    assert (step.state, step.complete_until) == ("live", at(3609.9))
    assert state.position == Position("v1", "one.example", at(3600))


def test_live_with_more_waiting_is_complete_up_to_the_last_post_only() -> None:
    """What waits unread on our side has not been handed on."""
    _, step = absorbed(resumed(AT_TEN, at(3600)), frame(at(3602), at(3609)), drained=False)
    assert step.complete_until == at(3602)


def test_catching_up_is_complete_up_to_the_last_post() -> None:
    """Behind by ten seconds or more, completeness is the time of the last event, and the state says so."""
    _, step = absorbed(resumed(AT_TEN, at(7200)), frame(at(3601), at(7201)))
    assert (step.state, step.complete_until, step.holds) == ("catching_up", at(3601), True)


def test_completeness_never_goes_back() -> None:
    """The overlap of a resumed stream brings older events again; completeness stays."""
    _, step = absorbed(resumed(AT_TEN, at(7200)), frame(at(3596), at(7201)))
    assert step.complete_until == at(3600)


def test_catching_up_for_too_long_is_not_waited_for() -> None:
    """After fifteen minutes of catching up the watermark goes on without us."""
    state = resumed(AT_TEN, at(7200))
    state, _ = absorbed(state, frame(at(3601), at(7201)))
    state, _ = absorbed(state, frame(at(3700), at(7201 + 899)))
    assert absorbed(state, frame(at(3701), at(7201 + 899)))[1].holds
    assert not absorbed(state, frame(at(3702), at(7201 + 900)))[1].holds


def test_a_resumed_stream_that_begins_with_the_known_has_no_gap() -> None:
    """The first event is the last one known, or one of the five seconds before or after it: nothing is missing."""
    for seen in (at(3596), at(3600), at(3605)):
        assert absorbed(resumed(AT_TEN, at(7200)), frame(seen, at(7201)))[1].gaps == ()


def test_a_clamped_cursor_is_a_gap_told_once() -> None:
    """If the first event is clearly newer than the last one known, what lies between is reported, once."""
    state, step = absorbed(resumed(AT_TEN, at(7200)), frame(at(5000), at(7201)), frame(at(6000), at(7201)))
    assert step.gaps == (Gap(at(3600), at(5000), "one.example no longer had what followed the last event known"),)

    assert absorbed(state, frame(at(7000), at(7202)))[1].gaps == ()


def test_a_connection_that_brings_nothing_keeps_the_question_open() -> None:
    """A gap is found by the first event, also if that comes only on a later connection."""
    state, _ = follow.lost(resumed(AT_TEN, at(7200)), at(7210), "broken")
    state, _ = follow.opened(state, follow.cursor_for(state, V1, at(7220)), at(7220))

    assert len(absorbed(state, frame(at(5000), at(7221)))[1].gaps) == 1


def test_a_first_look_back_is_no_gap() -> None:
    """Asking for 36 hours and getting 30 is not a gap: nobody had promised them."""
    state = follow.start(None, MORNING, timedelta(hours=36))
    state, _ = follow.opened(state, follow.cursor_for(state, V1, MORNING), MORNING)

    assert absorbed(state, frame(at(-30 * 3600), at(1)))[1].gaps == ()


def test_silence_in_the_middle_of_a_stream_is_no_gap() -> None:
    """Two events an hour apart on one connection are just that."""
    state, _ = absorbed(resumed(AT_TEN, at(3600)), frame(at(3600), at(3601)))
    assert absorbed(state, frame(at(7200), at(7201)))[1].gaps == ()


def test_a_pong_keeps_a_live_stream_complete() -> None:
    """An idle but answering connection is complete up to the pong."""
    state, _ = absorbed(resumed(AT_TEN, at(3600)), frame(at(3600), at(3601)))
    _, step = follow.answered(state, at(3620), at(3601), at(3620))
    assert (step.state, step.complete_until, step.holds) == ("live", at(3620), True)


def test_a_pong_does_not_make_a_search_live() -> None:
    """A host that looks through its archive answers pings and sends nothing; only a minute of that means 'nothing'."""
    state = resumed(AT_TEN, at(7200))
    _, early = follow.answered(state, at(7259), at(7200), at(7259))
    _, late = follow.answered(state, at(7260), at(7200), at(7260))

    assert (early.state, early.complete_until) == ("catching_up", at(3600))
    assert (late.state, late.complete_until) == ("live", at(7260))


def test_trouble_lasts_until_a_sign_of_life() -> None:
    """A connection that is merely accepted does not end `down`; a frame or a pong does."""
    state, down = follow.lost(resumed(AT_TEN, at(7200)), at(7210), "one.example: silent for 60 s")
    state, accepted = follow.opened(state, 1, at(7211))
    _, alive = follow.answered(state, at(7212), at(7211), at(7212))

    assert (down.state, down.detail) == ("down", "one.example: silent for 60 s")
    assert (accepted.state, alive.state, alive.detail) == ("down", "catching_up", "")


def test_a_host_that_only_accepts_is_not_waited_for() -> None:
    """Accepting a connection is no sign of life for the watermark either."""
    state = resumed(AT_TEN, at(3600))
    for second in range(3600, 3720, 30):
        state, _ = follow.lost(state, at(second), "silent")
        state, step = follow.opened(state, 1, at(second))
    _, step = follow.told(state, at(3720))
    assert not step.holds


def test_a_refused_cursor_is_asked_by_time_and_then_given_up() -> None:
    """A host that no longer has our `seq` is asked for its oldest by time, and if it refuses that, for what is new."""
    seq = Position("v2", "two.example", at(3600), 12345)
    state = follow.start(dump(seq), at(7200), timedelta())
    asked = []
    for _ in range(3):
        asked.append(follow.cursor_for(state, V2, at(7200)))
        state = follow.refused(state)

    assert asked == [12345, micros(at(3595)), None]


def test_a_host_that_does_not_know_our_seq_misleads_nobody() -> None:
    """Its newest events are not taken for what follows our last one: it is asked again by time."""
    seq = Position("v2", "two.example", at(3600), 12345)
    state = follow.start(dump(seq), at(7200), timedelta())
    state, _ = follow.opened(state, 12345, at(7200))
    newest = events.v2_frame(events.post("did:plc:ana", "3k1", "pan", at(7200)), at(7200), 3)
    frames = [(at(7201), events.v2_info("FutureCursor", "x")), (at(7201), newest)]

    state, step = follow.absorb(state, V2, frames, at(7201), drained=True)

    assert state.misled
    assert (state.position, step.gaps, len(step.items)) == (seq, (), 1)
    assert follow.cursor_for(state, V2, at(7202)) == micros(at(3595))


def test_frames_without_a_time_move_nothing() -> None:
    """Broken JSON is handed on as a drop and leaves cursor and completeness where they were."""
    state = resumed(AT_TEN, at(7200))
    after, step = follow.absorb(state, V1, [(at(7201), b"{broken")], at(7201), drained=True)

    assert (len(step.items), after.position, step.complete_until) == (1, state.position, at(3600))
