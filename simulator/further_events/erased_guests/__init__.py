"""Guests who are erased, and lists that name guests, of which some are brought again and again."""
