"""Who speaks in the invented world. No name or handle is a real person's; `phrases/names.txt` holds their parts."""

import math
from dataclasses import dataclass

from ingest.simulation.grammar import Random, grammar
from mentions.records import Author

_REGIONS = (
    # region, language, share, hours from UTC (winter's; clocks never change here)
    ("ES", "es", 0.38, 1),
    ("MX", "es", 0.12, -6),
    ("AR", "es", 0.08, -3),
    ("CO", "es", 0.07, -5),
    ("CL", "es", 0.04, -3),
    ("GB", "en", 0.16, 0),
    ("US", "en", 0.07, -5),
    ("IE", "en", 0.04, 0),
    ("CAT", "ca", 0.016, 1),
    ("PT", "pt", 0.012, 0),
    ("FR", "fr", 0.012, 1),
)
OFFSETS = {region: hours for region, _, _, hours in _REGIONS}
SHARES = {region: share for region, _, share, _ in _REGIONS}
_PLAIN = str.maketrans("áéíóúüñãõçêô", "aeiouunaoceo")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: what the network shows of them, where they live, what they speak."""

    author: Author
    region: str
    language: str

    @property
    def country(self) -> str:
        """ISO 3166 code."""
        return "ES" if self.region == "CAT" else self.region

    @property
    def tag(self) -> str:
        """The language tag that a network puts on their posts."""
        return self.language if self.region == "CAT" else f"{self.language}-{self.region}"


def make_public(count: int, prefix: str, random: Random) -> dict[str, tuple[Person, ...]]:
    """Invent about `count` people, by region in the regions' shares; `prefix` begins their ids."""
    people: dict[str, tuple[Person, ...]] = {}
    number = 0
    for region, language, share, _ in _REGIONS:
        size = max(3, round(count * share))
        people[region] = tuple(_person(prefix, number + n, region, language, random) for n in range(size))
        number += size
    return people


def make_group(handles: tuple[str, ...], region: str, language: str, random: Random) -> tuple[Person, ...]:
    """Invent one person for each handle, of middling reach; the handle is the id."""
    return tuple(
        Person(
            Author(handle, handle=handle, name=handle.replace("_", " ").title(), followers=200 + int(random() * 4_000)),
            region,
            language,
        )
        for handle in handles
    )


def _person(prefix: str, number: int, region: str, language: str, random: Random) -> Person:
    names = grammar("names")
    given = names.expand(f"{language}.given", random)
    handle = f"{given}_{names.expand(f'{language}.word', random)}{number}".lower().translate(_PLAIN)
    ending = names.expand(f"{language}.ending", random) if random() < 0.4 else f"{chr(65 + int(random() * 22))}."
    author = Author(
        f"{prefix}{number:04x}",
        handle=handle,
        name=f"{given} {ending}" if random() < 0.85 else None,
        # Log-normal around 150; for a quarter the network does not tell.
        followers=int(math.exp(5 + 2.2 * (random() + random() + random() - 1.5))) if random() < 0.75 else None,
    )
    return Person(author, region, language)
