"""The organization's keys: who signs what, and how devices come to trust it."""
