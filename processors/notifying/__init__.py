"""From alerts to people: who is told what, when, in which words, by which way. Reads the store, never writes alerts.

`apprise` is imported by `apprise_sending.py` alone.
"""
