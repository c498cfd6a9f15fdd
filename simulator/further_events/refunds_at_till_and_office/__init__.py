"""Tickets that a till is paying back while the office takes the very same away."""
