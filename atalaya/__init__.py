"""The application: command line, configuration files, wiring, embedded run, demo, doctor.

Owns: which part is plugged into which, and every word printed to a terminal.
Does not know: rules of the domain; they live below.
"""
