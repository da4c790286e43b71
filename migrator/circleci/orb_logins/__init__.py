"""From `docker login` in scripts to steps of the docker orb."""
