"""How often a process that works through records looks for what only cycles of references keep alive."""

import gc

SELDOM = 50_000
"""New objects between two searches, where Python's own is 700. Hardly anything of ours is in a cycle, and what is dies
a few MiB later; the searches cost WATCH 8 % of its CPU, and now 2 % (docs/benchmarks.md)."""


def collect_seldom() -> None:
    """From now on; for processes of our own, since it holds for all that runs in them."""
    gc.set_threshold(SELDOM)
