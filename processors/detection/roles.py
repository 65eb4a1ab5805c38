"""What part an author plays for a brand: one of the public, a medium, somebody paid, or staff. Pure; docs/people.md."""

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from mentions.brands import Brand
from mentions.folding import fold
from mentions.hosts import domains_of, host_key
from mentions.query_terms import account_key

Role = Literal["public", "media", "paid", "staff"]
Account = tuple[str, str]
"""Source, and handle or id as `mentions.query_terms.account_key` writes it."""

_LINK = "link:"
_PAID = re.compile(
    # The hash tags that advertising codes ask for (ASA and CMA in the United Kingdom, FTC, Autocontrol in Spain), ...
    r"(?<![\w#])#(?:ads?|advert|sponsored|sponsoredpost|paidpartnership|paidpost|"
    r"publi|publicidad|anuncio|patrocinado|patrocinada|colaboracionpagada|contenidopatrocinado|emplazamientopagado)"
    r"(?!\w)"
    # ... and what people write instead.
    r"|\b(?:en colaboracion (?:pagada )?con|colaboracion pagada|patrocinad[oa] por|contenido patrocinado|"
    r"paid partnership|in paid collaboration with|sponsored by)\b"
)
_PARTS = ("#", "colaboracion", "patrocinad", "paid", "sponsored")
"""One of them stands in whatever `_PAID` finds."""


def says_paid(text: str) -> str | None:
    """The words by which a text says that it was paid for, folded; None: it does not.

    >>> says_paid("Mi desayuno, en colaboración con Lumbre")
    'en colaboracion con'
    >>> says_paid("an ad about #adventure")
    """
    folded = fold(text)
    if not any(part in folded for part in _PARTS):  # in most texts: a tenth of the time of the expression
        return None
    found = _PAID.search(folded)
    return found[0] if found else None


class Listed(Struct, frozen=True):
    """The accounts that brands name, as authors are compared with them.

    Attributes:
        own: the brands' own accounts. staff: their ambassadors. media: notable accounts. hosts: of notable media.
    """

    own: frozenset[Account]
    staff: frozenset[Account]
    media: frozenset[Account]
    hosts: frozenset[str]

    @classmethod
    def of(cls, brands: Iterable[Brand]) -> "Listed":
        """What these brands name, taken together."""
        brands = tuple(brands)
        notable = [name for brand in brands for name in brand.notable]
        return cls(
            own=frozenset(_account(name) for brand in brands for name in brand.accounts),
            staff=frozenset(_account(name) for brand in brands for name in brand.ambassadors),
            media=frozenset(_account(name) for name in notable if not name.startswith(_LINK)),
            hosts=frozenset(host_key(name.removeprefix(_LINK)) for name in notable if name.startswith(_LINK)),
        )

    def is_own(self, names: frozenset[Account]) -> bool:
        """Whether an author with these names is one of the brands' own accounts."""
        return not self.own.isdisjoint(names)

    def is_staff(self, names: frozenset[Account]) -> bool:
        """Whether an author with these names is one of the brands' ambassadors."""
        return not self.staff.isdisjoint(names)

    def medium(self, names: frozenset[Account], hosts: Iterable[str]) -> str | None:
        """Why an author is a medium: a listed account, or a listed host that it publishes at; None: neither."""
        if not self.media.isdisjoint(names):
            return "a notable account"
        found = sorted(domain for host in hosts for domain in domains_of(host) if domain in self.hosts)
        return f"publishes at {found[0]}" if found else None


def names_of(source: str, author_id: str, handle: str | None) -> frozenset[Account]:
    """The names under which brands may list an author."""
    return frozenset((source, account_key(name)) for name in (author_id, handle) if name)


def _account(name: str) -> Account:
    source, _, account = name.partition(":")
    return source, account_key(account)
