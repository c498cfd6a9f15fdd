"""Who may decide at the gates: names, badges and PINs, told to every gate of the organization."""
