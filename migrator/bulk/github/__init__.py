"""GitHub, cloud and Enterprise: its API under one budget."""
