"""An evening whose tickets are on wristbands, on paper and in chips, and are copied."""
