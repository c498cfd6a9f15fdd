"""What words on evacuations come to: whose count, which stand, and who has left a zone by them."""
