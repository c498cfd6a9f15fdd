"""PDF files that are written page by page, in letters of all scripts."""
