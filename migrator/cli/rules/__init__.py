"""`migrate rules`: listing and explaining rules, starting a new one, and running the pages of one's own."""
