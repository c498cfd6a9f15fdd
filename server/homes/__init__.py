"""Homes of tickets under the policy `home`: who has which, and how they move."""
