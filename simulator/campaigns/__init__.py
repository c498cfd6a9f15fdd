"""Many worlds: run at once, hunted for planted bugs, printed, planned by."""
