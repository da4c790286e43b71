"""From a Python script to a tree. Nothing is run: what only a run would say is `Opaque`.

`source` is the module with its places; `gather` goes over it once for its `names`, each in a `scope`. `values` has
the node of each expression; `texts`, `references`, `collections`, `calls` and `yaml_strings` make them, each for its
kind of expression, and `reader` joins these. `later` does to the tree what statements do to its `targets`. `configs`
says which parts of the tree are configs, `processes` what the script runs, and `unread` what the tree does not know.
"""

from migrator.startup.syntax import import_libcst

import_libcst()
