"""From a Python script to a tree. Nothing is run: what only a run would tell is `Opaque`."""
