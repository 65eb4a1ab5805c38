"""Handles and names of Bluesky accounts, which the stream does not carry. Asked for few accounts only, never needed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from ingest.fetching import FetchFailedError, FetchRefusedError, FetchTooLargeError, Page, guarded_get
from mentions.clock import Clock
from mentions.records import Author

PUBLIC_API = "https://public.api.bsky.app"
PER_CALL = 25
"""Accounts in one `app.bsky.actor.getProfiles`, by its lexicon."""
TIME_LIMIT_S = 2.0
"""A look-up may delay a post by so much, and by no more."""
REMEMBERED = 10_000
FRESH_FOR = timedelta(hours=24)
"""A handle can change hands; a name so old is looked up again."""
REST = timedelta(seconds=30)
"""After a look-up that failed, so that a slow service does not cost every post its two seconds."""

Get = Callable[[str], Awaitable[Page]]
T = TypeVar("T")


class _Resolved(msgspec.Struct):
    did: str


class _Profile(msgspec.Struct):
    did: str
    handle: str | None = None
    name: str | None = msgspec.field(name="displayName", default=None)
    followers: int | None = msgspec.field(name="followersCount", default=None)


class _Profiles(msgspec.Struct):
    profiles: list[_Profile]


async def resolve_handles(
    handles: Iterable[str],
    base_url: str = PUBLIC_API,
    *,
    warn: Callable[[str], None] = lambda _: None,
    allow_private: bool = False,
) -> dict[str, str]:
    """Handles (`lumbre.example`, with or without `@`) to DIDs; one that cannot be resolved is left out and warned of.

    Takes at most about 10 s, whatever the number.
    """

    async def resolve(handle: str) -> tuple[str, str | None]:
        query = urlencode({"handle": handle.removeprefix("@")})
        url = f"{base_url}/xrpc/com.atproto.identity.resolveHandle?{query}"
        try:
            found = _read(_Resolved, await guarded_get(url, timeout=10.0, allow_private=allow_private))
        except (FetchFailedError, FetchRefusedError, FetchTooLargeError) as error:
            warn(f"bluesky: {handle} cannot be resolved: {error}")
            return handle, None
        if found is None:
            warn(f"bluesky: {handle} cannot be resolved: no account is known by this handle")
        return handle, found.did if found else None

    found = await asyncio.gather(*(resolve(handle) for handle in dict.fromkeys(handles)))
    return {handle: did for handle, did in found if did is not None}


class ProfileLookup:
    """Who is behind a DID, remembered for a day. It answers within 2 s, with what it has by then, and never fails.

    Args:
        base_url: of the network's public API.
        clock: tells how old an answer is.
        time_limit_s: real seconds that a look-up may take.
    """

    def __init__(
        self,
        clock: Clock,
        base_url: str = PUBLIC_API,
        *,
        allow_private: bool = False,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        self._clock, self._base, self._allow_private = clock, base_url, allow_private
        self._limit = time_limit_s
        self._known: OrderedDict[str, tuple[datetime, Author]] = OrderedDict()
        self._resting_until: datetime | None = None

    async def authors(self, dids: Sequence[str]) -> dict[str, Author]:
        """The accounts that could be found, with handle, name and followers; the others are left out."""
        now = self._clock.now()
        missing = [did for did in dict.fromkeys(dids) if not self._fresh(did, now)]
        if missing and (self._resting_until is None or now >= self._resting_until):
            await self._ask(missing, now)
        return {did: self._known[did][1] for did in dids if self._fresh(did, now)}

    def _fresh(self, did: str, now: datetime) -> bool:
        found = self._known.get(did)
        if found is None or now - found[0] >= FRESH_FOR:
            return False
        self._known.move_to_end(did)
        return True

    async def _ask(self, dids: list[str], now: datetime) -> None:
        groups = [dids[start : start + PER_CALL] for start in range(0, len(dids), PER_CALL)]
        answers = await asyncio.gather(*(self._profiles(group) for group in groups))
        if None in answers:
            self._resting_until = now + REST
        for profile in (one for answer in answers if answer is not None for one in answer.profiles):
            self._known[profile.did] = now, _author(profile)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _profiles(self, dids: list[str]) -> _Profiles | None:
        query = urlencode([("actors", did) for did in dids])
        url = f"{self._base}/xrpc/app.bsky.actor.getProfiles?{query}"
        try:
            page = await guarded_get(url, timeout=self._limit, allow_private=self._allow_private)
        except (FetchFailedError, FetchRefusedError, FetchTooLargeError):
            return None
        return _read(_Profiles, page)


def _author(profile: _Profile) -> Author:
    return Author(profile.did, handle=profile.handle, name=profile.name or None, followers=profile.followers)


def _read(kind: type[T], page: Page) -> T | None:
    """The document of a good answer; None when it is another status or not of this form."""
    if page.status != 200:
        return None
    try:
        return msgspec.json.decode(page.body, type=kind)
    except (ValueError, RecursionError):
        return None
