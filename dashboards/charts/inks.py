"""The inks of every chart: Okabe and Ito's palette, which the colour-blind tell apart.

Positive is blue and negative vermilion, never green and red; what is positive, negative or neither also has a place and
a word of its own. Classes let a page give a chart other inks, as for a dark screen.

Source: Okabe and Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/
"""

from typing import Final

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"

POSITIVE: Final = BLUE
NEGATIVE: Final = VERMILION
NEUTRAL: Final = "#B3BAC2"
UNJUDGED: Final = "#E4E7EB"
INK: Final = "#17202B"
SOFT: Final = "#53606E"
GRID: Final = "#DDE2E8"
BAND: Final = "#C9DDEC"
MISSED: Final = "#FFF0CF"
PAPER: Final = "#FFFFFF"

FEELINGS: Final = {"positive": POSITIVE, "neutral": NEUTRAL, "negative": NEGATIVE, "unjudged": UNJUDGED}
