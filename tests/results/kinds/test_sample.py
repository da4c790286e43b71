"""Samples of kinds: their own hunks and no others, with the right numbers."""

from __future__ import annotations

from migrator.results.diffs import masked_diff
from migrator.results.kinds.found import kinds_of
from migrator.results.kinds.naming import name_of
from migrator.results.kinds.sample import excerpts
from migrator.results.masking import Mask
from tests.results.kinds.changes import changed, config

CHANGE = changed(config(extra="      - image: acme/db:2\n"))


def sample(name: str, context: int = 3) -> str:
    places = next(each.places for each in kinds_of([CHANGE]) if name_of(each.kind) == name)
    return "".join(
        masked_diff(each.changed, Mask(), each.hunks) for each in excerpts([CHANGE], places, Mask(), context)
    )


def test_a_sample_stops_before_what_has_another_kind() -> None:
    assert (
        sample("context on its job")
        == """\
--- a/.circleci/config.yml
+++ b/.circleci/config.yml
@@ -8,4 +14,6 @@
 workflows:
   main:
     jobs:
-      - build
+      - build:
+          context:
+            - docker-hub-creds
"""
    )


def test_places_that_are_near_are_together() -> None:
    assert (
        sample("auth on an image", 2)
        == """\
--- a/.circleci/config.yml
+++ b/.circleci/config.yml
@@ -4,5 +4,11 @@
     docker:
       - image: acme/app:1
+        auth:
+          username: $DOCKERHUB_USERNAME
+          password: $DOCKERHUB_PASSWORD
       - image: acme/db:2
+        auth:
+          username: $DOCKERHUB_USERNAME
+          password: $DOCKERHUB_PASSWORD
     steps: [checkout]
 workflows:
"""
    )


def test_without_places_it_is_all_that_changes() -> None:
    (whole,) = excerpts([CHANGE], (), Mask())
    assert masked_diff(CHANGE, Mask(), whole.hunks) == masked_diff(CHANGE, Mask())


def test_however_much_context_there_is_nothing_else_changes() -> None:
    changed_lines = [line for line in sample("context on its job", 100).splitlines()[3:] if line[0] in "+-"]
    assert len(changed_lines) == 4
