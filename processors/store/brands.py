"""Brands as versioned data: a change is a new version, and no version ever changes.

What detection uses from when on is decided here once, at the commit; `covering` reads it.
"""

import difflib
import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, RowMapping, func, select, update

from mentions.brands import Brand, BrandVersion
from mentions.clock import tick_of, tick_start
from mentions.codec import scrub
from mentions.errors import StoreUnavailable, UsageError
from processors.store.brand_checks import check_brand
from processors.store.schema import brands
from processors.store.upserts import insert

NOTICE = timedelta(seconds=10)
"""Within this time every process has heard of a new version; it takes effect at the next whole minute after."""
NEVER_SEEN = ""
"""The marker of a process that has not loaded any brand yet."""
_SEEDER, _SEED_WHY = "configuration", "the configuration file changed"
_ATTEMPTS = 20


class Seeded(msgspec.Struct, frozen=True):
    """What seeding did.

    Attributes:
        imported: new versions. orphans: brands that an earlier configuration seeded, that are still watched, and that
            this one does not name; they are retired by `atalaya brands retire` only.
    """

    imported: tuple[BrandVersion, ...]
    orphans: tuple[str, ...]


def add_version(connection: Connection, brand: Brand, *, who: str, why: str, now: datetime) -> BrandVersion:
    """Make `brand` the current definition of its name; the same definition again makes no new version.

    Raises:
        SettingsError, QueryError: the brand breaks a rule; nothing was written.
    """
    check_brand(brand)
    return _add(connection, brand, who=who, why=why, now=now)


def rollback(connection: Connection, name: str, version: int, *, who: str, why: str, now: datetime) -> BrandVersion:
    """Make an old definition the current one again, as a new version; also the way back from `retire`.

    Raises:
        UsageError: there is no such brand or version.
    """
    old = next((entry for entry in history(connection, name) if entry.version == version), None)
    if old is None:
        msg = f"brand {name!r} has no version {version}; see `atalaya brands history {name}`"
        raise UsageError(msg)
    return _add(connection, old.brand, who=who, why=why, now=now)


def retire(connection: Connection, name: str, *, who: str, why: str, now: datetime) -> BrandVersion:
    """Stop watching a brand; its history stays. Retiring it again makes no new version.

    Raises:
        UsageError: there is no such brand.
    """
    return _add(connection, history(connection, name)[-1].brand, who=who, why=why, now=now, retired=True)


def seed(connection: Connection, configured: Iterable[Brand], now: datetime) -> Seeded:
    """Import those configured brands whose definition is not the one that the configuration seeded last.

    So an edit of the file takes effect at the next start, and a change made in the store survives an unchanged file.

    Raises:
        SettingsError, QueryError: a brand breaks a rule; then none is imported.
    """
    configured = list(configured)
    for brand in configured:
        check_brand(brand)
    seeds = _last_seeds(connection)
    imported = [
        version
        for brand in configured
        if seeds.get(brand.name) != (digest := _digest(brand))
        and (version := _seed_one(connection, brand, digest, now))
    ]
    watched = {entry.brand.name for entry in current(connection)}
    orphans = watched & seeds.keys() - {brand.name for brand in configured}
    return Seeded(tuple(imported), tuple(sorted(orphans)))


def current(connection: Connection) -> list[BrandVersion]:
    """Read the newest version of each brand that is not retired, by name, whether in effect yet or not."""
    newest = {entry.brand.name: entry for entry in all_versions(connection)}
    return [entry for entry in newest.values() if not entry.retired]


def all_versions(connection: Connection) -> list[BrandVersion]:
    """Read every version of every brand, retired ones too, by name and version."""
    rows = connection.execute(select(brands).order_by(brands.c.name, brands.c.version)).mappings()
    return [_version(row) for row in rows]


def history(connection: Connection, name: str) -> list[BrandVersion]:
    """Read all versions of one brand, oldest first.

    Raises:
        UsageError: there is no such brand; says which are near.
    """
    rows = connection.execute(select(brands).where(brands.c.name == name).order_by(brands.c.version)).mappings()
    versions = [_version(row) for row in rows]
    if versions:
        return versions
    known = connection.execute(select(brands.c.name).distinct().order_by(brands.c.name)).scalars().all()
    near = difflib.get_close_matches(name, known, n=1) or known
    msg = f"there is no brand {name!r}; known: {', '.join(near) or 'none yet'}"
    raise UsageError(msg)


def covering(versions: Iterable[BrandVersion], moment: datetime) -> dict[str, BrandVersion]:
    """Choose from versions in order, by name, the one in effect at `moment`; before its first one, a brand's first.

    A brand that is retired at `moment` is left out.
    """
    chosen: dict[str, BrandVersion] = {}
    for entry in versions:
        if entry.brand.name not in chosen or entry.effective_from <= moment:
            chosen[entry.brand.name] = entry
    return {name: entry for name, entry in chosen.items() if not entry.retired}


def changed_since(connection: Connection, marker: str) -> str | None:
    """Look whether any version was added since `marker` was given out: the new marker, or None. Cheap; for polling.

    Begin with `NEVER_SEEN`, and take the marker before loading, never after.
    """
    rows, newest = connection.execute(select(func.count(), func.sum(brands.c.version)).select_from(brands)).one()
    now = f"{rows}/{newest or 0}"
    return None if now == marker else now


def _add(
    connection: Connection,
    brand: Brand,
    *,
    who: str,
    why: str,
    now: datetime,
    retired: bool = False,
    digest: str | None = None,
) -> BrandVersion:
    for _ in range(_ATTEMPTS):
        newest = _newest(connection, brand.name)
        if newest is not None and (newest.brand, newest.retired) == (brand, retired):
            return newest
        version = BrandVersion(
            brand=brand,
            version=newest.version + 1 if newest else 1,
            # A clock set back must not let a version take effect before the one that it replaces.
            effective_from=max(_next_minute(now + NOTICE), newest.effective_from)
            if newest
            else _next_minute(now + NOTICE),
            changed_at=now,
            changed_by=scrub(who),
            why=scrub(why),
            retired=retired,
        )
        # Only in PostgreSQL can another writer have taken the number meanwhile; its version is then seen next time.
        statement = insert(connection, brands).on_conflict_do_nothing().returning(brands.c.version)
        if connection.execute(statement, _row(version, digest)).first() is not None:
            return version
    msg = f"brand {brand.name!r} is being changed by others again and again; try again"
    raise StoreUnavailable(msg)


def _seed_one(connection: Connection, brand: Brand, digest: str, now: datetime) -> BrandVersion | None:
    before = _newest(connection, brand.name)
    version = _add(connection, brand, who=_SEEDER, why=_SEED_WHY, now=now, digest=digest)
    if before is None or version.version != before.version:
        return version
    # The store already said the same. That the file said it too must be remembered: only so does a return of the file
    # to its older text count as a change.
    connection.execute(
        update(brands).where(brands.c.name == brand.name, brands.c.version == version.version).values(seed=digest)
    )
    return None


def _last_seeds(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        select(brands.c.name, brands.c.seed).where(brands.c.seed.is_not(None)).order_by(brands.c.name, brands.c.version)
    )
    return {row.name: row.seed for row in rows}


def _newest(connection: Connection, name: str) -> BrandVersion | None:
    newest = select(brands).where(brands.c.name == name).order_by(brands.c.version.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _version(row)


def _next_minute(moment: datetime) -> datetime:
    return tick_start(tick_of(moment) + 1)


def _digest(brand: Brand) -> str:
    return hashlib.sha256(msgspec.json.encode(brand)).hexdigest()


def _row(version: BrandVersion, digest: str | None) -> dict[str, object]:
    return {
        "name": version.brand.name,
        "version": version.version,
        "definition": msgspec.json.encode(version.brand).decode(),
        "effective_from": version.effective_from,
        "changed_at": version.changed_at,
        "changed_by": version.changed_by,
        "why": version.why,
        "retired": version.retired,
        "seed": digest,
    }


def _version(row: RowMapping) -> BrandVersion:
    return BrandVersion(
        brand=msgspec.json.decode(row["definition"], type=Brand),
        version=row["version"],
        effective_from=row["effective_from"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        why=row["why"],
        retired=row["retired"],
    )
