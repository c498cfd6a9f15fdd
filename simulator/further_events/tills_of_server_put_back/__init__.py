"""Tills that bring their sales and moved tenders again to a server that was put back."""
