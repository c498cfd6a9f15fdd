"""What a gate says on its screen, as values."""
