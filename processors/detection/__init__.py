"""Detection: spam, near-duplicates and campaigns, spikes, watchwords, evangelists. Pure: no clock, no SQL, no I/O."""
