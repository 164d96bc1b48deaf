"""Stores by where they are, and the places in them that belong to a tenant."""

from __future__ import annotations

import re
from pathlib import Path

from reel.errors import InvalidRequest
from reel.extras import missing_extra
from reel.settings import settings
from reel.store.local import LocalObjects
from reel.store.objects import ObjectStore, check_object_name
from reel.store.tiers import USUAL, Tiers

# A `Path` has made one slash of the two.
S3_LOCATION = re.compile(r"s3:/{1,2}(?P<bucket>[^/]*)/*(?P<prefix>.*?)/*", re.DOTALL)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_TENANT = re.compile(r"[a-z0-9-]{1,64}")


def objects_at(location: str | Path, tiers: Tiers = USUAL) -> ObjectStore:
    """The store at a folder or at `s3://bucket/prefix`; `tiers` tells the storage class of what is put into a bucket.

    The server is the one that the settings name (`REEL_S3_ENDPOINT`, `REEL_S3_REGION`); it is not asked here. Errors:
    `InvalidRequest` for what is neither; `Resource` where boto3 is not installed.
    """
    text = str(location)
    if found := S3_LOCATION.fullmatch(text):
        return _in_bucket(found["bucket"], found["prefix"], tiers)
    if _URI.match(text):
        raise InvalidRequest.at(text, f"{text} is no place for objects", "name a folder, or s3://bucket/prefix")
    return LocalObjects(Path(location))


def tenant_prefix(tenant: str, generation: str = "") -> str:
    """What the names of a tenant's outputs begin with: `<tenant>/`, or `<tenant>/<generation>/` for those of one generation.

    No tenant's prefix is the beginning of another one's, so a policy or a listing by prefix never shows what is another's.
    Errors: `InvalidRequest` for what cannot be a tenant's name or a generation's id.
    """
    if not _TENANT.fullmatch(tenant):
        raise InvalidRequest.at("tenant", f"{tenant[:80]!r} is no tenant's name", "use 1 to 64 of a-z, 0-9 and -")
    if not generation:
        return f"{tenant}/"
    if "/" in check_object_name(generation):
        raise InvalidRequest.at("generation", f"{generation[:80]!r} is no generation's id", "an id has no slash")
    return f"{tenant}/{generation}/"


def _in_bucket(bucket: str, prefix: str, tiers: Tiers) -> ObjectStore:
    if not bucket:
        raise InvalidRequest.at("s3://", "names no bucket", "name it: s3://bucket/prefix")
    try:
        from reel.buckets import Bucket
        from reel.store.s3 import S3Objects
    except ModuleNotFoundError as error:
        raise missing_extra(error, f"s3://{bucket}") or error from error
    config = settings()
    return S3Objects(Bucket(bucket, config.s3_endpoint, config.s3_region), f"{prefix}/" if prefix else "", tiers)
