"""`migrate bulk review`: kinds of change, for people at a terminal, for pipes and for scripts."""
