# syntax=docker/dockerfile:1
# One file, one image for each role:  docker build --build-arg SERVICE=ingest -t rapport-ingest .
# SERVICE is ingest, classify, respond, gateway, sandbox (stand-ins for demos) or tools (the rapport command).
# An image holds that one service: services never import each other.
ARG SERVICE
# A fixed tag; a digest could not be looked up where this was written. Put one in when you build for production.
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS dependencies
# Wheels only, each checked against its hash: no compiler here, none in the final image.
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /tmp/run.txt

FROM ${PYTHON_IMAGE} AS process
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rapport" \
      org.opencontainers.image.description="Looks after the social communities of many client brands" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 rapport \
    && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin rapport
COPY --from=dependencies /opt/venv /opt/venv
WORKDIR /app
# Nothing is written but to /tmp, so the root file system can be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HEALTH_HOST=0.0.0.0 \
    HEALTH_PORT=9000
COPY contracts /app/contracts
COPY runtime /app/runtime
COPY language /app/language
COPY deploy/image/healthcheck.py /app/healthcheck.py
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/app/healthcheck.py"]

FROM process AS service
COPY services/__init__.py /app/services/__init__.py

FROM service AS ingest
COPY services/ingest /app/services/ingest
CMD ["python", "-m", "services.ingest"]

FROM service AS classify
COPY services/classify /app/services/classify
CMD ["python", "-m", "services.classify"]

FROM service AS respond
COPY services/respond /app/services/respond
CMD ["python", "-m", "services.respond"]

FROM service AS gateway
COPY services/gateway /app/services/gateway
CMD ["python", "-m", "services.gateway"]

FROM process AS sandbox
ENV SANDBOX_HOST=0.0.0.0
COPY sandbox /app/sandbox
CMD ["python", "-m", "sandbox"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, socket; socket.create_connection((os.environ['SANDBOX_HOST'], 8900), 3)"]

FROM process AS tools
COPY services /app/services
COPY sandbox /app/sandbox
COPY cli /app/cli
COPY --chmod=755 deploy/image/rapport /usr/local/bin/rapport
HEALTHCHECK NONE
ENTRYPOINT ["rapport"]
CMD ["--help"]

# hadolint ignore=DL3006
FROM ${SERVICE} AS final
