"""Claims among gates on one network, with no leader: roster, messages, promises, gossip.

Pure: datagrams, timers and requests go in, actions come out. The sockets are in
`gatekeeper.lan`. Normative text: `docs/specs/lan.md`.
"""
