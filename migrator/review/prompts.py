"""Questions in words, asked with questionary: menus with arrow keys, and texts that are checked as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import questionary
from prompt_toolkit.filters import to_filter
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout import FormattedTextControl
from prompt_toolkit.styles import Style

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


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The person left a question with Ctrl-C, Ctrl-D or Escape."""


def choose(message: str, choices: Sequence[tuple[str, str]], *, keys: bool = False, default: str = "") -> str:
    """One of some (value, title) pairs. With `keys` the first character of a value chooses it without Enter."""
    options = [questionary.Choice(f"{value}  {title}" if keys else title, value=value) for value, title in choices]
    question = questionary.select(
        message,
        options,
        default=default or None,
        instruction="(arrows and Enter, or the key)" if keys else "(arrows and Enter)",
        style=_STYLE,
        use_jk_keys=False,
        use_emacs_keys=False,
    )
    return _asked(question, [value for value, _ in choices] if keys else [])


def ask(message: str, default: str, check: Callable[[str], str]) -> str:
    """A text. `check` returns what is wrong with it, or an empty text; that is shown at the prompt."""

    def valid(text: str) -> bool | str:
        return check(text.strip()) or True

    return _asked(questionary.text(message, default=default, validate=valid, style=_STYLE)).strip()


def suspend(event: KeyPressEvent) -> None:
    """Give the terminal to the shell until the session is resumed."""
    event.app.suspend_to_background()


def confirm(message: str) -> bool:
    return choose(message, [("yes", "Yes"), ("no", "No")]) == "yes"


def _asked(question: questionary.Question, keys: Sequence[str] = ()) -> str:
    bindings = KeyBindings()
    for key in keys:
        bindings.add(key, eager=True)(_exit_with(key))

    # Eager: otherwise a key pressed soon after would be read as if held together with Alt.
    @bindings.add("escape", eager=True)
    @bindings.add("c-d", eager=True)
    def cancel(event: KeyPressEvent) -> None:
        event.app.exit(exception=Cancelled)

    bindings.add("c-z", eager=True)(suspend)
    application = question.application
    for window in application.layout.find_all_windows():
        if isinstance(window.content, FormattedTextControl):
            # Long lines wrap: a reason that is cut off helps nobody.
            window.wrap_lines = window.dont_extend_height = to_filter(True)
            if window.height == 1:
                window.height = None
    own = application.key_bindings
    application.key_bindings = merge_key_bindings([own, bindings] if own else [bindings])
    try:
        answer: str = question.unsafe_ask()
    except (KeyboardInterrupt, EOFError):
        raise Cancelled from None
    return answer


def _exit_with(key: str) -> Callable[[KeyPressEvent], None]:
    def leave(event: KeyPressEvent) -> None:
        event.app.exit(result=key)

    return leave
