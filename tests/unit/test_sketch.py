import random
from hashlib import sha256

import pytest

from processors.detection.sketch import LENGTH, LONGEST, SHORTEST, agreement, normalised, sketch, sketches

SAID = "Tres horas de cola en la tienda de Lumbre de Vigo y al final no tenían el pan que compré por internet"
POLISH = "Nubira odwołała lot i nikt nic nie mówi 😡"
JAPANESE = "ルンブレのパンは本当においしいです。毎日食べたいくらい好きですよ、ありがとう"


@pytest.mark.parametrize(
    "other",
    [
        SAID.upper(),
        f"@ana_1 {SAID} https://nubira.example/x?y=1",
        SAID.replace(" ", "  ").replace("tenían", "tenian") + "!!! 🔥🔥",
        f"{SAID} www.nubira.example",
        SAID.replace("Lumbre", "Lum\u00adbre"),
        f'{SAID} "@lumbre: Hoy abrimos hasta las diez, venid todos"',
        f"{SAID} RT @lumbre Hoy abrimos hasta las diez",
    ],
)
def test_what_spammers_vary_for_nothing_is_not_compared(other: str) -> None:
    """Case, accents, signs, emoji, addresses, handles, invisible characters and quoted posts do not change a sketch."""
    assert sketch(other) == sketch(SAID)
    assert len(sketch(SAID)) == LENGTH == 129


def test_numbers_are_alike() -> None:
    """Another price, code or telephone number makes no other text."""
    assert sketch(f"{SAID} 12,50 y 600 123 456") == sketch(f"{SAID} 9,99 y 711 000 222")


def test_quoted_words_of_nobody_are_compared() -> None:
    """Only what is quoted from an account is off: a campaign cannot hide in quotation marks."""
    assert sketch(f'"{SAID}"') == sketch(SAID)


@pytest.mark.parametrize(
    "text", ["", "Gracias, Lumbre!", "RT @lumbre " + SAID, f"“@lumbre: {SAID}”", "a" * (SHORTEST - 1), "🔥" * 100]
)
def test_what_is_too_short_has_no_sketch(text: str) -> None:
    """A thank-you, a repost and a bare quote are alike without any plan."""
    assert sketch(text) == b""
    assert len(sketch("a" * SHORTEST)) == LENGTH


def test_agreement_estimates_what_texts_share() -> None:
    """The share of equal slots is the Jaccard index of the 4-grams, without bias and within what chance allows."""
    rng, errors = random.Random(5), []
    for _ in range(400):
        one = [rng.choice("abcdefghijklmnopqrstuvwxyz ") for _ in range(rng.randint(60, 200))]
        other = list(one)
        for _ in range(rng.randint(0, 12)):
            other[rng.randrange(len(other))] = rng.choice("aeiou")
        first, second = _grams("".join(one)), _grams("".join(other))
        share = len(first & second) / len(first | second)
        errors.append(agreement(sketch("".join(one)), sketch("".join(other))) - share)
    assert abs(sum(errors) / len(errors)) < 0.012
    assert (sum(error**2 for error in errors) / len(errors)) ** 0.5 < 0.065


def _grams(text: str) -> set[str]:
    text = normalised(text)
    return {text[n : n + 4] for n in range(len(text) - 3)}


def test_sketches_of_nothing_or_of_another_version_agree_in_nothing() -> None:
    """What cannot be compared is no near-duplicate."""
    drawn = sketch(SAID)
    assert agreement(drawn, drawn) == 1.0
    assert agreement(b"", b"") == agreement(drawn, b"") == agreement(drawn, b"\x02" + drawn[1:]) == 0.0
    assert agreement(drawn, drawn[:-1]) == 0.0


def test_sketches_are_the_same_everywhere_and_for_ever() -> None:
    """A stored sketch is compared with those of later builds: another algorithm needs another VERSION."""
    drawn = b"".join(map(sketch, (SAID, POLISH, JAPANESE)))
    assert sha256(drawn).hexdigest()[:16] == "0a64929167c0babe"


def test_any_string_has_a_sketch() -> None:
    """Half of a surrogate pair, a million characters, all planes of Unicode: no error, and a bounded look."""
    for text in ("\ud800" * 50, "a b" * 1_000_000, "".join(map(chr, range(0, 0x110000, 997)))):
        assert len(sketch(text)) in (0, LENGTH)
    assert sketch("abc " * LONGEST) == sketch(("abc " * LONGEST)[:LONGEST])


def test_a_sketch_does_not_depend_on_the_texts_beside_it() -> None:
    """Drawn together or one by one, in whatever order, each text has its own sketch, and what is too short has none."""
    rng = random.Random(7)
    texts = [SAID, "", POLISH, JAPANESE, "a" * SHORTEST, "Gracias", SAID * 60]
    texts += ["".join(rng.choices("abcdefg hij", k=rng.randint(0, 90))) for _ in range(600)]
    alone = {text: sketch(text) for text in texts}
    for _ in range(3):
        rng.shuffle(texts)
        assert sketches(texts) == [alone[text] for text in texts]
    assert sketches(()) == []
