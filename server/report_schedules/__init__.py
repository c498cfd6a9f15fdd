"""Reports that are mailed by themselves: by the day, the week or the month."""
