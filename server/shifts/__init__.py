"""The shifts of tills' drawers: booked from their journals, and held against what they come to."""
