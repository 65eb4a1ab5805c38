"""Signs of spam in the form of a text: links, numbers, walls of tags, shouting, disguised letters. Pure.

Every sign is looked for behind a cheap test that most texts fail.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mentions.hosts import domains_of, hosts_in
from processors.detection.verdict import publishers

Span = tuple[int, int]
"""First character, and the character behind the last."""


class Found(NamedTuple):
    """A sign, how often it stands in the text, and where first; None: not in the text, but among a post's links."""

    name: str
    times: int
    span: Span | None


SHORTENERS = frozenset(
    (
        *("adf.ly", "amzn.to", "bit.do", "bit.ly", "bitly.ws", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "cutt.us"),
        *("goo.gl", "is.gd", "lnkd.in", "n9.cl", "ouo.io", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorte.st"),
        *("shorturl.at", "soo.gd", "t.ly", "tiny.cc", "tinyurl.com", "tny.im", "v.gd", "vk.cc", "x.gd"),
        *("allmylinks.com", "beacons.ai", "chat.whatsapp.com", "discord.gg", "linktr.ee", "t.me", "wa.link", "wa.me"),
    )
)
"""Hosts whose links hide where they lead, and those that lead into a chat."""
_address = re.compile(r"(?i)(?:https?://|\bwww\.)\S+")
_domain = re.compile(
    r"(?i)\.(com|net|org|info|biz|tk|ru|xyz|club|top|online|site|shop|store|vip|icu|click|live"
    rf"|{'|'.join(sorted({host.rpartition('.')[2] for host in SHORTENERS} - {'com'}))})(?![\w.-]*\w)(?:/\S*)?"
)
"""The end of an address that is written without scheme; found from its dot, for dots are rare."""
_dotted = re.compile(r"\.\w")
_before_dot = re.compile(r"(?<![\w.@-])[\w-]+(?:\.[\w-]+)*\Z").search
_LONGEST_DOMAIN = 64
_SHORT_ENDS = frozenset(host.rpartition(".")[2] for host in SHORTENERS) - {"com"}
"""Ends that are words too (`so.me`): a domain with one counts only where it is a shortener's."""
_phone = re.compile(
    r"(?<![\w/.:#@-])(?:\+|00)?\(?\d{1,4}\)?(?:[ -]?\(?\d{2,5}\)?){2,5}(?![\w/-])|(?<![\w/.:#@])0\d{9,11}(?!\w)"
)
_digit = re.compile(r"\d")
_money = re.compile(r"[$£€]\s?\d[\d.,]{0,12}|\d[\d.,]{0,12}\s?[$£€]")
_money_word = re.compile(
    r"\d[\d.,]{0,12}\s?(?=[udpqemUDPQEM])(?:(?i:usd|dollars?|pounds|quid|euros?|eur|d[oó]lares|mxn|usdt|pesos)\b|p\b)"
)
_tag = re.compile(r"#\w+")
_handle = re.compile(r"(?<!\w)@\w+")
_emoji = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_shouted = re.compile(r"[^\W\d_a-zß-öø-ÿ]{4}")
_marks = re.compile(r"[!$]{3,}|\?{4,}")
_invisible = re.compile("(?<=\\w)[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]+(?=\\w)")
_mixed = re.compile("[a-zA-Z]{2}[\u0370-\u03ff\u0400-\u04ff]|[\u0370-\u03ff\u0400-\u04ff][a-zA-Z]{2}")
_styled = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff5a\u24b6-\u24e9\U0001f130-\U0001f189]{3}")
_disguising = re.compile(
    "[\u00ad\u0370-\u04ff\u180e\u200b-\u200f\u2060-\u2064\u24b6-\u24e9\ufeff\uff21-\uff5a"
    "\U0001d400-\U0001d7ff\U0001f130-\U0001f189]"
)
"""Any character that the three above look for beside plain letters."""
_leet = re.compile(r"(?<![\w#@/.$])(?=\S{0,40}[a-z]{2})[a-zA-Z]+(?:[0134578@$][a-zA-Z]+)+\d?(?![\w@.])", re.ASCII)
_SHAPES = bytes(97 if chr(n).isalpha() and n < 128 else 48 if n in b"0134578@$" else 32 for n in range(256))
_LEET_HINT = b"a0a"
"""How the `_SHAPES` of a text with leet look."""
_DIGITS, _LOWER = b"0123456789", bytes(range(ord("a"), ord("z") + 1))
_SOFT_HYPHEN = b"\xad"
_PLAIN = str.maketrans("0134578@$", "oieastbas")
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁɡһкмтвнАЕОРСУХІЈЅКМТВНαοερυικνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdghkmtbhAEOPCYXIJSKMTBHaoepuiknABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters that readers take for Latin ones (Unicode TR 39, confusables)."""
_PHONE_DIGITS = 9
_MANY_TAGS, _MANY_HANDLES, _MANY_EMOJI, _MANY_LEET = 4, 4, 3, 2
_LONG, _CAPITALS = 20, 0.6
"""Letters from which on capitals are shouting, and their share."""
_QUOTES = re.compile(r'"[^"\n]{1,2000}"|“[^”\n]{1,2000}”|«[^»\n]{1,2000}»|„[^“”\n]{1,2000}[“”]')


def without_quotes(text: str) -> str:
    """The text with blanks for what stands in quotation marks, so that every place stays the same."""
    if '"' in text or "“" in text or "«" in text or "„" in text:
        return _QUOTES.sub(_blank, text)
    return text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def undisguised(text: str) -> tuple[str, Span | None]:
    """The text with plain letters for disguised ones, and where its first disguise stands; None: there is none.

    Digits for letters are a disguise from two words on: one is a name, or a model. Only invisible characters change
    the places of the others (`visible_places`).
    """
    first: Span | None = None
    raw = narrow(text)
    if _disguising.search(text) if raw is None else _SOFT_HYPHEN in raw:
        if hidden := _invisible.search(text):
            first, text = hidden.span(), _invisible.sub("", text)
        if mixed := _mixed.search(text):
            first, text = first or mixed.span(), text.translate(_LOOKALIKES)
        if first is None and (styled := _styled.search(text)):
            first = styled.span()
    if (_encoded(text) if raw is None else raw).translate(_SHAPES).count(_LEET_HINT) >= _MANY_LEET:
        leet = list(_leet.finditer(text))
        if len(leet) >= _MANY_LEET:
            first, text = first or leet[0].span(), _leet.sub(_plain, text)
    return text, first


def visible_places(text: str) -> list[int]:
    """For each character of `undisguised(text)` its place in `text`, and the end of `text`."""
    hidden = {place for found in _invisible.finditer(text) for place in range(*found.span())}
    return [place for place in range(len(text) + 1) if place not in hidden]


def narrow(text: str) -> bytes | None:
    """The text in Latin-1, which most texts fit: it holds no emoji, no digits but ten, and none but Latin letters."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")


def _count(text: bytes, characters: bytes) -> int:
    """How many of these ASCII characters a text has, in Latin-1 or UTF-8."""
    return len(text) - len(text.translate(None, characters))


def _plain(found: re.Match[str]) -> str:
    return found[0].translate(_PLAIN)


def form_signs(text: str, folded: Sequence[str], different: int, links: Iterable[str] = ()) -> list[Found]:
    """All signs of the form of a text whose quotations are gone.

    Args:
        folded: its words. different: how many of them differ.
    """
    signs: list[Found] = []
    raw = narrow(text)
    if raw is None:
        raw = _encoded(text)
        signs += _wall("emoji", _emoji, text, _MANY_EMOJI)
        digits = len(_digit.findall(text))
    else:
        digits = _count(raw, _DIGITS)
    found = list(_addresses(text)) if "." in text and _may_hold_address(text) else []
    if found or links:
        signs += _links(text, found, links)
    if digits:
        signs += _numbers(text, found, digits)
    if raw.count(b"#") >= _MANY_TAGS:
        signs += _wall("hashtags", _tag, text, _MANY_TAGS)
    if raw.count(b"@") >= _MANY_HANDLES:
        signs += _wall("handles", _handle, text, _MANY_HANDLES)
    if 2 * _count(raw, _LOWER) < len(text) and (shouted := _shouted.search(text)):
        signs += _capitals(text, shouted.span())
    if ("!!!" in text or "$$$" in text or "????" in text) and (marks := _marks.search(text)):
        signs.append(Found("marks", 1, marks.span()))
    if len(folded) >= 3 and different <= 0.75 * len(folded):
        signs += _repetition(folded)
    return signs


def _may_hold_address(text: str) -> bool:
    return _dotted.search(text) is not None or "://" in text or "www." in text.lower()


def _addresses(text: str) -> Iterator[Span]:
    behind = 0
    if "://" in text or "www." in text.lower():
        for found in _address.finditer(text):
            behind = found.end()
            yield found.span()
    if not _dotted.search(text, behind):
        return
    for end in _domain.finditer(text, behind):
        first = max(behind, end.start() - _LONGEST_DOMAIN)
        host = _before_dot(text[first : end.start()])
        if host and (end[1].lower() not in _SHORT_ENDS or f"{host[0]}.{end[1]}".lower() in SHORTENERS):
            yield first + host.start(), end.end()


def _links(text: str, found: Sequence[Span], links: Iterable[str]) -> Iterator[Found]:
    """Those to publishers are no sign."""
    shown = [text[start:end] for start, end in found]
    hosts = hosts_in(" ".join((*(each if "://" in each else f"http://{each}" for each in shown), *links)))
    foreign = {host for host in hosts if publishers().isdisjoint(domains_of(host))}
    if not foreign:
        return
    yield Found("link", max(len(found), len(foreign)), found[0] if found else None)
    if not SHORTENERS.isdisjoint(host.removeprefix("www.") for host in foreign):
        yield Found("shortener", 1, found[0] if found else None)


def _numbers(text: str, addresses: Sequence[Span], digits: int) -> Iterator[Found]:
    for start, end in addresses:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    if digits >= _PHONE_DIGITS and len(_digit.findall(text)) >= _PHONE_DIGITS:
        phone = next((each for each in _phone.finditer(text) if len(_digit.findall(each[0])) >= _PHONE_DIGITS), None)
        if phone:
            yield Found("phone", 1, phone.span())
    signed = "$" in text or "£" in text or "€" in text
    if amount := (_money.search(text) if signed else None) or _money_word.search(text):
        yield Found("amount", 1, amount.span())


def _wall(name: str, what: re.Pattern[str], text: str, least: int) -> Iterator[Found]:
    found = list(what.finditer(text))
    if len(found) >= least:
        yield Found(name, len(found) - least + 1, (found[0].start(), found[-1].end()))


def _capitals(text: str, first: Span) -> Iterator[Found]:
    letters = [char for char in text if char.isalpha()]
    if len(letters) >= _LONG and sum(map(str.isupper, letters)) > _CAPITALS * len(letters):
        yield Found("capitals", 1, first)


def _repetition(folded: Sequence[str]) -> Iterator[Found]:
    """A word three times in a row, or two or three words over and over."""
    words = [word for word in folded if word[0].isalpha()]
    for width in (1, 2, 3):
        thrice = enumerate(zip(words, words[width:], words[2 * width :], strict=False))
        for place in [place for place, (one, two, three) in thrice if one == two == three]:
            first = words[place : place + width]
            again, once_more = place + width, place + 2 * width
            if first == words[again:once_more] == words[once_more : once_more + width] and max(map(len, first)) > 2:
                yield Found("repetition", 1, None)
                return
