"""What people write, in their language and their own careless way."""

import re
from typing import NamedTuple

from ingest.simulation.grammar import Random, grammar, pick
from ingest.simulation.people import Person
from mentions.records import Label

_REGIONAL = 0.3  # how often someone uses the phrases of their own country where there are some
_TAGS = {
    ("lumbre", "es"): (" #desayuno", " #café", " #panadería", " #finde"),
    ("lumbre", "en"): (" #breakfast", " #coffee", " #bakery"),
    ("nubira", "es"): (" #viajes", " #aeropuerto", " #volar"),
    ("nubira", "en"): (" #travel", " #flights", " #avgeek"),
}
_PAGES = {
    "lumbre": ("carta", "pan", "locales", "cafe-en-grano"),
    "nubira": ("rutas", "ofertas", "equipaje", "destinos"),
}
_ADDRESS = re.compile(r"\b(?:https://)?([a-z-]+\.example(?:/\S*)?)")
_UNACCENTED = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")


class Said(NamedTuple):
    """A text and how it speaks of the brand that it is about."""

    text: str
    label: Label


def about(person: Person, brand: str, label: Label, random: Random) -> Said:
    """Make a text about a brand; in the smaller languages the label may be another, as there are fewer phrases."""
    if person.language in ("es", "en"):
        phrases = grammar(person.language)
        rule = f"{brand}.{label}"
        regional = f"{rule}.{person.region}"
        rule = regional if regional in phrases and random() < _REGIONAL else rule
        return Said(casual(phrases.expand(rule, random), person.language, brand, random), label)
    rule = pick(grammar("other").rules(f"{person.language}.{brand}."), random)
    return Said(grammar("other").expand(rule, random), _label_of(rule))


def told(person: Person, rule: str, label: Label, random: Random) -> Said:
    """Make a text of a rule of the person's language, which must be `es` or `en`."""
    return Said(casual(grammar(person.language).expand(rule, random), person.language, "", random), label)


def beside(person: Person, random: Random) -> str:
    """Make a text about anything else."""
    if person.language in ("es", "en"):
        return casual(grammar(person.language).expand("background", random), person.language, "", random)
    return grammar("other").expand(f"{person.language}.background", random)


def casual(text: str, language: str, brand: str, random: Random) -> str:
    """Write as on a phone: sometimes without capitals, accents, opening marks or a full stop, sometimes with a tag."""
    if random() < 0.12:
        text = text.lower()
    if language == "es":
        if random() < 0.22:
            text = text.replace("¿", "").replace("¡", "")
        if random() < 0.05:
            text = text.translate(_UNACCENTED)
    if random() < 0.25:
        text = text.removesuffix(".")
    if brand and random() < 0.07:
        text += pick(_TAGS[brand, language], random)
    return text


def page(brand: str, random: Random) -> str:
    """Choose a page of the brand's site."""
    return f"https://{brand}.example/{pick(_PAGES[brand], random)}"


def links_in(text: str) -> tuple[str, ...]:
    """List the addresses in a text, as a network does."""
    return tuple(f"https://{found}" for found in _ADDRESS.findall(text)) if ".example" in text else ()


def _label_of(rule: str) -> Label:
    match rule.rpartition(".")[2]:
        case "positive":
            return "positive"
        case "negative":
            return "negative"
        case _:
            return "neutral"
