"""`atalaya spam [TEXT...]`: judge how much texts look like spam; needs no configuration."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from processors.spam import Sign

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog='Example: atalaya spam "WIN a free phone, click here bit.ly/abc" --explain')
def spam(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one per line of standard input.")
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help='Read records {"id"?,"text"}, one a line.')] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="For people, as always on a terminal: the reasons, marked in the text.")
    ] = False,
) -> int:
    """Judge texts by themselves, English and Spanish; one JSON line each. Needs no configuration."""
    from atalaya.verbs.records_in import TextRecord, answer
    from atalaya.verbs.records_in import texts as read
    from processors.spam import SPAM_FROM, weight_of

    if explain or (sys.stdout.isatty() and not jsonl):
        for item in read(texts, jsonl=jsonl):
            if isinstance(item, TextRecord):
                _explain(item.text)
        return 0

    def line(record: TextRecord) -> dict[str, object]:
        signs, score = _judged(record.text)
        return {
            "id": record.id,
            "score": score,
            "weight": weight_of(score) / 1000,
            "is_spam": score >= SPAM_FROM,
            "reasons": [
                {"name": sign.name, "weight": sign.weight} | ({"span": sign.span} if sign.span else {})
                for sign in signs
            ],
        }

    return answer(read(texts, jsonl=jsonl), line, sys.stdout.buffer)


def _judged(text: str) -> "tuple[list[Sign], float]":
    from mentions.settings import SentimentSettings
    from processors.scoring import opening
    from processors.spam import judge_spam, signs_of

    begun = opening(text, SentimentSettings().max_characters)
    return signs_of(begun), judge_spam(begun).score


def _explain(text: str) -> None:
    from atalaya.live_list import printable
    from processors.spam import SPAM_FROM, weight_of

    signs, score = _judged(text)
    typer.echo(f"{'spam' if score >= SPAM_FROM else 'no spam'} ({score:.2f}), weight {weight_of(score) / 1000:.2f}")
    typer.echo(f"  {_marked(text, signs)}")
    for sign in signs:
        shown = printable(text[slice(*sign.span)]) if sign.span else ""
        typer.echo(f"  {sign.weight:+.2f}  {sign.name:<11}{shown}".rstrip())


def _marked(text: str, signs: "list[Sign]") -> str:
    """The text with `[...]` around what the reasons point at, so that a pipe shows it as a terminal does."""
    from atalaya.live_list import printable

    shown, behind = [], 0
    for start, end in sorted({sign.span for sign in signs if sign.span}):
        if start >= behind:
            shown.append(f"{text[behind:start]}[{text[start:end]}]")
            behind = end
    return printable("".join(shown) + text[behind:])
