"""The live board: how an event stands this second, for people who watch it."""
