"""A kind is more than `reel.kinds`: Prefect needs a flow and a deployment of each, people a page."""

from __future__ import annotations

from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import get_type_hints

import pytest
import yaml

from reel.kinds import KINDS

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = {each["name"]: each for each in yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_flow_that_is_deployed(kind: str) -> None:
    flow = getattr(import_module(f"flows.{kind}"), kind)
    assert flow.name == kind
    assert get_type_hints(unwrap(flow.fn))["request"] is KINDS[kind].request
    assert DEPLOYMENTS[kind]["entrypoint"] == f"flows.{kind}.{kind}"


def test_the_page_on_requests_names_every_kind() -> None:
    (line,) = (line for line in (ROOT / "docs/requests.md").read_text("utf-8").split("\n\n") if " kinds: " in line)
    assert [kind for kind in KINDS if f"`{kind}`" not in line] == []
