"""Words of random quoting, held against bash: none is cut in two, none joined with another."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.circleci.shell.bash_words import BASH, check, random_command
from tests.doses import examples

pytestmark = pytest.mark.skipif(BASH is None, reason="there is no bash")


@settings(max_examples=examples(20), deadline=None)
@given(st.randoms(use_true_random=False))
def test_words_are_those_of_bash(random: Random) -> None:
    check([random_command(random) for _ in range(10)])
