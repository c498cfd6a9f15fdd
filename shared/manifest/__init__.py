"""What a gate must know to work alone, signed by the server: rules, keys, tickets.

Normative text: `docs/specs/manifest.md`.
"""
