"""Every dashboard, and the files that hold them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboards.grafana.brands import BRAND_BOARD, COMPARE, WEEKLY
from dashboards.grafana.health import HEALTH
from dashboards.grafana.kinds import LANGS
from dashboards.grafana.rendering import file_text
from dashboards.grafana.reputation import LIVE

BOARDS = (LIVE, BRAND_BOARD, COMPARE, WEEKLY, HEALTH)
PLACE = Path("dashboards") / "generated"
"""From the repository's root; `deploy/grafana/provisioning` reads it."""


def files() -> Mapping[str, str]:
    """By place below the folder, `LANG/UID.json`, what each file holds."""
    return {f"{lang}/{board.uid}.json": file_text(board, lang) for lang in LANGS for board in BOARDS}


def write(folder: Path) -> Iterator[Path]:
    """Write every file below a folder; those that are there already are replaced."""
    for place, text in files().items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path
