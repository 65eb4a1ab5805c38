"""The forms of Spanish words, from the form that a dictionary lists. All without accents; `ñ` stays.

A few forms too many are made on purpose ("quere" beside "quiere"): people write them, and no other word is spelled so.
"""

from collections.abc import Iterator

_PRESENT = {
    "ar": "o as a amos ais an e es emos eis en",
    "er": "o es e emos eis en a as amos ais an",
    "ir": "o es e imos is en a as amos ais an",
}
"""Indicative, imperative and subjunctive, voseo included: without accents "amás" is "amas"."""

_PAST = {
    "ar": "e aste astes o amos asteis aron aba abas abamos abais aban"
    " ara aras aramos arais aran ase ases asemos aseis asen",
    "er": "i iste istes io imos isteis ieron ia ias iamos iais ian"
    " iera ieras ieramos ierais ieran iese ieses iesemos ieseis iesen",
}
_PAST["ir"] = _PAST["er"]
_FUTURE = "e as a emos eis an ia ias iamos iais ian"
_GERUND = {"ar": "ando", "er": "iendo", "ir": "iendo"}
_PARTICIPLE = {"ar": "ad", "er": "id", "ir": "id"}
_PLURAL_IMPERATIVE = {"ar": "ad", "er": "ed", "ir": "id"}
_GENDERS = ("o", "a", "os", "as")
_BEFORE_E = {"c": "qu", "g": "gu", "z": "c"}
"""Verbs in -ar keep their sound before e: toco, toque."""

_GENDERED_ENDINGS = ("or", "on", "an", "in", "es", "ol", "uz")
"""Adjectives that take an a: traidor(a), llorón(a), holgazán(a), cantarín(a), cortés aside, español(a)."""

_VOWELS = "aeiou"
CLITICS = ("me", "te", "se", "le", "lo", "la", "nos", "os", "les", "los", "las")
_DIMINUTIVES = tuple(suffix + ending for suffix in ("it", "ill", "az", "ot") for ending in "oae")
_LAST_CLITICS = frozenset(("lo", "la", "los", "las", "le", "les", "me", "nos"))


def verb_forms(infinitive: str, changes: tuple[str, ...] = ()) -> Iterator[str]:
    """All forms of one word of a verb in -ar, -er or -ir, its participle in both genders and numbers.

    Args:
        changes: how the last vowel of its stem changes: `ie`, `ue`, `i`, `u`; and whole forms that no rule gives.
    """
    stem, ending = infinitive[:-2], infinitive[-2:]
    yield infinitive
    for tail in _FUTURE.split():
        yield infinitive + tail
    for number_and_gender in _GENDERS:
        yield stem + _PARTICIPLE[ending] + number_and_gender
    yield stem + _PLURAL_IMPERATIVE[ending]
    for each in (stem, *(_changed(stem, change) for change in changes if len(change) <= 2)):
        for tail in (*_PRESENT[ending].split(), *_PAST[ending].split(), _GERUND[ending]):
            yield from _joined(each, tail, ending)
    yield from (change for change in changes if len(change) > 2)


def _changed(stem: str, change: str) -> str:
    """The stem with its last vowel changed."""
    place = max(stem.rfind(vowel) for vowel in _VOWELS)
    return stem[:place] + change + stem[place + 1 :] if place >= 0 else stem


def _joined(stem: str, tail: str, ending: str) -> Iterator[str]:
    """Stem and tail, spelled as Spanish spells their meeting."""
    if ending == "ar":
        yield stem[:-1] + _BEFORE_E.get(stem[-1:], stem[-1:]) + tail if tail[0] == "e" else stem + tail
        return
    yield stem + tail
    if tail[0] in "ao":
        yield from _before_a_or_o(stem, tail)
    elif tail[0] == "i" and len(tail) > 2 and tail[1] in _VOWELS and stem[-1:] in _VOWELS:
        yield stem + "y" + tail[1:]  # leyendo, construyeron
    elif tail == "io":
        yield stem + "yo"
    if stem.endswith("u") and not stem.endswith(("gu", "qu")):
        yield stem + "y" + tail  # destruye


def _before_a_or_o(stem: str, tail: str) -> Iterator[str]:
    if stem.endswith("gu"):
        yield stem[:-1] + tail  # sigo
    elif stem.endswith("g"):
        yield stem[:-1] + "j" + tail  # protejo
    elif stem.endswith("c"):
        yield stem[:-1] + ("zc" if stem[-2:-1] in _VOWELS else "z") + tail  # agradezco, venzo


def adjective_forms(term: str) -> Iterator[str]:
    """Gender, number and `-mente` of an adjective, or of a noun that has both genders."""
    yield from agreeing(term)
    yield (term[:-1] + "a" if term.endswith("o") else term) + "mente"


def superlative_forms(term: str) -> Iterator[str]:
    """`-ísimo` in both genders and numbers: rico, riquísimo; amable, amabilísimo."""
    stem = term[:-2] + "il" if term.endswith("ble") else term[:-1] if term[-1] in _VOWELS else term
    if stem.endswith(("c", "g", "z")):
        stem = stem[:-1] + {"c": "qu", "g": "gu", "z": "c"}[stem[-1]]
    yield from (stem + "isim" + ending for ending in _GENDERS)


def agreeing(term: str) -> Iterator[str]:
    """Gender and number of an adjective: bueno, buena, buenos, buenas; feliz, felices; traidor, traidora."""
    if term.endswith("o"):
        yield from (term[:-1] + gender for gender in _GENDERS)
    elif term[-1] in _VOWELS:
        yield from (term, term + "s")
    else:
        yield from noun_forms(term)
        if term.endswith(_GENDERED_ENDINGS):
            yield from (term + "a", term + "as")


def noun_forms(term: str) -> Iterator[str]:
    """Number of a noun."""
    yield term
    if term[-1] in _VOWELS:
        yield term + "s"
    elif term.endswith("z"):
        yield term[:-1] + "ces"
    elif not term.endswith("s"):
        yield term + "es"


def without_clitics(word: str) -> Iterator[str]:
    """What a verb's form may be without the pronouns behind it: encanta(me), odiar(lo), devuelva(nos)(lo)."""
    if not word.endswith(CLITICS):
        return
    for clitic in CLITICS:
        if word.endswith(clitic) and len(word) > len(clitic) + 2:
            rest = word.removesuffix(clitic)
            if rest.endswith(("r", "ndo", "a", "e", "d", "i")) or (rest[-1] == "n" and clitic != "te"):
                yield rest
            if clitic in _LAST_CLITICS:
                for inner in ("me", "te", "se", "nos", "os"):
                    if rest.endswith(inner) and len(rest) > len(inner) + 2:
                        yield rest.removesuffix(inner)


def without_diminutive(word: str) -> Iterator[str]:
    """What a word may be without `-ito`, `-illo`, `-ico`, `-azo`, `-ote`: malito, problemilla, buenazo."""
    singular = word.removesuffix("s")
    if not singular.endswith(_DIMINUTIVES):
        return
    for suffix in ("ecit", "cit", "it", "ecill", "cill", "ill", "az", "ot"):
        for gender in "oae":
            if singular.endswith(suffix + gender) and len(singular) > len(suffix) + len(gender) + 2:
                stem = singular[: -len(suffix + gender)]
                yield from (stem + last for last in ("o", "a", "e", ""))
                if stem.endswith("qu"):
                    yield from (stem[:-2] + "c" + last for last in "oa")
                elif stem.endswith("gu"):
                    yield from (stem[:-1] + last for last in "oa")
