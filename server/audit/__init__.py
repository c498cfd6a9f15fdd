"""The audit: which request changed something, who sent it, and when."""
