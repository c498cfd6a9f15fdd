"""Purchases: orders, their lines, payment marks and refunds."""
