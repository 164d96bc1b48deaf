"""What people are told of assets of a library: the names that they have there, where requests name ids.

titled("copy asset:ast_0a1b..., 0 to 8 s", {"asset:ast_0a1b...": "beach.mp4"})       # "copy beach.mp4, 0 to 8 s"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from reel.plan.step import Plan
from reel.request.kept import ASSET
from reel.values import with_texts

Titles = Mapping[str, str]
"""Names of assets, by what requests name them."""
NO_TITLES: Titles = MappingProxyType({})

_NAMED = re.compile(rf"{ASSET}(ast_[0-9a-z]+)")


def ids_in(texts: Iterable[str]) -> set[str]:
    """The ids of assets that texts speak of."""
    return {id_ for text in texts for id_ in _NAMED.findall(text)}


def titled(text: str, titles: Titles) -> str:
    """A text with the names of those assets in place of their ids; of others it says what it said."""
    return _NAMED.sub(lambda found: titles.get(found[0], found[0]), text)


def titled_plan(plan: Plan, titles: Titles) -> Plan:
    """A plan whose words for people name assets so; it makes the same under the same keys."""
    if not titles:
        return plan
    return plan.model_copy(
        update={
            "steps": tuple(step.model_copy(update={"title": titled(step.title, titles)}) for step in plan.steps),
            "warnings": tuple(titled(warning, titles) for warning in plan.warnings),
            "manifests": tuple(with_texts(manifest, lambda text: titled(text, titles)) for manifest in plan.manifests),
        }
    )
