"""Outcomes kept from one run to the next, with the person who runs: never in a repository, never a secret.

An outcome is found again by everything that decided it. What is not found, cannot be read, or is not exactly what was
written is computed anew, so that a run with this is a run without it, but for the time.
"""
