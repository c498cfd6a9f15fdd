"""The arm of a turnstile: opened once for each admission, and asked whether somebody passed."""
