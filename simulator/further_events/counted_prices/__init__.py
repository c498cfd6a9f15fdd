"""A type of ticket of which the first so many are cheap, sold by tills and the office at once."""
