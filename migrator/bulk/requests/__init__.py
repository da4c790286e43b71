"""What a change request says: a pull request of GitHub, a merge request of GitLab."""
