"""What a sale comes to: prices, discounts, tax and rounding, exact to the minor unit; pure."""
