"""What everything else is made of: ids, instants, money, limits, errors, ports."""
