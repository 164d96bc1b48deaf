"""What receivers of webhooks are told of what was delivered: facts when it is done, addresses when the event is sent.

An address in a bucket holds for a day from when it is made. An event may wait for days until its receiver is back; so it is
kept with locations, and gets its addresses anew at each attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from reel.report import OutputFile, OutputReport, Report
from reel.report.roles import role_of
from reel.report.words import delivered
from reel.store import address_of
from reel.store.addresses import Gateway

ADDRESS_LIFE = timedelta(days=1)
"""How long an address can be used: long enough for a receiver's queue, far shorter than S3's longest (a week)."""


def of_done(report: Report) -> dict[str, Any]:
    """What the event of a finished generation says besides what all say: each video with its poster, and the report."""
    outputs = [_output(file, output) for output in report.outputs for file, *_ in delivered(output)]
    folder = _folder_of(report.outputs[0].video) if report.outputs else None
    pages = {
        name: None if folder is None else {"location": f"{folder}{file}"}
        for name, file in (("report", "report.json"), ("report_page", "report.html"))
    }
    return {"outputs": outputs, **pages}


def _output(video: OutputFile, output: OutputReport) -> dict[str, Any]:
    seconds = output.measured.get("seconds")
    poster = next((file for file in output.files if role_of(file.name) == "poster"), None)
    return {
        "name": video.name,
        "location": video.path,
        "duration": None if seconds is None else float(seconds),
        "bytes": video.bytes,
        "sha256": video.sha256,
        "poster": None if poster is None else {"location": poster.path},
    }


def _folder_of(file: OutputFile) -> str:
    """Where the generation's files are, with a slash at its end."""
    return file.path.removesuffix(file.name)


def addressed(payload: Mapping[str, Any], now: datetime, gateway: Gateway | None = None) -> dict[str, Any]:
    """An event with an address (`url`) beside each location of ours, and until when it holds (`expires`); null: for as long as
    the file is there.

    `gateway`: as of `address_of`. What the request said of itself (`metadata`) is handed on as it is, whatever it looks like:
    nothing in it gets an address.
    Errors: those of signing, where the store's credentials are missing.
    """
    data = dict(payload["data"])
    for name in ("report", "report_page"):
        if data.get(name):
            data[name] = _addressed(data[name], now, gateway)
    if "outputs" in data:
        once = data.get("delete_after_download", False)
        data["outputs"] = [
            _addressed({**each, **_poster(each, now, gateway, once)}, now, gateway, once) for each in data["outputs"]
        ]
    return {**payload, "data": data}


def _poster(output: Mapping[str, Any], now: datetime, gateway: Gateway | None, once: bool) -> dict[str, Any]:
    return {"poster": _addressed(output["poster"], now, gateway, once)} if output.get("poster") else {}


def _addressed(place: Mapping[str, Any], now: datetime, gateway: Gateway | None, once: bool = False) -> dict[str, Any]:
    seconds, sha256 = int(ADDRESS_LIFE.total_seconds()), place.get("sha256", "")
    url, expires = address_of(place["location"], seconds, sha256=sha256, gateway=gateway, once=once)
    return {**place, "url": url, "expires": (now + ADDRESS_LIFE).isoformat(timespec="seconds") if expires else None}
