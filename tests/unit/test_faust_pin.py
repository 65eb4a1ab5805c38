"""The one file that leans on Faust's internals says which; what changes there must be read again."""

import hashlib
import inspect

import faust
import pytest
from faust.app.base import App
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver

from mentions.errors import UsageError
from mentions.settings_streaming import KafkaSettings, WorkSettings
from processors.runtime import faust_worker

READ = {
    "Consumer._drain_messages": (Consumer._drain_messages, "44a2500309e83c63"),
    "Consumer._wait_next_records": (Consumer._wait_next_records, "6218e1969a636b3f"),
    "Consumer.perform_seek": (Consumer.perform_seek, "0e8c130ff4b0afd8"),
    "Consumer.ack": (Consumer.ack, "5fcf41cf45153475"),
    "Consumer.wait_empty": (Consumer.wait_empty, "e4662fe24f094819"),
    "Consumer._filter_committable_offsets": (Consumer._filter_committable_offsets, "dc5e9baf5d994485"),
    "Consumer._commit_offsets": (Consumer._commit_offsets, "1a69799041188441"),
    "Consumer._new_offset": (Consumer._new_offset, "1d2c7ea89a7ad4f1"),
    "Consumer.on_partitions_revoked": (Consumer.on_partitions_revoked, "d04b7ae72c6fc206"),
    "ThreadDelegateConsumer": (ThreadDelegateConsumer, "a1b934b198fae1c0"),
    "AIOKafkaConsumerThread": (driver.AIOKafkaConsumerThread, "8ca70be32815c1d0"),
    "Producer.send": (driver.Producer.send, "0b5bd08f52e5e2a9"),
    "Recovery._resume_streams": (Recovery._resume_streams, "d986a6710c1aca98"),
    "App._on_partitions_revoked": (App._on_partitions_revoked, "d5c895bbe57dc73a"),
    "App._on_partitions_assigned": (App._on_partitions_assigned, "de932b7927db85b3"),
    "App._stop_consumer": (App._stop_consumer, "55854a5de12c3f52"),
}
"""What our consumer overrides, calls or counts on, and the digest of its source when it was read."""


@pytest.mark.parametrize("name", READ)
def test_what_our_consumer_counts_on_is_as_it_was_read(name: str) -> None:
    """Each piece of Faust that our consumer replaces or relies on has the source for which it was written."""
    piece, digest = READ[name]

    assert hashlib.sha256(inspect.getsource(piece).encode()).hexdigest()[:16] == digest


def test_the_pin_and_the_version_read_are_one() -> None:
    """The installed version is the one whose source was read."""
    assert faust.__version__ == faust_worker.FAUST


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """A worker does not start on a Faust that nobody has read; it says which one to install."""
    monkeypatch.setattr(faust, "__version__", "0.16.0")

    with pytest.raises(UsageError, match=r"0\.16\.0 is installed; install 0\.15\.3"):
        faust_worker.open_app("g", KafkaSettings(servers=("127.0.0.1:1",)), WorkSettings(), str(tmp_path))
