"""What foreign text looks like in a message: one harmless line. Pure."""

import re
import unicodedata

LONGEST_QUOTE = 220
_RISKY = re.compile(r"@(?=everyone|here|channel|all\b)|<(?=[!@#])", re.IGNORECASE)
"""What chat services take for a call to everybody; `quoted` breaks it."""


def quoted(text: str, longest: int = LONGEST_QUOTE) -> str:
    """A text on one line, cut between words, without what moves a cursor, turns the writing or calls everybody."""
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    plain = "".join(char for char in plain if char == "\u200d" or unicodedata.category(char) not in ("Cf", "Cs"))
    plain = _RISKY.sub(lambda found: f"{found[0]}\u200b", " ".join(plain.split()))
    if len(plain) <= longest:
        return plain
    cut = plain[:longest]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[longest // 2 :] else cut}…"
