"""What an event came to, folded from what is recorded: tables, as JSON, CSV, XLSX and PDF."""
