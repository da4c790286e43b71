"""`migrate contexts`: its commands and options, where needs and values come from."""
