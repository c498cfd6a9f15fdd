"""An evening of two zones: devices are sent from one to the other, and policies change."""
