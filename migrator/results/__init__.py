"""What several reports and reviews need of outcomes: masks, diffs, shapes, meaning, prerequisites, plans."""
