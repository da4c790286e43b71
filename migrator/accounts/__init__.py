"""CircleCI itself: which contexts and variables there are, and what is missing of those that are needed."""
