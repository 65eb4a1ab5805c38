"""Everybody who has a part: the public by region, and the few who keep coming back."""

import random as randoms
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate

from ingest.simulation.grammar import Random
from ingest.simulation.people import Person, make_group, make_public
from ingest.simulation.rhythm import region_weights

_PUBLIC = 4_000  # enough that hardly anyone speaks twice in an hour
_FAITHFUL = 1.7  # exponent by which a few of the public speak more than most


@dataclass(frozen=True, slots=True)
class Regulars:
    """The people around one brand.

    Attributes:
        own: the brand's account, by language. ambassador: says openly to work there.
        fans: praise on many days. quiet: on some days. lapsed: a fan until half of the history is over.
        critics: complain on many days. parrot: a program that says anew what others have praised.
    """

    own: dict[str, Person]
    ambassador: Person
    fans: tuple[Person, ...]
    quiet: tuple[Person, ...]
    lapsed: Person
    critics: tuple[Person, ...]
    parrot: Person


class Cast:
    """Invented once for a world; the same seed and tag give the same people."""

    def __init__(self, seed: int | str, tag: str) -> None:
        draw = randoms.Random(f"{seed}/people").random  # noqa: S311 # an invented world, not a secret
        self.public = make_public(_PUBLIC, tag, draw)
        self._hours = [_Weighted(hour) for hour in range(24)]
        self.press = make_group(("el_faro_diario",), "ES", "es", draw)[0]
        self.leaver = make_group(("pepa_sin_filtro",), "ES", "es", draw)[0]
        self.sellers = make_group(tuple(f"exito_ya_{n}" for n in range(12)), "ES", "es", draw)
        self.regulars = {
            "lumbre": _regulars(
                "lumbre",
                "amasa_con_ines",
                ("migas_y_versos", "el_desayuno_de_vera", "tostada_diaria", "ruta_del_pan", "cafe_y_tinta"),
                ("crumb_by_crumb", "maya_eats_bread"),
                ("pan_y_poco_mas", "cortado_de_las_cinco"),
                "domingos_de_bollo",
                ("don_reclamo", "tilly_expects_more"),
                "todo_lumbre_247",
                draw,
            ),
            "nubira": _regulars(
                "nubira_air",
                "martina_vuela",
                ("asiento_ventanilla", "maleta_de_mano", "vuelo_por_trabajo", "nubes_y_claros"),
                ("window_seat_wendy", "carry_on_cian"),
                ("puerta_catorce", "escala_corta"),
                "millas_de_teo",
                ("siempre_en_tierra", "gate_change_again"),
                "todo_nubira_247",
                draw,
            ),
        }

    def anyone(self, hour: int, random: Random, *, faithful: bool = True) -> Person:
        """Choose one of the public who is awake at that hour (UTC); `faithful`: some are chosen far more often."""
        people = self.public[self._hours[hour].draw(random)]
        place = random() ** _FAITHFUL if faithful else random()
        return people[int(place * len(people))]

    def anyone_of(self, language: str, random: Random) -> Person:
        """Choose one of the public who speaks that language, whatever the hour."""
        regions = [people for people in self.public.values() if people[0].language == language]
        people = regions[int(random() * len(regions))]
        return people[int(random() * len(people))]


def _regulars(
    account: str,
    ambassador: str,
    fans_es: tuple[str, ...],
    fans_en: tuple[str, ...],
    quiet: tuple[str, ...],
    lapsed: str,
    critics: tuple[str, str],
    parrot: str,
    draw: Random,
) -> Regulars:
    own = {language: make_group((account,), "ES", language, draw)[0] for language in ("es", "en")}
    return Regulars(
        own={"es": own["es"], "en": Person(own["es"].author, "ES", "en")},
        ambassador=make_group((ambassador,), "ES", "es", draw)[0],
        fans=make_group(fans_es, "ES", "es", draw) + make_group(fans_en, "GB", "en", draw),
        quiet=make_group(quiet, "ES", "es", draw),
        lapsed=make_group((lapsed,), "ES", "es", draw)[0],
        critics=(make_group(critics[:1], "ES", "es", draw) + make_group(critics[1:], "GB", "en", draw)),
        parrot=make_group((parrot,), "ES", "es", draw)[0],
    )


class _Weighted:
    """Draws regions by how much they say in one hour."""

    def __init__(self, hour: int) -> None:
        weights = region_weights(hour)
        self._regions = [region for region, _ in weights]
        self._sums = list(accumulate(weight for _, weight in weights))

    def draw(self, random: Random) -> str:
        return self._regions[bisect(self._sums, random() * self._sums[-1])]
