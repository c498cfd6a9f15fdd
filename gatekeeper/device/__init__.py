"""An open gate or till: its parts put together, its place, the venue's network, people at it."""
