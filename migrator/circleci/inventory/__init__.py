"""What a config has, as counts that can be added up: images and their credentials, contexts, secrets, logins, and what
nobody can see. Nothing imports this unless an inventory is asked for."""
