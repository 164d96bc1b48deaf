"""What infra/ says fits together, and holds what it promises."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.automations import HEARTBEAT_SECONDS
from deployments.watch import END_SECONDS
from tests.infra.files import INFRA, UNITS, commands, containers, document, manifest, manifests, pods, read, unit

SERVICES = document("compose.yaml")["services"]
DRAIN_SECONDS = 900
"""`--drain-seconds`, the worker's default too."""


def test_a_worker_has_time_to_drain_wherever_it_runs():
    needed = DRAIN_SECONDS + 2 * END_SECONDS
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("m")) * 60 > needed
    assert dict(pods())["reelflow-worker"]["terminationGracePeriodSeconds"] > needed
    assert int(unit("reelflow-worker@.service")["TimeoutStopSec"][0]) > needed
    for place, command in commands():
        if "--drain-seconds" in command:
            assert command[command.index("--drain-seconds") + 1] == str(DRAIN_SECONDS), place


def test_runs_tell_that_they_live_as_often_as_the_automations_expect():
    for name in ("compose.yaml", "kubernetes/config.yaml", "systemd/reelflow.env.example"):
        (told,) = re.findall(r'PREFECT_FLOWS_HEARTBEAT_FREQUENCY[=:] ?"?(\d+)', read(name))
        assert int(told) == HEARTBEAT_SECONDS, name


def test_autoscaling_counts_on_the_limit_that_workers_have():
    (worker,) = dict(pods())["reelflow-worker"]["containers"]
    limit = worker["args"][worker["args"].index("--limit") + 1]
    waiting, expected = manifest("ScaledObject", "reelflow-worker")["spec"]["triggers"]
    assert waiting["metadata"]["threshold"] == expected["metadata"]["threshold"] == limit
    assert "reelflow_queue_depth" in waiting["metadata"]["query"]
    assert "reelflow_recommended_at_once" in expected["metadata"]["query"]


def test_images_are_named_by_a_version():
    images = [service["image"] for service in SERVICES.values() if "REELFLOW" not in service["image"]]
    for image in [*images, *re.findall(r"^ARG PYTHON_IMAGE=(.+)$", read("Dockerfile"), re.MULTILINE)]:
        assert re.search(r":.*\d", image), image
        assert not image.endswith(":latest")


def test_services_wait_for_services_that_exist_and_can_be_waited_for():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            awaited = SERVICES[other]
            if how["condition"] == "service_healthy":
                assert "test" in awaited["healthcheck"], f"{name} waits for {other}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert awaited["restart"] == "on-failure", f"{name} waits for {other}"


def test_databases_and_store_are_not_reachable_from_outside():
    assert document("compose.yaml")["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "minio", "exporter", "prometheus"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_our_containers_can_do_little():
    for name, service in SERVICES.items():
        if "REELFLOW" in service["image"]:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_pods_are_not_root_and_write_to_volumes_alone(name, pod):
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in containers(pod):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"]
        assert container["resources"]["limits"]["memory"]
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounts) == {"/var/lib/reelflow", "/tmp"}
        assert set(mounts.values()) <= volumes


def test_the_user_is_the_same_in_the_image_and_in_the_cluster():
    assert "USER 10001:10001" in read("Dockerfile")
    assert {pod["securityContext"]["runAsUser"] for _, pod in pods()} == {10001}
    values = document("kubernetes/prefect-server.values.yaml")
    assert values["server"]["podSecurityContext"]["runAsUser"] == 10001


def test_what_a_worker_writes_is_bounded_and_fits():
    pod = dict(pods())["reelflow-worker"]
    sizes = {volume["name"]: int(volume["emptyDir"]["sizeLimit"].removesuffix("Gi")) for volume in pod["volumes"]}
    limit = int(pod["containers"][0]["resources"]["limits"]["ephemeral-storage"].removesuffix("Gi"))
    assert sum(sizes.values()) < limit
    cache = int(manifest("ConfigMap", "reelflow")["data"]["REEL_CACHE_BYTES"])
    assert cache <= sizes["home"] * 2**30 / 2


def test_every_pod_stands_under_a_network_policy():
    for each in manifests():
        if template := each.get("spec", {}).get("template"):
            assert template["metadata"]["labels"]["reelflow/network"] in {"inside", "public"}


def reachable(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the policy lets a worker connect to an address."""
    (rule,) = manifest("NetworkPolicy", "reelflow-public")["spec"]["egress"]
    for block in (each["ipBlock"] for each in rule["to"]):
        inside = address in ipaddress.ip_network(block["cidr"])
        if inside and not any(address in ipaddress.ip_network(other) for other in block["except"]):
            return True
    return False


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "172.32.0.1", "2606:2800:220:1:248:1893:25c8:1946"])
def test_workers_reach_public_addresses(address):
    assert reachable(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["10.96.0.1", "169.254.169.254", "127.0.0.1", "192.168.1.1", "172.20.3.4", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "ff02::1"],
)  # fmt: skip
def test_workers_do_not_reach_private_ones(address):
    assert not reachable(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_what_workers_reach_is_global(address):
    assert address.is_global or not reachable(address)


def test_exceptions_lie_within_what_they_are_taken_from():
    """Kubernetes refuses others."""
    (rule,) = manifest("NetworkPolicy", "reelflow-public")["spec"]["egress"]
    for block in (each["ipBlock"] for each in rule["to"]):
        whole = ipaddress.ip_network(block["cidr"])
        for other in map(ipaddress.ip_network, block["except"]):
            assert other.network_address in whole
            assert other.broadcast_address in whole


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_kustomize_puts_the_manifests_together():
    folder = str(INFRA / "kubernetes")
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=True)
    assert done.stdout.count("\nkind: ") == len([each for each in manifests() if each["kind"] != "Secret"])
    assert "image: registry.example.com/reelflow:" in done.stdout
    assert "image: reelflow\n" not in done.stdout


@pytest.mark.parametrize("name", UNITS)
def test_units_come_back_and_can_do_little(name):
    settings = unit(name)
    assert settings["Restart"] == ["always"]
    assert settings["User"] == ["reelflow"]
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["NoNewPrivileges"] == ["yes"]
    assert settings["CapabilityBoundingSet"] == [""]


def test_the_check_finds_nothing_wrong():
    """With whichever linters are installed."""
    done = subprocess.run([str(INFRA / "check.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Dockerfile" in done.stdout


def test_scripts_can_be_run():
    for path in INFRA.rglob("*.sh"):
        assert os.access(path, os.X_OK), path
        interpreter = path.read_text().splitlines()[0].removeprefix("#!").split()[-1]
        assert subprocess.run([interpreter, "-n", str(path)], check=False).returncode == 0


def test_secrets_are_kept_out_of_the_repository():
    assert ".env" in (INFRA / ".gitignore").read_text().split()
    for secret in (each for each in manifests() if each["kind"] == "Secret"):
        assert set(secret["stringData"].values()) == {""}
