"""Scripts that log in to a registry: which logins can leave them, and what is left of the script then.

A login may leave where nothing before it can matter to it: behind comments, `set -e...`, text that is printed, and
other logins. Behind other plain commands the script can be cut in two. Everything else has to stay, for a reason.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from migrator.circleci.orb_logins.guards import Guard, guard_of, read_test
from migrator.circleci.orb_logins.staying import Staying, all_staying, find_logins, login_uses, obstacle_of
from migrator.circleci.runtimes import read_shell
from migrator.circleci.shell.logins import Login, find_login, find_pulls
from migrator.circleci.shell.scripts import Pipeline, Script, Statement, read_script
from migrator.circleci.shell.source import template_tokens
from migrator.circleci.shell.statements import (
    assigns_apart,
    cut_out,
    is_idle,
    is_option,
    is_print,
    turns_off,
    turns_on,
)
from migrator.startup.patterns import lazy
from migrator.startup.records import record, replace
from migrator.tree import Span

# From the last `docker` before it: a text of many would be read to its end from each.
_MENTIONS: Final = lazy(r"docker\b(?:(?!docker\b)[^;|&])*?\slogin\b|get-login\b")
_SECTION_TAG: Final = lazy(r"\s*[#^/]")
_STATUS: Final = lazy(r"\$\?|\$\{\?|PIPESTATUS|\$_\b")
_GOES_ON: Final = "its shell continues after a failed login"


@record
class Taken:
    """A login that leaves the script, with the images that are pulled directly behind it."""

    login: Login
    images: tuple[str, ...] = ()


@record
class _Guarded:
    """What may leave an `if`. Without `cuts` all of it goes; `uses` are the variables of its logins."""

    taken: tuple[Taken, ...]
    cuts: list[Span]
    doubts: list[str]
    uses: frozenset[str]


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
    return _Reading(read_script(text, templates=templates), templates, stops=stops, takes_pulls=pulls).result()


class _Reading:
    def __init__(self, script: Script, templates: bool, *, stops: bool, takes_pulls: bool) -> None:
        self.script = script
        self.templates = templates
        self.text = script.text
        self.stops = stops
        self.takes_pulls = takes_pulls
        self.shell = ""
        self._guards: dict[int, _Guarded | None] = {}
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
            logins = all_staying(self.script, 0)
            if script.is_broken and not logins and mentions_login(self.text):
                logins = [Staying(None, problem)]
            return LoginScript((), None, None, tuple(Staying(each.login, problem) for each in logins))
        return (
            self._head()
            or self._cut()
            or LoginScript((), None, None, tuple(all_staying(self.script, 0)), pulls=self._pulls())
        )

    def _pulls(self) -> tuple[str, ...]:
        images: list[str] = []
        for statement in self.script.statements:
            if (found := _pulled(statement)) is None:
                return ()
            images += found
        return tuple(images)

    def _head(self) -> LoginScript | None:
        """The logins that are at the head of the script."""
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
        staying = tuple(all_staying(self.script, end, gone))
        if problem := self._needs_status(left, cuts):
            stuck = tuple(Staying(each.login, problem) for each in taken)
            return LoginScript((), None, None, stuck + staying)
        return LoginScript(tuple(taken), None, rest, staying, tuple(doubts))

    def _cut(self) -> LoginScript | None:
        """The first login that is behind nothing but plain commands, and what is before and behind it."""
        statements = self.script.statements
        place = next((i for i, s in enumerate(statements) if find_logins(s) or self._guarded(i)), None)
        if not place or any(obstacle_of(self.script, statement) for statement in statements[:place]):
            return None
        options = [s for s in statements[:place] if is_option(s)]
        self.stops = self.stops or any(turns_on(statement) for statement in options)
        taken, cuts, doubts, end = self._logins_from(place)
        if not taken:
            return None
        left = self._left(cuts, place)
        staying = tuple(all_staying(self.script, end, [each.login for each in taken]))
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
        assigned: set[str] = set()
        asks = False
        while index < len(statements):
            statement = statements[index]
            guarded, tests = self._guarded(index), self._tests(statement)
            if (guarded is not None or tests) and taken and not asks:
                break  # what needs no review goes first, and alone
            asks = asks or guarded is not None or tests > 0
            if guarded is not None and not guarded.uses & assigned:
                taken += [(each.login, list(each.images)) for each in guarded.taken]
                cuts += guarded.cuts or [self._whole(index)]
                doubts += guarded.doubts
                if guarded.cuts:  # the rest of it must run next
                    break
                index += 1
                continue
            count = self._leading(index, tests, taken, assigned)
            if count == tests:
                if is_option(statement) and not turns_off(statement):
                    self.stops = self.stops or (not taken and turns_on(statement))
                elif (names := assigns_apart(statement)) is not None:
                    assigned |= names
                elif not is_print(statement):
                    break
                index += 1
                continue
            if tests and (
                asked := read_test(self.text[statement.span.start : statement.pipelines[tests - 1].span.end])
            ):
                doubts.append(asked.doubt)
            if len(statement.pipelines) > tests + 1 and index + 1 < len(statements):
                what = "login" if find_login(statement.pipelines[tests]) else "pull"
                doubts.append(f"a {what} that fails will end the job; until now the script continued after the `&&`")
            if count < len(statement.pipelines):
                cuts.append(Span(statement.pipelines[tests].span.start, statement.pipelines[count].span.start))
                break
            cuts.append(self._whole(index))
            index += 1
        return [Taken(login, tuple(images)) for login, images in taken], cuts, doubts, index

    def _asked(self, statement: Statement, tests: int) -> Guard | None:
        """What the first pipelines of a statement ask for."""
        return read_test(self.text[statement.span.start : statement.pipelines[tests - 1].span.end])

    def _tests(self, statement: Statement) -> int:
        """How many pipelines of `[ -n "$X" ] && docker login ...` ask whether something is set."""
        if not statement.operators or "||" in statement.operators or find_login(statement.pipelines[0]):
            return 0
        count = next((i for i, pipeline in enumerate(statement.pipelines) if find_login(pipeline)), 0)
        return count if count and self._asked(statement, count) else 0

    def _guarded(self, index: int) -> _Guarded | None:
        """The logins at the head of an `if` that only asks whether variables are set."""
        if index not in self._guards:
            statement = self.script.statements[index]
            guard = guard_of(self.text, statement) if "login" in self.text[slice(*statement.span)] else None
            self._guards[index] = self._behind(guard) if guard is not None else None
        return self._guards[index]

    def _behind(self, guard: Guard) -> _Guarded | None:
        inside = read_script(self.text[guard.start : guard.end], templates=self.templates)
        names = {command.name for statement in inside.statements for command in statement.commands}
        if inside.is_broken or inside.is_conditional or names & {"else", "elif"}:
            return None
        reading = _Reading(inside, self.templates, stops=self.stops, takes_pulls=self.takes_pulls)
        reading._guards = dict.fromkeys(range(len(inside.statements)))
        taken, cuts, doubts, _ = reading._logins_from(0)
        if not taken or any(login_uses(each.login) & set(guard.empty) for each in taken):
            return None
        left = reading._left(cuts)
        if reading._needs_status(left, cuts):
            return None
        by = guard.start
        return _Guarded(
            tuple(Taken(_moved(each.login, by), each.images) for each in taken),
            [Span(start + by, end + by) for start, end in cuts] if left else [],
            [guard.doubt, *doubts],
            frozenset().union(*(login_uses(each.login) for each in taken)),
        )

    def _leading(self, index: int, tests: int, taken: list[tuple[Login, list[str]]], assigned: set[str]) -> int:
        """Take logins and the pulls behind each from the head of a statement; how many of its pipelines are gone.

        `tests` come before them; `assigned` are variables of the script, which the orb would not see.
        """
        statement = self.script.statements[index]
        if statement.background or "||" in statement.operators:
            return tests
        count = tests
        for pipeline in statement.pipelines[tests:]:
            login = find_login(pipeline)
            if (
                login is not None
                and not login.why_not
                and not (login.password and login.password.literal is not None)
                and not login_uses(login) & assigned
            ):
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
        previous = self.script.statements[index - 1]
        return not (is_option(previous) or is_print(previous) or assigns_apart(previous) is not None)

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
        """Whether a statement is behind that of a place, so that the script does not end as that one does."""
        return self.script.statements[-1].span.start >= cut.end


def mentions_login(text: str) -> bool:
    """Whether it is worth while to have a text read as a script."""
    return "login" in text and _MENTIONS.search(text) is not None


def _moved(login: Login, by: int) -> Login:
    """A login of a part of a script, at its place in the whole."""
    start, end = login.command.span
    return replace(login, command=replace(login.command, span=Span(start + by, end + by)))


def _without_sections(text: str) -> str:
    """A script without the tags of template sections."""
    parts: list[str] = []
    place = 0
    for token in template_tokens(text):
        if token["inside"] is not None and _SECTION_TAG.match(token["inside"]):
            parts += (text[place : token.start()], " ")
            place = token.end()
    return "".join((*parts, text[place:]))


def _pulled(statement: Statement) -> tuple[str, ...] | None:
    if statement.background or "||" in statement.operators:
        return None
    images: tuple[str, ...] = ()
    for pipeline in statement.pipelines:
        if (found := find_pulls(pipeline)) is None:
            return None
        images += found
    return images
