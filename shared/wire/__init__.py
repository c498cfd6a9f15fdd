"""Every structure that travels between a device and the server.

Normative text: `docs/specs/sync.md`. Sync bodies are MessagePack arrays, claims are JSON objects;
each begins with or carries a version, and fields are only ever appended, with defaults.
"""
