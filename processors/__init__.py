"""From the log to the store: pure steps, the pipeline that orders them, the runtimes that drive it, the store.

Owns: judgement, time (watermark, ticks, fold) and the tables that hold what was judged.
Does not know: network sources, HTML, the wall clock (a runtime hands it in as `now`).
"""
