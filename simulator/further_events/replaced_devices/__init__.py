"""An evening whose gates' devices are revoked or declared lost, and stood in for by new ones."""
