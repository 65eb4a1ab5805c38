# Atalaya's one image: every verb, no build tools, nothing to write but /var/lib/atalaya.
# The builder has a compiler, for what has no wheel for this processor.
FROM python:3.12 AS builder

ENV UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never UV_PYTHON=/opt/atalaya/bin/python
WORKDIR /build
RUN pip install --no-cache-dir --disable-pip-version-check "uv>=0.9,<1" \
    && uv venv --python /usr/local/bin/python3 /opt/atalaya

# The names of what runs, without the tools of development; then the lock's versions of them, by the lock's hashes only.
COPY pyproject.toml requirements.lock ./
RUN uv pip compile -q --no-annotate --no-header --constraint requirements.lock pyproject.toml -o runtime.txt \
    && uv pip sync -q --require-hashes --constraint requirements.lock runtime.txt

COPY README.md LICENSE ./
COPY mentions mentions
COPY ingest ingest
COPY processors processors
COPY dashboards dashboards
COPY atalaya atalaya
# Bytecode is compiled here, never looked at for freshness, never written later.
RUN uv pip install -q --no-deps . \
    && /opt/atalaya/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/atalaya/lib

FROM python:3.12-slim

LABEL org.opencontainers.image.title="Atalaya" \
      org.opencontainers.image.description="A watchtower for brands on the open social web" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN pip uninstall --yes --quiet pip \
    && groupadd --system --gid 10001 atalaya \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/atalaya --shell /usr/sbin/nologin atalaya \
    && install --directory --owner=atalaya --group=atalaya --mode=0750 /var/lib/atalaya \
    && install --directory /etc/atalaya

COPY --from=builder /opt/atalaya /opt/atalaya
ENV PATH=/opt/atalaya/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/atalaya
EXPOSE 8080 9108
ENTRYPOINT ["atalaya"]
