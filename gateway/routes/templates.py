"""Stored templates: kept in versions, published, previewed, retired, and named by orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field

from gateway.access import Member, Owner, Viewer
from gateway.callers import Caller
from gateway.desk import TheDesk
from gateway.problems import PlacedProblem, Refused, in_lines
from gateway.routing import resource
from reel.catalogue import Records, StoredTemplate, TemplateVersion
from reel.control.templates import check_template, previewed
from reel.request.variables import Variable, variables_of
from reel.values import Value

router = resource("templates")

Document = Annotated[
    dict[str, Any], Field(description="A request of kind `template`, with complete addresses of assets.")
]
Number = Annotated[int, Path(ge=0, le=2**31 - 1, description="The version.")]
Note = Annotated[str, Field(max_length=1000, description="What is new.")]


class NewTemplate(Value):
    """A template that is to be kept."""

    name: str = Field(min_length=1, max_length=255, description="Of your templates one has it, for ever.")
    description: str = Field("", max_length=10_000)
    document: Document
    note: Note = ""
    publish: bool = Field(False, description="Whether orders may name it at once.")


class NewVersion(Value):
    """A template's next version."""

    document: Document
    note: Note = ""
    publish: bool = Field(False, description="Whether orders may name it at once.")


class Version(Value):
    """A version. Its document never changes."""

    version: int
    note: str
    created: datetime
    published: datetime | None = Field(description="Null: a draft.")
    retired: datetime | None = Field(description="From when on nothing new is made from it.")
    variables: dict[str, Variable] = Field(description="What orders give values for.")


class WholeVersion(Version):
    """A version with its document."""

    document: Document


class Template(Value):
    """A template."""

    id: str
    name: str
    description: str
    created: datetime
    retired: datetime | None = Field(description="From when on nothing new is made from any version.")


class WholeTemplate(Template):
    """A template with its versions, the newest first."""

    versions: tuple[Version, ...]


class Templates(Value):
    """All templates by name."""

    templates: tuple[Template, ...]


class Values(Value):
    """What a preview shows."""

    values: dict[str, Any] = Field({}, description="By variable; samples stand in for what is left out.")


class Preview(Value):
    """What would be made."""

    request: dict[str, Any] = Field(description="As `POST /v1/generations` takes it.")


class VersionUse(Value):
    """What was made from a version, and what that used."""

    version: int
    generations: int = Field(description="That are done.")
    output_seconds: float
    bytes: int
    pixels: int
    cpu_seconds: float
    rendered_seconds: float


class TemplateUse(Value):
    """What was made from each version, the newest first."""

    versions: tuple[VersionUse, ...]


@router.get("")
def all_templates(caller: Viewer, desk: TheDesk) -> Templates:
    """All templates, retired ones included."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return Templates(templates=tuple(_template(each) for each in records.templates()))


@router.post("", status_code=201)
def add_template(wanted: NewTemplate, caller: Member, desk: TheDesk) -> WholeTemplate:
    """Keep a template, with its first version. To publish it is an owner's."""
    _require_publisher(wanted, caller)
    check_template(wanted.document)
    with desk.catalogue.tenant(caller.tenant) as records:
        template = records.add_template(wanted.name, wanted.description)
        _added(records, template.id, wanted)
        return _whole(records, template.id)


@router.get("/{id}")
def one_template(id: str, caller: Viewer, desk: TheDesk) -> WholeTemplate:
    """A template, by its id or its name."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return _whole(records, id)


@router.post("/{id}/versions", status_code=201)
def add_version(id: str, wanted: NewVersion, caller: Member, desk: TheDesk) -> Version:
    """Keep the next version: a draft, until it is published, which is an owner's to do."""
    _require_publisher(wanted, caller)
    check_template(wanted.document)
    with desk.catalogue.tenant(caller.tenant) as records:
        return _version(_added(records, id, wanted))


@router.get("/{id}/versions/{version}")
def one_version(id: str, version: Number, caller: Viewer, desk: TheDesk) -> WholeVersion:
    """A version with its document."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.template_version(id, version)
    return WholeVersion(**_version(found).model_dump(), document=found.document)


@router.post("/{id}/versions/{version}/publish")
def publish_version(id: str, version: Number, caller: Owner, desk: TheDesk) -> Version:
    """Let orders name a version; `latest` is the highest that is published."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _version(records.publish(id, version))


@router.post("/{id}/versions/{version}/retire")
def retire_version(id: str, version: Number, caller: Owner, desk: TheDesk) -> Version:
    """Let nothing new be made from a version. What is queued goes on."""
    with desk.catalogue.tenant(caller.tenant) as records:
        records.retire(id, version)
        return _version(records.template_version(id, version))


@router.post("/{id}/retire")
def retire_template(id: str, caller: Owner, desk: TheDesk) -> Template:
    """Let nothing new be made from a template."""
    with desk.catalogue.tenant(caller.tenant) as records:
        return _template(records.retire(id))


@router.post("/{id}/versions/{version}/preview")
def preview_version(id: str, version: Number, wanted: Values, caller: Viewer, desk: TheDesk) -> Preview:
    """The request that a version is with these values, drafts included: to be looked at before it is ordered."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        found = records.template_version(id, version)
    return Preview(request=previewed(found, wanted.values))


@router.get("/{id}/usage")
def template_usage(id: str, caller: Viewer, desk: TheDesk) -> TemplateUse:
    """What was made from each version."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return TemplateUse(versions=tuple(VersionUse(**each.model_dump()) for each in records.template_usage(id)))


def _require_publisher(wanted: NewTemplate | NewVersion, caller: Caller) -> None:
    if wanted.publish and not caller.has("owner"):
        remedy = "keep it as a draft, and have an owner publish it"
        what = f"takes the role owner, and the key has {caller.role}"
        problem = PlacedProblem(place="publish", what=what, remedy=remedy)
        raise Refused(403, in_lines([problem]), problem)


def _added(records: Records, template: str, wanted: NewTemplate | NewVersion) -> TemplateVersion:
    made = records.add_version(template, wanted.document, wanted.note)
    return records.publish(template, made.version) if wanted.publish else made


def _template(template: StoredTemplate) -> Template:
    return Template(**template.model_dump(exclude={"tenant_id"}))


def _whole(records: Records, id_: str) -> WholeTemplate:
    template = _template(records.template(id_))
    return WholeTemplate(**template.model_dump(), versions=tuple(map(_version, records.template_versions(id_))))


def _version(version: TemplateVersion) -> Version:
    variables, _ = variables_of(version.document.get("variables", {}))
    return Version(**version.model_dump(exclude={"tenant_id", "template", "document"}), variables=variables)
