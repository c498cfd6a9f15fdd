"""What was paid for orders, with what, and what went back."""
