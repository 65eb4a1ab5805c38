"""Answers that take longer than a page may: each is made beside the pages, which show the last one until then."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
PATIENCE = 0.5
"""Seconds that who asks first waits: in a small store the answer is there by then."""
log = logging.getLogger(__name__)


class Slow(Generic[Answer]):
    """Threads may share it.

    Args:
        make: gives the answer to a question; may take minutes, and runs for one question at a time.
        every: how long an answer is good.
    """

    def __init__(self, make: Callable[[str], Answer], every: timedelta) -> None:
        self._make, self._every = make, every
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._known: dict[str, tuple[datetime, Answer]] = {}
        self._making: set[str] = set()

    def get(self, question: str, now: datetime) -> Answer | None:
        """Give the last answer; None: there is none yet. One that is too old is made anew meanwhile."""
        with self._lock:
            known = self._known.get(question)
            wanted = (known is None or now - known[0] >= self._every) and question not in self._making
            if wanted:
                self._making.add(question)
        if wanted:
            thread = threading.Thread(target=self._answer, args=(question, now), daemon=True)
            thread.start()
            if known is None:
                thread.join(PATIENCE)
        with self._lock:
            found = self._known.get(question)
        return None if found is None else found[1]

    def _answer(self, question: str, now: datetime) -> None:
        try:
            with self._turn:
                answer = self._make(question)
            with self._lock:
                self._known[question] = now, answer
        except Exception as error:  # a store that was closed meanwhile, or cannot be read now: the next page asks again
            log.warning("a slow answer was not made", extra={"question": question, "reason": str(error)})
        finally:
            with self._lock:
                self._making.discard(question)
