"""Selling at the door, with or without the network."""
