"""The pure core that the gates and the server both trust.

Credential, keyring, manifest, journal, admission decision and wire structs. Nothing here does
I/O, reads a clock or draws randomness: whoever calls passes those in (`shared.kernel.ports`).
"""
