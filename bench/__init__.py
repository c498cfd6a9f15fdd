"""Measures what the project promises about speed, each figure beside its bare floor.

`make bench` runs it and writes `build/bench.json`. Nothing here is a test: a machine that is busy
with other work makes a figure worse, never a program wrong.
"""
