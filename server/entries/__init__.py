"""Journals' entries as devices signed them: checked, chained, kept verbatim, read again."""
