"""One module per source: a pure `parse` that never raises on foreign data, and a thin reader around it.

Owns: the shapes of each network and how to resume reading it.
Does not know: brands, queries, the outbox.
"""
