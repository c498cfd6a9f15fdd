"""The organizer's desk as a window."""
