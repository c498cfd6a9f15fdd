"""What the windows of a till and its customer show, and what buttons mean, as plain values."""
