"""Tools of no machine, for plans that nobody performs: their keys are the same everywhere."""

from __future__ import annotations

from reel.toolchain import Toolchain

TOOLS = Toolchain(**{tool: f"{tool} 1" for tool in Toolchain.model_fields})
