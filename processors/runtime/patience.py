"""Trying again what cannot be done now: back-off, one line when waiting begins and ends, a reminder now and then."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

_Result = TypeVar("_Result")
_FIRST, _LONGEST = 0.1, 5.0
_REMIND_EVERY = 24
"""Attempts between two reminders: about two minutes."""
log = logging.getLogger(__name__)


class Patience:
    """Waits out what passes by itself.

    Attributes:
        waiting_for: what is waited for now; empty when nothing is. retries: attempts beyond the first, ever.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self.waiting_for = ""
        self.retries = 0

    async def until_done(self, attempt: Callable[[], Awaitable[_Result]], *passing: type[BaseException]) -> _Result:
        """Call until it does not raise one of `passing`; everything else it raises is raised."""

        async def once() -> _Result:  # tenacity awaits only what it sees to be a coroutine function
            return await attempt()

        try:
            return await AsyncRetrying(
                retry=retry_if_exception_type(passing),
                wait=wait_exponential_jitter(multiplier=_FIRST, max=_LONGEST, jitter=_FIRST),
                before_sleep=self._note,
                reraise=True,
            )(once)
        finally:
            if self.waiting_for:
                log.warning("going on", extra={"after": self.waiting_for})
            self.waiting_for = ""

    def _note(self, retry: RetryCallState) -> None:
        self.retries += 1
        self.waiting_for = self._what
        if retry.attempt_number == 1 or retry.attempt_number % _REMIND_EVERY == 0:
            reason = retry.outcome.exception() if retry.outcome else None
            log.warning(
                "waiting: nothing is lost meanwhile",
                extra={"for": self._what, "attempt": retry.attempt_number, "reason": str(reason)},
            )
