"""What a person's shell and terminal do with the command: completion, a pager, man pages."""
