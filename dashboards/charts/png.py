"""SVG to PNG by resvg (docs/decisions.md); the only file that knows it."""

from pathlib import Path

import resvg_py

_FONTS = Path(__file__).parent / "fonts"
_FILES = sorted(str(path) for path in _FONTS.glob("*.otf"))
_FAMILY = "Inter"


def png(svg: str, width: int) -> bytes:
    """Draw an SVG as a PNG picture, `width` pixels wide, on white.

    Letters come from the fonts beside this file; those of the machine serve for scripts that these lack.

    Raises:
        ValueError: it is no SVG.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            width=width,
            background="#ffffff",
            font_files=_FILES,
            font_family=_FAMILY,
            sans_serif_family=_FAMILY,
        )
    )
