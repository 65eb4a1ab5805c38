#!/bin/sh
# A single-node Apache Kafka (KRaft) for tests and development, from the jars that tools/kafka/pom.xml names.
#   jars    fetches the jars, once, into a folder outside the repository; prints the folder
#   where   prints that folder if a broker can start from it; says what is missing if not
#   run     a broker in the foreground on 127.0.0.1:9092 (ATALAYA_KAFKA_PORT), whose data stay
#   serve PORT CONTROLLER_PORT DATA_FOLDER [SETTING=VALUE...]   the same for the tests, quietly
# ATALAYA_KAFKA_JARS names the folder of jars, ATALAYA_KAFKA_DATA that of `run`'s data.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
here=$root/tools/kafka
PYTHON=${PYTHON:-python3}
version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/pom.xml")
cache=${ATALAYA_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/atalaya/kafka-$version}
part='' broker=''
trap '[ -z "$broker" ] || kill -9 $broker; rm -rf "$part"' EXIT
trap 'exit 130' INT TERM

fail() {
    echo "$1" >&2
    exit "${2:-3}"
}
need_java() {
    major=$(java -version 2>&1 | sed -n '1s/.* version "\([0-9]*\).*/\1/p')
    found=${major:+Java $major}
    [ "${major:-0}" -ge 17 ] ||
        fail "Kafka needs Java 17 or newer; ${found:-none} was found. Install it: apt-get install default-jre-headless"
}
# What is made goes into $part and is renamed when it is whole. Of two that make the same, the slower one's is dropped.
keep() {
    mv "$part/$1" "$cache/" 2>/dev/null || [ -e "$cache/$1" ]
}
can_listen() { # PORT
    "$PYTHON" -c 'import socket, sys; socket.create_server(("127.0.0.1", int(sys.argv[1]))).close()' "$1" 2>/dev/null
}
free_port() {
    "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
fetch() {
    [ ! -d "$cache/lib" ] || return 0
    command -v mvn >/dev/null || fail "Kafka's jars are fetched by Maven, and there is no mvn. Install it: apt-get install maven"
    echo "Fetching Kafka $version, once, into $cache" >&2
    timeout 600 mvn -q -B -C -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$part/lib" >"$part/log" 2>&1 || fail "Maven could not fetch Kafka's jars: $(cat "$part/log")"
    keep lib
}
# An empty data folder, as a pattern: making each anew would start one more Java for 1.5 s.
format() {
    [ ! -d "$cache/formatted" ] || return 0
    {
        cat "$here/broker.properties"
        echo "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2" # no word of this stays in the folder
        echo "controller.quorum.voters=1@127.0.0.1:2"
        echo "log.dirs=$part/formatted"
    } >"$part/properties"
    java -cp "$cache/lib/*" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$part/properties" \
        >"$part/log" 2>&1 || fail "Kafka could not format a data folder: $(cat "$part/log")"
    keep formatted
}
# The classes that a start loads, as Java keeps them in memory: a start takes 1.4 s instead of 3.1 s. Optional.
archive() {
    [ ! -f "$cache/classes.jsa" ] || return 0
    : >"$part/log"
    CLASSES="-XX:ArchiveClassesAtExit=$part/classes.jsa" \
        sh "$0" serve "$(free_port)" "$(free_port)" "$part/data" >"$part/log" 2>&1 &
    broker=$!
    for _ in $(seq 300); do
        ! grep -q "Kafka Server started" "$part/log" || break
        kill -0 $broker 2>/dev/null || break
        sleep 0.2
    done
    kill $broker 2>/dev/null || true
    wait $broker || true
    broker=
    keep classes.jsa || echo "Without an archive of classes, which only makes starts faster." >&2
}
jars() {
    need_java
    mkdir -p "$cache"
    part=$(mktemp -d "$cache/part.XXXXXX")
    fetch
    format
    archive
    rm -rf "$part"
}
where() {
    need_java
    [ -d "$cache/lib" ] && [ -d "$cache/formatted" ] || fail "Kafka's jars are not in $cache. Fetch them: sh tools/kafka.sh jars"
}
begin_data() { # DATA_FOLDER
    [ ! -f "$1/meta.properties" ] || return 0
    mkdir -p "$1"
    cp -R "$cache/formatted/__cluster_metadata-0" "$1/"
    # each is a cluster of its own; its name is 16 bytes in base64 for URLs, and must not begin with -
    name=A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)
    sed "s/^cluster.id=.*/cluster.id=$name/" "$cache/formatted/meta.properties" >"$1/meta.properties"
}
serve() { # PORT CONTROLLER_PORT DATA_FOLDER [SETTING=VALUE...]
    port=$1 controller=$2 data=$3
    shift 3
    begin_data "$data"
    for setting; do
        shift
        set -- "$@" --override "$setting"
    done
    log=-Dorg.slf4j.simpleLogger
    exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        "${CLASSES:--XX:SharedArchiveFile=$cache/classes.jsa}" \
        $log.defaultLogLevel=warn $log.log.kafka.server.KafkaRaftServer=info $log.showDateTime=true \
        -cp "$cache/lib/*" kafka.Kafka "$here/broker.properties" \
        --override "listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller" \
        --override "controller.quorum.voters=1@127.0.0.1:$controller" --override "log.dirs=$data" "$@"
}
run() {
    jars
    port=${ATALAYA_KAFKA_PORT:-9092} data=${ATALAYA_KAFKA_DATA:-$root/atalaya-data/kafka}
    can_listen "$port" || fail "Port $port on 127.0.0.1 is taken or no port; name another: ATALAYA_KAFKA_PORT=9192 make kafka" 2
    echo "Kafka $version, data in $data; Ctrl-C stops it. Use it by ATALAYA_KAFKA_SERVERS=127.0.0.1:$port"
    serve "$port" "$(free_port)" "$data"
}

case ${1:-} in
jars) jars && echo "$cache" ;;
where) where && echo "$cache" ;;
run) run ;;
serve) shift && serve "$@" ;;
*) fail "usage: sh tools/kafka.sh jars | where | run | serve PORT CONTROLLER_PORT DATA_FOLDER [SETTING=VALUE...]" 2 ;;
esac
