"""What strangers wrote, made fit to show: parts to mark, links that may be followed, names for the page. Pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from mentions.records import Reason

LEAD = 500
"""Characters shown before `Show the whole text`: the longest post that the networks read live allow."""
LONGEST = 20_000
"""Characters shown at all: more than any article needs; the rest is a click away on its own site."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text; `pull` is set where it is a word that decided the judgement."""

    text: str
    pull: Literal["up", "down"] | None = None


def pieces(text: str, reasons: Sequence[Reason]) -> list[Piece]:
    """Cut a text at the words that decided its judgement; the pieces joined are the text.

    A reason that names no word of the text (marks, features) marks nothing.
    """
    weights = {
        _plain(reason.term): reason.weight for reason in reasons if re.search(r"[^\W_]|[^\x00-\x7f]", reason.term)
    }
    if not weights:
        return [Piece(text)] if text else []
    alternatives = "|".join(_pattern(term) for term in sorted(weights, key=len, reverse=True))
    found: list[Piece] = []
    end = 0
    for match in re.finditer(rf"(?<!\w)(?:{alternatives})(?!\w)", text, re.IGNORECASE):
        weight = weights.get(_plain(match[0]))
        if weight is None:
            continue
        found += [Piece(text[end : match.start()]), Piece(match[0], "up" if weight > 0 else "down")]
        end = match.end()
    return [piece for piece in (*found, Piece(text[end:])) if piece.text]


def lead(text: str) -> tuple[str, str]:
    """Split a long text, at a blank where there is one near, into what is shown first and the rest; a short one whole.

    >>> lead("short")
    ('short', '')
    """
    if len(text) <= LEAD * 1.2:
        return text, ""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    cut = shown.rfind(" ", LEAD // 2, LEAD)
    cut = LEAD if cut < 0 else cut
    return shown[:cut], shown[cut:]


def link(url: str | None) -> str | None:
    """Pass an address on if a browser may follow it: plain http or https with a host; else None.

    >>> link("https://social.example/p/1"), link("javascript:alert(1)")
    ('https://social.example/p/1', None)
    """
    if not url or _UNSAFE.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def element_id(brand: str, mention_id: str) -> str:
    """Name a mention on the page; ids of networks hold anything."""
    return "m-" + hashlib.blake2b(f"{brand}\0{mention_id}".encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _plain(term: str) -> str:
    return " ".join(term.lower().replace("’", "'").split())


def _pattern(term: str) -> str:
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in term.split())


def code(sentence: str) -> Markup:
    """Set what stands between backticks as code; everything is escaped.

    >>> code("run `a < b`")
    Markup('run <code>a &lt; b</code>')
    """
    parts = sentence.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
