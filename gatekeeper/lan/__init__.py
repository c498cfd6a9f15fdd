"""Claims among gates over the venue's network: sockets and timers around `shared.lan`."""
