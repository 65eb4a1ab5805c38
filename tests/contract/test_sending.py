"""Messages leave for a real web server and a real mail server, and say why when they do not."""

import email.policy
import smtplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import structs

from mentions.errors import UsageError
from processors.notifying.apprise_sending import AppriseSender
from processors.notifying.messages import Message
from processors.notifying.sending import MailSender, NotSent, Parcel, WebhookSender, signature
from tests.servers.sinks import HookSink, MailSink, hook_sink, mail_sink

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
PARCEL = Parcel(
    message=Message(
        "🟠 lumbre · pico de negativas (alta)", "41 negativas; se esperaban 6.\n\n«No más pan» — ana.example\n.\n"
    ),
    key="0123456789abcdef-2-mail",
    thread="0123456789abcdef-mail",
    at=NOON,
    document={"id": "0123456789abcdef", "opened_at": NOON},
)


@pytest.fixture
def hooks() -> Iterator[HookSink]:
    """A web server."""
    with hook_sink() as sink:
        yield sink


@pytest.fixture
def mails() -> Iterator[MailSink]:
    """A mail server."""
    with mail_sink() as sink:
        yield sink


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_mail_sender(port: int, **fields: Any) -> MailSender:
    """A sender to two people by a server without encryption."""
    values: dict[str, Any] = {"security": "none", "sender": "atalaya@lumbre.example", **fields}
    return MailSender(to=("ana@lumbre.example", "luis@lumbre.example"), host="127.0.0.1", port=port, **values)


def test_a_mail_has_its_name_its_thread_and_its_words(mails: MailSink) -> None:
    """`Message-ID` is the key, all messages of an alert share a reference, and every sign of the text arrives."""
    a_mail_sender(mails.port).send(PARCEL)
    (mail,) = mails.mails
    assert mail["Message-ID"] == "<0123456789abcdef-2-mail@lumbre.example>"
    assert mail["References"] == "<0123456789abcdef-mail@lumbre.example>"
    assert mail["Subject"] == PARCEL.message.title
    assert mail["From"] == "Atalaya <atalaya@lumbre.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n").strip() == PARCEL.message.body.strip()
    assert mails.recipients == [["ana@lumbre.example", "luis@lumbre.example"]]
    assert email.utils.parsedate_to_datetime(str(mail["Date"])) == NOON


def test_a_mail_that_is_refused_says_why(mails: MailSink) -> None:
    """The server's answer is told by its number; addresses are not."""
    mails.refuses = "550 who is that"
    with pytest.raises(NotSent, match=r"takes nothing for these addresses \(550\)") as refused:
        a_mail_sender(mails.port).send(PARCEL)
    assert "ana@" not in str(refused.value)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_server_that_is_not_there(security: str) -> None:
    """Whatever the encryption, a server that cannot be reached is named."""
    port = free_port()
    with pytest.raises(NotSent, match=f"the mail server 127.0.0.1:{port} cannot be used: "):
        a_mail_sender(port, security=security).send(PARCEL)


def test_a_password_is_not_sent_in_clear(mails: MailSink) -> None:
    """Where the server offers no encryption, nothing is sent."""
    with pytest.raises(NotSent):
        a_mail_sender(mails.port, security="starttls", user="ana", password="hunter2").send(PARCEL)
    assert mails.mails == []


def test_a_hook_is_signed_and_named(hooks: HookSink) -> None:
    """A hook brings message and alert as JSON, its key in a header, and a signature of the body."""
    WebhookSender(hooks.url, key="hush").send(PARCEL)
    (hook,) = hooks.hooks
    body = msgspec.json.decode(hook.body)
    assert (body["title"], body["body"]) == (PARCEL.message.title, PARCEL.message.body)
    assert body["alert"] == {"id": "0123456789abcdef", "opened_at": "2026-11-16T12:00:00Z"}
    assert hook.headers["idempotency-key"] == body["key"] == PARCEL.key
    assert hook.headers["x-atalaya-signature"] == f"sha256={signature('hush', hook.body)}"


@pytest.mark.parametrize("status", [302, 404, 410, 429, 500])
def test_only_a_2xx_is_a_receipt(hooks: HookSink, status: int) -> None:
    """Every other answer is a failure that names it."""
    hooks.answer = status
    with pytest.raises(NotSent, match=f"answered {status}"):
        WebhookSender(hooks.url).send(PARCEL)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/tokentoken", "http://[::", "ftp://tokentoken", "http://a b/"])
def test_a_hook_that_cannot_be_reached_does_not_tell_its_address(url: str) -> None:
    """An address may hold a token: it is never part of the reason."""
    with pytest.raises(NotSent, match="the webhook cannot be reached") as refused:
        WebhookSender(url.format(port=free_port())).send(PARCEL)
    assert "tokentoken" not in str(refused.value)


def test_apprise_brings_message_and_key(hooks: HookSink) -> None:
    """A service that takes headers gets the key too."""
    AppriseSender(hooks.url.replace("http://", "json://")).send(PARCEL)
    (hook,) = hooks.hooks
    body = msgspec.json.decode(hook.body)
    assert (body["title"], body["message"].strip()) == (PARCEL.message.title, PARCEL.message.body.strip())
    assert hook.headers["idempotency-key"] == PARCEL.key


def test_a_message_that_is_too_long_for_a_service_leaves_in_parts(hooks: HookSink) -> None:
    """Where a service takes only short messages apprise sends several; a user's own `overflow` is left alone."""
    long = structs.replace(PARCEL, message=Message("x", "word " * 10_000))
    AppriseSender(f"json://127.0.0.1:{hooks.port}/").send(long)
    assert len(hooks.hooks) == 2
    AppriseSender(f"json://127.0.0.1:{hooks.port}/?overflow=truncate").send(long)
    assert len(hooks.hooks) == 3


def test_apprise_tells_why_it_failed(hooks: HookSink) -> None:
    """The reason is kept, without the words of the address."""
    hooks.answer = 503
    with pytest.raises(NotSent, match=r"json: .*503") as refused:
        AppriseSender(f"json://127.0.0.1:{hooks.port}/tokentoken/").send(PARCEL)
    assert "tokentoken" not in str(refused.value)


def test_apprise_refuses_what_it_does_not_know() -> None:
    """An address that is none is told at the start, and not repeated."""
    with pytest.raises(UsageError, match="apprise cannot read this slck:// address") as refused:
        AppriseSender("slck://tokentoken")
    assert "tokentoken" not in str(refused.value)


def test_the_sink_is_a_mail_server(mails: MailSink) -> None:
    """What these tests rest on: a mail sent by Python's own client arrives."""
    with smtplib.SMTP("127.0.0.1", mails.port, timeout=5) as client:
        client.sendmail("a@x.example", ["b@x.example"], "Subject: x\r\nMessage-ID: <1@x>\r\n\r\n.dot\r\n")
    assert mails.keys() == ["1"]


@pytest.mark.parametrize("part", ["", "Message-ID: <1@x>\r\n\r\nhalf"])
def test_the_sink_takes_no_half_mail(mails: MailSink, part: str) -> None:
    """What the crash tests rest on: a client that dies between DATA and the lone dot has sent nothing."""
    with socket.create_connection(("127.0.0.1", mails.port), timeout=5) as client, client.makefile("rb") as answers:
        client.sendall(b"HELO x\r\nDATA\r\n")
        assert [answers.readline()[:3] for _ in range(3)] == [b"220", b"250", b"354"]
        client.sendall(part.encode())
        client.shutdown(socket.SHUT_WR)
        assert answers.readline() == b""  # the sink has read to the end and hung up
    assert mails.mails == []


def test_the_sink_takes_no_half_hook(hooks: HookSink) -> None:
    """A client that dies in the middle of what it posts has sent nothing."""
    with socket.create_connection(("127.0.0.1", hooks.port), timeout=5) as client, client.makefile("rb") as answers:
        client.sendall(b"POST /hook HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        client.shutdown(socket.SHUT_WR)
        assert answers.readline() == b""
    assert hooks.hooks == []


def test_looking_at_a_way_sends_nothing(mails: MailSink, hooks: HookSink) -> None:
    """`check` speaks to the other end and leaves no message; where nobody listens it says so, without the address."""
    assert a_mail_sender(mails.port).check() == f"the mail server 127.0.0.1:{mails.port} answers"
    assert WebhookSender(hooks.url).check() == f"127.0.0.1 answers at port {hooks.port}"
    assert AppriseSender("json://127.0.0.1/tokentoken").check().startswith("apprise knows json://")
    assert (mails.mails, hooks.hooks) == ([], [])
    with pytest.raises(NotSent, match="cannot be used"):
        a_mail_sender(free_port()).check()
    with pytest.raises(NotSent, match="the webhook's host cannot be reached") as refused:
        WebhookSender(f"http://127.0.0.1:{free_port()}/tokentoken").check()
    assert "tokentoken" not in str(refused.value)
