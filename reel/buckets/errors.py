"""What S3 and botocore say went wrong, in our classes."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore import exceptions as boto  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from reel.errors import BadMedia, Internal, InvalidRequest, ReelError, Resource, Transient


class NoSuchKey(BadMedia):
    """There is no object of that key."""


class Archived(Resource):
    """The object is in an archive, and has to be restored before it can be read or copied."""


class WrongBytes(Transient):
    """However often the object is read, its bytes are not those that were stored."""


ARCHIVED = frozenset({"InvalidObjectState", "ObjectNotInActiveTierError"})

MISSING = frozenset({"NoSuchKey", "404", "NoSuchVersion"})

HARMED = frozenset({"BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"})
"""Codes of a body that arrived otherwise than it was sent. botocore does not send it again."""

PASSING = HARMED | frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "InvalidPart",
        "NoSuchUpload",
        "OperationAborted",
        "PreconditionFailed",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)
"""Codes of failures that a repetition may heal, beside the statuses 409, 412, 429 and all from 500 on."""

_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or a role, to credentials that this server knows"
_RIGHTS = "give these credentials the rights in the bucket that docs/storage.md names"
_REGION = "set REEL_S3_REGION to the bucket's region, and REEL_S3_ENDPOINT where it is not at AWS"
_RESTORE = "it is in an archive: ask for it by `reel storage restore`, and read it when `reel storage show` says so"
_UNABLE = "this server has no such thing: docs/storage.md tells which have"
_ROOM = "make room in the bucket, or raise its quota"

REMEDIES = {
    "400": f"{_KEYS}, and {_REGION}",
    "403": f"{_RIGHTS}; S3 also answers so for what is missing where they may not list",
    "AccessDenied": _RIGHTS,
    "AllAccessDisabled": _RIGHTS,
    "AccountProblem": _RIGHTS,
    "InvalidAccessKeyId": _KEYS,
    "SignatureDoesNotMatch": _KEYS,
    "InvalidToken": _KEYS,
    "ExpiredToken": "renew the credentials",
    "RequestTimeTooSkewed": "set this machine's clock",
    "NoSuchBucket": "make the bucket, or set REEL_STORE, REEL_OUTPUTS or REEL_S3_ENDPOINT to where it is",
    "301": _REGION,
    "307": _REGION,
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "InvalidStorageClass": "set REEL_TIER_INTERMEDIATE, _HOT, _WARM and _COLD to storage classes that this server has",
    "InvalidObjectState": _RESTORE,
    "ObjectNotInActiveTierError": _RESTORE,
    "GlacierExpeditedRetrievalNotAvailable": "ask again later, or at another speed: `reel storage restore --speed Standard`",
    "NotImplemented": _UNABLE,
    "MethodNotAllowed": _UNABLE,
    "QuotaExceeded": _ROOM,
    "XMinioStorageFull": _ROOM,
    "InsufficientStorage": _ROOM,
    "507": _ROOM,
}
"""What to do about failures that need a hand: codes of `Resource`."""

_ADDRESS = "set REEL_S3_ENDPOINT to the address of the server, such as https://minio.example:9000"
_CONFIGURATION = "mend this machine's configuration for AWS: `~/.aws/config`, and variables that begin with AWS_"
_NAME = "a bucket is named like `my-bucket-1`"

Meaning = tuple[type[ReelError], str]

CLIENT_ERRORS: Mapping[Meaning, frozenset[str]] = {
    (Transient, ""): frozenset(
        {
            "ConnectionError",  # nobody listens
            "HTTPClientError",  # silence, lost connections, broken bodies
            "IncompleteReadError",
            "ChecksumError",
            "FlexibleChecksumError",
            "ResponseParserError",  # an answer that was cut
            "CapacityNotAvailableError",  # as many failed lately as botocore puts up with
            "MetadataRetrievalError",  # the machine's own service for credentials
        }
    ),
    (Resource, _KEYS): frozenset(
        {
            "NoCredentialsError",
            "PartialCredentialsError",
            "CredentialRetrievalError",
            "ProfileNotFound",
            "NoAuthTokenError",
            "TokenRetrievalError",
            "UnknownCredentialError",
            "UnknownTokenProviderError",
            "RefreshWithMFAUnsupportedError",
            "SSOError",
            "LoginError",
        }
    ),
    (Resource, _ADDRESS): frozenset(
        {
            "InvalidEndpointConfigurationError",
            "BaseEndpointResolverError",
            "EndpointProviderError",
            "InvalidHostLabelError",
            "InvalidRegionError",
            "UnknownRegionError",
            "ServiceNotInRegionError",
        }
    ),
    (Resource, _CONFIGURATION): frozenset(
        {
            "ConfigNotFound",
            "ConfigParseError",
            "InfiniteLoopConfigError",
            "InvalidChecksumConfigError",
            "InvalidConfigError",
            "InvalidDefaultsMode",
            "InvalidEndpointDiscoveryConfigurationError",
            "InvalidIMDSEndpointError",
            "InvalidIMDSEndpointModeError",
            "InvalidProxiesConfigError",
            "InvalidRetryConfigurationError",
            "InvalidS3AddressingStyleError",
            "InvalidS3UsEast1RegionalEndpointConfigError",
            "InvalidSTSRegionalEndpointsConfigError",
            "MD5UnavailableError",
            "MissingDependencyException",
            "UnsupportedS3ConfigurationError",
        }
    ),
    (InvalidRequest, _NAME): frozenset(
        {
            "ParamValidationError",
            "InvalidDNSNameError",
            "UnsupportedOutpostResourceError",
            "UnsupportedS3AccesspointConfigurationError",
            "UnsupportedS3ArnError",
            "UnsupportedS3ControlArnError",
        }
    ),
}
"""What botocore raises where no server has answered, by the names of its classes and their bases, as older versions lack
some; all else is a mistake of ours."""
_MEANINGS = {name: meaning for meaning, names in CLIENT_ERRORS.items() for name in names}


def code_of(error: boto.ClientError) -> str:
    """The code that the server gave, such as `NoSuchKey`; the status where the answer had no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def class_of(code: str, status: int) -> type[ReelError]:
    """The class of an answer with that code and HTTP status."""
    if code in MISSING:
        return NoSuchKey
    if code in ARCHIVED:
        return Archived
    if code in REMEDIES or status in (401, 403, 507):
        return Resource
    if code in PASSING or status >= 500 or status in (409, 412, 429):
        return Transient
    return Internal


@contextmanager
def s3_errors(place: str, bucket: str) -> Iterator[None]:
    """Turn what boto3 raises into errors of ours; `place` is what was worked on, such as `s3://bucket/key`."""
    try:
        yield
    except boto.ClientError as error:
        raise _of_answer(error, place, bucket) from error
    except (boto.BotoCoreError, ResponseParserError) as error:
        raise _of_client(error, place, bucket) from error


def _of_answer(error: boto.ClientError, place: str, bucket: str) -> ReelError:
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    kind = class_of(code, status)
    if kind is NoSuchKey:
        return NoSuchKey.at(place, "does not exist")
    message = error.response.get("Error", {}).get("Message", "")
    what = f"the server of the bucket {bucket} answers {code or status}" + (f": {message}" if message else "")
    return kind.at(place, what, REMEDIES.get(code, _RIGHTS) if issubclass(kind, Resource) else "")


def _of_client(error: Exception, place: str, bucket: str) -> ReelError:
    what = f"the bucket {bucket} cannot be reached: {error}"
    if _is_unknown_host(error) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Resource.at(place, what, _ADDRESS)
    names = (base.__name__ for base in type(error).__mro__)
    kind, remedy = next((_MEANINGS[name] for name in names if name in _MEANINGS), (Internal, ""))
    return kind.at(place, str(error) if kind is InvalidRequest else what, remedy)


def _is_unknown_host(error: BaseException) -> bool:
    """Whether somewhere among its causes is a name that no server of names knows (and not one that could not be asked)."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, socket.gaierror):
            return seen.errno != socket.EAI_AGAIN
        seen = seen.__cause__ or seen.__context__
    return False
