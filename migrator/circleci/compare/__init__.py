"""Two configs compared as CircleCI runs them."""
