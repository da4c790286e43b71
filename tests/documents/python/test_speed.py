"""A script is read with a small multiple of the work that it takes to learn from its parser where everything is."""

from __future__ import annotations

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from migrator.documents.python.file import PythonScript
from tests.growth import calls
from tests.places import ROOT

MOST = 2.5


@pytest.mark.parametrize(
    "path", ["examples/generated/.circleci/generate_config.py", "tests/documents/python/scripts.py"]
)
def test_reading_takes_little_more_work_than_finding_where_everything_is(path: str) -> None:
    text = (ROOT / path).read_text("utf-8")
    places = calls(lambda: MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True).resolve(PositionProvider))
    assert calls(lambda: PythonScript(text).parts()) < MOST * places
