"""Kinds of change: what a person decides about, once for all repositories that change in the same way."""
