"""What the types of the settings cannot say: addresses, and keys that exclude each other."""

import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit, urlunsplit

from mentions.metric_names import OTHER
from mentions.settings_reading import Section, shown
from mentions.settings_schema import Secret

_LEAVE_OUT = 'leave it out of the address and set ATALAYA_STORE_PASSWORD, or password = "file:PATH"'
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


def check_section(name: str, section: Section) -> None:
    """Refuse what is wrong in a section whose values have the right types; normalise what can be said in two ways."""
    check = _CHECKS.get(name)
    if check is not None:
        check(section)


def _store(section: Section) -> None:
    url = section.values.get("url", "")
    try:
        parts = urlsplit(url)
        given = parts.password
    except ValueError:
        section.refuse("url", "found an address that cannot be read", "check its brackets and its port")
        return
    if "://" in url and parts.scheme not in ("sqlite", *_POSTGRESQL):
        section.refuse(
            "url", f"unknown kind of database {shown(parts.scheme)}", "write sqlite:///FILE or postgresql://..."
        )
    if parts.scheme == "sqlite" and parts.netloc:
        section.refuse("url", "sqlite:// takes three slashes", "write sqlite:///FILE, or sqlite:////FILE from the root")
    if parts.scheme not in _POSTGRESQL:
        _refuse_password_without_user(section, user=False)
        return
    if "password=" in parts.query:
        section.refuse("url", "a password stands among the options", _LEAVE_OUT)
    if given is not None:
        _split_password(section, url, given)
    _refuse_password_without_user(section, user=bool(parts.username))


def _split_password(section: Section, url: str, given: str) -> None:
    """Take the password out of the URL, so that the URL can be shown; in the file it must not stand at all."""
    if not section.places["url"].where.startswith("environment"):
        section.refuse(
            "url",
            "a password does not stand in the configuration itself",
            _LEAVE_OUT,
        )
        return
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    section.values["url"] = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}@{host}"))
    section.values.setdefault("password", Secret(unquote(given)))


def _refuse_password_without_user(section: Section, *, user: bool) -> None:
    if "password" in section.values and not user:
        section.refuse("password", "the store's address names no user", "write postgresql://USER@HOST/DATABASE")


def _server(section: Section) -> None:
    host = section.values.get("host", "127.0.0.1")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        section.refuse(
            "host",
            f"found {shown(host)}, which other machines can reach, and the pages have no login",
            "write 127.0.0.1 and put a proxy with a login, or an SSH tunnel, in front",
        )


def _kafka(section: Section) -> None:
    values = section.values
    protocol = values.get("security_protocol", "PLAINTEXT")
    sasl = protocol.startswith("SASL")
    if not sasl:
        for key in ("sasl_user", "sasl_password"):
            if values.get(key) is not None:
                section.refuse(key, f"the protocol {protocol} knows no user", 'write security_protocol = "SASL_SSL"')
        return
    if section.whole and (values.get("sasl_user") is None or values.get("sasl_password") is None):
        section.refuse("security_protocol", f"{protocol} needs a user", "give sasl_user and sasl_password")


def _language(section: Section) -> None:
    languages = section.values.get("languages", ())
    for language in languages:
        if languages.count(language) > 1:
            section.refuse("languages", f"{shown(language)} stands there twice", "name each language once")
            return


def _rss(section: Section) -> None:
    url = section.values.pop("url", None)
    if url is not None and section.values.get("urls"):
        section.refuse("url", "url and urls are both given", "write one of them")
    elif url is not None:
        section.values["urls"] = (url,)
    elif section.whole and not section.values.get("urls"):
        section.refuse("url", "no feed is named", 'write url = "https://..."')


def _brand(section: Section) -> None:
    if section.values.get("name") == OTHER:
        section.refuse("name", f'"{OTHER}" is the sum of unknown brands in metrics', "choose another name")


def _channel(section: Section) -> None:
    values = section.values
    for one, other in (("quiet_from", "quiet_until"), ("quiet_until", "quiet_from")):
        if values.get(one) is not None and values.get(other) is None:
            section.refuse(one, f"{one} is given without {other}", "give both, or neither")
            return
    if values.get("password") is not None and values.get("user") is None:
        section.refuse("password", "no user is given", "give user too")
    if values.get("password") is not None and values.get("security") == "none":
        section.refuse("security", "a password would be sent unencrypted", 'write "starttls" or "tls"')


_CHECKS: Mapping[str, Callable[[Section], None]] = {
    "store": _store,
    "server": _server,
    "kafka": _kafka,
    "language": _language,
    "rss": _rss,
    "brand": _brand,
    "channel": _channel,
}
