"""What happens in a simulated evening: guests, office, faults, and whoever means harm."""
