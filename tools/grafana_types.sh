#!/bin/sh
# Writes tests/data/grafana_types.json anew: Grafana's published types of dashboards as a JSON schema, which `make test`
# holds the dashboards against. Only after a change in tools/grafana-types; needs Node and npm, the tests do not.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/tools/grafana-types
written=$root/tests/data/grafana_types.json
if ! command -v npm >/dev/null; then
    echo "Grafana's types are published for Node, and there is no npm in PATH: apt-get install nodejs npm" >&2
    exit 3
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$here"/* "$here/.npmrc" "$scratch/"
cd "$scratch"
npm ci --silent --no-audit --no-fund --ignore-scripts # by the lock's hashes
# without names of their own for parts: two of Grafana's types have the same name
npx --no-install ts-json-schema-generator --tsconfig tsconfig.json --path types.ts --type Types \
    --no-top-ref --expose none --jsDoc none --out schema.json
node -e '
const fs = require("fs");
const { version, license } = require("./node_modules/@grafana/schema/package.json");
const made = `made by tools/grafana_types.sh of @grafana/schema ${version} (Grafana Labs, ${license})`;
const { $schema, properties } = JSON.parse(fs.readFileSync("schema.json"));
fs.writeFileSync(process.argv[1], JSON.stringify({ $comment: made, $schema, properties }, null, 1) + "\n");
' "$written"
echo "written: $written"
