"""GK1, the signed ticket credential: layout, spelling, keyring, signing and verifying.

Normative text: `docs/specs/credential.md`.
"""
