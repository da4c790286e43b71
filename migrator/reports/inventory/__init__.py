"""The inventory in reports: as text, as Markdown, and as pictures of a page that need no script."""
