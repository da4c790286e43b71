"""Campaigns: one change over all repositories of an organisation, in phases over a ledger that survives any kill."""
