"""An evening whose gates have turnstiles: arms that fail, and people who turn back."""
