"""Where bytes are kept: what is seen here is whole, and what a dead process began here is swept away."""

from reel.store.addresses import address_of
from reel.store.artefacts import ArtefactStore
from reel.store.layout import KeptKey
from reel.store.local import LocalObjects
from reel.store.location import objects_at, tenant_prefix
from reel.store.objects import NoSuchObject, ObjectStat, ObjectStore
from reel.store.scratch import sweep, workspace

__all__ = [
    "ArtefactStore",
    "KeptKey",
    "LocalObjects",
    "NoSuchObject",
    "ObjectStat",
    "ObjectStore",
    "address_of",
    "objects_at",
    "sweep",
    "tenant_prefix",
    "workspace",
]
