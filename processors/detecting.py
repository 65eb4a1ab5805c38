"""What the detectors make of a brand's closed ticks: thin glue between them and the store, in the folding transaction.

`Detection.fold` is the table of contents of detection. What it remembers is dropped with the worker's memory when a
transaction fails, and loaded anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import structs
from sqlalchemy import Connection

from mentions.brands import Brand, BrandVersion
from mentions.clock import tick_start
from mentions.links import MOST_LINKS, canonical
from mentions.records import Reason
from processors.detection import campaigns, spikes, stories
from processors.detection.campaign_state import QUIET, Found, Memory, Rules, State
from processors.detection.clusters import MOST, TICKS
from processors.detection.roles import Listed
from processors.detection.spikes import SpikeRules, SpikeState, SpikeTick
from processors.detection.steps import AlertStep
from processors.detection.stories import Flagged, Stories
from processors.detection.verdict import publishers
from processors.fold import FoldMention, in_order
from processors.store import folding
from processors.store.brands import NEVER_SEEN, all_versions, changed_since, covering
from processors.store.component_states import Component, ComponentStates
from processors.store.detail import decode_detail
from processors.store.missing import Missed, incomplete, missed_by_sources
from processors.store.reweighing import Change, ids_of_cluster, reweigh, save_campaigns
from processors.store.schema import mentions as table
from processors.store.spike_ticks import save_ticks
from processors.store.tombstones import Hashes
from processors.ticks import BEFORE_TIME, TimeRules
from processors.watermark import ShardClock, ShardKey

_FLAGS, _LINKS = b'"flags"', b'"links"'
_MOST_IDS = 4 * MOST
_MOST_BRANDS = 1_000
"""Whose near-duplicates are kept in memory; the others' are read again from the store when they are spoken of."""
STORIES: Component[Stories] = Component(stories.NAME, stories.VERSION, Stories, dict)
Clocks = Mapping[ShardKey, ShardClock]
SPIKES: Component[SpikeState] = Component(spikes.NAME, spikes.VERSION, SpikeState, SpikeState)
CAMPAIGNS: Component[State] = Component(campaigns.NAME, campaigns.VERSION, State, State)


@dataclass(slots=True)
class Folded:
    """What a fold of one brand came to, and what is told of alerts.

    Attributes:
        mentions: as they count now. judged: as they counted at the moment of each, whatever later ones took from them:
            what a vote is must not depend on how many ticks are folded at once.
        wake: ticks at which the brand must be folded even if nothing is said.
    """

    mentions: list[FoldMention]
    judged: list[FoldMention] = field(default_factory=list)
    steps: list[AlertStep] = field(default_factory=list)
    ticks: list[SpikeTick] = field(default_factory=list)
    wake: list[int] = field(default_factory=list)


class Detection:
    """The detectors of the brands of one partition."""

    def __init__(self, rules: TimeRules, hashes: Hashes) -> None:
        self._rules, self._hashes = rules, hashes
        self._states = ComponentStates()
        self._memories: dict[str, Memory] = {}
        self._ids: dict[str, dict[str, str]] = {}
        self._marker, self._versions = NEVER_SEEN, list[BrandVersion]()
        self.wake: dict[str, int] = {}
        """By brand, the first tick at which it must be folded even if nothing is said."""

    def brand(self, name: str, tick: int) -> Brand | None:
        """A brand as detection sees it at a tick; None: it is retired."""
        found = covering(self._versions, tick_start(tick)).get(name)
        return None if found is None else found.brand

    def fold(
        self,
        connection: Connection,
        mentions: Mapping[str, Sequence[FoldMention]],
        due: Mapping[str, int],
        until: int,
        clocks: Clocks,
    ) -> list[Folded]:
        """Fold brands up to the tick `until`, each from behind the tick that it is folded up to.

        Args:
            mentions: by brand, in order. due: by brand, the last tick that is folded. clocks: how far each source is.
        """
        marker = changed_since(connection, self._marker)
        if marker is not None:
            self._marker, self._versions = marker, all_versions(connection)
        # a brand that was folded before goes on behind that, with what was missed before it was spoken of again
        since = min(mentions[brand][0].fold_tick if tick == BEFORE_TIME else tick + 1 for brand, tick in due.items())
        missed = missed_by_sources(connection, clocks, self._rules.max_delay, (since, until))
        folded = [
            self._fold(connection, brand, mentions.get(brand, ()), (due[brand], until), missed) for brand in sorted(due)
        ]
        save_ticks(connection, [tick for each in folded for tick in each.ticks])
        self._states.save(connection)
        return folded

    def _fold(
        self,
        connection: Connection,
        brand: str,
        mentions: Sequence[FoldMention],
        ticks: tuple[int, int],
        missed: Missed,
    ) -> Folded:
        """Fold one brand's mentions of the ticks behind the first of `ticks` up to the last."""
        # one that was erased two hours ago has neither label nor weight any more, and says nothing
        heard = [mention for mention in mentions if mention.label is not None]
        folded = Folded(heard, list(heard))
        known = self.brand(brand, ticks[1]) or Brand(name=brand, query="")
        self._campaigns(connection, known, folded, ticks)
        self._spikes(connection, known, folded, ticks, missed)
        self._stories(connection, brand, folded, ticks[1])
        self._wake_at(brand, folded.wake)
        return folded

    # --- near-duplicates and behaviour ---

    def _campaigns(self, connection: Connection, brand: Brand, folded: Folded, ticks: tuple[int, int]) -> None:
        folded_until, until = ticks
        name, state = brand.name, self._states.load(connection, CAMPAIGNS, brand.name)
        if not (folded.mentions or state.running):
            return
        press = publishers() | Listed.of((brand,)).hosts
        rules = Rules(_hosts, self._late, own_hosts=frozenset(brand.domains), publishers=press)
        memory, ids = self._remembered(connection, name, folded_until, rules)
        ids |= {mention.key: mention.id for mention in folded.mentions}
        found = campaigns.fold_campaigns(state, memory, folded.mentions, until, rules)
        changes = self._changes(connection, name, found, ids)
        known = {mention.id: mention for mention in folded.mentions}
        reweigh(connection, self._hashes, name, list(changes.values()), known, folded_until)
        save_campaigns(connection, found.campaigns.values())
        folded.judged = [
            _counting(mention, judged.cluster, judged.weight)
            for mention, judged in zip(folded.mentions, found.judged, strict=True)
        ]
        folded.mentions = [_changed(mention, changes.get(mention.id)) for mention in folded.mentions]
        folded.steps += found.steps
        folded.wake += [run.last_tick + QUIET for run in state.running.values() if run.alert is not None]
        self._states.note(CAMPAIGNS, name, until)
        if len(ids) > _MOST_IDS:
            for key in list(ids)[: len(ids) - _MOST_IDS]:
                del ids[key]

    def _remembered(
        self, connection: Connection, brand: str, folded_until: int, rules: Rules
    ) -> tuple[Memory, dict[str, str]]:
        """What follows from the mentions of the hour that folding goes on in and of the hour before."""
        if brand in self._memories:
            self._memories[brand] = self._memories.pop(brand)  # the last one is the last to be forgotten
        else:
            since = (folded_until // TICKS - 1) * TICKS
            window = (table.c.brand == brand, table.c.fold_tick >= since, table.c.fold_tick <= folded_until)
            kept = in_order(folding.fold_mentions(connection, self._hashes, *window))
            self._memories[brand] = campaigns.rebuilt(kept, rules)
            self._ids[brand] = {mention.key: mention.id for mention in kept}
            for idle in list(self._memories)[:-_MOST_BRANDS]:
                del self._memories[idle], self._ids[idle]
        return self._memories[brand], self._ids[brand]

    def _changes(self, connection: Connection, brand: str, found: Found, ids: dict[str, str]) -> dict[str, Change]:
        """By id, what a fold changes of mentions, old ones included."""
        changes: dict[str, Change] = {}
        old: dict[str, str] = {}
        if any(less.key not in ids for less in found.reweights):
            for cluster in found.campaigns:
                old |= ids_of_cluster(connection, self._hashes, brand, cluster)
        for judged in found.judged:
            if judged.cluster is not None or judged.reasons:
                _add(changes, ids[judged.key], judged.cluster, judged.weight, judged.reasons)
        for key in found.founders:
            if key in ids:
                _add(changes, ids[key], key)
        for less in found.reweights:
            if (id_ := ids.get(less.key) or old.get(less.key)) is not None:
                _add(changes, id_, None, less.weight, (less.reason,))
        return changes

    def _late(self, mention: FoldMention) -> bool:
        return self._rules.is_late(mention.source, mention.created_at, mention.fold_tick)

    # --- spikes ---

    def _spikes(
        self, connection: Connection, brand: Brand, folded: Folded, ticks: tuple[int, int], missed: Missed
    ) -> None:
        name, (folded_until, until) = brand.name, ticks
        state = self._states.load(connection, SPIKES, name)
        if not folded.mentions and state.mark is None:
            return
        since = folded_until + 1 if state.mark is not None else folded.mentions[0].fold_tick
        gaps = incomplete(connection, name, missed, (since, until))
        said = spikes.fold_in_place(state, folded.judged, until, SpikeRules(name, self._late, brand.sensitivity, gaps))
        folded.ticks += said.ticks
        ids = self._ids.get(name, {})
        folded.steps += [_with_ids(step, ids) for step in said.steps]
        if (next_tick := spikes.awake(state)) is not None:
            folded.wake.append(next_tick)
        self._states.note(SPIKES, name, until)

    # --- the first post of a story ---

    def _stories(self, connection: Connection, brand: str, folded: Folded, until: int) -> None:
        before = self._states.load(connection, STORIES, brand)
        flagged = [_flagged(mention) for mention in folded.judged if _is_flagged(mention) and not self._late(mention)]
        if not before and not flagged:
            return
        after, steps = stories.fold_stories(brand, before, flagged, until)
        folded.steps += steps
        folded.wake += [story.last_tick + stories.QUIET for story in after.values()]
        self._states.note(STORIES, brand, until, after)

    def _wake_at(self, brand: str, ticks: Iterable[int]) -> None:
        first = min(ticks, default=None)
        if first is None:
            self.wake.pop(brand, None)
        else:
            self.wake[brand] = first


def _is_flagged(mention: FoldMention) -> bool:
    """Whether it must be told; the brand's own voice alerts nobody."""
    return mention.detail is not None and _FLAGS in mention.detail and mention.voice != "own"


def _flagged(mention: FoldMention) -> Flagged:
    flags = decode_detail(mention.detail).flags
    return Flagged(mention.id, mention.author, mention.fold_tick, mention.label == "negative", mention.weight, flags)


def _with_ids(step: AlertStep, ids: Mapping[str, str]) -> AlertStep:
    """The same step with its mentions by id, as other tables name them."""
    keys = step.evidence.get("mentions")
    if not isinstance(keys, list):
        return step
    return structs.replace(step, evidence={**step.evidence, "mentions": [ids.get(key, key) for key in keys]})


def _hosts(mention: FoldMention) -> tuple[str, ...]:
    """Of the links that it holds."""
    if mention.detail is None or _LINKS not in mention.detail:
        return ()
    links = (canonical(link) for link in decode_detail(mention.detail).links[:MOST_LINKS])
    return tuple(dict.fromkeys(link[1] for link in links if link is not None))


def _add(
    changes: dict[str, Change],
    id_: str,
    cluster: str | None,
    weight: int | None = None,
    reasons: tuple[Reason, ...] = (),
) -> None:
    before = changes.get(id_)
    if before is None:
        changes[id_] = Change(id_, cluster, weight, reasons)
        return
    terms = {reason.term for reason in reasons}
    changes[id_] = Change(
        id_,
        before.cluster if cluster is None else cluster,
        before.weight if weight is None else weight,
        (*reasons, *(reason for reason in before.behaviour if reason.term not in terms)),
    )


def _changed(mention: FoldMention, change: Change | None) -> FoldMention:
    if change is None:
        return mention
    return _counting(
        mention,
        mention.cluster if change.cluster is None else change.cluster,
        mention.weight if change.weight is None else change.weight,
    )


def _counting(mention: FoldMention, cluster: str | None, weight: int) -> FoldMention:
    """The same mention in a cluster and with a weight; most have these already."""
    if mention.cluster == cluster and mention.weight == weight:
        return mention
    return structs.replace(mention, cluster=cluster, weight=weight)
