"""The networks' own ids of accounts that brands give by handle. Posts carry ids; handles change hands."""

import logging
from collections.abc import Iterable

from mentions.brands import Brand
from processors.store import facts
from processors.store.opening import Store

log = logging.getLogger(__name__)
_BLUESKY = "bluesky:"


def unresolved(brands: Iterable[Brand], known: Iterable[str]) -> list[str]:
    """Accounts on Bluesky that are given by handle and whose id is not known."""
    accounts = {account for brand in brands for account in (*brand.accounts, *brand.ambassadors)}
    handles = {a for a in accounts if a.startswith(_BLUESKY) and not a.startswith(f"{_BLUESKY}did:")}
    return sorted(handles - set(known))


async def resolve(accounts: Iterable[str]) -> dict[str, str]:
    """Ask the network for the ids of accounts; those that it does not tell now are left out and warned of."""
    names = {account: account.removeprefix(_BLUESKY) for account in accounts}
    if not names:
        return {}
    from ingest.sources.bluesky.profiles import resolve_handles  # brings httpx, which a start without needs not load

    found = await resolve_handles(list(names.values()), warn=lambda words: log.warning(words))
    return {account: found[name] for account, name in names.items() if name in found}


def load(store: Store) -> dict[str, str]:
    """Ids found by earlier runs: an own account is known also while its network cannot be asked."""
    with store.reading() as connection:
        return facts.facts_under(connection, _FACT)


def save(store: Store, ids: dict[str, str]) -> None:
    """Keep ids for later runs."""
    with store.writing() as connection:
        for account, id_ in ids.items():
            facts.set_fact(connection, f"{_FACT}{account}", id_)


_FACT = "account id "
