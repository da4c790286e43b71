"""The inventory of many files or repositories: what their configs have, added up, as plain data and as tables."""
