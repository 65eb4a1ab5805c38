"""What `evangelists`, `detractors` and `authors` share: the question to the store, columns, and a table for people."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from processors.detection.roles import Role
    from processors.store.people import Order, PeopleWanted, Person

COLUMNS = (
    "brand",
    "source",
    "author",
    "handle",
    "name",
    "role",
    "score",
    "days_active",
    "positive_days",
    "neutral_days",
    "negative_days",
    "affinity",
    "loyalty",
    "authenticity",
    "recency",
    "last_seen",
    "lapsed",
    "links_given",
    "thanked_at",
    "reach",
    "campaign",
)
ROLES: "tuple[Role, ...]" = ("public", "media", "paid", "staff")
Overall = Annotated[
    bool, typer.Option("--overall", help="One row per author over the brands given; without --brand over your own.")
]
RoleName = Annotated[str, typer.Option("--role", help="public, media, paid, staff or any.")]
_HEADS = {
    "public": "",
    "media": "Media",
    "paid": "Paid for it, by their own words",
    "staff": "Staff and ambassadors",
}


def role_of(text: str) -> "Role | None":
    """The role asked for; None: any.

    Raises:
        UsageError: there is no such role.
    """
    from mentions.errors import UsageError

    if text == "any":
        return None
    for role in ROLES:
        if text == role:
            return role
    raise UsageError(f"--role {text}: it is one of {', '.join(ROLES)}, any")


def asked(
    connection: "Connection",
    *,
    brand: list[str] | None,
    overall: bool,
    order: "Order",
    role: "Role | None",
    lapsed: bool | None,
    since: str | None,
    until: str | None,
) -> "PeopleWanted":
    """What the options ask the store for.

    Raises:
        UsageError: there is no such brand.
    """
    from processors.store.brands import history
    from processors.store.people import PeopleWanted, own_role, watched

    now = options.now()
    end = options.moment(until, "--until", now) or now + timedelta(microseconds=1)
    stored = watched(connection)
    for name in brand or ():
        if name not in stored:
            history(connection, name)  # says which names are near
    names = tuple(dict.fromkeys(brand)) if brand else own_role(connection) if overall else stored
    start = options.moment(since, "--since", end)
    return PeopleWanted(brands=names, until=end, order=order, overall=overall, role=role, lapsed=lapsed, since=start)


def list_ranked(
    order: "Order",
    *,
    brand: list[str] | None,
    overall: bool,
    role: str,
    lapsed: bool | None,
    since: str | None,
    until: str | None,
    limit: int,
    store: str | None,
    config: Path | None,
    forms: dict[str, bool],
    lang: str,
    none: str,
) -> None:
    """Read and show people in an order. `none`: what to say when there is nobody."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, zone_of
    from processors.store.people import list_people

    form, wanted_role = chosen_format(**forms), role_of(role)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        wanted = asked(
            connection,
            brand=brand,
            overall=overall,
            order=order,
            role=wanted_role,
            lapsed=lapsed,
            since=since,
            until=until,
        )
        found = list_people(connection, wanted, limit=limit)
        zone = zone_of(connection, brand)
    if form is not None:
        export(found, COLUMNS, form, zone=zone, lang=language(lang))
    elif not found:
        nothing(none)
    else:
        show(found, order, wanted.until)


def show(found: "list[Person]", order: "Order", now: datetime) -> None:
    """Print tables: the public, those who fell silent, and the other roles apart."""
    everybody = order in ("reach", "loyalty")
    here = [person for person in found if person.role == "public" and (everybody or not person.lapsed)]
    if here:
        _table(here, order, now)
    if not everybody and (silent := [person for person in found if person.role == "public" and person.lapsed]):
        typer.echo("Lapsed: they spoke for the brand, and fell silent")
        _table(silent, order, now)
    for role in ROLES[1:]:
        if apart := [person for person in found if person.role == role]:
            typer.echo(_HEADS[role])
            _table(apart, order, now)
    score = "detractor" if order == "detractor" else "evangelist"
    typer.echo(f"{len(found)} people; `atalaya explain {score}:BRAND/WHO` opens a score", err=True)


def _table(people: "list[Person]", order: "Order", now: datetime) -> None:
    from atalaya.verbs.showing import table

    several = len({person.brand for person in people}) > 1
    heads: tuple[str, ...] = (
        "score",
        "who",
        "days +/=/-",
        "affinity",
        "loyalty",
        "authentic",
        "last seen",
        "links",
        "reach",
        "thanked",
    )
    if several:
        heads = ("brand", *heads)
    rows = [((person.brand or "",) if several else ()) + _row(person, now) for person in people]
    first = 1 if several else 0
    table(heads, rows, right=[first + place for place in (0, 2, 3, 4, 5, 6, 7, 8)])


def _row(person: "Person", now: datetime) -> tuple[str, ...]:
    from atalaya.live_list import printable

    who = person.handle or person.name or person.author
    marks = [] if not person.campaign else ["in a campaign"]
    return (
        f"{person.score:.2f}",
        printable(" ".join([who, f"({person.source})", *marks])),
        f"{person.positive_days} {person.neutral_days} {person.negative_days}",
        f"{person.affinity:+.2f}",
        f"{person.loyalty:.2f}",
        f"{person.authenticity:.2f}",
        _ago(person.last_seen, now),
        "" if person.links_given is None else str(person.links_given),
        "" if person.reach is None else f"{person.reach:,}",
        "" if person.thanked_at is None else f"{person.thanked_at:%Y-%m-%d}",
    )


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return ""
    days = (now - moment).days
    return "today" if days <= 0 else "1 day ago" if days == 1 else f"{days} days ago"
