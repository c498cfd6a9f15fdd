"""A new draft made of an earlier event: looked at before, made in one transaction."""
