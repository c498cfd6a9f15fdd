"""The device's own append-only record: entries, their bodies, and the chain that binds them.

Normative text: `docs/specs/journal.md`.
"""
