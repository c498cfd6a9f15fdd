"""Files of many tickets at once: credentials for print shops, and tickets as PDF."""
