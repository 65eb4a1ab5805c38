"""A receipt as people read it in a terminal, in English or Spanish."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from atalaya.headings import Lang
from atalaya.live_list import printable
from atalaya.receipt_formulas import in_spanish
from atalaya.receipt_words import kind_of, name_of, say, value_of
from atalaya.verbs.showing import builtins_of, table
from mentions.records import Reason
from processors.notifying.messages import Telling, causes, worst_step
from processors.store.alert_reading import find_alert
from processors.store.receipts import Receipt
from processors.store.sector import rising_elsewhere

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DIGITS = 4
_MOST = 5
_IDS = frozenset({"mentions", "posts", "authors", "people"})
"""Lists that may be long; `--json` has all of each, and mentions stand below with what they say."""
_LABELS = ("negative", "neutral", "positive")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:Z|\+00:00)")
_VOTES = {1: "+", 0: "=", -1: "-"}


def happened(connection: "Connection", receipt: Receipt, now: datetime, lang: Lang) -> list[str]:
    """Say what an alert is about, as its message does; of anything else nothing."""
    if receipt.kind != "alert" or not receipt.steps:
        return []
    alert = find_alert(connection, receipt.id)
    told = Telling(
        alert=alert,
        step=receipt.steps[0],
        steps=receipt.steps,
        before=None,
        quotes=(),
        lang=lang,
        zone="UTC",
        now=now,
        sector=tuple(rising_elsewhere(connection, alert)),
    )
    return list(causes(msgspec.structs.replace(told, step=worst_step(told))))


def show(receipt: Receipt, told: list[str], lang: Lang) -> None:
    """Print a receipt; `told`: what happened, in sentences."""
    version = say("version", lang, version=receipt.version) if receipt.version else ""
    kind = kind_of(receipt.kind, lang)
    typer.echo(printable(say("of", lang, kind=kind, id=receipt.id, brand=receipt.brand) + version))
    _lines("happened", told, lang)
    _lines("formula", receipt.formula if lang == "en" else in_spanish(receipt), lang)
    _pairs(say("inputs", lang), receipt.inputs, receipt.kind, lang)
    for name, reasons in receipt.reasons.items():
        _reasons(name, reasons, lang)
    _pairs(say("evidence", lang), receipt.evidence or {}, receipt.kind, lang)
    _pairs(say("explanation", lang), _found(receipt.explanation or {}), receipt.kind, lang)
    _steps(receipt, lang)
    _mentions(receipt, lang)
    _words(receipt, lang)


def _found(explanation: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was found out; of no posts (a volume spike names none) only what they are compared with."""
    if explanation.get("posts"):
        return explanation
    return {name: value for name, value in explanation.items() if isinstance(value, dict) and value}


def _lines(key: str, lines: tuple[str, ...] | list[str], lang: Lang) -> None:
    if lines:
        typer.echo(f"\n{say(key, lang)}")
    for line in lines:
        typer.echo(f"  {printable(line)}")


def _reasons(name: str, reasons: tuple[Reason, ...], lang: Lang) -> None:
    shown = {reason.term: _decimal(f"{reason.weight:+.3f}", lang) for reason in reasons}
    _columns(say("reasons", lang, name=name_of(name, lang)), shown)


def _pairs(title: str, values: Mapping[str, Any], kind: str, lang: Lang) -> None:
    shown = {}
    for name, value in values.items():
        plain: Any = builtins_of(value) if hasattr(value, "__struct_fields__") else value
        if name == "days" and isinstance(plain, list):
            plain = [f"{day['day']} {_VOTES.get(day['vote']) or say('no_vote', lang)}" for day in plain]
        if name == "p" and plain is not None:
            plain = dict(zip(_LABELS, plain, strict=True))
        shown[name_of(name, lang, kind)] = _text(plain, name, lang)
    _columns(title, shown)


def _columns(title: str, values: Mapping[str, str]) -> None:
    if not values:
        return
    typer.echo(f"\n{title}")
    wide = max(map(len, values))
    for name, value in values.items():
        typer.echo(f"  {printable(name).ljust(wide)}  {printable(value)}")


def _text(value: Any, name: str, lang: Lang) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return say("yes" if value else "no", lang)
        case float():
            return _decimal(f"{round(value, _DIGITS):.{_DIGITS}f}".rstrip("0").rstrip("."), lang)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case {"term": term, **rest}:
            return f"{term} ({_text(rest, name, lang)})"
        case dict():
            return ", ".join(f"{name_of(key, lang)} {_text(one, key, lang)}" for key, one in value.items()) or "-"
        case list() | tuple():
            more = len(value) - _MOST if len(value) > _MOST + 1 and name in _IDS else 0
            shown = [_inner(one, name, lang) for one in (value[:_MOST] if more else value)]
            return "; ".join([*shown, *([say("more", lang, n=more)] if more else [])]) or "-"
    return value_of(name, _INSTANT.sub(r"\1 \2 UTC", str(value)), lang) or "-"


def _inner(value: Any, name: str, lang: Lang) -> str:
    """A part of a list; a list in it is a pair, such as a link and how many posts hold it."""
    return " ".join(_text(one, name, lang) for one in value) if isinstance(value, list) else _text(value, name, lang)


def _decimal(shown: str, lang: Lang) -> str:
    return shown.replace(".", ",") if lang == "es" else shown


def _steps(receipt: Receipt, lang: Lang) -> None:
    if receipt.steps:
        rows = [
            (
                f"{step.at:%Y-%m-%d %H:%M}",
                value_of("step", step.step, lang),
                value_of("severity", step.severity, lang),
                _decimal(f"{step.score:.2f}", lang),
            )
            for step in receipt.steps
        ]
        typer.echo(f"\n{say('steps', lang)}")
        table([say(head, lang) for head in ("when", "step", "severity", "score")], rows, right=(3,))


def _mentions(receipt: Receipt, lang: Lang) -> None:
    if not receipt.mentions:
        return
    typer.echo(f"\n{say('mentions', lang)}")
    rows = [
        (
            f"{quote.created_at:%Y-%m-%d %H:%M}",
            "" if quote.score is None else _decimal(f"{quote.score:+.2f}", lang),
            "" if quote.weight is None else _decimal(f"{quote.weight:.2f}", lang),
            printable(quote.author or ""),
            printable(say("deleted", lang) if quote.text is None else " ".join(quote.text.split())),
            quote.id,
        )
        for quote in receipt.mentions
    ]
    table([say(head, lang) for head in ("when", "score", "weight", "who", "what", "id")], rows, right=(1, 2))


def _words(receipt: Receipt, lang: Lang) -> None:
    if receipt.words:
        typer.echo(f"\n{say('words', lang)}")
    for word in receipt.words:
        what = name_of(word.what, lang)
        said = what if word.text is None else f"{what}: {word.text}"
        typer.echo(printable(f"  {word.at:%Y-%m-%d %H:%M} {word.who} {said}"))
