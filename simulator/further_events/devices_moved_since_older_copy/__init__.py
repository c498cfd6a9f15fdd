"""An evening whose devices change zones while the server is put back to copies of before."""
