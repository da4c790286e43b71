"""Which images have bash, by their names."""

from __future__ import annotations

import pytest

from migrator.circleci.bash import ROWS, has_bash
from migrator.circleci.references import parse_reference


@pytest.mark.parametrize(
    "text",
    [
        "acme/app:1",
        "quay.io/acme/app:bookworm",
        "acme/app:1-alpine",
        "python:<< parameters.tag >>",
        "node:$TAG",
        "maven:3-eclipse-temurin-21-alpine",
        "python:3.<< parameters.minor >>",
        "<< parameters.image >>",
        "circleci/circleci-cli:latest",
        "ghcr.io/cimg/go:1",
        "$IMAGE",
        "acme/<< pipeline.git.branch >>",
        "circleci/node:<< parameters.tag >>",
        "postgres:16-alpine",
        "gcr.io/distroless/base-debian12",
        "BUILDER_IMAGE",
        "node@sha256:" + "a" * 64,
    ],
)
def test_of_many_images_the_name_does_not_tell(text: str) -> None:
    assert has_bash(parse_reference(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "alpine",
        "alpine:3.20",
        "busybox:1",
        "docker:24",
        "docker:24-dind",
        "docker/compose:1.29.2",
        "python:3.10-alpine",
        "python:3.10-alpine3.19",
        "node:20-alpine",
        "node:alpine",
        "golang:1.22-alpine3.20",
        "ruby:3.3-alpine",
        "php:8.3-fpm-alpine",
        "circleci/node:14-alpine",
        "docker.io/library/python:alpine",
        "python:<< parameters.v >>-alpine",
        "docker:<< parameters.v >>",
        "alpine:$V",
        "rust:1-windowsservercore-ltsc2022",
        "mcr.microsoft.com/dotnet/sdk:8.0-alpine",
        "hashicorp/terraform:1.9",
        "openjdk:17-alpine",
    ],
)
def test_images_of_alpine_have_none(text: str) -> None:
    assert has_bash(parse_reference(text)) is False


@pytest.mark.parametrize(
    "text",
    [
        "cimg/go:1.22",
        "cimg/<< parameters.x >>:1",
        "cimg/base:stable",
        "python:3.11-bookworm",
        "python:3.11",
        "maven:3.9",
        "gradle:8-jdk21",
        "python:3.11-slim",
        "python:3.11-slim-bullseye",
        "node:20",
        "node:20-buster",
        "debian",
        "debian:bookworm-slim",
        "debian:<< parameters.v >>",
        "ubuntu:22.04",
        "circleci/node:14",
        "circleci/python:3.8-node-browsers",
        "circleci/golang:1.16-buster",
        "python:<< parameters.v >>-bookworm",
        "node:<< parameters.v >>-slim",
        "centos:7",
        "amazonlinux:2023",
        "docker/compose:debian-1.29.2",
        "docker.io/cimg/node:20",
        "amazon/aws-cli:2.15.0",
        "golang:1.22",
        "mcr.microsoft.com/dotnet/sdk:8.0",
        "library/rust:1.80",
    ],
)
def test_images_of_debian_and_its_kin_have_it(text: str) -> None:
    assert has_bash(parse_reference(text)) is True


def test_every_row_says_where_it_is_from() -> None:
    assert all(row.source and row.repositories and row.host for row in ROWS)
