"""An event that ends while its gates and till are out of reach, and hears of them days later."""
