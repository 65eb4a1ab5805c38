"""What looks like spam by itself, why, and what it then counts; what a brand allows and blocks."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.brands import Brand
from mentions.records import Author, Reason, Spam
from processors.spam import SPAM_FROM, WEIGHTS, judge_spam, score_of, signs_of, weight_of
from processors.spam_lists import SpamLists
from processors.words import Words
from tests.playing import a_post

GOLDEN = Path(__file__).parents[1] / "golden" / "spam.tsv"
SAID: dict[str, tuple[tuple[str, str], ...]] = {
    "link": (
        ("Mira esto https://tienda.example/a", "Mira esto, lo cuentan en https://www.elpais.com/pan"),
        ("Look at this www.shop.example", "Look at this.It is end of line.so odd"),
    ),
    "shortener": (
        ("Todo está en bit.ly/abc", "Todo está en https://tienda.example/bit.ly"),
        ("It is all on t.me/abc", "It is all on fit.me or so.me"),
    ),
    "call": (("Haz clic aquí", "Hizo clic y ya está"), ("Click here", "The click of the door")),
    "channel": (
        ("Suscríbete a mi canal", "Me suscribí al canal de cocina"),
        ("Please subscribe to my channel", "I subscribed to Nubira last year"),
    ),
    "contact": (
        ("Escríbeme por whatsapp", "Les escribí y no contestan"),
        ("DM me for prices", "I sent you a letter"),
    ),
    "promo": (
        ("Todo con descuento y envío gratis", "Gratis no es, pero está rico"),
        ("Huge discount, free shipping", "It is gluten free and I feel free to say so"),
    ),
    "urgency": (
        ("Plazas limitadas", "Me faltan plazas en el garaje"),
        ("Limited time offer", "We had little time there"),
    ),
    "amount": (("Solo 20 € la pieza", "Son 20 piezas"), ("Only $20 each", "Only 20 each")),
    "money": (
        ("Trabaja desde casa y gana dinero", "Trabajo en casa los lunes con mi hermana"),
        ("Make money from home", "I came home and want my money back"),
    ),
    "phone": (
        ("Pregunta en el 600 000 123", "Pedido 12-34, pasillo 600"),
        ("Ask at +1 202 555 0142", "Flight 202 at gate 55, row 01"),
    ),
    "giveaway": (
        ("Enhorabuena, has sido seleccionado para ganar", "Ha ganado el partido"),
        ("Congratulations! Claim your prize", "The prize of patience"),
    ),
    "follow": (
        ("Sígueme y te sigo", "Sigue así la historia"),
        ("Follow me and I follow back", "I could not follow the story"),
    ),
    "phishing": (
        ("Su cuenta ha sido bloqueada, verifique sus datos", "La cuenta del bar, por favor"),
        ("Your account has been suspended, verify your identity", "I opened an account at the bank"),
    ),
    "crypto": (
        ("Airdrop gratis, conecta tu wallet", "La wallet me la robaron en el metro"),
        ("Free airdrop, connect your wallet", "I lost my wallet on the bus"),
    ),
    "betting": (
        ("Apuestas seguras, únete al grupo vip", "Quién apuesta a que llueve"),
        ("Fixed matches, sure odds", "I bet it rains"),
    ),
    "adult": (
        ("Chicas calientes en tu zona", "Las chicas del equipo llegan mañana"),
        ("Hot girls near you", "Hot bread near the station"),
    ),
    "piracy": (
        ("Ver el partido en vivo gratis", "He visto el partido en el bar"),
        ("Watch the full movie free", "We watched a movie at home"),
    ),
    "miracle": (
        ("Pierde 10 kilos sin dieta", "La dieta me la puso el médico"),
        ("Lose 20 pounds without diet", "I lost my diet book"),
    ),
    "service": (
        ("Cerrajero 24 horas, barato", "El cerrajero de mi calle es majo"),
        ("Cheap locksmith, free quote", "My uncle is a plumber"),
    ),
    "hashtags": (
        ("#a1 #b2 #c3 #d4 #e5", "#pan #lumbre #hoy"),
        ("#bread #lumbre #today #yes", "the #1 bread, #2 coffee"),
    ),
    "handles": (
        ("@uno @dos @tres @cuatro mirad", "@lumbre @ana hola"),
        ("@one @two @three @four look", "@lumbre @ann hello"),
    ),
    "emoji": (("Pan 🔥🔥🔥🔥", "Pan 🔥"), ("Bread 😍😍😍😍", "Bread 😍")),
    "capitals": (
        ("COMPRAD TODOS EL PAN DE ESTA PANADERIA", "El pan de LUMBRE está bueno"),
        ("EVERYBODY BUY THE BREAD OF THIS BAKERY", "The bread of LUMBRE is good"),
    ),
    "marks": (("Ya está aquí!!!", "¡Ya está aquí!"), ("Here it is!!!!", "Here it is!")),
    "repetition": (
        ("pan pan pan pan", "pan con pan, comida de tontos"),
        ("bread now bread now bread now", "bread and butter and bread"),
    ),
    "tricks": (
        ("G4na d1nero", "El Kolibri K9 y el K10"),
        ("Вuy сheap fоllowers", "Привет from London"),
    ),
    "warning": (
        ("Cuidado, es una estafa: envío gratis", "El envío gratis llegó"),
        ("It is a scam, free shipping", "I got free shipping"),
    ),
    "care": (
        ("Mi pedido no llega y quiero el descuento", "El pedido de la mesa tres, con descuento"),
        ("My order never came, where is the discount", "He took orders, and a discount"),
    ),
}
"""By reason, Spanish then English: what has it, and what looks alike and has it not."""
CASES = [(name, *pair) for name, pairs in SAID.items() for pair in pairs]


def names(text: str) -> set[str]:
    """The names of a text's reasons."""
    return {reason.term for reason in judge_spam(text).reasons}


def test_every_reason_is_told_of_in_both_languages() -> None:
    """No reason is without its sentences."""
    assert list(SAID) == list(WEIGHTS)


@pytest.mark.parametrize(("name", "spammy", "harmless"), CASES, ids=[f"{case[0]}-{case[1][:12]}" for case in CASES])
def test_a_reason_is_found_and_its_look_alike_is_not(name: str, spammy: str, harmless: str) -> None:
    """Each reason stands in its sentence and not in the one that looks alike."""
    assert name in names(spammy)
    assert name not in names(harmless)


@given(st.text(max_size=300) | st.lists(st.sampled_from([c[1] for c in CASES])).map(" ".join))
def test_any_text_is_judged(text: str) -> None:
    """No text raises; the score lies within [0, 1] and is the reasons' sum, the weight within 0 and 1000."""
    spam = judge_spam(text, (text,))
    assert 0 <= spam.score <= 1
    assert spam.score == score_of(spam.reasons)
    assert 0 <= weight_of(spam.score) <= 1000
    assert judge_spam(text, (text,), Words(text)) == spam


@given(st.text(max_size=200) | st.lists(st.sampled_from([c[1] for c in CASES])).map(" ".join))
def test_places_lie_in_the_text_and_reasons_are_the_same(text: str) -> None:
    """`signs_of` gives the reasons of `judge_spam`, each with a stretch of the text or none."""
    signs = signs_of(text)
    assert tuple(Reason(sign.name, sign.weight) for sign in signs) == judge_spam(text).reasons
    for sign in signs:
        if sign.span is not None:
            assert 0 <= sign.span[0] < sign.span[1] <= len(text)


@pytest.mark.parametrize("marks", ['"{}"', "“{}”", "«{}»"])
@given(spammy=st.sampled_from([case[1] for case in CASES]))
def test_what_is_quoted_is_not_judged(marks: str, spammy: str) -> None:
    """Quotation marks around spam leave a text without any reason."""
    assert judge_spam(f"Me escriben {marks.format(spammy)} hoy").reasons == ()


def test_places_are_those_of_the_words_as_written() -> None:
    """A reason points at its words in the text as it was given, hidden characters and all."""
    text = "Hola. E\u200bntra aquí: bit.ly/abc"
    found = {sign.name: text[slice(*sign.span)] for sign in signs_of(text) if sign.span}
    assert found == {"link": "bit.ly/abc", "shortener": "bit.ly/abc", "call": "E\u200bntra aquí", "tricks": "\u200b"}


@pytest.mark.parametrize("links", [("https://a.example",), tuple(f"https://bit.ly/{n}" for n in range(20))])
def test_links_alone_are_no_spam(links: tuple[str, ...]) -> None:
    """However many links a post has, and whosever, they alone do not make it spam."""
    assert 0 < judge_spam("", links).score < SPAM_FROM
    assert 0 < judge_spam(" ".join(links)).score < SPAM_FROM


def test_one_link_costs_no_weight() -> None:
    """A post with a link counts in full, and so does one with links to the press."""
    assert weight_of(judge_spam("Mira https://blog.example/a").score) == 1000
    assert judge_spam("Lo cuentan en https://www.elpais.com/pan", ("https://elmundo.es/x",)).reasons == ()


def test_weight_falls_from_full_to_nothing() -> None:
    """1000 up to 0.2, 500 where spam begins, 0 from 0.8 on, never rising between."""
    assert [weight_of(score) for score in (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0)] == [1000, 1000, 750, 500, 250, 0, 0]


def golden() -> list[list[str]]:
    """The rows of the list: part, judgement, language, kind, text."""
    lines = [line for line in GOLDEN.read_text("utf-8").split("\n") if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


def test_the_list_is_drawn_by_a_fixed_hash() -> None:
    """Fifty and more blatant texts a language; part is `held` where the first byte of the text's SHA-256 is odd."""
    rows = golden()
    for part, _, _, _, text in rows:
        assert part == ("held" if hashlib.sha256(text.encode()).digest()[0] % 2 else "tune"), text
    counts = Counter((judgement, lang) for _, judgement, lang, _, _ in rows)
    assert all(counts[judgement, lang] >= 50 for judgement in ("spam", "ham") for lang in ("es", "en"))


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("part", ["tune", "held"])
def test_blatant_spam_is_found_and_its_look_alikes_are_let_be(part: str, lang: str) -> None:
    """At least 85 % of the blatant texts of each language and part are spam; of the look-alikes 15 % at most."""
    shares = {}
    for judgement in ("spam", "ham"):
        texts = [row[4] for row in golden() if row[:3] == [part, judgement, lang]]
        shares[judgement] = sum(judge_spam(text).score >= SPAM_FROM for text in texts) / len(texts)
    assert shares["spam"] >= 0.85
    assert shares["ham"] <= 0.15


SPAMMY = "Haz clic aquí y gana dinero desde casa https://dinero.example/x"


def weighed(brand: Brand, text: str = SPAMMY, **post: object) -> tuple[Spam, int]:
    """What a brand makes of a text by ana."""
    found = a_post("1", text=text, author=Author("did:plc:ana", "ana.example"), **post)
    return SpamLists.of(brand, {"bluesky:ana.example": "did:plc:ana"}).judge(judge_spam(text), found, Words(text))


ENTRIES = ("author:bluesky:ana.example", "author:bluesky:did:plc:ana", "domain:dinero.example", "phrase:Clic aquí")


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_brand_allows_authors_domains_and_phrases(entry: str) -> None:
    """What is allowed counts in full, with its reasons and `allowed`, whose weight is 0; also where it is blocked."""
    spam, weight = weighed(Brand(name="lumbre", query="x", allow=(entry,), block=ENTRIES))
    assert weight == 1000
    assert spam.reasons[-1] == Reason("allowed", 0.0)
    assert spam.reasons[:-1] == judge_spam(SPAMMY).reasons


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_brand_blocks_authors_domains_and_phrases(entry: str) -> None:
    """What is blocked counts nothing, and says `blocked`."""
    text = "Clic aquí: https://www.dinero.example"
    spam, weight = weighed(Brand(name="lumbre", query="x", block=(entry,)), text)
    assert (weight, spam.score, spam.reasons[-1]) == (0, 1.0, Reason("blocked", 1.0))


def test_what_no_entry_names_is_weighed_by_its_text() -> None:
    """Other authors, domains and phrases leave the judgement as it is."""
    other = ("author:bluesky:eva.example", "author:rss:ana.example", "domain:ero.example", "phrase:clic")
    brand = Brand(name="lumbre", query="x", allow=other, block=other)
    text = "Pan de lumbre"
    assert weighed(brand, text) == (Spam(0.0), 1000)
