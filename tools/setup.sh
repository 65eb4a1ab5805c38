#!/bin/sh
# Makes the virtual environment from the lock. Run by make; PYTHON and VENV name interpreter and folder.
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Atalaya needs Python 3.11 or newer; '$PYTHON' is $("$PYTHON" --version 2>&1). Name another one: make PYTHON=python3.12" >&2
    exit 2
fi
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian keeps venv in a package of its own
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing; install it first: apt-get install python3-venv" >&2
        exit 2
    fi
fi
echo "Setting up Atalaya in $VENV (once; about half a minute)" >&2
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install -q --disable-pip-version-check "uv>=0.9,<1"
# compiled now, so that no start pays for it, also where writing bytecode is switched off
"$VENV/bin/uv" pip sync -q --compile-bytecode --python "$VENV/bin/python" --require-hashes requirements.lock
"$VENV/bin/uv" pip install -q --python "$VENV/bin/python" --no-deps -e .
PYTHONDONTWRITEBYTECODE= "$VENV/bin/python" -m compileall -q mentions ingest processors dashboards atalaya
touch "$VENV/.installed"
