"""What the author of a text wants: question, complaint, request, purchase, praise, support. Rules, no learnt weights.

A text can have several intents, or none. Each is told with the words that decided it. English and Spanish; texts of
other languages have none, those of an undetermined one are read as both.
"""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from mentions.records import Finding, Sentiment
from processors.phrases import Match, Phrases, read_list
from processors.words import STOPS, Words

Intent = Literal["question", "complaint", "request", "purchase", "praise", "support"]
INTENTS: tuple[Intent, ...] = ("question", "complaint", "request", "purchase", "praise", "support")
NOT_JUDGED = Sentiment("unjudged", 0.0)
_LISTS = {"en": ("intents_en",), "es": ("intents_es",), "und": ("intents_en", "intents_es")}
"""The lists that a text is read by, by its language."""
_SETS = ("negators", "asking", "opening", "turning", "speaking")
"""Sections of the lists that are sets of words."""
_OPENED = "¿"
"""Opens a Spanish question."""
_MOST_TERMS = 4
_NEAR = 3
"""How many words before a word of praise a negation is looked for."""


class _Rules:
    """What lists of phrases say, one or several together; the sets are explained in the English list."""

    def __init__(self, *lists: Mapping[str, list[str]]) -> None:
        tags = dict.fromkeys(tag for sections in lists for tag in sections if tag not in _SETS)
        self.phrases = Phrases({tag: [line for given in lists for line in given.get(tag, ())] for tag in tags})
        self.negators, self.asking, self.opening, self.turning, self.speaking = (
            frozenset(word for given in lists for line in given[name] for word in line.split("|")) for name in _SETS
        )


def phrases_of(lang: str) -> Phrases | None:
    """What the words of a text of this language are searched for; None: it has no intents."""
    rules = _rules(lang)
    return None if rules is None else rules.phrases


@cache
def _rules(lang: str) -> _Rules | None:
    """Made at the first text of a language."""
    return _Rules(*map(read_list, _LISTS[lang])) if lang in _LISTS else None


Span = tuple[int, int]
"""First word, and the word behind the last."""
_Spans = dict[str, list[Span]]
_NONE: list[Span] = []
"""Never added to."""


def intents_of(
    words: Words, lang: str, sentiment: Sentiment = NOT_JUDGED, matches: list[Match] | None = None
) -> tuple[Finding, ...]:
    """Find the intents of a text, in the order of `INTENTS`; never raises, linear in the words.

    Args:
        lang: ISO 639-1 or `und`.
        sentiment: what the engine made of the text. Who is angry and asks for nothing complains, whatever the words.
        matches: what `phrases_of(lang)` finds in the words, where it is at hand.
    """
    rules, folded = _rules(lang), words.folded
    if rules is None:
        return ()
    if matches is None:
        matches = rules.phrases.find(folded)
    angry, marked = sentiment.label == "negative", words.has_question
    if not (matches or angry or marked):
        return ()
    said = _by_tag(matches)
    if "good" in said:
        _turn_negated_praise(said, folded, rules.negators)
    get = said.get
    requests, told, support, bad = get("request", _NONE), _NONE, get("support", _NONE), get("bad", _NONE)
    if "do" in said:
        asked, told = _asked(said)
        requests = requests + asked
    questions = _questions(said, requests, told, folded, rules) if marked else get("asks", _NONE)
    calm = bool(questions or requests or support or "thanks" in said or get("good"))
    if "cause" in said and (angry or not calm or not rules.turning.isdisjoint(folded)):
        bad = bad + said["cause"]
    found = []
    if questions:
        found.append(Finding("question", _terms(words, questions)))
    if bad:
        found.append(Finding("complaint", _terms(words, bad)))
    elif angry and not calm and not rules.speaking.isdisjoint(folded):
        found.append(Finding("complaint", _bad_words(sentiment)))
    if requests:
        found.append(Finding("request", _terms(words, requests)))
    if "buy" in said:
        found.append(Finding("purchase", _terms(words, said["buy"])))
    praise = _praise(said, len(folded), complains=bool(bad), asks=bool(questions or requests))
    if praise:
        found.append(Finding("praise", _terms(words, praise)))
    if support:
        found.append(Finding("support", _terms(words, support)))
    return tuple(found)


def _by_tag(matches: list[Match]) -> _Spans:
    said: _Spans = {}
    for start, end, tags in matches:
        for tag in tags:
            if tag in said:
                said[tag].append((start, end))
            else:
                said[tag] = [(start, end)]
    return said


def _bad_words(sentiment: Sentiment) -> tuple[str, ...]:
    return tuple([reason.term for reason in sentiment.reasons if reason.weight < 0][:_MOST_TERMS])


def _turn_negated_praise(said: _Spans, folded: list[str], negators: frozenset[str]) -> None:
    """What is praised with `not` before it is a complaint."""
    kept: list[Span] = []
    turned: list[Span] = []
    for start, end in said["good"]:
        before = folded[max(0, start - _NEAR) : start]
        meant = negators.isdisjoint(before) or not STOPS.isdisjoint(before)
        (kept if meant else turned).append((start, end))
    said["good"] = kept
    if turned:
        said["bad"] = [*said.get("bad", []), *turned]


def _asked(said: _Spans) -> tuple[list[Span], list[Span]]:
    """Of all `can you ...` those that ask for something to be done, and those that ask for an answer."""
    answers = {start for start, _ in said.get("tell", ())}
    asked: list[Span] = []
    told: list[Span] = []
    for span in said["do"]:
        (told if span[1] in answers or span[1] + 1 in answers else asked).append(span)
    return asked, told


def _questions(said: _Spans, requests: list[Span], told: list[Span], folded: list[str], rules: _Rules) -> list[Span]:
    """Sure questions, and sentences with a question mark that ask for something and do not scorn."""
    found = list(said.get("asks", ()))
    asking, scorn = said.get("ask", _NONE) + told, said.get("scorn", _NONE)
    start = 0
    for place in [place for place, word in enumerate(folded) if word in STOPS]:
        if folded[place] == "?" and not _first(scorn, start, place):
            first = _first(asking, start, place)
            if first is None and place - start > 1:
                opened = folded[start] == _OPENED and not _first(requests, start, place)
                if opened or _asks_first(folded, start, rules):
                    first = start, min(start + _NEAR, place)
            if first is not None:
                found.append(first)
        start = place + 1
    return found


def _asks_first(folded: list[str], start: int, rules: _Rules) -> bool:
    """Whether a sentence begins with a word that asks, behind a handle or a few words that open it."""
    while folded[start] in rules.opening:
        start += 1
    return folded[start] in rules.asking


def _first(spans: list[Span], start: int, behind: int) -> Span | None:
    """The first of these stretches that begins there."""
    for span in spans:
        if start <= span[0] < behind:
            return span
    return None


def _praise(said: _Spans, length: int, *, complains: bool, asks: bool) -> list[Span]:
    """Thanks and praise that are meant: not the politeness that ends a request, not irony."""
    good, thanks = said.get("good", _NONE), said.get("thanks", _NONE)
    if "irony" in said:
        return _NONE
    if not good and thanks and (complains or (asks and all(start >= length - _NEAR for start, _ in thanks))):
        return _NONE
    return thanks + good


def _terms(words: Words, spans: list[Span]) -> tuple[str, ...]:
    """The words of the first few stretches, each once."""
    if len(spans) == 1:
        return (words.quote(*spans[0]),)
    return tuple(dict.fromkeys([words.quote(start, end) for start, end in sorted(spans)[:_MOST_TERMS]]))
