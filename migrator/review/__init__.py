"""Deciding finding by finding: sessions without a terminal, and the terminal that shows them."""
