"""Projects: what a tenant keeps together, the assets of each in their order, and what requests that draw on one have alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select, update

from reel.catalogue.library import Library
from reel.catalogue.tables import ProjectRow
from reel.catalogue.values import Project
from reel.errors import InvalidRequest, NotFound
from reel.request.terms import Terms

MOST_ASSETS = 1000
"""Of a project."""


class NoSuchProject(NotFound):
    """The tenant has no project of that name."""


class Projects(Library):
    """The part of a tenant's records that is about projects. Its generations are those that name it in their terms."""

    def projects(self) -> list[Project]:
        """All projects by name."""
        there = select(ProjectRow).where(col(ProjectRow.removed).is_(None)).order_by(ProjectRow.id)
        return [Project.model_validate(row) for row in self._session.exec(there)]

    def project(self, id_: str) -> Project:
        """Raises `NoSuchProject`."""
        mine = (ProjectRow.id == id_, col(ProjectRow.removed).is_(None))
        row = self._session.exec(select(ProjectRow).where(*mine)).first()
        if row is None:
            raise NoSuchProject.at("project", f"there is no {id_[:80]!r}", "list those that there are")
        return Project.model_validate(row)

    def make_project(self, id_: str, change: Mapping[str, Any]) -> Project:
        """Make a project with a `title`, `assets` and `settings`. Raises `InvalidRequest` where there is one of that name, or
        the name is none; as `change_project`."""
        try:
            Terms(project=id_)
        except ValueError:
            remedy = "use 1 to 64 of a-z, 0-9 and -, with no - at its ends"
            raise InvalidRequest.at("id", f"{id_[:80]!r} is no project's name", remedy) from None
        self._tenant()
        if any(project.id == id_ for project in self.projects()):
            raise InvalidRequest.at("id", f"{id_!r} exists already", "choose another name, or change that one")
        now = self._now()
        new = {"id": id_, "created": now, "removed": None, "title": "", "assets": [], "settings": {}}
        self._put(ProjectRow, [new], ["created", "removed", "title", "assets", "settings"])
        return self.change_project(id_, change)

    def change_project(self, id_: str, change: Mapping[str, Any]) -> Project:
        """Give a project another `title`, other `assets` (ids in their order) or `settings`. Raises `NoSuchProject`, and
        `InvalidRequest` for assets that are not in the library."""
        self.project(id_)
        self._check_assets(change.get("assets", ()))
        this = col(ProjectRow.id) == id_
        self._session.exec(update(ProjectRow).where(this).values(**change, changed=self._now()))
        return self.project(id_)

    def remove_project(self, id_: str) -> None:
        """Forget a project's assets and settings, and list it no more; its generations stay. Raises `NoSuchProject`."""
        self.project(id_)
        gone = {"removed": self._now(), "title": "", "assets": [], "settings": {}}
        self._session.exec(update(ProjectRow).where(col(ProjectRow.id) == id_).values(**gone))

    def remove_asset(self, id_: str) -> list[str]:
        """See `Library.remove_asset`."""
        gone = super().remove_asset(id_)
        for project in self.projects():
            if id_ in project.assets:
                self.change_project(project.id, {"assets": [each for each in project.assets if each != id_]})
        return gone

    def _check_assets(self, ids: Any) -> None:
        if len(ids) > MOST_ASSETS:
            raise InvalidRequest.at("assets", f"{len(ids)} are more than {MOST_ASSETS}", "make several projects")
        known = self.library_assets(ids)
        if unknown := [number for number, each in enumerate(ids) if each not in known]:
            place = f"assets[{unknown[0]}]"
            raise InvalidRequest.at(place, f"there is no {ids[unknown[0]]!r:.90} in the library", "upload it first")
