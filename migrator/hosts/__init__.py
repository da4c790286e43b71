"""The forms of URLs on hosts, one folder a kind of host; what is asked of a host is in `migrator.bulk.hosts`."""
