"""Bugs that are switched on on purpose, a file for what each is in; all must be found."""
