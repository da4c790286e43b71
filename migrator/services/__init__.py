"""Asking services over HTTP: one client, one budget, one checked reader of answers, and the classes of failure."""
