"""Scripts that log in to a registry: which logins can leave them, and what is left of the script then.

A login may leave where nothing before it can matter to it: behind comments, `set -e...`, text that is printed, and
other logins. Behind other plain commands the script can be cut in two. Everything else has to stay, for a reason.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from migrator.circleci.runtimes import read_shell
from migrator.circleci.secrets.values import is_credential
from migrator.circleci.shell.logins import Login, find_login, find_pulls, hidden_logins
from migrator.circleci.shell.scripts import Pipeline, Script, Statement, read_script
from migrator.circleci.shell.source import template_tokens
from migrator.circleci.shell.statements import cut_out, is_idle, is_option, is_print, obstacle, turns_off, turns_on
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Span

# From the last `docker` before it: a text of many would be read to its end from each.
_MENTIONS: Final = lazy(r"docker\b(?:(?!docker\b)[^;|&])*?\slogin\b|get-login\b")
_SECTION_TAG: Final = lazy(r"\s*[#^/]")
_STATUS: Final = lazy(r"\$\?|\$\{\?|PIPESTATUS|\$_\b")
_GOES_ON: Final = "its shell continues after a failed login"
_AROUND: Final = {
    "if_statement": "inside `if`",
    "case_statement": "inside `case`",
    "for_statement": "in a loop",
    "c_style_for_statement": "in a loop",
    "while_statement": "in a loop",
    "function_definition": "in a function",
    "subshell": "in a subshell",
    "command_substitution": "inside `$(...)`",
    "process_substitution": "inside `<(...)`",
    "compound_statement": "in a group of commands",
}


@record
class Taken:
    """A login that leaves the script, with the images that are pulled directly behind it."""

    login: Login
    images: tuple[str, ...] = ()


@record
class Staying:
    """A login that stays; `login` is `None` where it is no command of its own."""

    login: Login | None
    reason: str


@record
class LoginScript:
    """What becomes of a script.

    `taken` leave it; `before` is what must run first, `None` where nothing must; `after` the rest, `None` where nothing
    is left to run. `doubts` say what would change when a login fails.
    """

    taken: tuple[Taken, ...]
    before: str | None
    after: str | None
    staying: tuple[Staying, ...]
    doubts: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()
    """The images of a script that only pulls, which may follow a login as the next step."""

    @property
    def is_whole(self) -> bool:
        return self.before is None and self.after is None


@lru_cache(maxsize=256)
def read_logins(text: str, *, templates: bool, stops: bool, pulls: bool = True) -> LoginScript:
    """Take a script apart; `stops` says whether its shell ends at the first command that fails.

    Without `pulls` the images behind a login stay in the script.
    """
    return _Reading(read_script(text, templates=templates), stops=stops, takes_pulls=pulls).result()


class _Reading:
    def __init__(self, script: Script, *, stops: bool, takes_pulls: bool) -> None:
        self.script = script
        self.text = script.text
        self.stops = stops
        self.takes_pulls = takes_pulls
        self.shell = ""
        self.staying: list[Staying] = []
        if self.text.startswith("#!"):
            self.shell, self.stops = read_shell(self.text[2:].partition("\n")[0].strip() or None)

    def result(self) -> LoginScript:
        script = self.script
        problem = ""
        if script.is_broken:
            problem = "the script could not be read as bash"
        elif script.is_conditional:
            problem = "templates may leave out parts of the script"
            # A section's tag may touch a command: only without them does the script show all of its logins.
            script = self.script = read_script(_without_sections(self.text))
        elif self.shell:
            problem = f"the script {self.shell}"
        if problem:
            logins = self._all(0)
            if script.is_broken and not logins and mentions_login(self.text):
                logins = [Staying(None, problem)]
            return LoginScript((), None, None, tuple(Staying(each.login, problem) for each in logins))
        return self._head() or self._cut() or LoginScript((), None, None, tuple(self._all(0)), pulls=self._pulls())

    def _pulls(self) -> tuple[str, ...]:
        images: list[str] = []
        for statement in self.script.statements:
            if (found := _pulled(statement)) is None:
                return ()
            images += found
        return tuple(images)

    def _head(self) -> LoginScript | None:
        """The logins that stand at the head of the script."""
        taken, cuts, doubts, end = self._logins_from(0)
        if not taken:
            return None
        gone = [each.login for each in taken]
        rest = cut_out(self.text, cuts)
        left = self._left(cuts)
        if all(is_idle(statement) for statement in left):
            if not self.stops and self._is_followed(cuts[0]):
                return LoginScript((), None, None, tuple(Staying(login, _GOES_ON) for login in gone))
            return LoginScript(tuple(taken), None, None, (), tuple(doubts))
        staying = tuple(self._all(end, gone))
        if problem := self._needs_status(left, cuts):
            stuck = tuple(Staying(each.login, problem) for each in taken)
            return LoginScript((), None, None, stuck + staying)
        return LoginScript(tuple(taken), None, rest, staying, tuple(doubts))

    def _cut(self) -> LoginScript | None:
        """The first login that stands behind nothing but plain commands, and what is before and behind it."""
        statements = self.script.statements
        place = next((i for i, s in enumerate(statements) if any(find_login(p) for p in s.pipelines)), None)
        if not place or any(self._obstacle(statement) for statement in statements[:place]):
            return None
        options = [s for s in statements[:place] if is_option(s)]
        self.stops = self.stops or any(turns_on(statement) for statement in options)
        taken, cuts, doubts, end = self._logins_from(place)
        if not taken:
            return None
        left = self._left(cuts, place)
        staying = tuple(self._all(end, [each.login for each in taken]))
        if problem := self._needs_status(left, cuts, in_two=True):
            stuck = tuple(Staying(each.login, problem) for each in taken)
            return LoginScript((), None, None, stuck + staying)
        shebang = [self.text.partition("\n")[0]] if self.text.startswith("#!") else []
        edge = self._edge(statements[place - 1].span.end, statements[place].span.start)
        trail = self.text[len(self.text.rstrip("\n")) :]
        if all(is_idle(statement) for statement in left):
            before = cut_out(self.text, cuts).rstrip(" \t\n;") + trail
            return LoginScript(tuple(taken), before, None, staying, tuple(doubts))
        after = cut_out(self.text[edge:], [Span(start - edge, end - edge) for start, end in cuts]).lstrip("\n")
        after = after.lstrip(" \t;") if self.text[edge - 1] != "\n" else after
        after = "\n".join([*shebang, *(self.text[slice(*s.span)] for s in options), after])
        return LoginScript(tuple(taken), self.text[:edge].rstrip(" \t\n;") + trail, after, staying, tuple(doubts))

    def _edge(self, end: int, start: int) -> int:
        """Where to cut between two statements: at the end of the first one's line, if the other is on another."""
        newline = self.text.find("\n", end, start)
        return newline + 1 if newline >= 0 else end

    def _logins_from(self, first: int) -> tuple[list[Taken], list[Span], list[str], int]:
        """Logins that follow one another, the places to cut out, and the index of the first statement behind them."""
        taken: list[tuple[Login, list[str]]] = []
        cuts: list[Span] = []
        doubts: list[str] = []
        statements = self.script.statements
        index = first
        while index < len(statements):
            statement = statements[index]
            count = self._leading(index, taken)
            if count == 0:
                if is_option(statement) and not turns_off(statement):
                    self.stops = self.stops or (not taken and turns_on(statement))
                elif not is_print(statement):
                    break
                index += 1
                continue
            if len(statement.pipelines) > 1 and index + 1 < len(statements):
                what = "login" if find_login(statement.pipelines[0]) else "pull"
                doubts.append(f"a {what} that fails will end the job; until now the script continued after the `&&`")
            if count < len(statement.pipelines):
                cuts.append(Span(statement.span.start, statement.pipelines[count].span.start))
                break
            cuts.append(self._whole(index))
            index += 1
        return [Taken(login, tuple(images)) for login, images in taken], cuts, doubts, index

    def _leading(self, index: int, taken: list[tuple[Login, list[str]]]) -> int:
        """Take logins and the pulls behind each from the head of a statement; how many of its pipelines they are."""
        statement = self.script.statements[index]
        if statement.background or "||" in statement.operators:
            return 0
        count = 0
        for pipeline in statement.pipelines:
            login = find_login(pipeline)
            if login is not None and not login.why_not and not (login.password and login.password.literal is not None):
                taken.append((login, []))
            elif login is None and taken and (images := self._pulled_behind(index, pipeline, count)):
                taken[-1][1].extend(images)
            else:
                break
            count += 1
        return count

    def _pulled_behind(self, index: int, pipeline: Pipeline, count: int) -> tuple[str, ...]:
        """The images that a pipeline pulls directly behind a login, if they may leave the script with it."""
        follows = self.takes_pulls and (count > 0 or self._follows(index))
        return (find_pulls(pipeline) or ()) if follows else ()

    def _follows(self, index: int) -> bool:
        """Whether nothing is printed or set between the login before and the statement of that index."""
        return not (is_option(previous := self.script.statements[index - 1]) or is_print(previous))

    def _whole(self, index: int) -> Span:
        """The place of a statement, with the `;` between it and its neighbour on the same line."""
        statements = self.script.statements
        start, end = statements[index].span
        following = statements[index + 1].span.start if index + 1 < len(statements) else len(self.text)
        if "\n" not in self.text[end:following] and index + 1 < len(statements):
            return Span(start, following)
        previous = statements[index - 1].span.end if index else 0
        if index and "\n" not in self.text[previous:start]:
            return Span(previous, end)
        return Span(start, end)

    def _left(self, cuts: list[Span], first: int = 0) -> list[Statement]:
        """What still runs once the places are cut out: printed text among the logins, and all behind them."""
        left: list[Statement] = []
        index = 0
        for statement in self.script.statements[first:]:
            while index + 1 < len(cuts) and cuts[index].end < statement.span.end:
                index += 1
            if not cuts[index].start <= statement.span.start or statement.span.end > cuts[index].end:
                left.append(statement)
        return left

    def _needs_status(self, left: list[Statement], cuts: list[Span], *, in_two: bool = False) -> str:
        ends = [statement.span.end for statement in left]
        asking = -1  # the last that was looked at
        for cut in cuts:
            behind = bisect_right(ends, cut.start)
            if behind < len(left) and behind != asking and _STATUS.search(self.text[slice(*left[behind].span)]):
                return "the next command checks its exit status"
            asking = behind
        if ((ends and ends[-1] > cuts[0].start) or in_two) and not self.stops:
            return _GOES_ON
        return ""

    def _is_followed(self, cut: Span) -> bool:
        """Whether a statement stands behind that of a place, so that the script does not end as that one does."""
        return self.script.statements[-1].span.start >= cut.end

    def _obstacle(self, statement: Statement) -> str:
        if find_logins(statement):
            return "another login, which is left unchanged, is before it"
        return obstacle(self.text, statement)

    def _all(self, first: int, gone: list[Login] | None = None) -> list[Staying]:
        """Every login from a statement on, with the reason why it stays; those that are gone left out."""
        found: list[Staying] = []
        statements = self.script.statements
        places = {login.command.span for login in gone or ()}
        before = ""
        for index, statement in enumerate(statements):
            if index >= first:
                found += [
                    each
                    for each in self._staying(statement, before, waits=bool(gone))
                    if each.login is None or each.login.command.span not in places
                ]
            if any(login.command.span in places for login in find_logins(statement)):
                continue
            before = before or ("" if is_option(statement) and not turns_off(statement) else self._obstacle(statement))
        for statement, within in self.script.everywhere("login"):
            if within and first < len(statements) and statement.span.start >= statements[first].span.start:
                where = _AROUND[within[0]]
                found += [Staying(login, login.why_not or f"it is {where}") for login in find_logins(statement)]
                found += [Staying(None, reason) for reason in hidden_logins(statement)]
        return found

    def _staying(self, statement: Statement, before: str, *, waits: bool) -> list[Staying]:
        behind = (
            "the login before it must be replaced first" if waits else "other commands of the script must run first"
        )
        found: list[Staying] = []
        either = statement.operators.index("||") if "||" in statement.operators else len(statement.operators)
        for index, pipeline in enumerate(statement.pipelines):
            login = find_login(pipeline)
            if login is None:
                continue
            reason = login.why_not or _written_out(login)
            if not reason and either < index:
                reason = "it depends on the commands before its `||`"
            if not reason and either < len(statement.operators):
                reason = "`||` handles its failure"
            if not reason and statement.background:
                reason = "it runs in the background"
            if not reason and index:
                reason = "it depends on the commands before its `&&`"
            found.append(Staying(login, reason or before or behind))
        return found + [Staying(None, reason) for reason in hidden_logins(statement)]


def mentions_login(text: str) -> bool:
    """Whether it is worth while to have a text read as a script."""
    return "login" in text and _MENTIONS.search(text) is not None


def _written_out(login: Login) -> str:
    """Why a login stays whose password is no variable; empty where it is one."""
    literal = login.password.literal if login.password is not None else None
    if literal is None:
        return ""
    if is_credential(literal):
        return "its password is written out; the rule `literal-secret` moves it to a variable first"
    return "its password is written out and looks like a placeholder; the orb needs the name of a variable"


def _without_sections(text: str) -> str:
    """A script without the tags of template sections."""
    parts: list[str] = []
    place = 0
    for token in template_tokens(text):
        if token["inside"] is not None and _SECTION_TAG.match(token["inside"]):
            parts += (text[place : token.start()], " ")
            place = token.end()
    return "".join((*parts, text[place:]))


def find_logins(statement: Statement) -> list[Login]:
    return [login for pipeline in statement.pipelines if (login := find_login(pipeline))]


def _pulled(statement: Statement) -> tuple[str, ...] | None:
    if statement.background or "||" in statement.operators:
        return None
    images: tuple[str, ...] = ()
    for pipeline in statement.pipelines:
        if (found := find_pulls(pipeline)) is None:
            return None
        images += found
    return images
