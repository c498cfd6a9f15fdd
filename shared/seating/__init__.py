"""Seats of a room: their map, the forms it is read from and written to, and which are best."""
