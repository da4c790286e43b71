"""What the repositories of a campaign need at CircleCI."""
