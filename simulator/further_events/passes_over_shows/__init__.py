"""A day of three shows, to each of which a pass lets in once."""
