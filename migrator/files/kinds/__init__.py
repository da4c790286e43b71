"""What a file is, before it is examined: a config, the output of something, or nothing of CircleCI's."""
