"""What people write by hand: load each config with ruamel.yaml, add `auth` and contexts, dump it.

    python bench/ruamel_script.py FILE...

It edits what is easy (jobs and executors, one image at a time; names as contexts) and prints nothing. It is the peer
that `make bench` compares with: the same files, the same process start, one core.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import ruamel.yaml

AUTH = {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}
CONTEXT = "docker-hub-creds"


def is_hub(image: object) -> bool:
    if not isinstance(image, str):
        return False
    first, slash, _ = image.partition("/")
    return not (slash and ("." in first or ":" in first)) or first in ("docker.io", "index.docker.io")


def edit(config: object) -> None:
    if not isinstance(config, dict):
        return
    needs = set()
    for section in ("jobs", "executors"):
        for name, body in (config.get(section) or {}).items():
            for image in (body.get("docker") if isinstance(body, dict) else None) or []:
                if isinstance(image, dict) and is_hub(image.get("image")) and "auth" not in image:
                    image["auth"] = dict(AUTH)
                    needs.add(name)
    for flow in (config.get("workflows") or {}).values():
        jobs = flow.get("jobs") if isinstance(flow, dict) else None
        if not isinstance(jobs, list):
            continue
        for index, item in enumerate(jobs):
            if isinstance(item, str) and item in needs:
                jobs[index] = {item: {"context": [CONTEXT]}}
            elif isinstance(item, dict):
                for name, body in item.items():
                    if name in needs and isinstance(body, dict):
                        body.setdefault("context", [CONTEXT])


def main() -> None:
    yaml = ruamel.yaml.YAML()
    yaml.preserve_quotes = True
    yaml.width = 10**6
    for path in sys.argv[1:]:
        try:
            config = yaml.load(Path(path).read_text(encoding="utf-8"))
            edit(config)
            yaml.dump(config, io.StringIO())
        except Exception:
            continue


if __name__ == "__main__":
    main()
