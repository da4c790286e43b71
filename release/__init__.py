"""Making a release: the changelog, the version, the tag, and the files of it. Nothing is uploaded."""
