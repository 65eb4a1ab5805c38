"""The process looks for cycles seldom."""

import gc

from atalaya.collecting import SELDOM, collect_seldom


def test_cycles_are_looked_for_seldom_and_still_found() -> None:
    """Only the number of new objects between two searches changes; the searches go on."""
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold() == (SELDOM, *before[1:])
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
