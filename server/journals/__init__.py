"""What the entries of a device's journal do: taken in, posted, booked."""
