"""Python scripts that build configs from literals: read by libcst, edited in the style of the place.

`file` is the document, which `reading/` gives its tree; `first` says of most scripts that there is nothing to read.
`edits` turns changes into edits of the text: each kind of change has a module (`add`, `remove`, `replace`), which asks
`editor` for places and `style` for the hand of the neighbours, and `writer` for the new words. `breaking` breaks lines
that become too long, `imports` adds an `import os`.
"""
