"""What a person decides about the changes of a campaign: by kind, by repository, or by a file of decisions."""
