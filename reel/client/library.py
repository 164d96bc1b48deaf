"""What a tenant keeps: assets and projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reel.client import operations as op
from reel.client.files import Told, nobody, upload
from reel.client.line import Line
from reel.client.models import Asset, FolderOfAssets, ProjectSummary, WholeProject
from reel.errors import BadMedia, Problem, Transient

LOOK_SECONDS = 1.0
"""How often an asset is looked at that is waited for."""


@dataclass(frozen=True)
class Assets:
    """`client.assets`."""

    _line: Line

    def upload(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        folder: str = "",
        resume: str | None = None,
        told: Told = nobody,
    ) -> Asset:
        """Send a file; with `resume`, the id of an asset whose upload broke off, what is missing of it. It can be used once it
        is `ready` (`wait`)."""
        file = Path(path)
        return self.get(upload(self._line, file, name or file.name, folder, resume, told))

    def give_up(self, id: str) -> None:
        """Forget an upload that is not to go on."""
        self._line.respond(op.GIVE_UP, headers={"Tus-Resumable": "1.0.0"}, id=id)

    def fetch(
        self, url: str, *, name: str | None = None, folder: str = "", metadata: Mapping[str, Any] | None = None
    ) -> Asset:
        """Have the gateway fetch an address."""
        body = {"url": url, "name": name, "folder": folder, "metadata": dict(metadata or {})}
        return self._line.ask(op.FETCH, body)

    def wait(self, id: str, seconds: float = 600) -> Asset:
        """An asset when it is ready. Raises `BadMedia` where it was refused, `Transient` after so long."""
        until = self._line.clock.now() + seconds
        while (found := self.get(id)).state not in ("ready", "refused"):
            if self._line.clock.now() + LOOK_SECONDS > until or self._line.clock.sleep(LOOK_SECONDS):
                raise Transient.at(id, f"is {found.state} after {seconds:g} s", "wait longer")
        if found.state == "refused":
            raise BadMedia(*(Problem(each.place, each.what, each.remedy) for each in found.problems))
        return found

    def get(self, id: str) -> Asset:
        """An asset."""
        return self._line.ask(op.ASSET, id=id)

    def list(
        self,
        *,
        folder: str | None = None,
        state: str | None = None,
        name: str | None = None,
        sha256: str | None = None,
    ) -> Iterator[Asset]:
        """All that match, the newest first; read page by page."""
        query, after = {"folder": folder, "state": state, "name": name, "sha256": sha256}, None
        while True:
            page = self._line.ask(op.ASSETS, query={**query, "after": after})
            yield from page.assets
            if (after := page.after) is None:
                return

    def defaults(self) -> tuple[Asset, ...]:
        """The frames and overlays that are always there."""
        return self._line.ask(op.DEFAULTS).assets

    def folders(self) -> tuple[FolderOfAssets, ...]:
        """The folders that assets are in."""
        return self._line.ask(op.FOLDERS).folders

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        folder: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Asset:
        """Give it another name, folder or metadata; what is null stays."""
        body = {"name": name, "folder": folder, "metadata": None if metadata is None else dict(metadata)}
        return self._line.ask(op.CHANGE_ASSET, body, id=id)

    def thumbnail(self, id: str) -> bytes:
        """A small picture of it, a JPEG."""
        return self._line.ask(op.THUMBNAIL, id=id)

    def remove(self, id: str) -> None:
        """Remove it."""
        self._line.ask(op.REMOVE_ASSET, id=id)


@dataclass(frozen=True)
class Projects:
    """`client.projects`."""

    _line: Line

    def list(self) -> tuple[ProjectSummary, ...]:
        """All, by name."""
        return self._line.ask(op.PROJECTS).projects

    def get(self, id: str) -> WholeProject:
        """A project with its assets and newest generations."""
        return self._line.ask(op.PROJECT, id=id)

    def add(
        self, id: str, *, title: str = "", assets: Sequence[str] = (), settings: Mapping[str, Any] | None = None
    ) -> WholeProject:
        """Make a project."""
        body = {"id": id, "title": title, "assets": [*assets], "settings": dict(settings or {})}
        return self._line.ask(op.MAKE_PROJECT, body)

    def change(
        self,
        id: str,
        *,
        title: str | None = None,
        assets: Sequence[str] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> WholeProject:
        """Give it another title, other assets or settings; what is null stays."""
        body = {
            "title": title,
            "assets": None if assets is None else [*assets],
            "settings": None if settings is None else dict(settings),
        }
        return self._line.ask(op.CHANGE_PROJECT, body, id=id)

    def remove(self, id: str) -> None:
        """Forget it; its assets and generations stay."""
        self._line.ask(op.REMOVE_PROJECT, id=id)
