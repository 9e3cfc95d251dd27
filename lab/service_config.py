"""A config.yml for click2calld, in the reference's shape, as plain data and as YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Config = dict[str, Any]


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Config:
    """Changes win, section by section; a value of None takes the key away."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def to_yaml(config: Mapping[str, Any], indent: str = "") -> str:
    """Sections as blocks, everything else as JSON, which YAML includes."""
    lines = []
    for key, value in config.items():
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key}:\n{to_yaml(value, indent + '  ')}" if value else f"{indent}{key}: {{}}\n")
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}\n")
    return "".join(lines)
