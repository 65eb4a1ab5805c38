"""The console: what is said right now, how people feel about it, and how well we hear it.

Owns the pages, the live list, the JSON API and their words in Spanish and English. Reads the store and is handed
everything else (brands, health, metrics, the time). Writes only what people say of alerts; knows no source, no pipeline
and no clock.
"""
