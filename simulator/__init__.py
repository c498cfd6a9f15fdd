"""Whole venues in virtual time from one seed: the real gate engine, the real server, faults.

What is replaced is what `shared/kernel/ports.py` and the disk and network ports allow to be
replaced: clock, randomness, network, disk. Everything else is the product's own code.
Specification: `docs/specs/simulator.md`.
"""
