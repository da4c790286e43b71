"""Git's own protocol with a repository of this machine: one process a conversation, where `git fetch` needs seven."""
