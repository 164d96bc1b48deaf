"""`reel why` says what changed, in words and as JSON; the report of the generation says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reel.catalogue import open_catalogue
from reel.cli import app, show
from reel.control.ledger import Ledger
from reel.control.orders import order_of
from reel.generate.conduct import conduct
from reel.generate.render import Threads
from reel.make.worker import this_worker
from reel.report import Report
from reel.report.markdown import to_markdown
from reel.request.read import read
from reel.request.terms import Terms
from reel.settings import settings

TERMS = Terms(tenant="acme", project="spring", slot="card")
