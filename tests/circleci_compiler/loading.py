"""YAML as CircleCI reads it: version 1.1 with merge keys, one document, no key twice, dates as the texts they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from tests.circleci_compiler.errors import ConfigError


class _Loader(yaml.SafeLoader):
    """SnakeYAML's ways, as far as PyYAML's differ."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":value"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise ConfigError(f"while constructing a mapping: found duplicate key {key.value}")
                seen.add(key.value)
        if isinstance(node, yaml.MappingNode):
            self.flatten_mapping(node)
        return {
            _key(self.construct_object(key, deep=True)): self.construct_object(value, deep=True)
            for key, value in node.value
        }

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if not isinstance(event, yaml.AliasEvent) and getattr(event, "anchor", None) is not None:
            self.anchors.pop(event.anchor, None)  # an anchor may be defined anew
        return super().compose_node(parent, index)

    def construct_pairs_in_place(self, node: yaml.MappingNode) -> Any:
        data: dict[Hashable, Any] = {}
        yield data
        data.update(self.construct_mapping(node))


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_pairs_in_place)


def _key(key: Any) -> Hashable:
    if isinstance(key, bool):
        return "true" if key else "false"
    return key if isinstance(key, str) else str(key)


def load(text: str) -> dict[str, Any]:
    try:
        documents = list(yaml.load_all(text.removeprefix("\ufeff"), Loader=_Loader))
    except yaml.YAMLError as error:
        raise ConfigError(f"Unable to parse YAML: {' '.join(str(error).split())[:200]}") from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise ConfigError("Config is not a map")
    found: dict[str, Any] = documents[0]
    return found


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(config: dict[str, Any]) -> str:
    return yaml.dump(config, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
