"""Fields that differ are named as people write them, and as few as there are."""

from __future__ import annotations

from typing import Any

import pytest

from reel.differences import differences


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2, "b": 3}, [("a", 1, 2), ("b", None, 3)]),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, [("a.b[1].c", 2, 3)]),
        ({"a": [1, 2]}, {"a": [1]}, [("a[1]", 2, None)]),
        ({"a": [1, 2, 3]}, {"a": [0, 1, 2, 3]}, [("a[0]", None, 0)]),
        ({"a": [1, 2, 3, 4]}, {"a": [2, 3, 9]}, [("a[0]", 1, None), ("a[2]", 4, 9)]),
        ({"a": [{"x": 1, "y": 1}, {"x": 2}]}, {"a": [{"x": 1, "y": 2}]}, [("a[0].y", 1, 2), ("a[1]", {"x": 2}, None)]),
        ({"a": [[1], [2]]}, {"a": [[1], [3]]}, [("a[1][0]", 2, 3)]),
        ({"a": {"b": 1}}, {"a": 1}, [("a", {"b": 1}, 1)]),
        ({"a": 1, "gone": 2}, {"a": 1}, [("gone", 2, None)]),
        (1, 2, [("", 1, 2)]),
    ],
)
def test_differences(before: Any, now: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(each.place, each.before, each.now) for each in differences(before, now)] == expected
