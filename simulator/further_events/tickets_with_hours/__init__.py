"""An evening whose tickets have hours of their own, while its dates and these hours change."""
