"""Tickets that let in so often a day, at a server that was put back."""
