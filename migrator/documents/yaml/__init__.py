"""YAML text: read by the events of ruamel.yaml, edited in the style of the place."""
