"""Random words of a command, and what bash makes of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from random import Random

from migrator.circleci.shell.pieces import PieceKind
from migrator.circleci.shell.scripts import Command, read_script
from migrator.circleci.shell.words import Word

BASH = shutil.which("bash")
VARIABLES = {"X": "xval", "_y2": "2*y", "Long_Name": "a/b:c", "U": "$X", "B": "back\\slash", "Q": "'q\""}

_NAMES = list(VARIABLES)
_COMPUTED = [
    "${X:-y z}", "${X#x}", "${#X}", "${Nope:-d}", "${Nope:-'a b'}", "${X/x/\\/}", "$1", "$1x", "$#", "$?",
    "$(echo o)", "$(printf '%s' 'a b)c')", '$(echo "$(echo in)")',
    "$((1 + 2))", "$(( (1+2)*3 ))", "`echo t`", "`echo \\`echo u\\``", "${X%%*(v)l}", "${U:+$X}", "${X:1:2}",
]  # fmt: skip
# Without `{` with `,`, `~` and `!`: one word becomes several, or depends on who runs it.
_BARE = "abcXYZ019_-+=/.:,@%^]}é"
_ODD = "abn0 \t#$&;|<>(){}[]*?!~`\"'\\=/é\n"
_BETWEEN = [" ", " ", "  ", "\t", " \\\n", " \\\n\t", " 2>/dev/null ", " </dev/null ", " 2>&1 "]


def _text(random: Random, characters: str, least: int = 0) -> str:
    return "".join(random.choice(characters) for _ in range(random.randint(least, 5)))


def _variable(random: Random) -> str:
    name = random.choice(_NAMES)
    return random.choice([f"${name}", f"${{{name}}}"])


def _in_double(random: Random) -> str:
    kind = random.randrange(4)
    if kind == 0:
        return _text(random, _ODD.replace("$", "").replace("`", "").replace('"', "").replace("\\", ""))
    if kind == 1:
        return _variable(random)
    if kind == 2:
        return random.choice([text for text in _COMPUTED if "'" not in text or text.startswith("$(")])
    return random.choice(["\\$", "\\`", '\\"', "\\\\", "\\n", "\\\n", "\\'", "$ ", "$."])


def _part(random: Random, first: bool) -> str:
    match random.randrange(9):
        case 0:
            return _text(random, _BARE if first else _BARE + "~", 1)
        case 1:
            return "\\" + random.choice(_ODD if not first else _ODD.replace("\n", ""))
        case 2:
            return "'" + _text(random, _ODD.replace("'", "")) + "'"
        case 3 | 4:
            inside = "".join(_in_double(random) for _ in range(random.randint(0, 3)))
            return random.choice(["", "", "$"]) + f'"{inside}"'
        case 5:
            return _variable(random)
        case 6:
            return random.choice(_COMPUTED)
        case 7:
            escape = random.choice(["", "\\n", "\\t", "\\'", '\\"', "\\\\", "\\x41", "\\101", "\\e", "\\q", "\\cA"])
            return f"$'{_text(random, 'abc019 $é')}{escape}'"
        case _:
            return _text(random, _BARE, 1) if first else random.choice(["$.", "\\\n"])


def random_command(random: Random) -> str:
    """A command `f` with words, and with redirections between them."""
    script = "f"
    for _ in range(random.randint(1, 6)):
        word = "".join(_part(random, not number) for number in range(random.randint(1, 5)))
        word = re.sub(rf"\$({'|'.join(_NAMES)})(?=\w|\\\n)", r"${\1}", word)  # another name is an empty word
        # The grammar takes `2>x -` for one redirection.
        script += random.choice(_BETWEEN) + ("-x" if word.startswith("-") else word)
    return script


def by_bash(scripts: list[str]) -> list[list[str]]:
    """The arguments that `f` is given in each script; each runs in a shell of its own, and words are not split."""
    assert BASH is not None
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, script in enumerate(scripts):
            Path(folder, f"{number}.sh").write_text(script, "utf-8")
            names.append(f"{number}.sh")
        setup = "set -f; IFS=; f() { printf '%s\\0' \"$@\" >&3; printf 'ran\\1' >&3; }; set -- one"
        run = f"exec 3>out; {setup}; for s in {' '.join(names)}; do ( . ./$s ); printf 'end\\2' >&3; done"
        # `for` would not split its list with an empty IFS, but these are words of the script itself.
        environment = {**VARIABLES, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        subprocess.run([BASH, "-c", run], cwd=folder, env=environment, check=True, capture_output=True)
        output = Path(folder, "out").read_bytes().decode("utf-8", "surrogateescape")
    results = []
    for script, part in zip(scripts, output.split("end\2"), strict=False):
        assert part.endswith("ran\1"), f"bash refuses {script!r}"
        results.append(part.removesuffix("ran\1").split("\0")[:-1])
    return results


def command_of(script: str) -> Command | None:
    """The one command of a script, as it is read; `None` where the reader says that it cannot."""
    read = read_script(script, templates=False)
    if read.is_broken:
        return None
    assert len(read.statements) == 1, script
    (command,) = read.statements[0].commands
    return command


def computed_texts(words: list[Word]) -> list[str]:
    return [piece.text for word in words for piece in word.pieces if piece.kind is PieceKind.COMPUTED]


def value_of(word: Word, computed: dict[str, str]) -> str:
    """What a word is with these variables, and with what the shell computes."""
    parts = []
    for piece in word.pieces:
        if piece.kind is PieceKind.LITERAL:
            parts.append(piece.text)
        elif piece.kind is PieceKind.VARIABLE:
            parts.append(VARIABLES.get(piece.text, ""))
        else:
            parts.append(computed[piece.text])
    return "".join(parts)


def check(scripts: list[str]) -> int:
    """Assert that each script that is read is read as bash reads it; returns the number of words."""
    known = {script: command for script in scripts if (command := command_of(script)) is not None}
    assert len(known) >= 0.98 * len(set(scripts)) - 1, "most are read"
    scripts, read = list(known), [list(command.arguments) for command in known.values()]
    texts = sorted({text for words in read for text in computed_texts(words)})
    values = by_bash([*scripts, *(f"f {text}" for text in texts)])
    computed = {text: "".join(value) for text, value in zip(texts, values[len(scripts) :], strict=True)}
    for script, words, expected in zip(scripts, read, values, strict=False):
        assert [value_of(word, computed) for word in words] == expected, script
        for word in words:
            assert script[slice(*word.span)] == word.text
    return sum(map(len, read))
