"""A small hall whose last places lie with its gates, and groups that need them together."""
