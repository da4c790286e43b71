"""GitHub, cloud and Enterprise: its API under one budget, nothing cloned, a signed commit and a pull request."""

from migrator.bulk.host import Kind

KIND = Kind(
    "GitHub",
    "github",
    ("ORG", "OWNER/NAME"),
    pattern=r"[^/\s]+(/[^/\s]+)?",
    api_url="GitHub Enterprise: https://HOST/api/v3",
    has_requests=True,
    batch=40,
    tries=3,
    # Of what creates content: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    per_minute=80,
    per_hour=500,
)
