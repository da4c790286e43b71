"""The forms of the texts in `migrator.toml`, for its reader and for its JSON Schema.

Each means the same to both: there is no `\\d` or `\\w`, which in Python take digits and letters of any script.
"""

from __future__ import annotations

import re

HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
HUB_HOSTS = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com")
ECR_HOST = re.compile(r"[0-9]{12}\.dkr[.-]ecr")
PATTERN = re.compile(r"[a-z0-9*?\[\]!._/-]+")
VERSION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+")
RULE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
NAME_GLOB = re.compile(r"[^\x00-\x20\\]+")
# https://circleci.com/docs/guides/toolkit/api-developers-guide/ names the forms of slugs.
ORGANIZATION = re.compile(r"(?:gh|github|bb|bitbucket|circleci)/[A-Za-z0-9._-]+")
URL = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9_./~-]*)?")
LOOPBACK_URL = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9_./~-]*)?")

TARGETS, CREDENTIALS, AUTH_STYLES = ("cloud", "server"), ("context", "project"), ("auto", "inline", "anchor")
SCHEDULED, FOREIGN_IMAGES = ("warn", "skip"), ("tell", "report")
HIDING_ORB = "4.0.1"
