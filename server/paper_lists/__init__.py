"""The list on paper for a gate that has nothing else left: which tickets it may let in."""
