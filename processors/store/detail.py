"""What a stored mention is shown with but never searched by: one JSON value in `mentions.detail`."""

from msgspec import Struct, json

from mentions.links import addresses
from mentions.records import Engagement, Finding, Reason, ScoredMention


class Detail(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The parts of a scored mention that no query filters on. Defaults are left out of the stored bytes.

    Unknown keys are ignored and missing ones take their defaults, so that older and newer builds read each other's.

    Attributes:
        p: probabilities of negative, neutral, positive.
        reasons: of the sentiment. `spam_reasons`: of the spam score; `spam_score` None: no spam step judged it.
        flags: what must be told at the first post.
        links: those that the network tells, and those in the text.
        quoted_id: native id on the same source. `source_lang`: the source's own language tag as given.
    """

    p: tuple[float, float, float] | None = None
    reasons: tuple[Reason, ...] = ()
    spam_score: float | None = None
    spam_reasons: tuple[Reason, ...] = ()
    links: tuple[str, ...] = ()
    engagement: Engagement | None = None
    country: str | None = None
    rating: float | None = None
    quoted_id: str | None = None
    source_lang: str | None = None
    flags: tuple[Finding, ...] = ()
    rules_version: str = ""
    clock_skew: bool = False


EMPTY = Detail()
_encoder = json.Encoder()
_decoder = json.Decoder(Detail)


def detail_of(mention: ScoredMention) -> Detail:
    """Everything of `mention` that has no column of its own."""
    post, spam = mention.post, mention.spam
    return Detail(
        p=mention.sentiment.p,
        reasons=mention.sentiment.reasons,
        spam_score=None if spam is None else spam.score,
        spam_reasons=() if spam is None else spam.reasons,
        links=addresses(post),
        engagement=post.engagement,
        country=post.country,
        rating=post.rating,
        quoted_id=post.quoted_id,
        source_lang=post.lang,
        flags=mention.flags,
        rules_version=mention.rules_version,
        clock_skew=post.clock_skew,
    )


def encode_detail(detail: Detail) -> bytes:
    """Write as compact JSON in UTF-8.

    >>> encode_detail(Detail(country="ES"))
    b'{"country":"ES"}'
    """
    return _encoder.encode(detail)


def decode_detail(data: bytes | memoryview | None) -> Detail:
    """Read what `encode_detail` wrote; an erased mention's None is the empty detail.

    Raises:
        msgspec.DecodeError: the bytes are no JSON object of this shape.
    """
    return EMPTY if data is None else _decoder.decode(data)
