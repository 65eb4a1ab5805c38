import pickle
import re
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from mentions.brands import Brand
from mentions.errors import SettingsError
from mentions.settings import SECTIONS, Language, Settings, all_entries, env_names, parse
from mentions.settings_brand import BrandSettings
from mentions.settings_channels import CHANNELS, AppriseSettings, MailSettings, WebhookSettings
from mentions.settings_reading import ManySettingsError
from mentions.settings_review import ReviewSettings
from mentions.settings_schema import NO_DEFAULT, Entry, Secret, to_toml
from mentions.settings_sources import SOURCES, BlueskySettings, FileSettings, RssSettings, SimulatedSettings

FULL = b"""
[store]
url = "postgresql://ana@db.example:5432/atalaya"
password = "file:secret.txt"
[outbox]
path = "out.sqlite"
max_rows = 5_000
max_megabytes = 64
refused_days = 7
[server]
host = "localhost"
port = 9000
published = true
[log]
format = "json"
level = "debug"
[time]
allowance_seconds = 12.5
time_zone = "Europe/Madrid"
[language]
languages = ["es", "ca"]
[sentiment]
engine = "vader"
model = "models/xlm-t"
device = "cpu"
max_characters = 500

[kafka]
servers = ["kafka1.example:9092", "[::1]:9093"]
prefix = "shop."
partitions = 12
replication = 3
retention_hours = 240
security_protocol = "SASL_SSL"
sasl_mechanism = "PLAIN"
sasl_user = "ana"
sasl_password = "file:secret.txt"
ca_file = "ca.pem"
cert_file = "own.pem"
key_file = "own.key"

[work]
batch = 1_000
max_invalid_ratio = 0.5
stuck_after_seconds = 60
session_seconds = 10

[metrics]
host = "0.0.0.0"
port = 9_108

[notify]
public_url = "https://atalaya.example"

[review]
weekday = "tuesday"
hour = 6
time_zone = "America/Bogota"
brands = ["lumbre"]
channels = ["night-shift"]

[grafana]
url = "https://grafana.example/grafana"
token = "file:secret.txt"
organisation = 2
folder = "Reputation"
language = "es"
prometheus = "http://prometheus.example:9090"
store_host = "db.example:6432"
store_user = "looker"
store_password = "file:secret.txt"
[[source]]
type = "bluesky"
hosts = ["jetstream.example", "ws://127.0.0.1:6008/subscribe"]
wire = "v2"
lookback_hours = 6
[[source]]
type = "rss"
name = "press"
url = "https://news.example/feed.xml"
every_minutes = 5
allow_private = true
[[source]]
type = "rss"
name = "blogs"
urls = ["https://a.example/f", "http://b.example:8080"]
[[source]]
type = "file"
path = "posts.csv"
format = "csv"
map = { text = "body", author.id = "user" }
time_format = "day-first"
time_zone = "America/Bogota"
[[source]]
type = "simulated"
seed = 7
days = 3
speed = 60

[[brand]]
name = "lumbre"
query = '"pan de lumbre" OR @lumbre'
accounts = ["bluesky:lumbre.example"]
ambassadors = ["bluesky:ana.example"]
aspects = { price = ["flour", "-dear"] }
domains = ["lumbre.example"]
watchwords = { safety = ["moho"] }
notable = ["bluesky:press.example", "link:news.example"]
notable_followers = 50_000
sensitivity = "quiet"
allow = ["author:bluesky:press.example", "domain:lumbre.example", "phrase:free bread"]
block = ["phrase:watch repair"]
audience = { countries = ["ES"], languages = ["es"] }
goals = { net_sentiment = 0.3, mentions = 500 }
[[brand]]
name = "nubira"
query = "nubira"
role = "competitor"
time_zone = "UTC"

[[channel]]
type = "mail"
name = "night-shift"
language = "es"
min_severity = "high"
kinds = ["negative_spike", "watchword"]
brands = ["lumbre"]
languages = ["es"]
quiet_from = "22:00"
quiet_until = "08:00"
time_zone = "America/Bogota"
max_frequency_minutes = 60
to = ["ana@lumbre.example", "luis@lumbre.example"]
sender = "atalaya@lumbre.example"
host = "mail.example"
port = 465
security = "tls"
user = "atalaya"
password = "file:secret.txt"
[[channel]]
type = "webhook"
name = "hook"
url = "file:hook.txt"
key = "file:secret.txt"
[[channel]]
type = "apprise"
name = "team"
url = "file:hook.txt"
"""
HOOK = "https://hook.example/lumbre"

CHANNEL = """[[channel]]
type = "mail"
name = "a"
to = ["ana@lumbre.example"]
sender = "ana@lumbre.example"
host = "mail.example"
"""

TWICE = """[[brand]]
name = "a"
query = "b"
[[brand]]
name = "a"
query = "c"
[[source]]
type = "bluesky"
[[source]]
type = "bluesky"
"""


def read(document: str, **env: str) -> Settings:
    """Parse a document whose secrets are in no file."""
    return parse(document.encode(), env)


def complaint(document: str | bytes, **env: str) -> str:
    """What `parse` says against a document that it must refuse."""
    with pytest.raises(SettingsError) as refused:
        parse(document if isinstance(document, bytes) else document.encode(), env)
    assert refused.value.exit_code == 2
    return str(refused.value)


def refusal(document: bytes) -> str | None:
    """What `parse` says against a document, or None when it takes it."""
    try:
        parse(document, {})
    except SettingsError as error:
        return str(error)
    return None


def test_every_setting_can_be_given() -> None:
    """A document that gives every key is read, each value to its place."""
    settings = parse(FULL, {}, "shop.toml", {"secret.txt": "hush", "hook.txt": HOOK}.__getitem__)

    assert settings.sources == (
        BlueskySettings(hosts=("jetstream.example", "ws://127.0.0.1:6008/subscribe"), wire="v2", lookback_hours=6),
        RssSettings(name="press", urls=("https://news.example/feed.xml",), every_minutes=5, allow_private=True),
        RssSettings(name="blogs", urls=("https://a.example/f", "http://b.example:8080")),
        FileSettings(
            path="posts.csv",
            format="csv",
            map={"text": "body", "author.id": "user"},
            time_format="day-first",
            time_zone="America/Bogota",
        ),
        SimulatedSettings(seed=7, days=3, speed=60.0),
    )
    assert settings.brands == (
        Brand(
            name="lumbre",
            query='"pan de lumbre" OR @lumbre',
            accounts=("bluesky:lumbre.example",),
            ambassadors=("bluesky:ana.example",),
            aspects={"price": ("flour", "-dear")},
            domains=("lumbre.example",),
            watchwords={"safety": ("moho",)},
            notable=("bluesky:press.example", "link:news.example"),
            notable_followers=50_000,
            sensitivity="quiet",
            allow=("author:bluesky:press.example", "domain:lumbre.example", "phrase:free bread"),
            block=("phrase:watch repair",),
            audience={"countries": ("ES",), "languages": ("es",)},
            goals={"net_sentiment": 0.3, "mentions": 500},
            time_zone="Europe/Madrid",
        ),
        Brand(name="nubira", query="nubira", role="competitor", time_zone="UTC"),
    )
    assert settings.store.address() == "postgresql://ana:hush@db.example:5432/atalaya"
    assert (settings.outbox.max_rows, settings.outbox.max_megabytes) == (5_000, 64)
    assert (settings.server.host, settings.server.port, settings.server.published) == ("localhost", 9000, True)
    assert (settings.log.format, settings.log.level) == ("json", "debug")
    assert settings.time.allowance_seconds == 12.5
    assert settings.language.languages == ("es", "ca")
    assert settings.sentiment.engine == "vader"
    assert settings.sentiment.max_characters == 500
    kafka, work = settings.kafka, settings.work
    assert (kafka.servers, kafka.prefix) == (("kafka1.example:9092", "[::1]:9093"), "shop.")
    assert (kafka.partitions, kafka.replication, kafka.retention_hours) == (12, 3, 240)
    assert (kafka.security_protocol, kafka.sasl_mechanism, kafka.sasl_user) == ("SASL_SSL", "PLAIN", "ana")
    assert kafka.sasl_password == Secret("hush")
    assert (kafka.ca_file, kafka.cert_file, kafka.key_file) == ("ca.pem", "own.pem", "own.key")
    assert (work.batch, work.max_invalid_ratio, work.stuck_after_seconds, work.session_seconds) == (1000, 0.5, 60, 10)
    assert (settings.metrics.host, settings.metrics.port) == ("0.0.0.0", 9108)
    assert settings.notify.public_url == "https://atalaya.example"
    assert settings.review == ReviewSettings(
        weekday="tuesday", hour=6, time_zone="America/Bogota", brands=("lumbre",), channels=("night-shift",)
    )
    grafana = settings.grafana
    assert (grafana.url, grafana.organisation) == ("https://grafana.example/grafana", 2)
    assert (grafana.folder, grafana.language) == ("Reputation", "es")
    assert (grafana.prometheus, grafana.store_host) == ("http://prometheus.example:9090", "db.example:6432")
    assert grafana.store_user == "looker"
    for secret in (grafana.token, grafana.store_password):
        assert secret is not None
        assert secret.reveal() == "hush"
    mail, hook, team = settings.channels
    assert settings.channels == (
        MailSettings(
            name="night-shift",
            language="es",
            min_severity="high",
            kinds=("negative_spike", "watchword"),
            brands=("lumbre",),
            languages=("es",),
            quiet_from="22:00",
            quiet_until="08:00",
            time_zone="America/Bogota",
            max_frequency_minutes=60,
            to=("ana@lumbre.example", "luis@lumbre.example"),
            sender="atalaya@lumbre.example",
            host="mail.example",
            port=465,
            security="tls",
            user="atalaya",
            password=mail.password,
        ),
        WebhookSettings(name="hook", url=hook.url, key=hook.key),
        AppriseSettings(name="team", url=team.url),
    )
    assert [one.reveal() for one in (mail.password, hook.url, hook.key, team.url)] == ["hush", HOOK, "hush", HOOK]
    assert (settings.file, settings.configured) == ("shop.toml", True)


def test_the_full_document_leaves_no_setting_out() -> None:
    """The document above gives every key that exists, so that the test above proves all of them."""
    for entry in all_entries():
        assert re.search(rf"^{entry.key} = ", FULL.decode(), re.MULTILINE), entry


def test_an_empty_document_gives_the_defaults() -> None:
    """Every setting but a brand's and a source's own has a default."""
    assert parse(b"", {}) == Settings(file="atalaya.toml")


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    """A file saved by Windows' own editor is read."""
    assert parse(b"\xef\xbb\xbf[server]\r\nport = 1\r\n", {}).server.port == 1


def test_a_brands_seed_has_the_keys_of_a_brand() -> None:
    """`[[brand]]` can say all that a brand is, and nothing else."""
    assert BrandSettings.__struct_fields__ == Brand.__struct_fields__


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("[store]\nulr = 'x'", 'atalaya.toml:2: store.ulr: unknown key "ulr"; did you mean url?'),
        ("[log]\nport = 1", 'atalaya.toml:2: log.port: unknown key "port"; write it below [server]'),
        ("[log]\nx = 1", 'atalaya.toml:2: log.x: unknown key "x"; known: format, level'),
        ("[sever]\nport = 1", 'atalaya.toml:1: sever: unknown section "sever"; did you mean [server]?'),
        ("[[sources]]\ntype = 'rss'", 'atalaya.toml:1: sources: unknown section "sources"; did you mean [[source]]?'),
        ("port = 1", "atalaya.toml:1: port: this key stands in no section; write it below [server]"),
        ("[source]\ntype = 'rss'", "toml:1: source: this is no list of tables; write [[source]], with two brackets"),
        ("store = 5", "atalaya.toml:1: store: found 5; write [store] and its keys below"),
        ("\n[[store]]\nurl = 'x'", "atalaya.toml:2: store: found [{ url = \"x\" }]; write [store] and its keys below"),
        ("[server]\nport = 70000", "atalaya.toml:2: server.port: found 70_000; write a whole number from 0 to 65_535"),
        ("[server]\nport = '80'", 'atalaya.toml:2: server.port: found "80"; write a whole number from 0 to 65_535'),
        ("[server]\nport = true", "atalaya.toml:2: server.port: found true; write a whole number from 0 to 65_535"),
        ("[log]\nlevel = 'loud'", 'found "loud"; write "debug" or "info" or "warning" or "error"'),
        ("[language]\nlanguages = []", "found []; write a list of two-letter codes"),
        ("[language]\nlanguages = ['es', 'xx']", 'found ["es", "xx"]; write a list of two-letter codes'),
        ("[language]\nlanguages = ['es', 'es']", '"es" stands there twice; name each language once'),
        ("[[source]]\ntype = 'blusky'", 'atalaya.toml:2: source.type: unknown type "blusky"; did you mean bluesky?'),
        ("[[source]]\nname = 'a'", "atalaya.toml:1: source: type is missing; known: bluesky, rss, file, simulated"),
        ("[[source]]\ntype = 5", "atalaya.toml:2: source.type: unknown type 5; known: bluesky, rss, file, simulated"),
        ("[[source]]\ntype = 'rss'", 'source.url: no feed is named; write url = "https://..."'),
        ("[[source]]\ntype = 'rss'\nurl = 'ftp://a'", 'found "ftp://a"; write an http:// or https:// address'),
        ("[[source]]\ntype = 'rss'\nurl = 'http://a'\nurls = ['http://b']", "source.url: url and urls are both given"),
        ("[[source]]\ntype = 'rss'\nurl = 'http://a'\nevery_minutes = 4", "write a whole number from 5 to 1_440"),
        ("[[source]]\ntype = 'file'", "atalaya.toml:1: source.path: it is missing; write a path"),
        ("[[source]]\ntype = 'bluesky'\nlookback_hours = 5", "found 5; write 0 or 6 or 36"),
        ("[[source]]\ntype = 'simulated'\nspeed = 0", "found 0; write a number above 0"),
        ("[[channel]]\ntype = 'mial'", 'toml:2: channel.type: unknown type "mial"; did you mean mail?'),
        (CHANNEL + "quiet_from = '22:00'", "channel.quiet_from: quiet_from is given without quiet_until; give both"),
        (CHANNEL + "security = 'none'\nuser = 'a'", "channel.security: a password would be sent unencrypted"),
        (CHANNEL + "quiet_from = '25:00'\nuser = 'a'", 'quiet_from: found "25:00"; write a time such as "22:00"'),
        (CHANNEL, "channel.password: no user is given; give user too"),
        ((CHANNEL + "user = 'a'\n") * 2, 'channel.name: a second channel "a"; give each a name of its own'),
        (TWICE, 'atalaya.toml:5: brand.name: a second brand "a"; give each a name of its own'),
        (TWICE, 'atalaya.toml:9: source.name: a second source "bluesky" "main"; give each a name of its own'),
        ("[[brand]]\nname = 'Pan Lumbre'\nquery = 'x'", 'toml:2: brand.name: found "Pan Lumbre"; write letters'),
        ("[[brand]]\nname = 'other'\nquery = 'x'", "is the sum of unknown brands in metrics; choose another name"),
        ("[[brand]]\nname = 'a'\nquery = ' '", 'brand.query: found " "; write a query such as'),
        ("[[brand]]\nname = 'a'", "atalaya.toml:1: brand.query: it is missing; write a query such as"),
        ("[[brand]]\nname = 'a'\nquery = 'b'\nrole = 'mine'", 'found "mine"; write "own" or "competitor" or "sector"'),
        ("[[brand]]\nname = 'a'\nquery = 'b'\naccounts = ['lumbre']", 'found ["lumbre"]; write a list such as'),
        ("brand = [{ name = 'a', query = 'b' }, { name = 'a', query = 'c' }]", 'toml:1: brand.name: a second brand'),
        ("[store]\nurl = 'mysql://h/d'", 'unknown kind of database "mysql"'),
        ("[store]\nurl = 'sqlite://x.sqlite'", "sqlite:// takes three slashes"),
        ("[store]\nurl = 'postgresql://[h/d'", "found an address that cannot be read"),
        ("[store]\npassword = 'file:x'", "store.password: cannot read \"file:x\": secret files are not read here: x"),
        ("[time]\nallowance_seconds = 2026-11-16", "found 2026-11-16; write a number from 0 to 3_600"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_key_and_remedy(document: str, says: str) -> None:
    """A wrong key or value is refused by a sentence with file, line, dotted key, what was found and what is right."""
    env = {"ATALAYA_CHANNEL_A_PASSWORD": "hush"} if "channel" in document and "mial" not in document else {}
    assert says in complaint(document, **env)


def test_a_channels_secret_may_come_from_the_environment() -> None:
    """Its variable is named by the channel; its other keys have none."""
    (channel,) = read(CHANNEL + "user = 'ana'", ATALAYA_CHANNEL_A_PASSWORD="hush").channels
    assert isinstance(channel, MailSettings)
    assert channel.password == Secret("hush")
    assert "no setting has this name" in complaint(CHANNEL, ATALAYA_CHANNEL_A_HOST="x", ATALAYA_CHANNEL_A_PASSWORD="y")


def test_a_channels_secret_is_read_by_those_who_need_it() -> None:
    """A process that sends nothing needs no secret file of a channel; one that needs it is told what is wrong."""
    settings = parse((CHANNEL + "user = 'ana'\npassword = 'file:mail.txt'").encode(), {})
    (channel,) = settings.channels
    assert isinstance(channel, MailSettings)
    assert "file" not in repr(channel.password)
    assert channel.password is not None
    with pytest.raises(SettingsError, match=r'atalaya.toml:8: channel.password: cannot read "file:mail.txt": secret'):
        channel.password.reveal()


def test_a_channels_address_is_a_secret() -> None:
    """Addresses of hooks hold tokens: one in the file is refused, and no message repeats it."""
    said = complaint("[[channel]]\ntype = 'webhook'\nname = 'my-hook'\nurl = 'https://hook.example/hunter2'")
    assert "set ATALAYA_CHANNEL_MY_HOOK_URL in the environment" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (
            "[store]\nurl = x",
            'atalaya.toml:2: this is not TOML: Invalid value; a text stands between quotes, key = "text"',
        ),
        (
            '[store]\nurl = "C:\\data"',
            "atalaya.toml:2: this is not TOML: Unescaped '\\' in a string; write / instead of \\",
        ),
        ('[store]\nurl = "x\nport = 1', "atalaya.toml:2: this is not TOML: Illegal character '\\n'; close the quotes"),
        ("[store]\nurl = 'x", "atalaya.toml:2: this is not TOML: Expected"),
        ("\n[store", "atalaya.toml:2: this is not TOML: Expected ']' at the end of a table declaration"),
        (
            "\n[store]\n\n[store]",
            "atalaya.toml:4: this is not TOML: Cannot declare ('store',) twice; [store] is on line 2",
        ),
        ("[brand]\n[brand]", "a [section] stands once; [[brand]], [[source]], [[channel]] may be repeated"),
        ("a = 1\na = 2", "atalaya.toml:2: this is not TOML: Cannot overwrite a value; each key stands once"),
        ("[server]\nport 80", "atalaya.toml:2: this is not TOML: Expected '=' after a key"),
        (b"[store]\n# ma\xf1ana", "atalaya.toml:2: this is not UTF-8; save the file as UTF-8"),
        ("a = " + "[" * 5_000, "atalaya.toml: lists are nested too deeply"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line_and_usual_cause(document: str | bytes, says: str) -> None:
    """A document that is not TOML or not UTF-8 is refused with the line, and with what people usually meant."""
    assert says in complaint(document)


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    """Several faults are told together, by line, those of the environment last."""
    with pytest.raises(ManySettingsError) as refused:
        read("[[brand]]\nname = 'a'\n[log]\nlevel = 1\n[server]\nport = -1\nprot = 1", ATALAYA_LOG_FORMAT="xml")

    assert [(error.where, error.key) for error in refused.value.errors] == [
        ("atalaya.toml:1", "brand.query"),
        ("atalaya.toml:4", "log.level"),
        ("atalaya.toml:6", "server.port"),
        ("atalaya.toml:7", "server.prot"),
        ("environment variable ATALAYA_LOG_FORMAT", "log.format"),
    ]
    assert str(refused.value).count("\n") == 4
    assert refused.value.key == "brand.query"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_the_server_listens_on_this_machine(host: str) -> None:
    """Every address of this machine alone is taken."""
    assert read(f"[server]\nhost = '{host}'").server.host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "shop.example", ""])
def test_the_server_listens_to_nobody_else(host: str) -> None:
    """An address that other machines reach is refused, as the pages have no login yet, with what to do instead."""
    assert "the pages have no login; write 127.0.0.1 and put a proxy with a login" in complaint(
        f"[server]\nhost = '{host}'"
    )


def test_the_environment_overrides_the_file() -> None:
    """`ATALAYA_SECTION_KEY` wins over `key` of `[section]`, for numbers, words and lists."""
    settings = read(
        "[server]\nport = 1\n[log]\nlevel = 'debug'",
        ATALAYA_SERVER_PORT="9090",
        ATALAYA_LANGUAGE_LANGUAGES="es, en",
        ATALAYA_TIME_ALLOWANCE_SECONDS="2.5",
    )

    assert settings.server.port == 9090
    assert settings.log.level == "debug"
    assert settings.language.languages == ("es", "en")
    assert settings.time.allowance_seconds == 2.5


def test_an_empty_environment_variable_counts_as_unset() -> None:
    """A variable that a compose file hands on empty changes nothing."""
    assert read("[server]\nport = 1", ATALAYA_SERVER_PORT="").server.port == 1


def test_every_setting_of_a_section_has_its_environment_variable() -> None:
    """The variables are those of the scheme, one for each key of the sections that stand once, all different."""
    expected = [
        f"ATALAYA_{section}_{key}".upper() for section, kind in SECTIONS.items() for key in kind.__struct_fields__
    ]

    assert list(env_names()) == expected
    assert len(set(expected)) == len(expected)


def test_an_unknown_environment_variable_is_refused() -> None:
    """A mistyped variable stops the start and names the one that was probably meant."""
    assert complaint("", ATALAYA_SERVER_PROT="1") == (
        "environment variable ATALAYA_SERVER_PROT: no setting has this name; did you mean ATALAYA_SERVER_PORT?"
    )


def test_other_peoples_environment_is_left_alone() -> None:
    """Tests' variables, ATALAYA_CONFIG, and those that a cluster sets for a service called atalaya are no settings."""
    service = {
        "ATALAYA_SERVICE_HOST": "10.0.0.1",
        "ATALAYA_SERVICE_PORT": "80",
        "ATALAYA_SERVICE_PORT_HTTP": "80",
        "ATALAYA_PORT": "tcp://10.0.0.1:80",
        "ATALAYA_PORT_80_TCP_ADDR": "10.0.0.1",
        "ATALAYA_DB_SERVICE_HOST": "10.0.0.2",
        "ATALAYA_DB_SERVICE_PORT": "5432",
        "ATALAYA_DB_PORT_5432_TCP": "tcp://10.0.0.2:5432",
    }

    assert read("", ATALAYA_CONFIG="x.toml", ATALAYA_TEST_KAFKA="1", PATH="/bin", **service) == read("")


def test_half_of_a_clusters_variables_is_a_typing_error() -> None:
    """Without its twin, a variable that only looks like a cluster's is refused."""
    assert "ATALAYA_SERVICE_PORT" in complaint("", ATALAYA_SERVICE_PORT="80")


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    """A secret in clear is refused with the two right ways, and the message does not show it."""
    said = complaint("[store]\nurl = 'postgresql://ana@h/d'\npassword = 'hunter2'")

    assert said.startswith("atalaya.toml:3: store.password: a secret does not stand in the configuration itself; set ")
    assert "ATALAYA_STORE_PASSWORD" in said
    assert '"file:PATH"' in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "document",
    [
        "[store]\nurl = 'postgresql://ana:hunter2@h/d'",
        "[store]\nurl = 'postgresql://ana@h/d?password=hunter2'",
        "[[source]]\ntype = 'rss'\nurl = 'https://ana:hunter2@news.example/'",
        "[stor]\nurl = 'postgresql://ana:hunter2@h/d'",
        "[store]\nurl = ['postgresql://ana:hunter2@h/d']",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(document: str) -> None:
    """An address in the file must not hold a password, and no message about one shows it."""
    assert "hunter2" not in complaint(document)


def test_a_password_in_the_environments_address_is_kept_apart() -> None:
    """The environment may give the whole address; its password becomes a secret and the address can be shown."""
    settings = read("", ATALAYA_STORE_URL="postgresql://ana:p%40ss@h:5/d")

    assert settings.store.url == "postgresql://ana@h:5/d"
    assert settings.store.password == Secret("p@ss")
    assert settings.store.address() == "postgresql://ana:p%40ss@h:5/d"


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_password_goes_into_the_address_and_comes_out_again(word: str) -> None:
    """A password of any characters, in an address or beside it, reaches the database as it is."""
    beside = read("[store]\nurl = 'postgresql://ana@h/d'", ATALAYA_STORE_PASSWORD=f"{word}x")
    within = read("", ATALAYA_STORE_URL=beside.store.address())

    assert within.store == beside.store


@pytest.mark.parametrize("url", ["sqlite:///a.sqlite", ":memory:", "a.sqlite", "postgresql://eva:other@h/d"])
def test_another_address_does_not_get_the_configured_password(url: str) -> None:
    """`--store URL` in place of the configured address is used as it is: no password is put into it."""
    store = read("[store]\nurl = 'postgresql://ana@h/d'", ATALAYA_STORE_PASSWORD="hunter2").store

    assert msgspec.structs.replace(store, url=url).address() == url


def test_a_password_needs_a_user() -> None:
    """A password for an address without user, SQLite's among them, is refused."""
    assert "names no user" in complaint("", ATALAYA_STORE_PASSWORD="x")
    assert "names no user" in complaint("[store]\nurl = 'postgresql://h/d'", ATALAYA_STORE_PASSWORD="x")


def test_a_secret_is_read_from_its_file_once_named() -> None:
    """`file:PATH` is read by the reader that the caller hands in, from the file and from the environment."""
    words = {"a/b": "one", "/c": "two"}
    document = b"[store]\nurl = 'postgresql://ana@h/d'\npassword = 'file:a/b'"

    assert parse(document, {}, read_secret=words.__getitem__).store.password == Secret("one")
    env = {"ATALAYA_STORE_PASSWORD": "file:/c"}
    assert parse(document, env, read_secret=words.__getitem__).store.password == Secret("two")


def test_a_secret_shows_itself_to_nobody() -> None:
    """Neither `repr`, `str`, a format, the settings' own repr, JSON nor pickle gives a secret away."""
    settings = read("", ATALAYA_STORE_URL="postgresql://ana:hunter2@h/d")
    secret = settings.store.password
    assert secret is not None

    assert f"{secret} {secret!r} {[secret]} {secret:}" == "*** *** [***] ***"
    assert "hunter2" not in repr(settings)
    with pytest.raises(TypeError):
        msgspec.json.encode(settings)
    with pytest.raises(TypeError):
        pickle.dumps(settings)
    assert secret.reveal() == "hunter2"


def test_settings_do_not_change() -> None:
    """Settings are frozen, all the way down."""
    settings = parse(FULL, {}, read_secret=lambda path: HOOK)

    for part in (settings, settings.store, *settings.sources, *settings.brands, *settings.channels):
        with pytest.raises(AttributeError):
            part.name = "x"  # type: ignore[misc, union-attr] # that it is refused is the point


def test_every_language_can_be_recognised() -> None:
    """The codes that can be configured are exactly the two-letter ones that py3langid knows."""
    known = {label for label in LanguageIdentifier.from_model_file(MODEL_FILE).labels if len(label) == 2}

    assert set(get_args(Language)) == known


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: f"{entry.section}.{entry.key}")
def test_every_key_says_what_it_means_and_allows(entry: Entry) -> None:
    """Each key has a meaning that is a sentence, and says what is allowed; secrets have no default."""
    assert entry.meaning[:1].isupper()
    assert entry.meaning.endswith(".")
    assert entry.allowed
    assert not (entry.secret and entry.default not in (None, NO_DEFAULT))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([*SECTIONS, "source", "brand", "channel", "x"]), st.text(max_size=8)),
    st.binary(max_size=80),
)
def test_no_document_raises_anything_but_a_settings_error(tables: dict[str, str], tail: bytes) -> None:
    """Whatever the bytes are, they are read or refused in words."""
    head = "\n".join(f"{name} = {to_toml(value)}" for name, value in tables.items()).encode(errors="replace")
    said = refusal(head + b"\n" + tail)

    assert said is None or said.startswith("atalaya.toml")


@settings(deadline=None)
@given(
    st.sampled_from(sorted(SECTIONS)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(SECTIONS[name].__struct_fields__))
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    ).filter(lambda value: value is not None),
)
def test_a_value_of_any_type_is_taken_or_refused_in_words(key: tuple[str, str], value: object) -> None:
    """A wrong type under any key gives a sentence, never a crash."""
    try:
        document = f"[{key[0]}]\n{key[1]} = {to_toml(value)}".encode()
    except UnicodeEncodeError:
        return

    assert refusal(document) != ""


def test_every_type_of_source_and_channel_can_be_given() -> None:
    """The types of source and channel are those of this test's full document."""
    assert set(re.findall(r'^type = "(\w+)"', FULL.decode(), re.MULTILINE)) == {*SOURCES, *CHANNELS}
