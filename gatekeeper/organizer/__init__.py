"""The organizer's desk: what it asks of the server."""
