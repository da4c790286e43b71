"""Who needs which credentials and contexts, and where they are written."""
