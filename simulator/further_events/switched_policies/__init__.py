"""An evening whose policy is switched to `home`, and away from it, while doors are open."""
