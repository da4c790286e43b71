"""Scripts of `run` steps: words, statements, and the logins in them."""
