"""Reading and pushing by git, for hosts whose commits git makes: stores of our own, and pushes with a lease."""
