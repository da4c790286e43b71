"""Files on the disk: which ones a PATH means, what they hold, what writes them, and how they are replaced."""
