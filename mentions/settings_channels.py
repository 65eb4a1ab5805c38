"""Settings of alerts' ways to people: `[[channel]]`, one for each, and `[notify]`."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from mentions.records import AlertKind, Severity
from mentions.settings_brand import ZONE, Zone
from mentions.settings_schema import Secret, says
from mentions.settings_streaming import Name

ChannelName = Annotated[
    str,
    says(
        "Names it for ever: what it was told is kept under its name.",
        "lower-case letters, digits, - and _, at most 63",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}\Z",
    ),
]
TwoLetters = Annotated[str, says("", "two-letter codes", pattern=r"^[a-z]{2,3}\Z")]
MailAddress = Annotated[str, says("", "an address such as ana@lumbre.example", pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+\Z")]
HourOfDay = Annotated[str, says("", 'a time such as "22:00"', pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
PublicAddress = Annotated[str, says("", "an http:// or https:// address", pattern=r"^https?://[^\s/@]+(/\S*)?\Z")]
_BY_FILE = '"file:PATH"'


class NotifySettings(Struct, frozen=True, kw_only=True):
    """What all messages about alerts have in common."""

    public_url: Annotated[
        PublicAddress | None,
        says(
            "Where the console is for those who read messages; none: messages do not link to it.",
            "an http:// or https:// address",
        ),
    ] = None


class ChannelSettings(Struct, frozen=True, kw_only=True):
    """What every way to people has: whom it is for, and when."""

    type: ClassVar[str] = ""

    name: ChannelName
    language: Annotated[Literal["en", "es"], says("Of its messages.")] = "en"
    min_severity: Annotated[Severity, says("The least severe alerts that it is told of.")] = "warn"
    kinds: Annotated[
        tuple[AlertKind, ...],
        says(
            "Only alerts of these kinds; none: all.",
            "a list of negative_spike, volume_spike, campaign, watchword, notable_author, silence",
        ),
    ] = ()
    brands: Annotated[
        tuple[Name, ...], says("Only alerts of these brands; none: all.", 'a list such as ["lumbre"]')
    ] = ()
    languages: Annotated[
        tuple[TwoLetters, ...],
        says("Only alerts with posts in one of these languages; none: all.", 'a list such as ["es"]'),
    ] = ()
    quiet_from: Annotated[
        HourOfDay | None, says("From then on only critical alerts; the others wait.", 'a time such as "22:00"')
    ] = None
    quiet_until: Annotated[HourOfDay | None, says("When the waiting ends.", 'a time such as "08:00"')] = None
    time_zone: Annotated[
        Zone | None,
        says("Of these hours, none: that of [time]; and of times in its messages, none: the brand's.", ZONE),
    ] = None
    max_frequency_minutes: Annotated[
        int,
        says("An alert that goes on is told of no more often; escalations and the end at once.", ge=1, le=10_080),
    ] = 30


class MailSettings(ChannelSettings, frozen=True, kw_only=True):
    """Mail, by your own mail server."""

    type: ClassVar[str] = "mail"

    to: Annotated[tuple[MailAddress, ...], says("Who gets it.", 'a list such as ["ana@lumbre.example"]', min_length=1)]
    sender: Annotated[MailAddress, says("Whom it comes from.", "an address such as atalaya@lumbre.example")]
    host: Annotated[str, says("The mail server.", "a host name", pattern=r"^[A-Za-z0-9._:\-\[\]]+\Z")]
    port: Annotated[int, says("Its port: 587 for starttls, 465 for tls, often 25 for none.", ge=1, le=65_535)] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"], says("How it is spoken to; none: unencrypted, and without a password.")
    ] = "starttls"
    user: Annotated[Name | None, says("Who sends, where the server asks.", "a name")] = None
    password: Annotated[Secret | None, says("Of that user.", '"file:PATH"')] = None


class WebhookSettings(ChannelSettings, frozen=True, kw_only=True):
    """A program of yours: one JSON object by HTTP POST for each message."""

    type: ClassVar[str] = "webhook"

    url: Annotated[Secret | None, says("Its http:// or https:// address; who sends must have it.", _BY_FILE)] = None
    key: Annotated[
        Secret | None, says("Signs each message: HMAC-SHA256 in the header X-Atalaya-Signature.", _BY_FILE)
    ] = None


class AppriseSettings(ChannelSettings, frozen=True, kw_only=True):
    """Slack, Telegram, Mattermost, Teams, ntfy and a hundred more, by the library apprise."""

    type: ClassVar[str] = "apprise"

    url: Annotated[
        Secret | None,
        says("Its address in apprise's words, such as slack://TokenA/TokenB/TokenC; who sends must have it.", _BY_FILE),
    ] = None


AnyChannel = MailSettings | WebhookSettings | AppriseSettings

CHANNELS: Mapping[str, type[AnyChannel]] = {
    "mail": MailSettings,
    "webhook": WebhookSettings,
    "apprise": AppriseSettings,
}
"""What `type` of a `[[channel]]` can be."""


def channel_section(name: object) -> str:
    """What its variables are named by: `channel_press` gives ATALAYA_CHANNEL_PRESS_URL."""
    return f"channel_{name}".replace("-", "_") if isinstance(name, str) and name else "channel"
