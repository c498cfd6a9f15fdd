"""Supervisors let people in against the rules, take that back, and rule on what was found."""
