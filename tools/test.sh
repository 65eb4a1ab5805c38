#!/bin/sh
# Finds or installs what the tests need, runs them, and prints the time and what could not be run.
# PYTHON names the interpreter of the virtual environment; arguments go to pytest.
set -eu
PYTHON=${PYTHON:-.venv/bin/python}
started=$(date +%s)

has_postgres() {
    command -v pg_ctl >/dev/null || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || [ -n "${ATALAYA_TEST_POSTGRES:-}" ]
}
has_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}
has_kcat() { command -v kcat >/dev/null; }
has_prometheus() { command -v promtool >/dev/null && command -v amtool >/dev/null; }
has_kafka() { [ -n "${ATALAYA_TEST_KAFKA:-}" ] || PYTHON=$PYTHON sh tools/kafka.sh where >/dev/null 2>&1; }
install_missing() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 0
    missing=
    has_postgres || missing="$missing postgresql"
    has_chromium || missing="$missing chromium"
    has_kcat || missing="$missing kcat"
    has_prometheus || missing="$missing prometheus prometheus-alertmanager"
    has_kafka || command -v java >/dev/null || missing="$missing default-jre-headless"
    has_kafka || command -v mvn >/dev/null || missing="$missing maven"
    [ -n "$missing" ] || return 0
    echo "Installing for the tests, once:$missing" >&2
    # the packages of servers would start one each; the tests start their own on free ports
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    # shellcheck disable=SC2086 # two words are two packages
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
install_missing || echo "Some of what the tests need could not be installed." >&2
has_kafka || PYTHON=$PYTHON sh tools/kafka.sh jars >/dev/null || true # what it prints says why

case " $* " in *" -m "*) marker= ;; *) marker="not slow and not failure and not transformers" ;; esac
status=0
"$PYTHON" -m pytest -q -n 2 --dist loadgroup ${marker:+-m "$marker"} "$@" || status=$?

echo "Tests took $(($(date +%s) - started)) s."
has_postgres || echo "Not run: everything that needs PostgreSQL (no server binaries; apt-get install postgresql)."
has_chromium || echo "Not run: the tests in a browser (apt-get install chromium)."
has_kcat || echo "Not run: the tests that look at Kafka from outside (apt-get install kcat)."
has_prometheus || echo "Not run: the checks of deploy/ (apt-get install prometheus prometheus-alertmanager)."
has_kafka || echo "Not run: everything that needs Kafka ($(PYTHON=$PYTHON sh tools/kafka.sh where 2>&1))"
[ -z "$marker" ] || echo "Not run by design: tests marked slow (make test-slow DATA=folder), failure (make test-failure) or transformers (make test-transformers)."
exit $status
