"""What is said of an object beside its bytes."""

from __future__ import annotations

from typing import NamedTuple


class Headers(NamedTuple):
    """What an object is put with beside its bytes; what is empty is left to the server."""

    content_type: str = ""
    cache_control: str = ""
    disposition: str = ""
    storage_class: str = ""

    def fields(self) -> dict[str, str]:
        """As S3 calls them."""
        return given(
            ContentType=self.content_type,
            CacheControl=self.cache_control,
            ContentDisposition=self.disposition,
            StorageClass=self.storage_class,
        )


NO_HEADERS = Headers()


class Head(NamedTuple):
    """What is known of an object without reading it."""

    key: str
    bytes: int
    modified: float
    """When it was put, in seconds since 1970."""
    etag: str = ""
    sha256: str = ""
    """In hex, where `put_file` noted it; a listing does not say it."""
    storage_class: str = ""
    restore: str = ""
    """What S3 says of restoring it from an archive; a listing does not."""
    headers: Headers = NO_HEADERS
    """Those that it was put with, but for its class."""


def given(**fields: str) -> dict[str, str]:
    """The fields that are not empty."""
    return {name: value for name, value in fields.items() if value}
