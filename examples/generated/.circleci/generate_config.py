#!/usr/bin/env python3
"""Write config.yml, which lies beside this script: one job for each version of Python that is tested."""

from collections import OrderedDict
from pathlib import Path

import yaml

PYTHON_VERSIONS = ["3.11", "3.12", "3.13"]
REGISTRY = "quay.io/acme"

DATABASE = {"image": "cimg/postgres:16.4", "environment": {"POSTGRES_USER": "test"}}


def test_job(version):
    """Tests with a database, as all of them need one."""
    return {
        "docker": [
            {"image": f"cimg/python:{version}"},
            DATABASE,
        ],
        "steps": ["checkout", {"run": "make test"}],  # keep in step with the Makefile
    }


def build_job(image):
    return {"docker": [{"image": image}], "steps": ["checkout", {"run": "make build"}]}


jobs = OrderedDict([("lint", build_job("cimg/python:3.13-node"))])
invocations = ["lint"]
for version in PYTHON_VERSIONS:
    name = f"test-{version}"
    jobs[name] = test_job(version)
    invocations.append({name: {"requires": ["lint"]}})

jobs["publish"] = {
    "docker": [{"image": f"{REGISTRY}/publisher:2"}],
    "steps": ["checkout", {"run": "make publish"}],
}
invocations.append({"publish": {"context": "pypi", "requires": [f"test-{version}" for version in PYTHON_VERSIONS]}})

config = {
    "version": 2.1,
    "jobs": dict(jobs),
    "workflows": {"main": {"jobs": invocations}},
}


class Plain(yaml.SafeDumper):
    """Writes no anchors."""

    def ignore_aliases(self, data):
        return True


if __name__ == "__main__":
    header = "# Written by generate_config.py: change that, and run `make config`.\n"
    Path(__file__).with_name("config.yml").write_text(header + yaml.dump(config, Dumper=Plain, sort_keys=False))
