"""Made-up configs of any size, in block style."""

from __future__ import annotations


def config(jobs: int) -> str:
    """A config of that many one-image jobs, each invoked once."""
    lines = ["version: 2.1", "", "jobs:"]
    for number in range(jobs):
        lines += [
            f"  job-{number}:",
            "    docker:",
            f"      - image: cimg/go:1.{number % 30}",
            "    steps:",
            "      - checkout",
            f"      - run: make target-{number}",
        ]
    lines += ["", "workflows:", "  main:", "    jobs:"]
    lines += [f"      - job-{number}" for number in range(jobs)]
    return "\n".join(lines) + "\n"
