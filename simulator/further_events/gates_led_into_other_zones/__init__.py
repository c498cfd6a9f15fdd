"""An evening of two zones, whose gates are led into the other one while doors are open."""
