"""A guest's own data: found, given out, and erased wherever it stands."""
