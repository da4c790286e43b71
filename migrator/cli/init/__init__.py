"""`migrate init`: a policy from what configs do today, what it asks, and where it reads them."""
