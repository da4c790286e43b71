"""Questions in words, asked with questionary: menus with arrow keys, and texts that are checked as they are typed.

What a question is about can stay in sight above it: `above` draws that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import questionary
from prompt_toolkit.application import Application
from prompt_toolkit.filters import to_filter
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import BufferControl, Dimension, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.styles import Style

from migrator.review.screens.lines import Line, ruled
from migrator.review.screens.painting import Painted, suspend

Picture: TypeAlias = Callable[[int, int], list[Line]]
"""Lines for so many columns and rows."""

# The sixteen colours of the terminal's owner; questionary's own are unreadable on a light background.
_STYLE = Style.from_dict(
    {
        "qmark": "ansigreen bold",
        "question": "bold",
        "answer": "ansiblue bold",
        "pointer": "ansiblue bold",
        "highlighted": "ansiblue bold",
        "instruction": "",
        "text": "",
        "validation-toolbar": "bold reverse noinherit",
        "bottom-toolbar": "noreverse",
    }
)
_PICTURE = 4
"""Rows of a picture that stay however long a question is."""


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The person left a question with Ctrl-C, Ctrl-D or Escape."""


class Back(Cancelled):
    """The person pressed Escape: back to the question before."""


def choose(
    message: str,
    choices: Sequence[tuple[str, str]],
    *,
    keys: bool = False,
    default: str = "",
    above: Picture | None = None,
) -> str:
    """One of some (value, title) pairs. With `keys` the first character of a value chooses it without Enter.

    Raises `Back` for Escape, `Cancelled` for Ctrl-C and Ctrl-D.
    """
    titled = [(value, f"{value}  {title}") for value, title in choices] if keys else choices
    question = _select(message, titled, default, "(arrows and Enter, or the key)" if keys else "(arrows and Enter)")
    return _asked(question, {value: value for value, _ in choices} if keys else {}, above)


def _select(message: str, choices: Sequence[tuple[str, str]], default: str, instruction: str) -> questionary.Question:
    return questionary.select(
        message,
        [questionary.Choice(title, value=value) for value, title in choices],
        default=default or None,
        instruction=instruction,
        style=_STYLE,
        use_jk_keys=False,
        use_emacs_keys=False,
    )


def ask(message: str, default: str, check: Callable[[str], str], *, above: Picture | None = None) -> str:
    """A text. `check` returns what is wrong with it, or an empty text; that is shown at the prompt. Raises like
    `choose`."""

    def valid(text: str) -> bool | str:
        return check(text.strip()) or True

    return _asked(questionary.text(message, default=default, validate=valid, style=_STYLE), {}, above).strip()


def confirm(message: str, *, above: Picture | None = None, default: bool = True) -> bool:
    """Whether the answer is yes; `y` and `n` answer too. Raises like `choose`."""
    choices = [("yes", "Yes"), ("no", "No")]
    question = _select(message, choices, "yes" if default else "no", "(y, n, or arrows and Enter)")
    return _asked(question, {"y": "yes", "n": "no"}, above) == "yes"


def _asked(question: questionary.Question, keys: Mapping[str, str], above: Picture | None) -> str:
    own = question.application
    for window in own.layout.find_all_windows():
        if isinstance(window.content, FormattedTextControl):
            # Long lines wrap: a reason that is cut off helps nobody.
            window.wrap_lines = window.dont_extend_height = to_filter(True)
            if window.height == 1:
                window.height = None
        elif isinstance(window.content, BufferControl):
            window.dont_extend_height = to_filter(True)
    bindings = _bindings(keys)
    own.key_bindings = merge_key_bindings([own.key_bindings, bindings] if own.key_bindings else [bindings])
    try:
        answer: str = question.unsafe_ask() if above is None else _below(above, own).run()
    except (KeyboardInterrupt, EOFError):
        raise Cancelled from None
    return answer


def _below(above: Picture, own: Application[Any]) -> Application[Any]:
    """The same question on a whole screen, below what it is about."""
    picture = Window(Painted(above), height=Dimension(min=_PICTURE), always_hide_cursor=True)
    line = Window(Painted(lambda columns, _rows: [ruled("", columns)]), height=1)
    return Application(
        layout=Layout(HSplit([picture, line, own.layout.container]), focused_element=own.layout.current_window),
        key_bindings=own.key_bindings,
        style=own.style,
        full_screen=True,
        erase_when_done=True,
    )


def _bindings(keys: Mapping[str, str]) -> KeyBindings:
    bindings = KeyBindings()
    for key, value in keys.items():
        bindings.add(key, eager=True)(_exit_with(value))

    # Eager: otherwise a key pressed soon after would be read as if held together with Alt.
    @bindings.add("escape", eager=True)
    def back(event: KeyPressEvent) -> None:
        event.app.exit(exception=Back)

    @bindings.add("c-c", eager=True)
    @bindings.add("c-d", eager=True)
    def cancel(event: KeyPressEvent) -> None:
        event.app.exit(exception=Cancelled)

    bindings.add("c-z", eager=True)(suspend)
    return bindings


def _exit_with(value: str) -> Callable[[KeyPressEvent], None]:
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=value)

    return leave
