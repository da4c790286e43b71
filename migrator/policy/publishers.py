"""Name spaces of Docker Hub whose images anybody may pull, as their owners say on hub.docker.com.

Only those that configs of CircleCI use often. What is missing here is proposed with a word on why, and nothing else
depends on it.
"""

from __future__ import annotations

from typing import Final

PUBLIC: Final = frozenset({
    "library", "cimg", "circleci", "cibuilds",
    "alpine", "amazon", "anchore", "apache", "aquasec", "archlinux", "argoproj", "bitnami", "bitnamilegacy",
    "browserless", "budtmo", "clickhouse", "cockroachdb", "condaforge", "confluentinc", "continuumio", "crowdin",
    "crystallang", "cypress", "datadog", "dart", "docker", "elastic", "fedora", "fluxcd", "getsentry", "gitlab",
    "goharbor", "golangci", "google", "goreleaser", "grafana", "hadolint", "hashicorp", "hexpm", "instrumentisto",
    "jenkins", "jupyter", "justinribeiro", "kindest", "koalaman", "localstack", "mambaorg", "microsoft", "minio",
    "mockserver", "mongodb", "newrelic", "nixos", "nvidia", "opensearchproject", "openapitools", "oracle", "openjdk",
    "pactfoundation", "percyio", "pgvector", "postgis", "prom", "pytorch", "rancher", "reactnativecommunity",
    "redis", "redocly", "renovate", "returntocorp", "rocker", "rustlang", "selenium", "semgrep", "snyk", "sonarsource",
    "stoplight", "swaggerapi", "tensorflow", "testcontainers", "timescale", "vault", "wiremock", "yugabytedb",
    "zenika",
})  # fmt: skip
