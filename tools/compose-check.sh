#!/bin/sh
# Reads docker-compose.yml by the library of Docker Compose, no engine needed, and prints the project as JSON.
# arguments: the compose file and the file of its variables; by default the repository's own.
# Needs Go, which builds tools/compose-check once, into a cache outside the repository.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/tools/compose-check
if ! command -v go >/dev/null; then
    echo "Compose files are checked by a program in Go, and there is no go in PATH; install Go 1.24 or newer." >&2
    exit 3
fi
# another version of the program or of its libraries is another file
version=$(cat "$here/main.go" "$here/go.mod" "$here/go.sum" | cksum | cut -d ' ' -f 1)
program=${XDG_CACHE_HOME:-$HOME/.cache}/atalaya/compose-check-$version
if [ ! -x "$program" ]; then
    echo "Building the checker of compose files, once, into $program" >&2
    mkdir -p "$(dirname "$program")"
    # built aside: two that build at once must not run half a program
    (cd "$here" && go build -o "$program.$$" .) >&2
    mv "$program.$$" "$program"
fi
exec "$program" "${1:-$root/docker-compose.yml}" "${2:-$root/.env.example}"
