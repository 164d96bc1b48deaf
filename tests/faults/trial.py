"""One generation under way, as the faults and the checks see it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun

from reel.catalogue import ENDED, Generation, StepRecord
from tests.faults.installation import BUCKET, Installation
from tests.faults.work import Footage

SAME_END = {"COMPLETED": "done", "FAILED": "failed", "CANCELLED": "cancelled"}
"""What the catalogue says of a generation where Prefect says that of its run."""


@dataclass
class Trial:
    """A generation, and what else was asked for beside it."""

    site: Installation
    chance: random.Random
    tenant: str
    footage: Footage
    generation: str
    run: UUID
    also: list[UUID] = field(default_factory=list)
    """More runs that have to end: those of identical triggers."""
    twins: list[str] = field(default_factory=list)
    """More generations of the tenant, of the same request."""
    neighbours: set[str] = field(default_factory=set)
    """Other generations of the tenant that are to be there."""
    key: str = ""
    """Its idempotency key."""

    def record(self, generation: str = "") -> Generation:
        """The generation as the catalogue has it."""

        def read() -> Generation:
            with self.site.catalogue.tenant(self.tenant) as records:
                return records.generation(generation or self.generation)

        return self.site.ask(read)

    def steps(self) -> list[StepRecord]:
        """Its steps as the catalogue has them."""

        def read() -> list[StepRecord]:
            with self.site.catalogue.tenant(self.tenant) as records:
                return records.steps(self.generation)

        return self.site.ask(read)

    def flow_run(self, run: UUID | None = None) -> FlowRun:
        """Its run as Prefect has it."""

        def read() -> FlowRun:
            with get_client(sync_client=True) as client:
                return client.read_flow_run(run or self.run)

        return self.site.ask(read)

    def states(self) -> str:
        """What the catalogue says of it, and the states of its run from the first to the last, for whoever waited in vain."""

        def read() -> str:
            with get_client(sync_client=True) as client:
                states = client.read_flow_run_states(self.run)
            return ", ".join(
                f"{state.timestamp:%H:%M:%S} {state.name} {state.message or ''}".strip() for state in states
            )

        return f"{self.generation} is {self.record().status}; its run: {self.site.ask(read)}"

    def settled(self) -> bool:
        """Whether all has come to an end, and Prefect and the catalogue say the same of it."""
        records = [self.record(generation) for generation in (self.generation, *self.twins)]
        if any(record.status not in ENDED for record in records):
            return False
        runs = [self.flow_run(run) for run in (*{UUID(r.flow_run) for r in records if r.flow_run}, *self.also)]
        ends = [SAME_END.get(run.state_type.value if run.state_type else "") for run in runs]
        return None not in ends and ends[0] == records[0].status

    def is_made(self, step: StepRecord) -> bool:
        """Whether a step's artefact is in the store."""
        name = f"store/artefacts/{step.operation}/{step.key[:2]}/{step.key}/manifest.json"
        return bool(self.site.s3.client().list_objects_v2(Bucket=BUCKET, Prefix=name).get("KeyCount"))

    def objects(self, prefix: str) -> list[dict[str, Any]]:
        """What lies in the bucket below a prefix."""
        pages = self.site.s3.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found for page in pages for found in page.get("Contents", ())]
