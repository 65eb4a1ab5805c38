"""`atalaya score [TEXT...]`: the sentiment of texts, and why."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mentions.records import Sentiment

app = typer.Typer(rich_markup_mode=None)
LANGUAGES = ("en", "es", "pt", "fr", "de", "it")


@app.command(epilog='Example: atalaya score "I love this bakery" --explain')
def score(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one per line of standard input.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read records {"id"?,"text","lang"?,"brand"?}, one a line.')
    ] = False,
    engine: Annotated[
        str, typer.Option("--engine", help="atalaya, rules, vader-fixed, or vader as published, whatever the language.")
    ] = "atalaya",
    lang: Annotated[
        str | None, typer.Option("--lang", help="The texts' language (ISO 639-1) where a record names none.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="For people: the words that decided.")] = False,
) -> int:
    """Judge texts; one JSON line each. Needs no configuration."""
    from atalaya.verbs.records_in import TextRecord, answer
    from atalaya.verbs.records_in import texts as read
    from mentions.settings import SentimentSettings
    from processors.aspects import DEFAULT
    from processors.intents import intents_of
    from processors.language import LanguageIdentifier
    from processors.scoring import opening
    from processors.sentiment.engines import open_engine
    from processors.words import Words

    plain = engine == "vader"
    judge = open_engine(engine, every_language=plain)
    languages, most = LanguageIdentifier(LANGUAGES), SentimentSettings().max_characters

    def look(record: TextRecord) -> "tuple[str, Sentiment]":
        language = language_code(record.lang or lang) or languages.identify(record.text, None)
        return language, judge.judge(record.text if plain else opening(record.text, most), language)

    if explain:
        for item in read(texts, jsonl=jsonl):
            if isinstance(item, TextRecord):
                _explain(item.text, *look(item), judge.version)
        return 0

    def line(record: TextRecord) -> dict[str, object]:
        language, sentiment = look(record)
        words = Words(record.text)
        return {
            "id": record.id,
            "lang": language,
            "label": sentiment.label,
            "score": sentiment.score,
            "p": None
            if sentiment.p is None
            else dict(zip(("negative", "neutral", "positive"), sentiment.p, strict=True)),
            "engine": judge.version,
            "reasons": [{"term": reason.term, "weight": reason.weight} for reason in sentiment.reasons],
            "intents": intents_of(words, language, sentiment),
            "aspects": DEFAULT.find(words, language),
        }

    return answer(read(texts, jsonl=jsonl), line, sys.stdout.buffer)


def language_code(tag: str | None) -> str | None:
    """The primary part of a language tag, if it is one: `es` of `es-MX`."""
    if tag is None:
        return None
    code = tag.replace("_", "-").partition("-")[0].strip().lower()
    return code if code.isascii() and code.isalpha() and len(code) in (2, 3) else None


def _explain(text: str, lang: str, sentiment: "Sentiment", engine: str) -> None:
    from atalaya.live_list import printable

    typer.echo(f"{sentiment.label} ({sentiment.score:+.4f}), language {lang}, engine {engine}: {printable(text)}")
    if sentiment.label == "unjudged" and sentiment.p is None:
        typer.echo("  this engine does not hear that language")
    elif sentiment.label == "unjudged":
        typer.echo("  no label is likely enough")
    for reason in sentiment.reasons:
        # Blue and yellow differ for every eye, and the sign says the same; a pipe gets no colours.
        colour = typer.colors.BLUE if reason.weight > 0 else typer.colors.YELLOW
        typer.echo(typer.style(f"  {reason.weight:+.2f}  {printable(reason.term)}", fg=colour))
