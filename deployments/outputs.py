"""Published outputs over HTTP, to be read and nothing else: what pages of the Prefect UI link to where outputs lie in a folder.

    python -m uvicorn --factory deployments.outputs:serve --host 127.0.0.1 --port 4201

It is for people on one machine, as the embedded stack is: it asks nobody who they are, and shows what all tenants have. Ranges
of a file can be asked for, so that players can seek; folders are not listed, and what is being written is not there.
"""

from __future__ import annotations

import os
from mimetypes import add_type
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Response
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.staticfiles import StaticFiles

from reel.disk import require_folder
from reel.settings import settings
from reel.store.content_types import OWN
from reel.store.headers import cache_control


class Outputs(StaticFiles):
    """The files of a folder, but for those in folders whose names begin with a dot."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Where a file lies, and whether there is one."""
        is_hidden = any(part.startswith(".") for part in Path(path).parts)
        return ("", None) if is_hidden else super().lookup_path(path)

    def file_response(self, full_path: str | os.PathLike[str], *args: Any, **options: Any) -> Response:
        """A file with the `Cache-Control` that a bucket would answer with."""
        response = super().file_response(full_path, *args, **options)
        response.headers["Cache-Control"] = cache_control(str(full_path))
        return response


def serve() -> FastAPI:
    """The application, of the folder that the settings name. It answers to no name but its own: a page from elsewhere that has
    its own name point to this machine is given nothing."""
    config = settings()
    require_folder("REEL_OUTPUTS", config.outputs_folder)
    for suffix, kind in OWN.items():
        add_type(kind, suffix)
    own = urlsplit(config.outputs_url or "").hostname
    app = FastAPI(openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", *([own] if own else [])])
    app.mount("/", Outputs(directory=config.outputs_folder))
    return app
