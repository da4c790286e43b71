"""The forms of URLs on hosts, one folder per kind; requests to hosts are in `migrator.bulk.hosts`."""
