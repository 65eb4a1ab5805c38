"""Charts as SVG: plain values in, one SVG string out, no clock, no file, no script.

Owns how figures are drawn: scales, inks, where a number stands. Knows nothing of the store, of brands or of a language;
words and the way numbers are written are arguments. `png.py` alone knows the library that turns SVG into a picture.

Every chart is honest by construction: bars start at zero, a share or a net sentiment has its whole axis, stretches
that were not heard are drawn as such, and no value is told by colour alone.
"""
