"""Fetching what people configured by address, without becoming a way into the private network. The only user of httpx.

A name is looked up here, every address that it has is checked, and the connection goes to a checked address: a second
look-up, which could answer otherwise, never happens. Each redirect is a new request with the same checks.
"""

import asyncio
import functools
import ipaddress
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import httpx

from mentions.errors import AtalayaError, Unavailable, UsageError

USER_AGENT = f"Atalaya/{version('atalaya')} (brand mention monitor)"
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to IP addresses, as written; raises OSError when there are none."""


class FetchFailedError(Unavailable):
    """No answer now: no such name, no connection, no end within the time."""


class FetchRefusedError(UsageError):
    """We do not go there: not http(s), not a public address, or redirected without end."""


class FetchTooLargeError(AtalayaError):
    """The document is larger than the limit."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `headers` have lower-case names; `body` is decompressed and empty for a status without content."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


async def guarded_get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 5_000_000,
    timeout: float = 30.0,
    allow_private: bool | frozenset[str] = False,
    resolve: Resolve | None = None,
) -> Page:
    """GET over http or https, following at most 5 redirects; any status is an answer, not an error. No cookies.

    Args:
        url: as a person or a foreign document gave it.
        headers: besides User-Agent and Accept-Encoding.
        max_bytes: of the body, as sent and decompressed.
        timeout: seconds for everything together: names, connections, redirects, body.
        allow_private: True, or the addresses that may be fetched although they are not public: for tests.
        resolve: look-up of names; the system's unless told otherwise.

    Raises:
        FetchRefusedError: the address may not be fetched.
        FetchFailedError: no answer.
        FetchTooLargeError: too much of it.
        Messages name the host, never the whole address, which may hold a token.
    """
    target = _checked_url(url)
    try:
        async with asyncio.timeout(timeout):
            for _ in range(MAX_REDIRECTS + 1):
                page = await _get(target, headers or {}, max_bytes, allow_private, resolve or system_resolve)
                where = page.headers.get("location")
                if page.status not in _REDIRECTS or where is None:
                    return page
                target = _checked_url(where, base=target)
    except TimeoutError as late:
        raise FetchFailedError(f"{target.host}: no complete answer within {timeout:g} s") from late
    raise FetchRefusedError(f"{target.host}: more than {MAX_REDIRECTS} redirects")


async def system_resolve(host: str, port: int) -> list[str]:
    """Every address that the system knows for a host, each once, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address, as written, is one of the open internet, also where it only wraps an IPv4 address."""
    try:
        ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    inward = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    return ip.is_global and not inward


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address inside an IPv6 one that stands for it (mapped, 6to4, Teredo, NAT64); others as they are."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo[1] if ip.teredo else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or ip


def _checked_url(url: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        target = httpx.URL(url) if base is None else base.join(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchRefusedError(f"no address that can be fetched: {error}"[:200]) from error
    if target.scheme not in ("http", "https") or not target.host:
        raise FetchRefusedError(f"{target.scheme or 'no scheme'}: only http:// and https:// addresses are fetched")
    return target


async def _get(
    target: httpx.URL, headers: Mapping[str, str], max_bytes: int, private: bool | frozenset[str], resolve: Resolve
) -> Page:
    host = target.raw_host.decode("ascii")
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise FetchFailedError(f"{host}: the name cannot be resolved") from error
    if private is not True and not all(is_public(address) or address in (private or ()) for address in addresses):
        raise FetchRefusedError(f"{host}: is not on the public internet; only public addresses are fetched")
    failure: Exception | None = None
    for address in addresses[:4]:
        try:
            return await _get_from(address, target, headers, max_bytes)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
        except httpx.HTTPError as error:
            raise FetchFailedError(f"{host}: {type(error).__name__}: {error}"[:200]) from error
    raise FetchFailedError(f"{host}: cannot connect: {failure or 'it has no address'}"[:200]) from failure


async def _get_from(address: str, target: httpx.URL, headers: Mapping[str, str], max_bytes: int) -> Page:
    """One request to one address. TLS is asked for, and checked against, the host's name."""
    name = target.raw_host.decode("ascii")
    sent = {**headers, "host": target.netloc.decode("ascii"), "user-agent": USER_AGENT, "accept-encoding": "gzip"}
    client = httpx.AsyncClient(verify=_tls(), trust_env=False, timeout=None)  # noqa: S113 # the caller limits the time
    async with (
        client,
        client.stream(
            "GET", target.copy_with(host=address), headers=sent, extensions={"sni_hostname": name}
        ) as response,
    ):
        answered = {key.lower(): value for key, value in response.headers.items()}
        if response.status_code in _REDIRECTS:
            return Page(response.status_code, answered, b"", str(target))
        body = await _body(response.aiter_raw(), answered.get("content-encoding", ""), name, max_bytes)
        return Page(response.status_code, answered, body, str(target))


async def _body(chunks: AsyncIterator[bytes], encoding: str, host: str, max_bytes: int) -> bytes:
    """The decompressed body, never holding more than `max_bytes` and one chunk."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchFailedError(f"{host}: answered in the encoding {encoding[:20]!r}; gzip was asked for")
    unpacker = zlib.decompressobj(wbits=31) if encoding.endswith("gzip") else None
    body = bytearray()
    try:
        async for chunk in chunks:
            body += chunk if unpacker is None else unpacker.decompress(chunk, max_bytes + 1 - len(body))
            if len(body) > max_bytes:
                raise FetchTooLargeError(f"{host}: more than {max_bytes} bytes")
            if unpacker is not None and unpacker.eof:
                break
    except zlib.error as error:
        raise FetchFailedError(f"{host}: the compressed answer is damaged") from error
    if body and unpacker is not None and not unpacker.eof:
        raise FetchFailedError(f"{host}: the compressed answer is cut off")
    return bytes(body)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Loaded once: reading the certificate store takes longer than a fetch."""
    return ssl.create_default_context()
