"""Copies of the database and of a whole server: sealed, made while it serves, put back."""
