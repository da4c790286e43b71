"""What makes the command start fast: one trick a module, each with its figure.

Others lie where they act: `__main__` imports without the garbage collector; `engine.passes` and `documents.yaml.reader`
do without it while they work on a file; `documents.yaml.events` makes the parser's events by one constructor;
`engine.fingerprints` takes its hash without loading OpenSSL.
"""
