"""A device that is lost or silent: what it may hold, what it sent that waits, what is ruled."""
