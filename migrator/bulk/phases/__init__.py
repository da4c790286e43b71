"""The phases of a campaign that act on hosts, many repositories at once: push and close, follow, merge."""
