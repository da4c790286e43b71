"""Python scripts that build configs from literals: read by libcst, edited in the style of the place."""
