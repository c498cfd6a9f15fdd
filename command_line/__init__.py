"""What the programs have in common: verbs, one sentence for each fault, exit statuses."""
