"""The Faust app: a worker of one stage in a Kafka consumer group. The only file that knows faust.

Faust runs the group, the agent and the producer. What it loses by default it is not trusted with
(docs/decisions.md, 'Faust runs the group, the database keeps the truth'):

* Its consumer hands each record over by itself, which costs more than judging it, and takes an exception or a
  cancellation for an acknowledgement. Ours hands over a chunk of one partition at a time, and commits nothing but what
  the stage said to be done.
* Where a partition is read from is the stage's to say, at every assignment.
"""

import asyncio
import logging
import ssl
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, cast

import faust
from aiokafka.errors import KafkaError
from faust.exceptions import FaustError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from faust.types.transports import ConsumerT

from mentions.errors import BrokerUnavailable, LogTruncated, UsageError
from mentions.settings_streaming import KafkaSettings, WorkSettings
from processors.runtime.chunks import Bounds, Chunk, Outgoing, Stage, pieces
from processors.runtime.delivering import deliver
from processors.runtime.supervision import Supervisor

FAUST = "0.15.3"
"""The one version whose internals were read and tested; tests/unit/test_faust_pin.py fails when they change."""
GATHER = 0.05
"""Seconds to wait before the next look when little came: many small transactions cost more than they hurry."""
SMALL = 50
REQUEST_SECONDS, DELIVERY_SECONDS, ANSWER_SECONDS = 90.0, 120.0, 10.0
METADATA_SECONDS = 10.0
"""How often the brokers are asked which partitions there are. One that has just started may not know them yet; a group
whose leader hears that gives its members none, and none of them would ask again for Faust's five minutes."""
for _name, _level in (("aiokafka", logging.CRITICAL), ("faust", logging.ERROR), ("mode", logging.ERROR)):
    # Of every attempt they have a word, a hundred lines a second while brokers are away; the worker tells it in one.
    logging.getLogger(_name).setLevel(_level)
log = logging.getLogger(__name__)


class _Consumer(driver.Consumer):
    """Hands over chunks in order, and commits only what is done. `transport.worker` is told and asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._worker: Worker = cast(_Transport, self.transport).worker
        self._expected: dict[TP, int] = {}
        self._sought: dict[TP, int] = {}
        self._done: dict[TP, int] = {}

    def done(self, tp: TP, position: int) -> None:
        """Everything before `position` is processed for good."""
        if tp in self._expected:  # else it was taken from us meanwhile
            self._done[tp] = position

    # --- where to read ---

    async def perform_seek(self) -> None:
        """Ask the stage from where each assigned partition is to be read. Called at every assignment."""
        assigned = {ensure_TP(tp) for tp in self.assignment()}
        self._expected, self._done = {}, {}
        begin, end = await self.earliest_offsets(*assigned), await self.highwaters(*assigned)
        committed = await self.seek_to_committed()
        bounds = {tp.partition: Bounds(begin[tp], end[tp], committed.get(tp)) for tp in assigned}
        positions = await self._worker.positions(bounds)
        if positions is None:
            return  # the worker is stopping
        wanted = {tp: positions[tp.partition] for tp in assigned}
        await self.seek_wait(wanted)
        self._committed_offset.update({tp: committed.get(tp) for tp in assigned})
        self._expected, self._sought = wanted, {}
        self._done = dict(wanted)  # committed at once: where a gap was accepted, the group must not ask again

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Wait for what is in hand, commit it, and forget the partitions."""
        await super().on_partitions_revoked(revoked)
        for tp in map(ensure_TP, revoked):
            self._expected.pop(tp, None)
            self._done.pop(tp, None)

    # --- reading ---

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch and hand over until stopped."""
        try:
            while not (self.should_stop or fetcher.should_stop):
                records, _ = await self._wait_next_records(timeout=1.0)
                count = 0
                for tp, found in (records or {}).items():
                    count += await self._hand_over(ensure_TP(tp), found)
                await asyncio.sleep(GATHER if count < SMALL else 0)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _hand_over(self, tp: TP, found: Sequence[Any]) -> int:
        expected = self._expected.get(tp)
        if expected is None:
            return 0
        records = [record for record in found if record.offset >= expected]
        if records and records[0].offset > expected and not await self._is_hole(tp, expected, records[0].offset):
            return 0
        for piece in pieces(records, self._worker.work.batch):
            await self.wait_first(self.callback(self._message(tp, piece)), self.suspend_flow.wait())
            if self.suspend_flow.is_set() or tp not in self._expected:
                return 0  # what was not taken is read again from where the stage says
            self._expected[tp] = piece[-1].offset + 1
        return len(records)

    async def _is_hole(self, tp: TP, expected: int, found: int) -> bool:
        """Whether the log really goes on at `found`; else it is read again from `expected`."""
        begin = (await self.earliest_offsets(tp))[tp]
        if begin > expected:
            self._worker.fail(
                LogTruncated(
                    f"{tp.topic}, partition {tp.partition}: {begin - expected} records went before they were read"
                )
            )
            return False
        if self._sought.get(tp) == expected:
            self.log.warning("%s, partition %s: no records in [%s, %s)", tp.topic, tp.partition, expected, found)
            return True
        self._sought[tp] = expected
        await self.seek_wait({tp: expected})
        self._expected[tp] = expected
        return False

    def _message(self, tp: TP, piece: Sequence[Any]) -> ConsumerMessage:
        chunk = Chunk(
            partition=tp.partition,
            first=piece[0].offset,
            values=tuple([record.value or b"" for record in piece]),
            keys=tuple([record.key for record in piece]),
        )
        last = piece[-1]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000,
            last.timestamp_type,
            None,
            None,
            cast(bytes, chunk),
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: the stream's buffer holds few chunks, and handing over waits for room by itself."""

    # --- committing ---

    def ack(self, message: Any) -> bool:
        """Faust is through with a chunk, for whatever reason: nobody waits for it, and nothing is committed by it."""
        message.acked = True
        self._unacked_messages.discard(message)
        if self._waiting_for_ack is not None and not self._waiting_for_ack.done():
            self._waiting_for_ack.set_result(None)
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return iter(list(self._done))

    def _new_offset(self, tp: TP) -> int | None:
        return self._done.get(tp)


class _Transport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer: ClassVar[type[ConsumerT]] = _Consumer
    worker: "Worker"


# Its chatter is faust's, not ours; a class body's logger is replaced by mode.
_Consumer.logger = driver.logger


class _AsItIs(faust.Schema[Any, Any]):
    """Decodes nothing: a chunk goes to the agent as the consumer made it."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        """No key."""
        return None

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        """The chunk."""
        return message.value


class Worker:
    """One worker of a stage. `run` returns after a drained stop.

    Args:
        topic: full name of the topic that is read. group: the consumer group; another topic of the same name is read
            from its start only by another group.
    """

    def __init__(self, stage: Stage, topic: str, group: str, kafka: KafkaSettings, work: WorkSettings) -> None:
        self.stage, self.topic, self.work = stage, topic, work
        self.supervisor = Supervisor(stage.name, work.stuck_after_seconds)
        self._failure: BaseException | None = None
        self._brokers_away = False
        self._stopping = asyncio.Event()
        with tempfile.TemporaryDirectory(prefix="atalaya-faust-") as folder:  # made by faust, never used
            self.app = open_app(group, kafka, work, folder)
        self.app.transport = _Transport(self.app.conf.broker_consumer, self.app)
        self.app.transport.worker = self
        source = self.app.topic(topic, schema=_AsItIs(), acks=True)
        self.app.agent(source, concurrency=1, name=f"atalaya.{stage.name}")(self._agent)

    async def _agent(self, stream: Any) -> None:
        async for chunk in stream:
            await self._process(chunk)

    async def _process(self, chunk: Chunk) -> None:
        """Never raises, for Faust takes an exception for an acknowledgement."""
        if self._failure is not None:
            return
        try:
            with self.supervisor.working(len(chunk.values)):
                await self.stage.process(chunk, self._send)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.fail(error)
        else:
            self._consumer().done(TP(self.topic, chunk.partition), chunk.last + 1)
            self.supervisor.done(chunk.partition, chunk.last + 1)

    async def _send(self, records: Sequence[Outgoing]) -> None:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await deliver(cast(Any, self.app.producer)._ensure_producer(), records)
        except (KafkaError, FaustError, TimeoutError) as error:
            raise BrokerUnavailable(f"the brokers did not take {len(records)} records: {error!r}") from error

    async def positions(self, bounds: dict[int, Bounds]) -> dict[int, int] | None:
        """From where each partition is to be read; None when it cannot be: the worker then stops."""
        try:
            found = await self.stage.positions(bounds)
        except Exception as error:
            self.fail(error)
            return None
        self.supervisor.assigned({p: (found[p], bounds[p].end) for p in found})
        return found

    def fail(self, error: BaseException) -> None:
        """Stop without acknowledging what is in hand; `run` raises the first of these."""
        self._failure = self._failure or error
        self._stopping.set()

    def stop(self) -> None:
        """Ask for the end, from the loop's thread: what is in hand is finished and committed."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            AtalayaError: what no waiting mends; nothing was acknowledged that was not processed.
        """
        started = asyncio.create_task(self.app.start())
        stopped = asyncio.create_task(self._stopping.wait())
        beats, lags = asyncio.create_task(self._beat()), asyncio.create_task(self._watch_lag())
        with self.supervisor.watching(asyncio.get_running_loop()):
            try:
                await asyncio.wait({started, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if started.done():
                    started.result()
                while not (self._stopping.is_set() or self.app.should_stop or self.app.crashed):
                    await asyncio.wait({stopped}, timeout=0.5)
            finally:
                self.supervisor.end(failed=self._failure is not None or self.app.crashed)
                lags.cancel()
                await self.app.stop()  # the loop beats on: a drain may take its time
                await self.stage.close()
                for task in (beats, stopped):
                    task.cancel()
                await asyncio.gather(beats, lags, stopped, return_exceptions=True)
                started.cancel()
        if self._failure is not None:
            raise self._failure
        if self.app.crashed:
            raise BrokerUnavailable(f"the Kafka client gave up: {self.app.crash_reason!r}")

    async def _beat(self) -> None:
        """Tell the supervisor that the loop turns, whoever else may be slow to answer."""
        while True:
            self.supervisor.beat(time.monotonic(), self.stage.waiting_for())
            await asyncio.sleep(1)

    async def _watch_lag(self) -> None:
        """Tell the supervisor what waits, from the brokers themselves, so that a consumer that sticks is seen."""
        while True:
            await asyncio.sleep(1)
            try:
                tps = {tp for tp in map(ensure_TP, self._consumer().assignment()) if tp.topic == self.topic}
                ends = await asyncio.wait_for(self._consumer().highwaters(*tps), ANSWER_SECONDS) if tps else {}
            except AttributeError:  # there is no consumer yet
                self.supervisor.ends_unknown()
            except (KafkaError, FaustError, TimeoutError) as error:
                self.supervisor.ends_unknown()
                self._tell_brokers(repr(error) if str(error) else f"no answer within {ANSWER_SECONDS:.0f} s")
            else:
                self.supervisor.ends({tp.partition: end for tp, end in ends.items()})
                self._tell_brokers("")

    def _tell_brokers(self, trouble: str) -> None:
        """One line when they stop to answer, and one when they do again."""
        if trouble and not self._brokers_away:
            log.warning("the brokers do not answer: nothing is lost meanwhile", extra={"reason": trouble})
        elif self._brokers_away and not trouble:
            log.warning("the brokers answer again")
        self._brokers_away = bool(trouble)

    def _consumer(self) -> _Consumer:
        return cast(_Consumer, self.app.consumer)


def open_app(group: str, kafka: KafkaSettings, work: WorkSettings, folder: str) -> faust.App:
    """A Faust app with the settings that lose nothing (docs/decisions.md).

    Raises:
        UsageError: another version of faust is installed.
    """
    if faust.__version__ != FAUST:
        raise UsageError(f"faust-streaming {faust.__version__} is installed; install {FAUST}, which was tested")
    return faust.App(
        group,
        broker=";".join(f"kafka://{server}" for server in kafka.servers),
        broker_credentials=_credentials(kafka),
        store="memory://",
        datadir=folder,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        value_serializer="raw",
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=int(METADATA_SECONDS * 1000),
        broker_commit_interval=1.0,
        broker_session_timeout=work.session_seconds,
        broker_heartbeat_interval=work.session_seconds / 5,
        broker_request_timeout=max(REQUEST_SECONDS, 2 * work.session_seconds),
        broker_max_poll_records=4 * work.batch,
        consumer_max_fetch_size=4 * 2**20,
        stream_buffer_maxsize=2,
        stream_wait_empty=True,
        stream_recovery_delay=0.0,
        producer_acks=-1,
        producer_linger=0.0,
        producer_max_batch_size=256 * 1024,
        producer_max_request_size=8 * 2**20,
        producer_compression_type="lz4",
        table_standby_replicas=0,
    )


def _credentials(kafka: KafkaSettings) -> Any:
    protocol = kafka.security_protocol
    context = ssl.create_default_context(cafile=kafka.ca_file) if protocol.endswith("SSL") else None
    if context is not None and kafka.cert_file:
        context.load_cert_chain(kafka.cert_file, kafka.key_file)
    if protocol.startswith("SASL"):
        password = kafka.sasl_password.reveal() if kafka.sasl_password else ""
        return faust.SASLCredentials(
            username=kafka.sasl_user, password=password, ssl_context=context, mechanism=kafka.sasl_mechanism
        )
    return faust.SSLCredentials(context) if context is not None else None
