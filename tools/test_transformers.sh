#!/bin/sh
# Makes an environment with torch and transformers below build/, and runs the tests that need it.
# PYTHON and UV name the programs; TORCH=cpu asks for the build without graphics cards; arguments go to pytest.
set -eu
PYTHON=${PYTHON:-python3}
UV=${UV:-.venv/bin/uv}
VENV=build/transformers
started=$(date +%s)

[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
"$UV" pip install -q --python "$VENV/bin/python" ${TORCH:+--torch-backend "$TORCH"} -c requirements.lock -e ".[dev,transformers]"
"$VENV/bin/python" -m pytest -q -m transformers tests/transformers "$@"
echo "Tests took $(($(date +%s) - started)) s, the environment included."
