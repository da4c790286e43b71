"""YAML text: read by the events of ruamel.yaml, edited in the style of the place.

`file` and `template` are documents, which `reader` gives their trees. `edits` turns changes into edits of the text:
each kind of change has a module (`add`, `remove`, `replace`, `texts`), which asks `editor` for places and `style` for
the hand of the neighbours, and `writer` and `scalars` for the new words.
"""
