"""What makes the command start fast: one trick a module, each with its figure.

Others are where they act: `__main__` imports without the garbage collector and ends without freeing; `engine.passes`
does without the collector while it works on a file; `documents.yaml.builder` has the parser make nodes and no events.
"""
