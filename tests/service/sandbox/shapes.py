"""Compares JSON by keys and types: what a parser of the recorded form relies on."""

from typing import Any


def shape(value: Any) -> Any:
    """Keys with the names of their types; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where `ours` lacks a key of `theirs` or has another type; null fits everything."""
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return [f"{path}: not an object"]
        missing = [f"{path}.{key} is missing" for key in theirs if key not in ours]
        both = [key for key in theirs if key in ours]
        return missing + [d for k in both for d in differences(ours[k], theirs[k], f"{path}.{k}")]
    if isinstance(theirs, list) and theirs and isinstance(ours, list) and ours:
        return differences(ours[0], theirs[0], f"{path}[0]")
    if ours is None or theirs is None or type(ours) is type(theirs):
        return []
    return [f"{path}: {type(ours).__name__} is not {type(theirs).__name__}"]
