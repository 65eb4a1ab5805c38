"""From the networks to the outbox: sources, matching against brands, the outbox, heartbeats.

Owns: how raw input becomes a record, that nothing received is lost, and what a source saw, matched and dropped.
Does not know: judgement (sentiment, spam, spikes), the store, HTML.
"""
