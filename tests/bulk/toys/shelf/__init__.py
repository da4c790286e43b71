"""A shelf: every repository is a folder, its default branch the folder `main`, its change request a JSON file."""

from migrator.bulk.host import Kind

KIND = Kind("the shelf", "shelf", ("PATH",), is_path=True, has_requests=True)
