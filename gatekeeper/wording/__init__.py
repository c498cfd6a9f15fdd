"""What is said to people, by key and language: for the window, receipts and letters."""
