"""Projects: assets in an order, settings, and the generations that were made under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import Field

from gateway.access import Member, Viewer
from gateway.desk import TheDesk
from gateway.keeping import Asset, told
from gateway.routing import resource
from reel.catalogue import Generation, Project, Records, Status
from reel.catalogue.projects import MOST_ASSETS
from reel.control.naming import check_settings
from reel.request.told import Metadata
from reel.values import Value

router = resource("projects")

NEWEST = 20
"""Generations that a project shows."""
Id = Annotated[str, Path(max_length=64, description="Name of a project.")]
Title = Annotated[str, Field(max_length=255, description="For people.")]
AssetIds = Annotated[
    tuple[str, ...], Field(max_length=MOST_ASSETS, description="Ids of assets, in their order; one may come twice.")
]
SETTINGS = (
    "Fields that requests have which name the project as a source, unless they say otherwise: `aspect`, `resolution`..."
)


class NewProject(Value):
    """A project that is wanted."""

    id: str = Field(
        min_length=1, max_length=64, description="Its name: small letters, digits and -.", examples=["films"]
    )
    title: Title = ""
    assets: AssetIds = ()
    settings: Metadata = Field({}, description=SETTINGS)


class ProjectChange(Value):
    """What is to be other; what is left out stays."""

    title: Title | None = None
    assets: AssetIds | None = None
    settings: Metadata | None = Field(None, description=SETTINGS)


class ProjectSummary(Value):
    """A project in a list."""

    id: str
    use: str = Field(description="What stands for its assets in a list of clips or images.")
    title: str
    assets: int = Field(description="How many it has.")
    created: datetime
    changed: datetime | None


class Projects(Value):
    """All projects, by name."""

    projects: tuple[ProjectSummary, ...]


class ProjectGeneration(Value):
    """A generation of a project."""

    id: str
    kind: str
    status: Status
    created: datetime
    ended: datetime | None


class WholeProject(Value):
    """A project."""

    id: str
    use: str
    title: str
    assets: tuple[Asset, ...] = Field(description="In their order.")
    settings: dict[str, Any]
    generations: tuple[ProjectGeneration, ...] = Field(description=f"The newest {NEWEST}, newest first.")
    created: datetime
    changed: datetime | None


@router.get("")
def all_projects(caller: Viewer, desk: TheDesk) -> Projects:
    """All projects, by name."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return Projects(projects=tuple(map(_summary, records.projects())))


@router.post("", status_code=201)
def make_project(wanted: NewProject, caller: Member, desk: TheDesk, response: Response) -> WholeProject:
    """Make a project."""
    check_settings(wanted.settings)
    given = {"title": wanted.title, "assets": list(wanted.assets), "settings": wanted.settings}
    with desk.catalogue.tenant(caller.tenant) as records:
        made = records.make_project(wanted.id, given)
        response.headers["Location"] = f"/v1/projects/{made.id}"
        return _detail(made, records)


@router.get("/{id}")
def one_project(id: Id, caller: Viewer, desk: TheDesk) -> WholeProject:
    """A project, with its assets and newest generations."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return _detail(records.project(id), records)


@router.patch("/{id}")
def change_project(id: Id, wanted: ProjectChange, caller: Member, desk: TheDesk) -> WholeProject:
    """Give a project another title, other assets or settings."""
    check_settings(wanted.settings or {})
    change = wanted.model_dump(exclude_none=True)
    if "assets" in change:
        change["assets"] = list(change["assets"])
    with desk.catalogue.tenant(caller.tenant) as records:
        return _detail(records.change_project(id, change), records)


@router.delete("/{id}", status_code=204)
def remove_project(id: Id, caller: Member, desk: TheDesk) -> None:
    """Remove a project. Its assets and generations stay."""
    with desk.catalogue.tenant(caller.tenant) as records:
        records.remove_project(id)


def _summary(project: Project) -> ProjectSummary:
    same = {name: getattr(project, name) for name in ("id", "title", "created", "changed")}
    return ProjectSummary(use=f"project:{project.id}", assets=len(project.assets), **same)


def _detail(project: Project, records: Records) -> WholeProject:
    known = records.library_assets(project.assets)
    newest = records.generations(project=project.id, limit=NEWEST)
    return WholeProject(
        use=f"project:{project.id}",
        assets=tuple(told(known[id_]) for id_ in project.assets if id_ in known),
        generations=tuple(map(_made, newest)),
        **{name: getattr(project, name) for name in ("id", "title", "settings", "created", "changed")},
    )


def _made(found: Generation) -> ProjectGeneration:
    return ProjectGeneration(**{name: getattr(found, name) for name in ProjectGeneration.model_fields})
