"""Bluesky's public stream, Jetstream, on both of its wires.

Owns: what a frame means (`frames`, `records`), where to resume and what was missed (`cursor`, `progress`), one
WebSocket (`line`), which host is asked (`hosts`), the reader (`reader`), handles and names (`profiles`).
Knows nothing of brands, of the outbox, or of what becomes of a post.
"""
