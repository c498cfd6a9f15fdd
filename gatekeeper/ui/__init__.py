"""The gate's window: the only room of the house that knows Qt."""
