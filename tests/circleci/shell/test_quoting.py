"""Commands that are shown to be copied, given to real shells."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.circleci.shell.quoting import command, is_variable_name, word
from tests.doses import examples

HOSTILE = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
    "a\nb",
    "\x1b[2J",
    "~",
    "*",
    "",
    "-n",
    "é",
    "\udcff",
    "a'b\"c\\d",
    "!x",
]
WORDS = st.lists(
    st.sampled_from(HOSTILE)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
    max_size=4,
)


def words_of(line: str) -> list[bytes]:
    """What bash makes of a line: the words that a command is given."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    script = f"set -f; args() {{ printf '%s\\0' \"$@\"; }}; args {line}"
    done = subprocess.run([bash, "--norc", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return done.stdout.split(b"\0")[:-1]


@settings(max_examples=examples(60), deadline=None)
@given(WORDS.filter(bool))
def test_bash_reads_the_very_words(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for text in texts]
    line = command(*texts)
    assert "\n" not in line
    assert all(character.isprintable() for character in line)
    assert words_of(line) == [os.fsencode(text) for text in texts]


@pytest.mark.parametrize("text", ["docker-hub-creds", "scripts/generate.py", "gh/acme/web"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert word(text) == text


@pytest.mark.parametrize("name", ["A", "_x1", "DOCKERHUB_PASSWORD"])
def test_names_of_variables(name: str) -> None:
    assert is_variable_name(name)


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "$(touch PWNED)", "A\n", "X_TOKEN'$(touch PWNED)'", "É"])
def test_what_is_no_name_of_a_variable(name: str) -> None:
    assert not is_variable_name(name)
