"""The runtimes: they own the clock, read a log, and drive the pipeline over it.

Owns: batches, retries, draining. Does not know: how records came into the log, or what judging means.
"""
