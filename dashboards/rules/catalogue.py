"""All rules, in the order in which they are evaluated."""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from dashboards.rules.kinds import Alerting, Group, Rule
from dashboards.rules.operation import OPERATION
from dashboards.rules.recording import RECORDINGS
from dashboards.rules.reputation import REPUTATION

GROUPS = (*RECORDINGS, Group("atalaya_brands", REPUTATION), Group("atalaya_machines", OPERATION))
ALERTS: tuple[Alerting, ...] = (*REPUTATION, *OPERATION)


def at_once(groups: Iterable[Group] = GROUPS) -> tuple[Group, ...]:
    """The same rules, but nothing has to last: for tests that cannot wait."""
    return tuple(Group(group.name, tuple(map(_at_once, group.rules))) for group in groups)


def _at_once(rule: Rule) -> Rule:
    return replace(rule, lasting=timedelta(0)) if isinstance(rule, Alerting) else rule
