"""Sentiment engines behind one protocol; `engines.py` is the switch.

Owns: how a text is judged. Does not know: brands' history, the store, the runtime.
"""
