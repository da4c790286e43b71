"""Rules found and run: passes over one file, proof of every edit, and what became of each file."""
