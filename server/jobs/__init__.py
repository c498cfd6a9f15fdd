"""Work that is due: written with what caused it, leased by one worker at a time, tried again."""
