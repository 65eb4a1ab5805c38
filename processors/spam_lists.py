"""What one brand says of spam itself: authors, domains and phrases that it allows or blocks. Pure."""

from collections.abc import Iterable, Mapping

from mentions.brands import Brand
from mentions.hosts import domains_of, host_key, hosts_of
from mentions.query_terms import account_key
from mentions.records import FULL_WEIGHT, Post, Reason, Spam
from processors.phrases import Phrases
from processors.spam import score_of, weight_of
from processors.words import Words

ALLOWED, BLOCKED = "allowed", "blocked"
"""Names of the reasons."""
_AUTHOR, _DOMAIN, _PHRASE = "author:", "domain:", "phrase:"


class SpamLists:
    """One brand's allowed and blocked entries, as `mentions.brands.Brand.allow` writes them.

    Args:
        ids: the network's id of an account that is given by handle.
    """

    def __init__(self, allow: Iterable[str] = (), block: Iterable[str] = (), ids: Mapping[str, str] | None = None):
        allow, block = tuple(allow), tuple(block)
        self._allowed, self._blocked = _Entries(allow, ids or {}), _Entries(block, ids or {})
        self._are_empty = not (allow or block)

    @classmethod
    def of(cls, brand: Brand, ids: Mapping[str, str]) -> "SpamLists":
        """Those of a brand's version."""
        return cls(brand.allow, brand.block, ids)

    def judge(self, spam: Spam, post: Post, words: Words) -> tuple[Spam, int]:
        """The text's judgement as this brand has it, and the weight of the mention: 0..1000.

        What is allowed counts in full, whatever else is blocked; what is blocked counts nothing.
        """
        if self._are_empty:
            return spam, weight_of(spam.score)
        if self._allowed.hold(post, words):
            return Spam(spam.score, (*spam.reasons, Reason(ALLOWED, 0.0))), FULL_WEIGHT
        if self._blocked.hold(post, words):
            reasons = (*spam.reasons, Reason(BLOCKED, 1.0))
            return Spam(score_of(reasons), reasons), 0
        return spam, weight_of(spam.score)


class _Entries:
    def __init__(self, entries: Iterable[str], ids: Mapping[str, str]) -> None:
        kinds: dict[str, list[str]] = {_AUTHOR: [], _DOMAIN: [], _PHRASE: []}
        for entry in entries:
            kind, _, value = entry.partition(":")
            kinds[f"{kind}:"].append(value.strip())
        self._authors = {each for name in kinds[_AUTHOR] for each in _accounts(name, ids)}
        self._domains = {host_key(name) for name in kinds[_DOMAIN]}
        folded = (" ".join(Words(phrase).folded) for phrase in kinds[_PHRASE])
        self._phrases = Phrases({_PHRASE: folded}) if kinds[_PHRASE] else None

    def hold(self, post: Post, words: Words) -> bool:
        """Whether an entry names the post's author, something it links to, or words of it."""
        author = post.author
        names = (author.id, author.handle) if author.handle else (author.id,)
        if self._authors and any((post.source, account_key(name)) in self._authors for name in names):
            return True
        if self._domains and any(domain in self._domains for host in hosts_of(post) for domain in domains_of(host)):
            return True
        return bool(self._phrases and self._phrases.find(words.folded))


def _accounts(name: str, ids: Mapping[str, str]) -> list[tuple[str, str]]:
    source, _, account = name.partition(":")
    known = [account, ids[name]] if name in ids else [account]
    return [(source, account_key(each)) for each in known]


DEFAULT = SpamLists()
"""For brands that allow and block nothing."""
