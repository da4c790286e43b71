"""What a repository has outside of `.circleci` that is read as in a checkout: recipes, packed trees, scripts named."""
