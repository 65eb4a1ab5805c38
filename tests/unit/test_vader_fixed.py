import pytest

from processors.sentiment.phrases import find_phrases, merged
from processors.sentiment.repair import EMOJI_VALUES
from processors.sentiment.vader_engine import VaderEngine, open_vader, open_vader_fixed
from processors.sentiment.words import Word

BUGS = {
    # text: (compound of vaderSentiment 3.3.2, compound here)
    "I don’t like it": (0.3612, -0.2755),
    "great…": (0.0, 0.6249),
    "“great”": (0.0, 0.6249),
    "¡great!": (0.0, 0.6588),
    "No!": (0.0, -0.3595),
    "❤️": (0.0, 0.6369),
    "😀good": (0.3612, 0.6597),
    "👍": (0.0, 0.4588),
    "💯": (0.0, 0.4588),
    "🙏": (0.0, 0.3612),
    "😡": (0.0, -0.5423),
    "👎": (0.0, -0.4588),
    "🙄": (0.0, -0.3612),
    "🤮": (0.0, -0.5574),
    "💩": (0.0, -0.4215),
    "🔥": (-0.34, 0.2263),
    "😭": (-0.4767, 0.0),
    "💔": (0.2732, -0.4588),
    "😶 good": (-0.3412, 0.4404),
    "the shit": (-0.5574, 0.6124),
    "this is not the shit": (0.6124, -0.4973),
    "to die for": (-0.5994, 0.6124),
    "this is to die for": (-0.5994, 0.6124),
    "fed up": (0.0, -0.4215),
    "I can't stand it": (0.0, -0.4588),
    "the app is screwed up": (-0.4939, -0.3612),
    ":-Þ": (0.0, 0.2263),
    "D:": (0.296, -0.5994),
    "kind of bad": (-0.5423, -0.4951),
    "the food isn't quite so good": (0.6236, -0.427),
    "nobody likes it": (0.4215, -0.3252),
    "hardly good": (0.3832, -0.3412),
    "barely good": (0.3832, -0.3412),
    "scarcely good": (0.3832, -0.3412),
    "It really isn't. Good": (-0.3988, 0.4404),
    "It isn't. So good": (-0.464, 0.4927),
    "It isn't. A very good one": (-0.3865, 0.4927),
    "No. Good bread": (0.4404, 0.1779),
    "No, good bread": (0.4404, 0.1779),
    "good http://x.y/?a=1&b=??": (0.533, 0.4404),
    "I &lt;3 it": (0.0, 0.4404),
    "I don&#39;t like it": (0.3612, -0.2755),
    "gorgeous but I like it": (0.5023, 0.6956),
    "good but bad but good": (0.0129, 0.4451),
}

UNCHANGED = {
    "the food isn't quite that good": -0.3843,
    "this is the shit": 0.6124,
    "No": -0.296,
    "not smart, handsome, nor funny": -0.7424,
    "never this good": 0.5228,
    "without a doubt great": 0.7359,
    "d:": 0.296,
    "the least good": -0.3412,
    "at least good": 0.4404,
}

SAME = {
    "opening quote as apostrophe": ("I don‘t like it", "I don't like it"),
    "full-width apostrophe": ("I don＇t like it", "I don't like it"),
    "guillemets": ("«great»", "great"),
    "full-width mark": ("great！", "great"),
    "ellipsis gluing": ("great…really", "great. really"),
    "dash gluing": ("great—really", "great really"),
    "two letters in quotes": ("it is “ok”.", "it is ok"),
    "emoticon before a full stop": ("the crew :).", "the crew :)"),
    "skin": ("👍🏽", "👍"),
    "joined, with sex and skin": ("🤦🏽‍♂️", "🤦"),
    "joined, unknown as a whole": ("🔥‍👍", "🔥 👍"),
    "joined, known as a whole": ("👩‍❤️‍💋‍👨", "kiss"),
    "blank before emoji": ("good😀", "good 😀"),
    "emoji glued to each other": ("👍👍", "👍 👍"),
    "unknown emoji between words": ("good🫠good", "good x good"),
    "flag": ("🇺🇸 bread", "the bread"),
    "idiom of no sentiment": ("bus stop", "bus"),
    "idiom in capitals, all else too": ("TO DIE FOR", "to die for"),
    "idiom over the end of a sentence": ("fed. up", "x. x"),
    "dampener at the start": ("kind of good", "kinda good"),
    "marks of an address without scheme": ("good www.x.example/?a=1&b=??!!", "good"),
    "words of an address": ("bread https://lumbre.example/good good", "bread good"),
    "emoji behind an address": ("bread https://lumbre.example/x😀", "bread 😀"),
    "entity of 5,000 digits": ("good &#" + "9" * 5_000 + ";", "good x"),
    "spelling of can't stand": ("I cannot stand it", "I cant stand it"),
}


@pytest.fixture(scope="module")
def fixed() -> VaderEngine:
    """The engine under test."""
    return open_vader_fixed()


@pytest.fixture(scope="module")
def strict() -> VaderEngine:
    """The reference, bugs included."""
    return open_vader()


def compound(engine: VaderEngine, text: str) -> float:
    """The engine's compound."""
    return engine.polarity_scores(text)["compound"]


@pytest.mark.parametrize(("text", "compounds"), BUGS.items())
def test_each_bug_is_in_the_reference_and_mended_here(
    text: str, compounds: tuple[float, float], strict: VaderEngine, fixed: VaderEngine
) -> None:
    """Each known bug of vaderSentiment shows in the reference engine and not in the mended one."""
    assert compounds == (compound(strict, text), compound(fixed, text))


@pytest.mark.parametrize(("text", "expected"), UNCHANGED.items())
def test_what_was_right_stays(text: str, expected: float, strict: VaderEngine, fixed: VaderEngine) -> None:
    """Rules that worked work as before."""
    assert (expected, expected) == (compound(strict, text), compound(fixed, text))


@pytest.mark.parametrize(("written", "plain"), SAME.values(), ids=SAME.keys())
def test_what_means_the_same_scores_the_same(written: str, plain: str, fixed: VaderEngine) -> None:
    """A text scores like the same text written plainly."""
    assert compound(fixed, plain) == compound(fixed, written)


@pytest.mark.parametrize(("emoji", "value"), EMOJI_VALUES.items())
def test_our_own_emoji_weigh_what_the_table_says(emoji: str, value: float, fixed: VaderEngine) -> None:
    """An emoji that we rate ourselves is a word of that value, and its own reason; at 0 it is no reason at all."""
    reasons = [(reason.term, reason.weight) for reason in fixed.judge(f"bread {emoji}", "en").reasons]

    assert ([(emoji, value)] if value else []) == reasons


def test_every_but_counts(fixed: VaderEngine) -> None:
    """What stands before a `but` is halved, what stands behind one gains half, what stands between two both."""
    reasons = fixed.judge("good but nice but kind", "en").reasons

    assert {reason.term: reason.weight for reason in reasons} == {"good": 0.95, "nice": 1.35, "kind": 3.6}


def test_a_phrase_is_one_reason(fixed: VaderEngine) -> None:
    """The reasons show a phrase as it stands in the lexicon, with all that was added to it."""
    reasons = fixed.judge("I am so FED UP with the queue", "en").reasons

    assert [(reason.term, reason.weight) for reason in reasons] == [("fed up", -2.826)]


def test_what_stands_in_two_phrases_belongs_to_the_first() -> None:
    """Where two phrases share a word, the first one takes it and the second is not there."""
    first, second = Word(lower="one two"), Word(lower="two three")
    phrases = find_phrases({"one two": first, "two three": second})
    words = [Word(lower=part, phrases=phrases.get(part, ())) for part in ("one", "two", "three")]

    assert [word.lower for word in merged(words)] == ["one two", "three"]


@pytest.mark.parametrize("text", ["@united", ".@united", "(@great)", "@love!", "hola @happy,"])
def test_a_handle_says_nothing(text: str) -> None:
    """The words of a handle are a name: they are rated by VADER, and not by the mended engine."""
    assert open_vader().judge(text, "en").score > 0
    assert open_vader_fixed().judge(text, "en").score == 0
