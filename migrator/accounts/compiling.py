"""Configs compiled by CircleCI: `POST /api/v3/configs/compile`, as CircleCI's own command line asks for it.

The published description of the API lacks it. Its shape is that of github.com/CircleCI-Public/circleci-cli at 5bb7183
(internal/apiclient/config.go): status 200 for good and bad configs alike, 404 on a Server, which has none.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from migrator.accounts.api import Api
from migrator.errors import MigratorError
from migrator.results.masking import one_line
from migrator.services.answers import RefusedError, many, matching, maybe, record, text
from migrator.services.budget import HaltedError
from migrator.services.faults import Fault, RunError, ServiceError

NO_COMPILER: Final = "this CircleCI has no API to compile configs, as a Server has none"
_ID: Final = matching(r"[A-Za-z0-9-]{1,100}")
_COMPILED: Final = record(
    data=record(attributes=record(outcome=text, compiled_config=maybe(text))),
    meta=maybe(record(messages=maybe(many(record(title=maybe(text)))))),
)
_ORGANIZATIONS: Final = record(data=many(record(id=_ID)))
_KEPT: Final = 64
"""So many answers are remembered: a config as it is today is compiled once for all that may be made of it."""
_FOR_ALL: Final = (Fault.UNREACHABLE, Fault.LIMITED, Fault.SSO)
"""What would be said of every other config as well."""


class NotCompiledError(MigratorError):
    """CircleCI compiles nothing, whatever the config: `has_none` says that it never does."""

    def __init__(self, reason: str, *, has_none: bool = False) -> None:
        super().__init__(reason)
        self.has_none = has_none


class Answer(NamedTuple):
    """What CircleCI would run, as text, or why it would run nothing."""

    config: str = ""
    errors: tuple[str, ...] = ()


class Compiler:
    """Compiles for organisations, whose private orbs are then known."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, str] = {}
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def compile(
        self, config: str, organization: str, parameters: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Answer:
        """What becomes of a config. `organization` is a slug, or empty; `values` have `pipeline.` in their names.

        Raises `NotCompiledError`, and `ServiceError` where only this config is concerned.
        """
        attributes = {"config": config, "pipeline_values": {**values, **_prefixed(parameters)}}
        if parameters:
            attributes["pipeline_parameters"] = dict(parameters)
        data: dict[str, Any] = {"attributes": attributes}
        if number := self._id_of(organization):
            data["references"] = {"org": {"id": number}}
        key = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
        with self._lock:
            known = self._answers.get(key)
        answer = known or self._answer(data)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return answer

    def _answer(self, data: dict[str, Any]) -> Answer:
        found = self._ask("POST", "/api/v3/configs/compile", _COMPILED, {"data": data})
        answer = found["data"]["attributes"]
        if answer["outcome"] == "succeeded" and answer["compiled_config"] is not None:
            return Answer(answer["compiled_config"])
        messages = (found["meta"] or {}).get("messages") or ()
        titles = tuple(one_line(each["title"]) for each in messages if each["title"])
        return Answer(errors=titles or ("the config cannot be compiled",))

    def _id_of(self, organization: str) -> str:
        """The id of an organisation; empty where the token does not see it."""
        if organization and organization not in self._ids:
            parameters = {"filter[slug]": organization}
            found = self._ask("GET", "/api/v3/orgs", _ORGANIZATIONS, parameters=parameters)["data"]
            self._ids[organization] = found[0]["id"] if found else ""
        return self._ids.get(organization, "")

    def _ask(self, method: str, path: str, shape: Any, body: Any = None, **given: Any) -> Any:
        try:
            return self._api.ask(method, path, shape, body, reads=True, **given)
        except RefusedError as error:
            if error.status == 404:
                raise NotCompiledError(NO_COMPILER, has_none=True) from None
            if error.status in (400, 413, 422):
                raise
            raise NotCompiledError(str(error)) from None
        except ServiceError as error:
            if error.fault not in _FOR_ALL:
                raise
            raise NotCompiledError(str(error)) from None
        except HaltedError:
            raise
        except RunError as error:
            raise NotCompiledError(str(error)) from None


def _prefixed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {f"pipeline.parameters.{name}": value for name, value in parameters.items()}
