"""Reserved seats of a till that is revoked, freed while it has sold some that nobody knows of."""
