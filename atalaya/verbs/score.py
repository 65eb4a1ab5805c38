"""`atalaya score [TEXT...]`: the sentiment of texts, and why."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from pathlib import Path

    from atalaya.text_judging import About, Judged
    from atalaya.verbs.records_in import TextRecord

    Look = Callable[[TextRecord, str | None], Judged]
    """Judges a record whose language is named, or None."""

app = typer.Typer(rich_markup_mode=None)
LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
PUBLISHED = "vader"
"""The engine that judges as published: the whole text, whatever the language."""


@app.command(epilog='Example: atalaya score "I love this bakery" --explain')
def score(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one per line of standard input.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read records {"id"?,"text","lang"?,"brand"?}, one a line.')
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            help="atalaya (default), rules, vader-fixed, or vader as published, whatever the language. "
            "With --brand, the configured one.",
        ),
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="The texts' language (ISO 639-1) where a record names none.")
    ] = None,
    brand: Annotated[
        str | None,
        typer.Option(
            "--brand",
            help="Judge as mentions of this brand of the store or the configuration: its names and corrections count. "
            "With it a record's own brand counts too.",
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="For people: the words that decided.")] = False,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> int:
    """Judge texts; one JSON line each. Needs no configuration without --brand."""
    from atalaya.verbs.records_in import TextRecord, Unusable, answer
    from atalaya.verbs.records_in import texts as read
    from mentions.errors import UsageError

    look = _by_itself(engine or "atalaya") if brand is None else _for_brand(engine, brand, store, config)
    items = read(texts, jsonl=jsonl)
    if explain:
        for item in items:
            if isinstance(item, TextRecord):
                _explain(item.text, look(item, language_code(item.lang or lang)))
        return 0

    def line(record: TextRecord) -> "dict[str, object] | Unusable":
        try:
            return _line(record, look(record, language_code(record.lang or lang)))
        except UsageError as error:
            return Unusable(record.line, str(error), record.id)

    return answer(items, line, sys.stdout.buffer)


def _by_itself(engine: str) -> "Look":
    from atalaya.text_judging import TextJudge
    from mentions.settings import SentimentSettings
    from processors.language import LanguageIdentifier
    from processors.sentiment.engines import open_engine

    plain = engine == PUBLISHED
    most = None if plain else SentimentSettings().max_characters
    judge = TextJudge(open_engine(engine, every_language=plain), LanguageIdentifier(LANGUAGES), most)
    return lambda record, lang: judge.judge(record.text, lang)


def _for_brand(engine: str | None, brand: str, store: str | None, config: "Path | None") -> "Look":
    from dataclasses import replace

    from atalaya.judging import judges_of
    from atalaya.text_judging import brand_judge
    from processors.sentiment.engines import open_engine

    settings = options.settings_of(config)
    judges = judges_of(settings)
    if engine is not None and engine != settings.sentiment.engine:
        judges = replace(judges, engine=open_engine(engine, every_language=engine == PUBLISHED))
    judge = brand_judge(settings, store, judges)
    judge.check(brand)
    return lambda record, lang: judge.judge(record.text, lang, record.brand or brand)


def _line(record: "TextRecord", judged: "Judged") -> dict[str, object]:
    sentiment, about = judged.sentiment, judged.about
    line: dict[str, object] = {
        "id": record.id,
        "lang": judged.lang,
        "label": sentiment.label,
        "score": sentiment.score,
        "p": None if sentiment.p is None else dict(zip(("negative", "neutral", "positive"), sentiment.p, strict=True)),
        "engine": judged.engine,
        "reasons": [{"term": reason.term, "weight": reason.weight} for reason in sentiment.reasons],
        "intents": judged.intents,
        "aspects": judged.aspects,
    }
    if about is not None:
        line["about"] = {
            "brand": about.brand,
            "version": about.version,
            "own_names": sorted(about.target.own),
            "other_names": sorted(about.target.others),
            "layer": about.layer,
        }
    return line


def language_code(tag: str | None) -> str | None:
    """The primary part of a language tag, if it is one: `es` of `es-MX`."""
    if tag is None:
        return None
    code = tag.replace("_", "-").partition("-")[0].strip().lower()
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else None


def _explain(text: str, judged: "Judged") -> None:
    from atalaya.live_list import printable

    sentiment = judged.sentiment
    typer.echo(
        f"{sentiment.label} ({sentiment.score:+.4f}), language {judged.lang}, engine {judged.engine}: {printable(text)}"
    )
    if judged.about is not None:
        _explain_about(judged.about)
    if sentiment.label == "unjudged" and sentiment.p is None:
        typer.echo("  this engine does not hear that language")
    elif sentiment.label == "unjudged":
        typer.echo("  no label is likely enough")
    for reason in sentiment.reasons:
        # Blue and yellow differ for every eye, and the sign says the same; a pipe gets no colours.
        colour = typer.colors.BLUE if reason.weight > 0 else typer.colors.YELLOW
        typer.echo(typer.style(f"  {reason.weight:+.2f}  {printable(reason.term)}", fg=colour))


def _explain_about(about: "About") -> None:
    from atalaya.live_list import printable

    version = f"version {about.version}" if about.version else "only in the configuration"
    layer = "none in use" if about.layer is None else f"layer {about.layer}"
    typer.echo(f"  about {about.brand} ({version}); corrections: {layer}")
    names = ", ".join(map(printable, sorted(about.target.own))) or "none in this text"
    typer.echo(f"  its names, which say nothing by themselves: {names}")
    if about.target.others:
        others = ", ".join(map(printable, sorted(about.target.others)))
        typer.echo(f"  other brands, whose part is not its own: {others}")
