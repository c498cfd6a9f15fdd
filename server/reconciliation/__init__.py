"""Conflicts: recorded facts that cannot all stand, with the evidence of every side."""
