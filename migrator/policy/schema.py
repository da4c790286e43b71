"""What a `migrator.toml` may say, as a JSON Schema for editors: from the same patterns and keys as the reader's.

Draft 7, which editors of TOML know. What a schema cannot say, the reader still refuses: an override that adds a
registry without all that it needs, a pattern that begins with its registry, a username with unseen characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from migrator.policy import HUB, Policy, forms
from migrator.policy.tables import CONTEXT_LENGTH, VARIABLE

Schema: TypeAlias = dict[str, Any]

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_NO_WAY_UP = r"(?!(?:[\s\S]*/)?\.\.(?:/|$))"
_NO_CONTROL = r"[^\x00-\x1f\x7f-\x9f]+"


def policy_schema(rules: Iterable[str] = ()) -> Schema:
    """The schema; `rules` are the ids that an editor may offer."""
    own = Policy()
    choices = _settings(own)
    registries = _registries()
    rest = {
        **choices,
        "aws": _aws(),
        "docker-orb": _table({"version": _orb(own)}, "The docker orb, for `docker login` steps."),
        "ecr": _table(
            {
                "home-region": _text(
                    forms.REGION, "The region that images of ECR should come from.", own.ecr_home_region
                ),
                "copied": _texts(_but(forms.PATTERN, forms.ECR_HOST), "Repositories that exist there already."),
            },
            "Where images of ECR come from.",
        ),
        "rules": _rules(own, tuple(rules)),
        "circleci": _circleci(own),
    }
    top = {**rest, "registries": registries, "generated": _generated()}
    where = {
        "repositories": _texts(forms.NAME_GLOB, "Names of repositories, such as acme/legacy-*."),
        "paths": _texts(
            _of(rf"(?!/){_NO_WAY_UP}[^\\]+"), "Paths from the root of the repository, such as services/**."
        ),
    }
    override = _table({**where, **rest, "registries": registries}, "Other values for some repositories or paths.")
    override["allOf"] = [
        {"anyOf": [{"required": [key], "properties": {key: {"minItems": 1}}} for key in where]},
        {"anyOf": [{"required": [key]} for key in sorted({*rest, "registries"})]},
    ]
    top["overrides"] = {"type": "array", "items": override, "description": "Later ones win, key by key."}
    return {
        "$schema": DRAFT,
        "title": "migrator.toml",
        **_table(top, "The policy of `migrate`: which registries need credentials, and where they come from."),
        "if": {"required": ["credentials"], "properties": {"credentials": {"const": "project"}}},
        "then": _whole("username", "password"),
        "else": _whole("username", "password", "context"),
    }


def _of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _but(whole: re.Pattern[str], start: re.Pattern[str]) -> re.Pattern[str]:
    """What matches the one as a whole and does not begin with the other."""
    return re.compile(f"(?!{start.pattern})(?:{whole.pattern})")


def _table(properties: Schema, description: str) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, "description": description}


def _text(pattern: re.Pattern[str], description: str, default: str = "") -> Schema:
    text = {"type": "string", "pattern": f"^(?:{pattern.pattern})$", "description": description}
    return {**text, "default": default} if default else text


def _texts(pattern: re.Pattern[str], description: str) -> Schema:
    return {
        "type": "array",
        "items": {"type": "string", "pattern": f"^(?:{pattern.pattern})$"},
        "description": description,
    }


def _choice(values: tuple[str, ...], description: str, default: str) -> Schema:
    return {"enum": list(values), "description": description, "default": default}


def _settings(own: Policy) -> Schema:
    return {
        "target": _choice(forms.TARGETS, "Which CircleCI the commands and checks are for.", own.target),
        "credentials": _choice(
            forms.CREDENTIALS, "Whether variables come from contexts or from the project.", own.credentials
        ),
        "auth-style": _choice(
            forms.AUTH_STYLES, "Whether `auth` is written at each image or shared through an anchor.", own.auth_style
        ),
        "scheduled": _choice(forms.SCHEDULED, "What happens to workflows with `triggers: schedule`.", own.scheduled),
    }


def _context(description: str) -> Schema:
    return {**_text(_of(_NO_CONTROL), description), "maxLength": CONTEXT_LENGTH}


def _variable(description: str) -> Schema:
    return _text(VARIABLE, description)


def _registry(image: re.Pattern[str]) -> Schema:
    return _table(
        {
            "username": {
                "type": "string",
                "description": "A variable such as $QUAY_USERNAME, or the username itself.",
                "pattern": rf"^(?:{VARIABLE.pattern}|(?!\$){_NO_CONTROL})$",
            },
            "password": _variable("A variable such as $QUAY_PASSWORD; never the password itself."),
            "context": _context("The context that has the variables."),
            "images": _texts(image, 'Which repositories, without registry and tag, such as "acme/*".'),
            "skip": _texts(image, "Exceptions to `images`."),
        },
        "Credentials of a registry, by its host.",
    )


def _registries() -> Schema:
    elsewhere = re.compile(re.escape(f"{HUB}/"))
    registry, own = _registry(forms.PATTERN), _registry(_but(forms.PATTERN, elsewhere))
    names = {"pattern": f"^(?:{_but(forms.HOST, forms.ECR_HOST).pattern})$", "not": {"enum": list(forms.HUB_HOSTS)}}
    return {
        "type": "object",
        "propertyNames": names,
        "properties": {HUB: own},
        "additionalProperties": registry,
        "description": "Registries by their host.",
    }


def _whole(*keys: str) -> Schema:
    """What every registry needs that the built-in policy does not have."""
    return {"properties": {"registries": {"properties": {HUB: True}, "additionalProperties": {"required": list(keys)}}}}


def _aws() -> Schema:
    keys = ("aws_access_key_id", "aws_secret_access_key")
    table = _table(
        {
            **{key: _variable("A variable, of a name that programs of AWS do not read by themselves.") for key in keys},
            "context": _context("The context that has the variables."),
            "oidc_role_arn": _text(forms.ROLE, "A role for OIDC, instead of keys."),
        },
        "Credentials for images of ECR.",
    )
    return {**table, "allOf": [{"not": {"required": ["oidc_role_arn", key]}} for key in keys]}


def _orb(own: Policy) -> Schema:
    return {**_text(forms.VERSION, "An exact version of the orb.", own.docker_orb), "not": {"const": forms.HIDING_ORB}}


def _rules(own: Policy, rules: tuple[str, ...]) -> Schema:
    def ids(description: str) -> Schema:
        items = _texts(forms.RULE, description)
        if rules:  # An organisation's own rules have other ids.
            items["items"] = {"anyOf": [{"enum": list(rules)}, items["items"]]}
        return items

    below = _of(rf"(?!/)(?!\.circleci(?:/|$)){_NO_WAY_UP}[^\\]+")
    return _table(
        {
            "select": ids("The rules to run; empty: all."),
            "ignore": ids("Rules that do not run."),
            "exclude": _texts(below, "Paths below .circleci that are left out when a folder is searched."),
            "foreign-images": _choice(
                forms.FOREIGN_IMAGES, "Whether images that an orb decides are findings that count.", own.foreign_images
            ),
        },
        "Which rules run, and where.",
    )


def _circleci(own: Policy) -> Schema:
    api = _of(f"{forms.URL.pattern}|{forms.LOOPBACK_URL.pattern}")
    return _table(
        {
            "organization": _text(forms.ORGANIZATION, "The organization that owns the contexts, such as gh/acme."),
            "api-url": _text(api, "The address of CircleCI.", own.api_url),
        },
        "CircleCI itself.",
    )


def _generated() -> Schema:
    some = {"type": "string", "minLength": 1}
    pair = _table(
        {
            "source": {**some, "description": "The file that it is generated from."},
            "command": {"type": "array", "items": some, "description": "A program and its arguments."},
        },
        "A file that is generated, by its path.",
    )
    return {
        "type": "object",
        "additionalProperties": {**pair, "required": ["source"]},
        "description": "Files that are generated, by their paths from the folder of the policy.",
    }
