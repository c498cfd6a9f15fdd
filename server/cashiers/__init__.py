"""Who may sell at the tills: names, badges and rights, told to every till and to no gate."""
