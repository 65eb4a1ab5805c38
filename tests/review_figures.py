"""A review's numbers, counted once more by plain SQL that shares nothing with the review's own code.

    python -m tests.review_figures STORE.sqlite BRAND PERIOD [CONFIGURATION]

tells every number of that review that SQL counts otherwise, and ends with 1 if there is one.
"""

import json
import math
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

PUBLIC = "brand = :brand AND created_at >= :since AND created_at < :until AND voice = 'public' AND erased_at IS NULL"
ASKED = (
    'weight >= 500 AND (intents LIKE \'%{"name":"question",%\' '
    "OR (intents LIKE '%{\"name\":\"complaint\",%' AND label <> 'positive'))"
)
CAMPAIGN = "cluster IN (SELECT cluster FROM campaigns WHERE campaigns.brand = :brand AND kind = 'coordinated')"
COUNTS: Mapping[str, str] = {
    "mentions": f"SELECT count(*) FROM mentions WHERE {PUBLIC}",
    "stories": f"SELECT count(*) - count(cluster) + count(DISTINCT cluster) FROM mentions WHERE {PUBLIC}",
    "authors": f"SELECT count(*) FROM (SELECT DISTINCT source, author_id FROM mentions WHERE {PUBLIC} "
    "AND author_id IS NOT NULL)",
    "copies": f"SELECT count(cluster) - count(DISTINCT cluster) FROM mentions WHERE {PUBLIC}",
    "late": f"SELECT count(*) FROM mentions WHERE {PUBLIC} AND fold_tick > created_at / 60000000",
    "erased": "SELECT count(*) FROM mentions WHERE brand = :brand AND created_at >= :since AND created_at < :until "
    "AND erased_at IS NOT NULL",
    "duplicates": "SELECT coalesce(sum(json_extract(dropped, '$.duplicate')), 0) FROM coverage "
    "WHERE at >= :since AND at < :until",
}
"""Figures that are a count."""
SHARES: Mapping[str, str] = {
    "negative_share": "label = 'negative'",
    "spam_share": "weight < 500",
    "campaign_share": CAMPAIGN,
    "unjudged_share": "label = 'unjudged'",
    "language_unknown": "lang = 'und'",
    "artificial_share": f"(weight < 500 OR {CAMPAIGN})",
}
"""Figures that are a share of the mentions, by their condition."""
ANSWERS = f"""
SELECT (first.at - mentions.created_at) / 3600e6 FROM mentions JOIN (
    SELECT source || ':' || in_reply_to AS of, min(created_at) AS at FROM mentions
    WHERE brand = :brand AND created_at >= :since AND created_at < :until AND voice = 'own' AND erased_at IS NULL
    AND in_reply_to IS NOT NULL GROUP BY 1
) AS first ON first.of = mentions.id AND first.at >= mentions.created_at WHERE {PUBLIC} AND {ASKED} ORDER BY 1
"""
"""Hours from each question or complaint to its first own answer."""
FEELINGS = ("positive", "neutral", "negative", "unjudged")
NEAR = 1e-9


class Counted:
    """Counts figures of a brand over a window."""

    def __init__(self, connection: sqlite3.Connection, brand: str, since: str, until: str) -> None:
        self.connection, self.brand = connection, brand
        self.since, self.until = (datetime.fromisoformat(moment) for moment in (since, until))

    def one(self, query: str, **more: object) -> Any:
        """The first value of a query's first row."""
        return self.rows(query, **more)[0][0]

    def rows(self, query: str, **more: object) -> list[Any]:
        """A query's rows."""
        window = {"brand": self.brand, "since": _micros(self.since), "until": _micros(self.until)}
        return self.connection.execute(query, window | more).fetchall()

    def labels(self, where: str = "TRUE") -> dict[str, tuple[int, int]]:
        """By label, count and sum of weights."""
        found = self.rows(
            f"SELECT label, count(*), sum(weight) FROM mentions WHERE {PUBLIC} AND {where} GROUP BY label"
        )
        return {label: next(((n, w) for one, n, w in found if one == label), (0, 0)) for label in FEELINGS}

    def net(self, where: str = "TRUE") -> tuple[float | None, int]:
        """Net sentiment and of how many opinions; None under 30."""
        found = self.labels(where)
        up, down = found["positive"][0], found["negative"][0]
        return ((up - down) / (up + down) if up + down >= 30 else None), up + down

    def value(self, name: str) -> float | None:
        """A figure's value; of a name that is not known here, a KeyError."""
        if name in COUNTS:
            return float(self.one(COUNTS[name]))
        if name == "net_sentiment":
            return self.net()[0]
        if name == "share_of_voice":
            others = "SELECT count(*) FROM mentions WHERE created_at >= :since AND created_at < :until "
            whole = self.one(others + "AND voice = 'public' AND erased_at IS NULL")
            return self.value("mentions") / whole if whole else None
        asked = self.one(f"SELECT count(*) FROM mentions WHERE {PUBLIC} AND {ASKED}")
        hours = [row[0] for row in self.rows(ANSWERS)]
        if name == "waiting":
            return float(asked - len(hours))
        if name in ("response_share", "response_median", "response_p90"):
            return self._answers(name, asked, hours)
        mentions = self.one(COUNTS["mentions"])
        return (
            self.one(f"SELECT count(*) FROM mentions WHERE {PUBLIC} AND {SHARES[name]}") / mentions
            if mentions
            else None
        )

    def _answers(self, name: str, asked: int, hours: list[float]) -> float | None:
        seen = "SELECT count(*) FROM mentions WHERE brand = :brand AND created_at < :until AND voice = 'own'"
        if name == "response_share":
            return len(hours) / asked if asked and self.one(f"{seen} AND erased_at IS NULL") else None
        share = 0.5 if name == "response_median" else 0.9
        return hours[math.ceil(share * len(hours)) - 1] if hours else None

    @property
    def known(self) -> frozenset[str]:
        """Names that `value` knows."""
        more = ("net_sentiment", "share_of_voice", "waiting", "response_share", "response_median", "response_p90")
        return frozenset((*COUNTS, *SHARES, *more))


def differences(review: Mapping[str, Any], connection: sqlite3.Connection) -> Iterator[str]:
    """Every number of a review (as its JSON has it) that is counted otherwise here, a line each."""
    brand, period = review["brand"], review["period"]
    counted = Counted(connection, brand, period["since"], period["until"])
    checks = (_figures(review, counted), _brands(review, counted), _days(review, counted), _parts(review, counted))
    for checked in (*checks, _alerts(review, counted), _people(review, counted), _campaigns(review, counted)):
        for what, said, found in checked:
            if not _same(said, found):
                yield f"{what}: the review says {said}, SQL {found}"


def checked_names(review: Mapping[str, Any]) -> set[str]:
    """The figures of a review that `differences` counts, by name."""
    return {one["name"] for one in _all(review)} & Counted(None, "", "2026-01-01", "2026-01-02").known  # type: ignore[arg-type]


Check = tuple[str, Any, Any]


def _all(review: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (*review["figures"], *review["people"], *review["spam"], *review["quality"]["figures"])
    for rule in review["scorecard"]:
        yield from rule["figures"]


def _figures(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    earlier = [
        Counted(counted.connection, counted.brand, one["period"]["since"], one["period"]["until"])
        for one in review["earlier"]
    ]
    for one in _all(review):
        name = one["name"]
        if name not in counted.known:
            continue
        yield one["id"], one["value"], counted.value(name)
        for then, value, told in zip(earlier, one["before"], review["earlier"], strict=False):
            if told["comparable"]:
                yield f"{one['id']}, {told['period']['name']}", value, then.value(name)
        yield from _interval(one, counted)


def _interval(figure: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    """A share's interval by Wilson's formula, and what it is a share of."""
    if figure["interval"] is None or figure["name"] not in SHARES or not figure["n"]:
        return
    n, z = counted.one(COUNTS["mentions"]), 1.959963984540054
    yield f"{figure['id']}, n", figure["n"], n
    share = figure["value"]
    middle, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    for said, edge in zip(figure["interval"], (middle - half, middle + half), strict=True):
        yield f"{figure['id']}, interval", round(said, 6), round(edge / (1 + z * z / n), 6)


def _brands(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    for row in review["brands"]:
        other = Counted(counted.connection, row["brand"], review["period"]["since"], review["period"]["until"])
        keys = {"mentions": "mentions", "share_of_voice": "share_of_voice", "net_sentiment": "net_sentiment"}
        for key, name in {**keys, "response": "response_share"}.items():
            yield row[key]["id"], row[key]["value"], other.value(name)


def _days(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    zone = ZoneInfo(review["period"]["time_zone"])
    for day in review["series"]["days"]:
        first = date.fromisoformat(day["day"])
        start, end = (datetime(on.year, on.month, on.day, tzinfo=zone) for on in (first, first + timedelta(days=1)))
        then = Counted(counted.connection, counted.brand, start.isoformat(), end.isoformat())
        labels, (net, n) = then.labels(), then.net()
        yield f"{first}: n", day["n"], n
        yield f"{first}: net sentiment", day["net_sentiment"], net
        for label in FEELINGS:
            yield f"{first}: {label}", day[label], labels[label][0]
            yield f"{first}: weight of {label}", day[f"w_{label}"], labels[label][1] / 1000


def _parts(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    whole = counted.one(COUNTS["mentions"])
    for key, column in (("sources", "source"), ("languages", "lang")):
        query = f"SELECT {column}, count(*) FROM mentions WHERE {PUBLIC} GROUP BY 1"
        found = dict(counted.rows(query))
        listed = review["quality"][key]
        yield f"{key}: which", {one[column] for one in listed}, set(found)
        for one in listed:
            yield f"{one[column]}: mentions", one["mentions"], found.get(one[column])
            yield f"{one[column]}: share", one["share"], one["mentions"] / whole
            if key == "languages":
                net, n = counted.net(f"lang = '{one[column]}'")
                yield f"{one[column]}: net sentiment", one["net_sentiment"], net
                yield f"{one[column]}: n", one["n"], n
    for term in (*review["terms_rising"], *review["terms_falling"]):
        holding = [
            row[0] for row in counted.rows(f"SELECT coalesce(title, '') || ' ' || text FROM mentions WHERE {PUBLIC}")
        ]
        words = [set(term["term"].lower().split()) <= set(_words(text)) for text in holding]
        yield f"{term['term']}: at most so many posts have its words", term["posts"] <= sum(words), True


def _alerts(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    window = "brand = :brand AND opened_at >= :since AND opened_at < :until"
    query = f"SELECT id, kind, severity, score FROM alerts WHERE {window}"
    found = {row[0]: row[1:] for row in counted.rows(query)}
    yield "alerts in all", review["alerts_in_all"], len(found)
    for one in review["alerts"]:
        yield f"alert {one['id']}", (one["kind"], one["severity"], one["score"]), found.get(one["id"])


def _people(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    query = (
        "SELECT max(created_at) FROM mentions WHERE brand = :brand AND source = :source AND author_id = :author "
        "AND created_at < :until"
    )
    for one in (*review["evangelists"], *review["lapsed"], *(review["detractors"] or ())):
        key = {"source": one["source"], "author": one["author"]}
        last = _micros(datetime.fromisoformat(one["last_seen"]))
        yield f"{one['id']}: last seen", last, counted.one(query, **key)
        reach = "SELECT followers FROM authors WHERE source = :source AND author_id = :author"
        yield f"{one['id']}: followers", one["reach"], counted.one(reach, **key)


def _campaigns(review: Mapping[str, Any], counted: Counted) -> Iterator[Check]:
    query = (
        "SELECT count(*), count(DISTINCT source || ':' || author_id) FROM mentions "
        "WHERE brand = :brand AND cluster = :cluster AND voice = 'public' AND erased_at IS NULL"
    )
    for one in review["campaigns"]:
        found = counted.rows(query, cluster=one["id"].partition("/")[2])[0]
        yield one["id"], (one["posts"], one["authors"]), tuple(found)


def _words(text: str) -> Iterator[str]:
    yield from ("".join(letter if letter.isalnum() else " " for letter in text.lower())).split()


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _same(said: Any, found: Any) -> bool:
    if isinstance(said, float | int) and isinstance(found, float | int):
        return math.isclose(said, found, rel_tol=NEAR, abs_tol=NEAR)
    return bool(said == found)


def main() -> int:
    """Tell what differs."""
    from atalaya.verbs.review import made_of, rendered
    from dashboards.review.periods import named
    from processors.store.brands import history
    from processors.store.opening import open_store

    path, brand, period, *config = sys.argv[1:]
    with open_store(f"sqlite:///{Path(path).absolute()}") as store, store.reading() as reading:
        zone = history(reading, brand)[-1].brand.time_zone
        where = Path(config[0]) if config else None
        made = made_of(reading, brand, named(period, zone), where, name_detractors=True)
    review = json.loads(rendered(made, "json", "en"))
    with closing(sqlite3.connect(path)) as connection:
        found = list(differences(review, connection))
    print("\n".join(found) or f"no difference; counted: {', '.join(sorted(checked_names(review)))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
