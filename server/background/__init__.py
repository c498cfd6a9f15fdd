"""Work that goes on beside the requests: by itself while the application runs, or of theirs."""
