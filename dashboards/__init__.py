"""What people look at: the console pages over the store and the metric catalogue.

Owns: pages and how figures are shown.
Does not know: how mentions arrive; it never writes one.
"""
