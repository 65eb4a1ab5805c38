"""Which questions may find nothing on a system that is well, each named exactly, and why."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from dashboards.grafana.questions import RULES, Question
from dashboards.rules.recording import SPANS

ANY = None
"""In the place of lines: every line of the panel."""


class Excuse(Struct, frozen=True, kw_only=True):
    """Some questions and why nothing need come.

    Attributes:
        lines: of the panel or rule; `ANY`: all that it has.
        by_chance: something may come all the same, at any time. Otherwise the demo shows that it is needed.
    """

    board: str
    panel: str
    lines: tuple[str, ...] | None = ANY
    why: str
    by_chance: bool = False

    def covers(self, question: Question) -> bool:
        """Whether the question is one of those."""
        named = (self.board, self.panel) == (question.board, question.panel)
        return named and question.may_be_empty is None and (self.lines is ANY or question.line in self.lines)


_WEEKS = ("a week before", "two weeks before", "three weeks before", "four weeks before")
_YOUNG = "Prometheus has no history of so many weeks yet"
_ONE_PROCESS = "only workers of a distributed run read partitions"
_NOBODY_TOLD = "nobody is told of alerts where no channel is configured, or none opened of late"
_OCCURRING = "only reasons that occur are shown"
_QUICK = "only streamed sources promise to be quick, and only of what came lately is there a share"
_HEALTH, _LIVE, _BRAND, _WEEKLY = "Pipeline health", "Reputation live", "Brand", "Weekly"
_TOLD = ("objective=delivered", "objective=told")
_BURNS = (("LatencyObjectiveBurnFast", ("1h", "5m")), ("LatencyObjectiveBurnSlow", ("6h", "30m")))


def _late(objective: str, *spans: str) -> tuple[str, ...]:
    return tuple(f'objective:late:ratio{span}{{objective="{objective}"}}' for span in spans)


EXCUSES = (
    *(
        Excuse(board=_WEEKLY, panel=panel, lines=_WEEKS, why=_YOUNG)
        for panel in ("Mentions of 7 days", "Negatives of 7 days", "Net sentiment of 7 days")
    ),
    Excuse(board=_HEALTH, panel="Records that wait", why=_ONE_PROCESS),
    Excuse(board=_HEALTH, panel="Records that wait, by stage", why=_ONE_PROCESS),
    Excuse(board=RULES, panel="LagGrowing", lines=("atalaya_consumer_lag_records",), why=_ONE_PROCESS),
    *(Excuse(board=RULES, panel=f"objective:late:ratio{span}", lines=_TOLD, why=_NOBODY_TOLD) for span in SPANS),
    *(
        Excuse(board=RULES, panel=alert, lines=(*_late("delivered", *spans), *_late("told", *spans)), why=_NOBODY_TOLD)
        for alert, spans in _BURNS
    ),
    *(
        Excuse(board=board, panel=panel, why=why, by_chance=True)
        for board, panel, why in (
            (_HEALTH, "What was dropped before the log", _OCCURRING),
            (_HEALTH, "What changed nothing after the log", _OCCURRING),
            (_HEALTH, "From post to row", _QUICK),
            (_LIVE, "From post to row, p95", _QUICK),
            (_LIVE, "Alerts", "no alert yet"),
            (_BRAND, "What is blamed", "only aspects that somebody blames are shown"),
            (_BRAND, "What authors want", "only intents that somebody has are shown"),
            (_BRAND, "Who speaks well on most days", "nobody spoke well on three days yet"),
        )
    ),
    *(
        Excuse(
            board=RULES, panel=f"objective:late:ratio{span}", lines=("objective=stored",), why=_QUICK, by_chance=True
        )
        for span in SPANS
    ),
    *(
        Excuse(board=RULES, panel=alert, lines=_late("stored", *spans), why=_QUICK, by_chance=True)
        for alert, spans in _BURNS
    ),
)


def excuse_of(question: Question) -> Excuse | None:
    """The excuse of a question that may find nothing."""
    return next((excuse for excuse in EXCUSES if excuse.covers(question)), None)


def stale(asked: Collection[Question], excuses: Collection[Excuse] = EXCUSES) -> Iterator[str]:
    """What excuses name that is not asked, or is no longer; each as a sentence."""
    for excuse in excuses:
        lines = {question.line for question in asked if excuse.covers(question)}
        for line in sorted(set(excuse.lines or ()) - lines) or ([] if lines else [""]):
            place = f"{excuse.board}, {excuse.panel}" + (f", {line}" if line else "")
            yield f"an excuse is for {place}, which nobody asks; take it off the list ({excuse.why})"
