"""Lists of tickets and guests from spreadsheets: checked line by line, then taken as one."""
