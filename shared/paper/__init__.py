"""What stands where on a printed ticket, whoever draws it."""
