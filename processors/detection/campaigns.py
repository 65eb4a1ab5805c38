"""Campaigns: near-duplicates by several authors, and what authors' behaviour takes from a mention's weight.

A fold component: `(state, mentions of closed ticks) -> (state, what changes)`; docs/campaigns.md. What lies within two
hours is in `Memory`, which can be built anew from the stored mentions; what lasts longer is in `State`. Both are
changed in place: after a transaction that failed, neither may be used again.

    weight = max(0, text_weight - 1000 x sum of the reasons' weights)
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from mentions.clock import EPOCH, tick_start
from mentions.records import Reason
from processors.detection.campaign_state import (
    AUTHORS,
    HOUR,
    LADDER,
    MANY,
    MASS,
    NAME,
    OPEN,
    OWN_POSTS,
    OWN_TICKS,
    POSTS,
    QUIET,
    RATE,
    REPETITION,
    RUNNING,
    SYNC,
    SYNC_POSTS,
    SYNC_SPAN,
    UPDATE_EVERY,
    VERSION,
    Campaign,
    Found,
    Judged,
    Memory,
    Own,
    Reweight,
    Rules,
    Running,
    State,
)
from processors.detection.clusters import TICKS, Probe, with_probes
from processors.detection.habits import forget, heard
from processors.detection.own_posts import OwnPosts
from processors.detection.sketch import Slots
from processors.detection.steps import AlertStep, Step
from processors.detection.verdict import CampaignKind, Tally, most_linked, verdict
from processors.detection.windows import Member
from processors.fold import FoldMention
from processors.ticks import BEFORE_TIME

__all__ = ["NAME", "VERSION", "Found", "Memory", "Rules", "State", "fold_campaigns", "rebuilt"]


def rebuilt(mentions: Iterable[FoldMention], rules: Rules) -> Memory:
    """The memory after these folded mentions of one brand, with their clusters and weights as stored, in fold order.

    Needed are those of the hour of the tick that folding goes on from (`tick // 60`) and of the hour before.
    """
    memory = Memory()
    for mention, sketch in with_probes((mention for mention in mentions if mention.sketch), _sketch):
        cluster = mention.cluster or mention.key
        if sketch is not None:
            memory.clusters.keep(mention.fold_tick, sketch, cluster)
        memory.windows.add(
            mention.fold_tick,
            cluster,
            _member(mention, rules, mention.weight),
            _said(mention, tick_start(mention.fold_tick)),
        )
    return memory


def fold_campaigns(state: State, memory: Memory, mentions: Iterable[FoldMention], until: int, rules: Rules) -> Found:
    """Fold the mentions of one brand, in fold order, and the silence behind them up to the tick `until`."""
    return _Fold(state, memory, rules).run(mentions, until)


def _member(mention: FoldMention, rules: Rules, weight: int) -> Member:
    return Member(
        key=mention.key,
        author=mention.author,
        at=mention.created_at,
        weight=weight,
        votes=mention.voice == "public" and not rules.late(mention),
        own=mention.voice != "public",
        shared=mention.kind in ("repost", "quote") or mention.why == "reply_to_own",
        article=mention.kind == "article",
        hosts=rules.hosts(mention),
    )


def _said(mention: FoldMention, start: datetime) -> datetime:
    """Event time, but within the tick that it is folded in, which begins at `start`: so it never goes back."""
    return max(mention.created_at, start)


def _sketch(mention: FoldMention) -> bytes | None:
    return mention.sketch


class _Fold:
    """One call of `fold_campaigns`."""

    def __init__(self, state: State, memory: Memory, rules: Rules) -> None:
        self._state, self._memory, self._rules = state, memory, rules
        self._found, self._tick, self._start = Found(), BEFORE_TIME, EPOCH
        self._heard = BEFORE_TIME
        self._own = OwnPosts(state.own)

    def run(self, mentions: Iterable[FoldMention], until: int) -> Found:
        for mention, sketch in with_probes(mentions, _sketch):
            if mention.fold_tick > self._tick:
                self._pass(mention.fold_tick)
            self._take(mention, sketch)
        self._pass(until + 1)
        forget(self._state.habits, self._heard)
        return self._found

    # --- time ---

    def _pass(self, tick: int) -> None:
        """All ticks before `tick` are over: close what fell silent, forget what can no longer grow."""
        self._tick, self._start, running = tick, tick_start(tick), self._state.running
        if not running:
            return
        silent = [run for run in running.values() if run.alert is not None and run.last_tick + QUIET < tick]
        for run in sorted(silent, key=_silence):
            self._close(run, run.last_tick + QUIET)
        for run in [run for run in running.values() if (run.last_tick // TICKS + 2) * TICKS <= tick]:
            del running[run.cluster]

    def _close(self, run: Running, tick: int) -> None:
        self._step("close", run, tick)
        run.alert = None

    def _said(self, mention: FoldMention) -> datetime:
        return _said(mention, self._start)

    # --- one mention ---

    def _take(self, mention: FoldMention, sketch: Probe | None) -> None:
        tick = mention.fold_tick
        member = _member(mention, self._rules, mention.text_weight)
        reasons = self._habits(mention, member)
        joined = None
        if mention.sketch:
            if sketch is not None:
                joined = self._memory.clusters.place_ready(mention.key, tick, sketch, self._copy_of_own)
            self._memory.windows.add(tick, joined or mention.key, member, self._said(mention))
            if mention.voice == "own" and mention.kind in ("post", "article"):
                self._remember_own(Own(mention.key, tick, mention.sketch), joined)
        if joined is not None:
            reasons = [*self._join(joined, mention, member), *reasons]
        if not member.own:
            member.weight = _weighed(mention.text_weight, reasons)
            self._keep(joined, member)
        self._found.judged.append(Judged(mention.key, joined, member.weight, () if member.own else tuple(reasons)))

    def _habits(self, mention: FoldMention, member: Member) -> list[Reason]:
        if not member.votes or mention.kind in ("article", "review"):
            return []
        self._heard = mention.fold_tick
        repeats, rate = heard(self._state.habits, member.author, self._heard, mention.sketch or b"")
        repetition = [Reason("self_repetition", REPETITION)] if repeats else []
        return [*repetition, Reason("posting_rate", RATE)] if rate else repetition

    def _keep(self, cluster: str | None, member: Member) -> None:
        run = self._state.running.get(cluster or "")
        if run is not None and len(run.kept) < POSTS:
            run.kept.append((member.key, member.weight))

    # --- the brand's own posts ---

    def _remember_own(self, own: Own, joined: str | None) -> None:
        fresh = [known for known in self._state.own if known.tick > own.tick - OWN_TICKS]
        known = any(known.key == joined for known in fresh)
        self._state.own = fresh if known else [*fresh, own][-OWN_POSTS:]
        self._own = OwnPosts(self._state.own)

    def _copy_of_own(self, wanted: Slots) -> str | None:
        return self._own.copied(wanted, self._tick)

    # --- a near-duplicate ---

    def _join(self, cluster: str, mention: FoldMention, member: Member) -> Iterator[Reason]:
        """Count it; the reasons that its cluster gives."""
        posts = self._memory.windows.posts(cluster)
        if len(posts) <= 2:  # itself, and the first if that is not older than two hours
            self._found.founders.append(cluster)
        run, before, risen = self._state.running.get(cluster), 0.0, False
        if run is not None:
            before = run.burst()
            risen = self._count(run, member, mention.fold_tick)
        elif self._enough(cluster, mention, member):
            run = self._begin(cluster, mention, posts)
        if run is not None:
            burst = run.burst()
            self._reweigh(run, burst - before, posts)
            self._tell(run, mention, member, risen)
            self._found.campaigns[cluster] = _row(run)
            if burst:
                yield Reason("duplicate_burst", burst)
        if self._in_sync(run, cluster, member, posts):
            yield Reason("sync", SYNC)

    def _enough(self, cluster: str, mention: FoldMention, member: Member) -> bool:
        return member.votes and self._memory.windows.authors(cluster, self._said(mention) - HOUR) >= OPEN

    def _begin(self, cluster: str, mention: FoldMention, posts: list[Member]) -> Running:
        running, tick = self._state.running, mention.fold_tick
        if len(running) == RUNNING:
            oldest = min(running.values(), key=_silence)
            if oldest.alert is not None:
                self._close(oldest, tick)
            del running[oldest.cluster]
        own_first = self._is_own(cluster, posts)
        first = posts[0].at
        run = Running(mention.brand, cluster, "organic", own_first, tick, first_at=first, last_at=first, last_tick=tick)
        for post in posts:
            self._count(run, post, tick)
        run.kept = [(post.key, post.weight) for post in posts[:-1] if not post.own]
        run.kind = self._verdict(run)
        running[cluster] = run
        return run

    def _is_own(self, cluster: str, posts: Iterable[Member]) -> bool:
        return any(own.key == cluster for own in self._state.own) or any(p.own and p.key == cluster for p in posts)

    def _count(self, run: Running, member: Member, tick: int) -> bool:
        """Count a post of a campaign: whether it brought a further severity."""
        run.tally.add(member)
        run.first_at, run.last_at, run.last_tick = min(run.first_at, member.at), max(run.last_at, member.at), tick
        if member.votes and len(run.authors) < AUTHORS:
            run.authors[member.author] = None
        rung = (len(run.authors) >= MANY) + (len(run.authors) >= MASS)
        risen, run.rung = rung > run.rung, rung
        if risen and run.kind == "organic":
            run.kind = self._verdict(run)
        return risen

    def _verdict(self, run: Running) -> CampaignKind:
        return verdict(run.tally, run.own_first, self._rules.own_hosts, self._rules.publishers)

    def _reweigh(self, run: Running, more: float, posts: Iterable[Member]) -> None:
        """Take `more` from the earlier posts of a campaign."""
        if more <= 0:
            return
        reason, less = Reason("duplicate_burst", run.burst()), round(1000 * more)
        run.kept = [(key, max(0, weight - less)) for key, weight in run.kept]
        weights = dict(run.kept)
        for post in posts:
            post.weight = weights.get(post.key, post.weight)
        self._found.reweights += [Reweight(key, weight, reason) for key, weight in run.kept]

    def _in_sync(self, run: Running | None, cluster: str, member: Member, posts: list[Member]) -> bool:
        if member.own or sum(abs(post.at - member.at) <= SYNC_SPAN for post in posts) < SYNC_POSTS:
            return False
        if run is not None:
            return run.kind == "coordinated"
        tally = Tally()
        for post in posts:
            tally.add(post)
        own_first = self._is_own(cluster, posts)
        return verdict(tally, own_first, self._rules.own_hosts, self._rules.publishers) == "coordinated"

    # --- alerts ---

    def _tell(self, run: Running, mention: FoldMention, member: Member, risen: bool) -> None:
        tick = mention.fold_tick
        if run.kind != "coordinated":
            return
        if run.alert is None:
            if self._enough(run.cluster, mention, member):
                run.alert = tick
                self._step("open", run, tick)
        elif risen:
            self._step("escalate", run, tick)
        elif tick - run.told_tick >= UPDATE_EVERY:
            self._step("update", run, tick)

    def _step(self, step: Step, run: Running, tick: int) -> None:
        run.told_tick = tick
        self._found.steps.append(
            AlertStep(
                step=step,
                kind="campaign",
                brand=run.brand,
                subject=run.cluster,
                opened_tick=tick if run.alert is None else run.alert,
                tick=tick,
                severity=LADDER[run.rung],
                score=float(len(run.authors)),
                evidence={
                    "cluster": run.cluster,
                    "posts": run.tally.posts,
                    "authors": len(run.authors),
                    "first_at": run.first_at.isoformat(),
                    "last_at": run.last_at.isoformat(),
                    "domains": list(most_linked(run.tally.hosts)[:5]),
                },
            )
        )


def _weighed(text_weight: int, reasons: Iterable[Reason]) -> int:
    return max(0, text_weight - sum(round(1000 * reason.weight) for reason in reasons))


def _silence(run: Running) -> tuple[int, str]:
    return run.last_tick, run.cluster


def _row(run: Running) -> Campaign:
    return Campaign(
        brand=run.brand,
        cluster=run.cluster,
        kind=run.kind,
        opened_tick=run.opened_tick,
        first_at=run.first_at,
        last_at=run.last_at,
        posts=run.tally.posts,
        authors=len(run.authors),
        domains=most_linked(run.tally.hosts),
    )
