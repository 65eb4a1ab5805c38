"""All rules, in the order in which they are evaluated."""

from dashboards.rules.kinds import Alerting, Group
from dashboards.rules.operation import OPERATION
from dashboards.rules.recording import RECORDINGS
from dashboards.rules.reputation import REPUTATION

GROUPS = (*RECORDINGS, Group("atalaya_brands", REPUTATION), Group("atalaya_machines", OPERATION))
ALERTS: tuple[Alerting, ...] = (*REPUTATION, *OPERATION)
