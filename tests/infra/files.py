"""What infra/ says, read as its readers do: commands, settings, documents."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"

Command = tuple[str, ...]
"""The program and its arguments."""


def read(name: str) -> str:
    return (INFRA / name).read_text("utf-8")


@cache
def document(name: str) -> Any:
    """A file of one YAML document."""
    return yaml.safe_load(read(name))


@cache
def manifests() -> list[dict[str, Any]]:
    """All Kubernetes objects of ours."""
    found = sorted((INFRA / "kubernetes").glob("*.yaml"))
    texts = [path.read_text("utf-8") for path in found if "values" not in path.name and path.stem != "kustomization"]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def manifest(kind: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in manifests() if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every pod template, by the name of what makes it."""
    for each in manifests():
        if template := each.get("spec", {}).get("template"):
            yield each["metadata"]["name"], template["spec"]


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a systemd unit; one that is given twice has two values."""
    settings: dict[str, list[str]] = {}
    for line in read(f"systemd/{name}").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


UNITS = sorted(path.name for path in (INFRA / "systemd").glob("*.service"))


def commands() -> Iterator[tuple[str, Command]]:
    """Every command that starts one of our processes, and where it stands."""
    (start,) = re.findall(r"^CMD (\[.*\])$", read("Dockerfile"), re.MULTILINE)
    yield "Dockerfile", tuple(yaml.safe_load(start))
    for name, service in document("compose.yaml")["services"].items():
        if service["image"].startswith("${REELFLOW_IMAGE") and "command" in service:
            yield f"compose.yaml: {name}", tuple(service["command"])
    for name, pod in pods():
        for container in containers(pod):
            yield f"kubernetes: {name}", tuple(container["args"])
    values = document("kubernetes/prefect-server.values.yaml")
    for part in ("server", "backgroundServices"):
        yield f"prefect-server.values.yaml: {part}", tuple(values[part]["args"])
    yield "prefect-server.values.yaml: migrations", tuple(shlex.split(values["migrations"]["command"]))
    for name in UNITS:
        for key in ("ExecStart", "ExecStartPost"):
            for line in unit(name).get(key, []):
                program, *arguments = shlex.split(line)
                yield f"systemd: {name}", (Path(program).name, *arguments)


def variables(prefix: str) -> set[str]:
    """The environment variables with a prefix that any file of infra/ names."""
    texts = [path.read_text("utf-8") for path in INFRA.rglob("*") if path.is_file() and path.suffix != ".py"]
    return {name for text in texts for name in re.findall(rf"\b{prefix}[A-Z0-9_]+\b", text)}
