"""Asks for another value of a fix, with the diff of the fix in sight."""

from __future__ import annotations

from migrator.results.decisions import Values
from migrator.review.screens.prompts import Back, Cancelled, Picture, ask, choose
from migrator.review.session import Scope, Session
from migrator.review.values import IMAGE, as_written, merged, what_is_wrong

_SCOPES = (
    (Scope.FIX.value, "this fix only"),
    (Scope.FILE.value, "this fix and all after it in this file"),
    (Scope.RUN.value, "this fix and all after it in this session"),
)


def change_value(session: Session, values: Values, above: Picture) -> bool | None:
    """Which value, which other one, and for what. Escape goes one question back.

    `None` where the person leaves; false, with nothing changed, where the fix does not use that value.
    """

    def wrong(text: str) -> str:
        return what_is_wrong(session.policy, values, key, text)

    settings = {setting.key: setting for setting in session.settings}
    key = text = ""
    scope = Scope.FIX
    step = 0
    while step < 3:
        try:
            if step == 0:
                which = [(each.key, f"{each.label}: {each.value}") for each in settings.values()]
                key = choose("Which value?", which, default=key, above=above)
                text = settings[key].value
            elif step == 1:
                text = ask(f"{settings[key].label}:", text, wrong, above=above)
            else:
                scope = Scope.FIX if key == IMAGE else Scope(choose("For what?", _SCOPES, above=above))
            step += 1
        except Back:
            step -= 1
            if step < 0:
                return None
        except Cancelled:
            return None
    return session.change(merged(values, key, as_written(key, text)), scope)
