"""A small hall of reserved seats, sold and taken back by two tills and the office at once."""
