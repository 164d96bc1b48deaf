"""All that a tenant has in the catalogue."""

from __future__ import annotations

from reel.catalogue.batches import Batches
from reel.catalogue.endpoints import Endpoints
from reel.catalogue.keys import Keys
from reel.catalogue.letters import DeadLetters
from reel.catalogue.managing import Managed
from reel.catalogue.paces import Paces
from reel.catalogue.projects import Projects
from reel.catalogue.step_documents import StepDocuments
from reel.catalogue.templates import Templates


class Records(StepDocuments, DeadLetters, Endpoints, Keys, Managed, Paces, Projects, Templates, Batches):
    """One tenant's records, in one transaction; see `Catalogue.tenant`."""
