#!/usr/bin/env bash
# Makes .venv exactly what the lock files say, with the project itself in it. Safe to run twice; `make` runs it when a lock
# file or pyproject.toml is newer than the last run. No root, and no network once the packages are in uv's cache.
#
#   requirements/bootstrap.sh            uses the first Python >= 3.11 it finds
#   PYTHON=python3.12 requirements/bootstrap.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf '\nerror: %s\n' "$1" >&2
    [ $# -eq 1 ] || printf '  %s\n' "${@:2}" >&2
    exit 1
}

# Of the Pythons on PATH the first that fits; what the lock file holds has wheels for 3.11 to 3.14.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Reelflow needs Python 3.11 to 3.14, and there is none on PATH${PYTHON:+ (PYTHON is \"$PYTHON\")}." \
        "On Debian 12 or Ubuntu 24.04:  sudo apt install python3 python3-venv" \
        "Elsewhere name one yourself:   make PYTHON=/path/to/python3.12 ..."
}

# Debian leaves ensurepip out of python3; then the system's pip can fill the environment from outside.
make_environment() {
    local python
    python=$(find_python)
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv --clear .venv
    elif "$python" -c 'import venv' 2>/dev/null && "$python" -m pip --python "$python" --version >/dev/null 2>&1; then
        "$python" -m venv --clear --without-pip .venv
    else
        fail "$python can make no environment: its venv module is missing." \
            "On Debian or Ubuntu:  sudo apt install python3-venv"
    fi
}

# pip of the environment, or of the Python that it was made with.
pip() {
    local quiet=(--disable-pip-version-check --no-input --quiet)
    if [ -e .venv/bin/pip ]; then
        .venv/bin/python -m pip "${quiet[@]}" "$@"
    else
        "$(.venv/bin/python -c 'import sys; print(sys._base_executable)')" -m pip --python .venv/bin/python "${quiet[@]}" "$@"
    fi
}

# `--no-deps`: the lock file is complete, and with it pip accepts hashes for a requirement with extras (sqlalchemy[asyncio]).
# uv takes seconds where pip takes a minute, but knows nothing of pip's configuration: where the packages come from a place
# that only pip.conf names, pip does it. `sync` also takes out what is no longer in the lock file.
install_packages() {
    local uv=(.venv/bin/uv pip) into=(--quiet --system-certs --python .venv/bin/python)
    pip install --no-deps --require-hashes -r requirements/bootstrap.lock ||
        fail "pip could not install uv from requirements/bootstrap.lock: is the network there?"
    if ! "${uv[@]}" sync "${into[@]}" --require-hashes requirements/bootstrap.lock requirements/requirements.lock; then
        echo "uv could not install the packages; trying pip, which takes about a minute" >&2
        pip install --no-deps --require-hashes -r requirements/requirements.lock ||
            fail "neither uv nor pip could install requirements/requirements.lock: see above."
    fi
    "${uv[@]}" install "${into[@]}" --offline --no-deps --no-build-isolation --editable .
}

if ! .venv/bin/python -c '' 2>/dev/null; then
    echo "making .venv (once; about half a minute)"
    make_environment
fi
install_packages
# numba compiles functions of librosa when that is first imported, for 15 s; meanwhile the rest is compiled.
.venv/bin/python -P -m reel.analyse.warm >/dev/null 2>&1 &
# Uncompiled, every process that imports Prefect starts 3 s later. Some packages carry files that are no Python: never mind.
env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
wait
touch .venv/.stamp
