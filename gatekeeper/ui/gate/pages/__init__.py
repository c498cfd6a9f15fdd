"""The pages of a gate's window."""
