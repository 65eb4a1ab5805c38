"""`atalaya run` tells people: from a post on the network to a hook and a mail, by a driven clock."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from atalaya.embedded import EmbeddedRun, Plan
from ingest.sources.bluesky.reader import BlueskyOptions, BlueskySource
from mentions.brands import Brand
from mentions.settings import OutboxSettings, Settings, StoreSettings
from mentions.settings_channels import MailSettings, WebhookSettings
from mentions.settings_schema import Secret
from tests.clocks import MORNING, DrivenClock, run
from tests.servers import jetstream_events as wire
from tests.servers.jetstream import JetstreamServer
from tests.servers.sinks import HookSink, MailSink, hook_sink, mail_sink

LUMBRE = Brand(name="lumbre", query="lumbre", time_zone="Europe/Madrid")
TEXT = "salmonella en el pan de lumbre, dos hospitalizados"


def at(seconds: float) -> Any:
    """An instant of the driven morning."""
    return MORNING + timedelta(seconds=seconds)


def settings(folder: Path, hooks: HookSink, mails: MailSink) -> Settings:
    """A store, an outbox and two channels."""
    return Settings(
        store=StoreSettings(url=f"sqlite:///{folder}/store.sqlite"),
        outbox=OutboxSettings(path=str(folder / "outbox.sqlite")),
        channels=(
            WebhookSettings(name="hook", url=Secret(hooks.url)),
            MailSettings(
                name="mail",
                language="es",
                to=("ana@lumbre.example",),
                sender="atalaya@lumbre.example",
                host="127.0.0.1",
                port=mails.port,
                security="none",
            ),
        ),
    )


def test_a_serious_post_reaches_people_within_two_minutes(tmp_path: Path) -> None:
    """A post is told by every channel, once, in the channel's language, with the post itself, within two minutes of the
    network's clock; a post about nothing serious is told to nobody.
    """

    async def scenario(hooks: HookSink, mails: MailSink) -> None:
        clock = DrivenClock()
        async with JetstreamServer("v2") as server:
            source = BlueskySource(BlueskyOptions(hosts=(server.url,), wire="v2", batch_s=0.1))
            plan = Plan(settings=settings(tmp_path, hooks, mails), sources=[source], brands=(LUMBRE,), max_delay={})
            watching = EmbeddedRun(plan, clock=clock)
            task = asyncio.create_task(watching.run())
            await clock.until(lambda: server.connections == 1, step=0.5)
            server.publish(
                wire.post("did:plc:ana", "a1", TEXT, at(10)),
                wire.post("did:plc:bea", "b1", "el pan de lumbre", at(11)),
            )
            while clock.now() < at(115) and not hooks.hooks:
                await clock.advance(1)
                await asyncio.sleep(0.05)  # the pipeline and the notifier have threads, and live by real time
            await clock.until(lambda: bool(hooks.hooks and mails.mails) or task.done(), deadline=30)
            assert not task.done()
            assert clock.now() - at(10) < timedelta(seconds=120)
            await clock.advance(120)
            watching.stop()
            while not task.done():
                await clock.advance(1)
            await task

    with hook_sink() as hooks, mail_sink() as mails:
        run(scenario(hooks, mails), deadline=120)
    (hook,), (mail,) = hooks.hooks, mails.mails
    told = json.loads(hook.body)
    assert told["alert"]["kind"] == "watchword"
    assert "salmonella" in told["title"]
    assert TEXT in told["body"]
    assert "palabras graves" in str(mail["Subject"])
    assert f"«{TEXT}»" in mail.get_content()
    assert "(Europe/Madrid)" in mail.get_content()
