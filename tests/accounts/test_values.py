"""Values for variables: what a file means, and whose values go where."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.accounts.applying import Slot, key_of
from migrator.accounts.values import LONGEST, ask_for, is_readable_by_others, read_env_file, values_for
from migrator.accounts.wanted import Context, Organization, Variable
from migrator.errors import UsageError

SECRET = "s3cr3t-of-the-file"


def read(text: str | bytes) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "values")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_env_file(str(file))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=x", "x"), ("A = x ", "x"), ("export A=x", "x"), ("A=", ""), ("A=''", ""), ("A='a b'", "a b"),
        ('A="a\\nb"', "a\nb"), ('A="a\\"b\\\\c"', 'a"b\\c'), ("A='a\\nb'", "a\\nb"), ("A=a=b#c", "a=b#c"),
        ("A=$HOME", "$HOME"),        ('A="${HOME}"', "${HOME}"), ("A=a'b", "a'b"),
        ("A=\u00e9", "\u00e9"), ("\ufeffA=x", "x"), ("A=x\r\n", "x"),
    ],
)  # fmt: skip
def test_a_line_is_a_name_and_its_value(line: str, value: str) -> None:
    assert read(line) == {"A": value}


def test_comments_and_empty_lines_mean_nothing() -> None:
    assert read("# A=1\n\n   \n  # x\nB=2\n") == {"B": "2"}


@pytest.mark.parametrize(
    "text",
    [
        SECRET, f"A-B={SECRET}", f"={SECRET}", f"1A={SECRET}", f"A='{SECRET}", f'A="{SECRET}', f"A='{SECRET}'x'",
        f"A={SECRET}\nA=2", f"A={SECRET}\0", f"A={'x' * (LONGEST + 1)}", f"A={SECRET}\xff".encode("latin-1"),
    ],
)  # fmt: skip
def test_what_is_no_line_is_told_by_its_number_and_never_shown(text: str | bytes) -> None:
    with pytest.raises(UsageError, match="--env-file") as raised:
        read(text)
    assert SECRET not in str(raised.value)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cc", "Zl", "Zp"]), max_size=50)
)
def test_any_value_of_one_line_survives_double_quotes(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert read(f'A="{quoted}"\n') == {"A": value}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        found = read(text.encode("utf-8", "replace"))
    except UsageError:
        return
    assert all(name.isidentifier() for name in found)


def test_who_may_read_a_file(tmp_path: Path) -> None:
    file = tmp_path / "values"
    file.write_text("A=1")
    for mode, others in ((0o600, False), (0o400, False), (0o640, True), (0o604, True)):
        file.chmod(mode)
        assert is_readable_by_others(str(file)) is others
    assert not is_readable_by_others(str(tmp_path / "nowhere"))


def slots(*homes: str) -> list[Slot]:
    organization = Organization("gh/acme")
    return [Slot(organization, Context(home), Variable(name)) for home in homes for name in ("USER", "PASSWORD")]


def test_a_file_comes_before_the_environment_and_that_only_for_names_that_are_allowed() -> None:
    one, two = slots("hub")
    assert values_for([one, two], {"USER": "file"}, {"USER": "env", "PASSWORD": "env"}, ()) == {key_of(one): "file"}
    assert values_for([one, two], {}, {"USER": "env", "PASSWORD": ""}, {"USER", "PASSWORD"}) == {key_of(one): "env"}


def test_a_person_is_asked_once_for_what_is_the_same_everywhere() -> None:
    wanted = slots("one", "two", "three")
    asked: list[str] = []

    def ask(slot: Slot) -> str:
        asked.append(f"{slot.variable.name} in {slot.home.name}")
        return "" if slot.home.name == "two" else f"value-{len(asked)}"

    values: dict[tuple[int, str], str] = {}
    ask_for(wanted, values, ask, lambda slot, others: slot.variable.name == "USER")
    assert asked == ["USER in one", "PASSWORD in one", "PASSWORD in two", "PASSWORD in three"]
    assert [values.get(key_of(slot)) for slot in wanted] == [
        "value-1", "value-2", "value-1", None, "value-1", "value-4",
    ]  # fmt: skip


def test_a_pipe_or_a_folder_is_no_file_of_values(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in (str(tmp_path / "pipe"), str(tmp_path)):
        with pytest.raises(UsageError, match=r"^--env-file .*: is not a regular file$"):
            read_env_file(name)
