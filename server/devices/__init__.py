"""Devices: gates and tills that an organization has enrolled, each with a key of its own."""
