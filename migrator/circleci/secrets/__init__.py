"""Literal secrets: the words and shapes that tell them, and the places where a config has them."""
