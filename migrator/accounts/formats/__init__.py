"""What is wanted of CircleCI, and what is there, for people and for scripts."""
