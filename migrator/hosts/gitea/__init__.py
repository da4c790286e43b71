"""Gitea and Forgejo, such as codeberg.org."""
