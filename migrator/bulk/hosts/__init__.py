"""One folder per kind of host: how its repositories are listed, read, pushed to, followed and merged."""
