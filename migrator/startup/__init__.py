"""What makes the command start fast: each trick with its figure, and nowhere else."""
