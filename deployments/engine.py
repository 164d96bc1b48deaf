"""The process of a run: Prefect's engine, in a session of its own.

Ctrl-C at a worker's console is told to all processes of its session, and is meant for the worker alone, which drains.
"""

from __future__ import annotations

import os
import runpy

if __name__ == "__main__":
    os.setsid()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
