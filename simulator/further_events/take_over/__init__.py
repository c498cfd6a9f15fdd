"""A server that another machine takes over, and that goes on where nobody has told it."""
