"""What is hidden as a precaution is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.circleci.secrets.unnamed import count_unnamed


@pytest.mark.parametrize(
    ("secrets", "named", "count"),
    [
        ((), (), 0),
        (("alpha",), ("alpha",), 0),
        (("alpha", "beta"), ("alpha",), 1),
        (("alpha,", "alpha"), (), 1),
        (("alpha,",), ("alpha",), 0),
        (("first", "second", "first\nsecond"), (), 1),
        (("first",), ("first\nsecond",), 0),
    ],
)
def test_a_secret_counts_once_and_not_where_a_finding_names_it(
    secrets: tuple[str, ...], named: tuple[str, ...], count: int
) -> None:
    assert count_unnamed(secrets, named) == count


@given(
    st.lists(st.text("ab", min_size=1, max_size=14), max_size=9),
    st.lists(st.text("ab", min_size=1, max_size=14), max_size=5),
)
def test_what_is_counted_is_no_piece_of_another_and_none_is_a_piece_of_it(secrets: list[str], named: list[str]) -> None:
    count, known = 0, list(named)
    for secret in sorted(set(secrets), key=lambda each: (-len(each), each)):
        if not any(secret in each for each in known) and not any(each in secret for each in named):
            known.append(secret)
            count += 1
    assert count_unnamed(set(secrets), named) == count
