"""What a detector says of an alert, minute by minute; the store turns it into rows and deliveries."""

from hashlib import sha256
from typing import Literal

from msgspec import Struct

from mentions.records import AlertKind, Severity

Step = Literal["open", "escalate", "update", "close"]


class AlertStep(Struct, frozen=True, gc=False, kw_only=True):
    """One step in the life of an alert.

    Attributes:
        subject: what sets it apart from others of its kind and brand: a cluster, or a list and a story; '' for spikes.
        opened_tick: the tick that opened it. tick: the tick of this step.
        score: of the kind's own scale (spikes: -log10 p), at this step.
        evidence: a plain JSON object: counts, expectations, mentions' ids; no text and no names.
    """

    step: Step
    kind: AlertKind
    brand: str
    opened_tick: int
    tick: int
    severity: Severity
    score: float
    evidence: dict[str, object]
    subject: str = ""

    @property
    def alert_id(self) -> str:
        """The same for the same opening, however often it is derived: 16 hexadecimal digits."""
        return alert_id(self.kind, self.brand, self.subject, self.opened_tick)


def alert_id(kind: str, brand: str, subject: str, opened_tick: int) -> str:
    """Name an alert by what opened it; each part is told apart by its length."""
    parts = (kind, brand, subject, str(opened_tick))
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()[:16]
