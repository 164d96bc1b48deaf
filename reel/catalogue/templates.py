"""Stored templates: kept in versions that never change, published and retired, and named by orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, func, or_, select, update

from reel.catalogue.names import check_name
from reel.catalogue.scope import Scope
from reel.catalogue.stored import StoredTemplate, TemplateVersion, VersionUsage, Which
from reel.catalogue.tables import TemplateRow, TemplateVersionRow, UsageRow
from reel.catalogue.values import NewUsageRecord
from reel.errors import InvalidRequest, NotFound


class Templates(Scope):
    """The part of a tenant's records that is about templates. They are named by id or by name."""

    def add_template(self, name: str, description: str = "") -> StoredTemplate:
        """Make a template that has no version yet. Raises `InvalidRequest` where the name is taken, or none."""
        check_name("name", name)
        self._make_tenant(self._session.tenant)
        if self._found(name):
            raise InvalidRequest.at(
                "name", f"{name!r} is a template already", "add a version to it, or use another name"
            )
        row = TemplateRow(name=name, description=description, created=self._now())
        self._session.add(row)
        self._session.flush()
        return StoredTemplate.model_validate(row)

    def add_version(self, template: str, document: Mapping[str, Any], note: str = "") -> TemplateVersion:
        """Keep a document as the template's next version: a draft until it is published. Raises `NotFound`."""
        of = self._locked_template(template)
        last = self._session.exec(select(func.max(TemplateVersionRow.version)).where(_of(of))).one() or 0
        row = TemplateVersionRow(
            template=of.id, version=last + 1, document=dict(document), note=note, created=self._now()
        )
        self._session.add(row)
        self._session.flush()
        return TemplateVersion.model_validate(row)

    def publish(self, template: str, version: int) -> TemplateVersion:
        """Let orders name a version; one that was retired as well, and the template where that was. Raises `NotFound`."""
        of = self._locked_template(template)
        self._change_version(of, version, {"published": self._now(), "retired": None})
        self._retire_all(of, None)
        return self.template_version(of.id, version)

    def retire(self, template: str, version: int | None = None) -> StoredTemplate:
        """Let nothing new be made from a version, or from any. What is queued goes on. Raises `NotFound`."""
        of = self._locked_template(template)
        if version is not None:
            self._change_version(of, version, {"retired": self._now()})
        elif not of.retired:
            self._retire_all(of, self._now())
        return self.template(of.id)

    def _retire_all(self, of: StoredTemplate, moment: datetime | None) -> None:
        """Note when a template was retired with all its versions; null: it is not."""
        self._session.exec(update(TemplateRow).where(col(TemplateRow.id) == of.id).values(retired=moment))

    def templates(self) -> list[StoredTemplate]:
        """All by name, retired ones too."""
        rows = self._session.exec(select(TemplateRow).order_by(TemplateRow.name))
        return [StoredTemplate.model_validate(row) for row in rows]

    def template(self, template: str) -> StoredTemplate:
        """Raises `NotFound`."""
        if row := self._found(template):
            return StoredTemplate.model_validate(row)
        raise NotFound.at("template", f"there is no template {template[:80]!r}")

    def template_versions(self, template: str) -> list[TemplateVersion]:
        """All versions, the newest first. Raises `NotFound`."""
        query = select(TemplateVersionRow).where(_of(self.template(template)))
        rows = self._session.exec(query.order_by(col(TemplateVersionRow.version).desc()))
        return [TemplateVersion.model_validate(row) for row in rows]

    def template_version(self, template: str, version: Which = "latest") -> TemplateVersion:
        """One version, whatever its state; `latest` as orders mean it. Raises `NotFound`."""
        of = self.template(template)
        query = select(TemplateVersionRow).where(_of(of))
        if version == "latest":
            query = query.where(
                col(TemplateVersionRow.published).is_not(None), col(TemplateVersionRow.retired).is_(None)
            )
        else:
            query = query.where(TemplateVersionRow.version == version)
        row = self._session.exec(query.order_by(col(TemplateVersionRow.version).desc()).limit(1)).first()
        if row is None:
            what = "no published version" if version == "latest" else f"no version {version}"
            raise NotFound.at(
                "template.version",
                f"{of.name!r} has {what}",
                f"`reel template show` and GET /v1/templates/{of.id} list them",
            )
        return TemplateVersion.model_validate(row)

    def orderable_version(self, template: str, version: Which = "latest") -> TemplateVersion:
        """A version that orders may name. Raises `NotFound`, and `InvalidRequest` for a draft or what is retired."""
        of, found = self.template(template), self.template_version(template, version)
        if of.retired or found.retired:
            raise InvalidRequest.at("template", f"{of.name!r} {_numbered(found)}is retired", "use another")
        if not found.published:
            what = f"version {found.version} of {of.name!r} is a draft"
            raise InvalidRequest.at("template.version", what, "publish it first")
        return found

    def template_usage(self, template: str) -> list[VersionUsage]:
        """What was made from each version, the newest first; of what is forgotten as well. Raises `NotFound`."""
        names = list(NewUsageRecord.model_fields)
        sums = [func.sum(getattr(UsageRow, name)) for name in names]
        query = select(UsageRow.template_version, func.count(), *sums).where(
            UsageRow.template == self.template(template).id
        )
        grouped = query.group_by(col(UsageRow.template_version)).order_by(col(UsageRow.template_version).desc())
        return [
            VersionUsage(version=version or 0, generations=count, **dict(zip(names, used, strict=True)))
            for version, count, *used in self._session.exec(grouped)
        ]

    def _found(self, template: str) -> TemplateRow | None:
        named = or_(col(TemplateRow.id) == template, col(TemplateRow.name) == template)
        # An id comes before a name: nobody can hide one template behind another's id.
        ordered = select(TemplateRow).where(named).order_by(col(TemplateRow.id) != template).limit(1)
        return self._session.exec(ordered).first()

    def _locked_template(self, template: str) -> StoredTemplate:
        """Until the transaction ends: versions of a template are added one by one."""
        of = self.template(template)
        self._session.exec(select(TemplateRow.id).where(TemplateRow.id == of.id).with_for_update()).one()
        return of

    def _change_version(self, of: StoredTemplate, version: int, change: Mapping[str, Any]) -> None:
        this = (col(TemplateVersionRow.template) == of.id, col(TemplateVersionRow.version) == version)
        if not self._session.exec(update(TemplateVersionRow).where(*this).values(**change)).rowcount:
            self.template_version(of.id, version)


def _of(template: StoredTemplate) -> Any:
    return col(TemplateVersionRow.template) == template.id


def _numbered(version: TemplateVersion) -> str:
    return f"version {version.version} " if version.retired else ""
