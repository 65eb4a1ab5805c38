"""Figures that are measured, not tested: speed per step and quality, with command, commit and machine.

Run one as `python -m benchmarks.NAME --data DIR`, all by `make bench`. Results are kept in docs/benchmarks.md.
"""
