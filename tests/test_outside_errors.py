"""All that botocore, httpcore, PostgreSQL, SQLite and FFmpeg can say is known here: whatever they learn to say with a new lock
fails a test, by its name, until somebody has decided what it means."""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Iterable, Mapping
from types import ModuleType

import httpcore
import httpx
import pytest
from av.error import ErrorType  # type: ignore[attr-defined]
from botocore import exceptions as boto  # type: ignore[import-untyped]
from psycopg import errors as postgres
from sqlalchemy.exc import DBAPIError

from reel.buckets.errors import s3_errors
from reel.catalogue.failures import translated
from reel.errors import BadMedia, Internal, InvalidRequest, ReelError, Resource, Transient
from reel.ffmpeg.failures import classify
from reel.web import client as web

Meanings = Mapping[type[ReelError], str]
"""Names, by the error of ours that each becomes."""


def flat(meanings: Meanings) -> dict[str, type[ReelError]]:
    """The error of ours for each name, which must be there once."""
    found = [(name, kind) for kind, names in meanings.items() for name in names.split()]
    assert len(dict(found)) == len(found)
    return dict(found)


def errors_in(module: ModuleType) -> dict[str, type[Exception]]:
    """The exceptions that a module defines, without its warnings."""
    classes = {name: kind for name, kind in vars(module).items() if inspect.isclass(kind) and not name.startswith("_")}
    return {
        name: kind
        for name, kind in classes.items()
        if issubclass(kind, Exception) and not issubclass(kind, Warning) and kind.__module__.startswith(module.__name__)
    }


def assert_all_known(can_be: Iterable[str], known: Iterable[str]) -> None:
    now, before = set(can_be), set(known)
    unknown, gone = now - before, before - now
    assert not unknown, f"decide what these mean, in the table here and where it is tested: {sorted(unknown)}"
    assert not gone, f"these are no more: {sorted(gone)}"


BOTOCORE = flat(
    {
        Transient: """ConnectionError EndpointConnectionError ConnectionClosedError ProxyConnectionError ConnectTimeoutError
            HTTPClientError ReadTimeoutError ResponseStreamingError SSLError IncompleteReadError ChecksumError
            FlexibleChecksumError CapacityNotAvailableError MetadataRetrievalError""",
        Resource: """NoCredentialsError PartialCredentialsError CredentialRetrievalError ProfileNotFound NoAuthTokenError
            TokenRetrievalError UnknownCredentialError UnknownTokenProviderError RefreshWithMFAUnsupportedError SSOError
            SSOTokenLoadError UnauthorizedSSOTokenError LoginError LoginRefreshRequired LoginInsufficientPermissions
            LoginTokenLoadError LoginAuthorizationCodeError
            InvalidEndpointConfigurationError BaseEndpointResolverError NoRegionError EndpointVariantError
            UnknownEndpointError UnknownFIPSEndpointError EndpointProviderError EndpointResolutionError
            UnknownEndpointResolutionBuiltInName InvalidHostLabelError InvalidRegionError UnknownRegionError
            ServiceNotInRegionError
            ConfigNotFound ConfigParseError InfiniteLoopConfigError InvalidChecksumConfigError InvalidConfigError
            InvalidDefaultsMode InvalidEndpointDiscoveryConfigurationError InvalidIMDSEndpointError
            InvalidIMDSEndpointModeError InvalidMaxRetryAttemptsError InvalidProxiesConfigError InvalidRetryConfigurationError
            InvalidRetryModeError InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError
            InvalidSTSRegionalEndpointsConfigError MD5UnavailableError MissingDependencyException
            UnsupportedS3ConfigurationError""",
        InvalidRequest: """ParamValidationError InvalidDNSNameError UnsupportedOutpostResourceError
            UnsupportedS3AccesspointConfigurationError UnsupportedS3ArnError UnsupportedS3ControlArnError""",
        Internal: """BotoCoreError DataNotFoundError UnknownServiceError ApiVersionNotFoundError UnknownSignatureVersionError
            UnsupportedSignatureVersionError MissingParametersError ValidationError UnknownKeyError RangeError
            UnknownParameterError AliasConflictParameterError UnknownServiceStyle PaginationError OperationNotPageableError
            UnseekableStreamError WaiterError WaiterConfigError InvalidExpressionError UnknownClientMethodError
            UnsupportedS3ControlConfigurationError StubResponseError StubAssertionError UnStubbedResponseError
            AwsChunkedWrapperError UnsupportedServiceProtocolsError""",
    }
)
ANSWERS = {"ClientError", "EventStreamError"}
"""Of a server, and known by their codes (tests/store/test_s3.py)."""
OF_THE_MODEL = {"UndefinedModelAttributeError", "MissingServiceIdError"}
"""Raised where botocore's description of S3 is broken, which a lock file rules out."""


def test_all_that_botocore_raises_is_known() -> None:
    assert_all_known(errors_in(boto), BOTOCORE.keys() | ANSWERS | OF_THE_MODEL)


@pytest.mark.parametrize("name", BOTOCORE)
def test_what_botocore_raises_means(name: str) -> None:
    kind = getattr(boto, name)
    with pytest.raises(ReelError) as caught, s3_errors("s3://b/k", "b"):
        raise kind.__new__(kind)
    assert type(caught.value) is BOTOCORE[name]
    assert bool(caught.value.problems[0].remedy) is (BOTOCORE[name] in (Resource, InvalidRequest))


HTTPCORE = flat(
    {
        Transient: """TimeoutException ConnectTimeout PoolTimeout ReadTimeout WriteTimeout NetworkError ConnectError ReadError
            WriteError ProtocolError RemoteProtocolError ProxyError""",
        Internal: "LocalProtocolError UnsupportedProtocol",
    }
)
INSIDE = {"ConnectionNotAvailable"}
"""Tells httpcore's pool to take another connection, and never leaves it."""


def test_all_that_httpcore_raises_is_known() -> None:
    assert_all_known(errors_in(httpcore), HTTPCORE.keys() | INSIDE)


@pytest.mark.parametrize("name", HTTPCORE)
def test_what_httpcore_raises_means(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise getattr(httpcore, name)

    monkeypatch.setattr(httpcore.ConnectionPool, "handle_request", fail)
    monkeypatch.setattr(web, "require_url_allowed", lambda *_: None)
    with pytest.raises(ReelError) as caught:
        web.post("https://hooks.example/", b"", {}, 60.0)
    assert type(caught.value) is HTTPCORE[name]


SQLSTATE = flat(
    {
        Transient: """08000 08001 08003 08004 08006 08007 08P01 25006 25P03 25P04 40000 40001 40002 40003 40P01 53000 53200
            53300 53400 55000 55006 55P02 55P03 55P04 57000 57014 57P01 57P02 57P03 57P05 58000 58030 58P03 72000""",
        Resource: "28000 28P01 3D000 42501 53100 57P04 58P01 58P02 F0000 F0001 XX001 XX002",
    }
)
MISTAKES = {
    *(
        "02",
        "03",
        "09",
        "0A",
        "0B",
        "0F",
        "0L",
        "0P",
        "0Z",
        "10",
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "2B",
        "2D",
    ),
    *("2F", "34", "38", "39", "3B", "3F", "42", "44", "54", "HV", "P0", "XX"),
}
"""Classes of SQLSTATE whose other members only a mistake of ours can bring about."""


def sqlstates() -> dict[str, type[Exception]]:
    return {kind.sqlstate: kind for kind in errors_in(postgres).values() if getattr(kind, "sqlstate", None)}  # type: ignore[attr-defined]


def test_all_that_postgresql_says_is_known() -> None:
    known = {code for code in sqlstates() if code in SQLSTATE or code[:2] in MISTAKES}
    assert len(known) > 200
    assert_all_known(sqlstates(), SQLSTATE.keys() | known)
    assert {code[:2] for code in known - SQLSTATE.keys()} == MISTAKES


@pytest.mark.parametrize("code", sqlstates())
def test_what_postgresql_says_means(code: str) -> None:
    said = DBAPIError.instance("select", {}, sqlstates()[code]("broken"), postgres.Error)
    with pytest.raises(ReelError, match="broken") as caught, translated("catalogue"):
        raise said
    assert type(caught.value) is SQLSTATE.get(code, Internal)


SQLITE = flat(
    {
        Transient: "BUSY LOCKED NOMEM IOERR PROTOCOL SCHEMA ABORT INTERRUPT",
        Resource: "PERM READONLY FULL CANTOPEN NOLFS AUTH CORRUPT NOTADB FORMAT",
        Internal: "ERROR INTERNAL NOTFOUND EMPTY TOOBIG CONSTRAINT MISMATCH MISUSE RANGE",
    }
)
NO_ERRORS = {"OK", "NOTICE", "WARNING", "ROW", "DONE"}
OTHERS = frozenset(
    [
        "DENY",
        "IGNORE",
        "ALTER",
        "ANALYZE",
        "ATTACH",
        "CREATE",
        "DELETE",
        "DETACH",
        "DROP",
        "FUNCTION",
        "INSERT",
        "PRAGMA",
        "READ",
        "RECURSIVE",
        "REINDEX",
        "SAVEPOINT",
        "SELECT",
        "TRANSACTION",
        "UPDATE",
        "DBCONFIG",
        "LIMIT",
    ]
)
"""What an authorizer is asked and answers, and what can be configured; they share their names' form with the results."""


def results_of_sqlite() -> set[str]:
    """Names of result codes and of the extended ones, which begin with theirs."""
    names = {name.removeprefix("SQLITE_") for name in vars(sqlite3) if name.startswith("SQLITE_")}
    return {name for name in names if name.split("_")[0] not in OTHERS}


def test_all_that_sqlite_says_is_known() -> None:
    assert_all_known({name.split("_")[0] for name in results_of_sqlite()}, SQLITE.keys() | NO_ERRORS)


@pytest.mark.parametrize("name", sorted(name for name in results_of_sqlite() if name.split("_")[0] not in NO_ERRORS))
def test_what_sqlite_says_means(name: str) -> None:
    error = sqlite3.OperationalError("broken")
    error.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{name}")
    with pytest.raises(ReelError, match="broken") as caught, translated("catalogue"):
        raise error
    assert type(caught.value) is SQLITE[name.split("_")[0]]


FFMPEG = flat(
    {
        BadMedia: "EOF INVALIDDATA PATCHWELCOME",
        Internal: """BSF_NOT_FOUND BUG BUFFER_TOO_SMALL DECODER_NOT_FOUND DEMUXER_NOT_FOUND ENCODER_NOT_FOUND EXIT EXTERNAL
            FILTER_NOT_FOUND MUXER_NOT_FOUND OPTION_NOT_FOUND PROTOCOL_NOT_FOUND UNKNOWN EXPERIMENTAL INPUT_CHANGED
            OUTPUT_CHANGED""",
    }
)
OF_THE_WEB = {
    *("HTTP_BAD_REQUEST", "HTTP_UNAUTHORIZED", "HTTP_FORBIDDEN", "HTTP_NOT_FOUND", "HTTP_TOO_MANY_REQUESTS"),
    *("HTTP_OTHER_4XX", "HTTP_SERVER_ERROR"),
}
"""FFmpeg is given files alone."""


def test_all_errors_of_ffmpegs_own_are_known() -> None:
    assert_all_known((error.name for error in ErrorType), FFMPEG.keys() | OF_THE_WEB | {"PYAV_CALLBACK"})


@pytest.mark.parametrize("name", FFMPEG)
def test_what_an_error_of_ffmpegs_own_means(name: str) -> None:
    said = f"[in#0 @ 0x5581] [error] Error opening input: {ErrorType[name].strerror}"
    assert type(classify(183, said, "step")) is FFMPEG[name]


def test_whoever_waits_for_prefect_knows_what_httpx_raises() -> None:
    """All that its client raises of itself is one family, which `flows.spread.OUTAGES` names."""
    outside = {name for name, kind in errors_in(httpx).items() if not issubclass(kind, httpx.HTTPError)}
    misuse = {"StreamError", "StreamConsumed", "StreamClosed", "ResponseNotRead", "RequestNotRead"}
    assert_all_known(outside, {"InvalidURL", "CookieConflict", *misuse})
