"""GitHub, cloud and Enterprise."""
