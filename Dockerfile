# The connector's image. Any Debian or Ubuntu with Python 3.11 or newer serves as the base. The digest is that of the tag's
# index for all machines (docker buildx imagetools inspect shows it): change both.
ARG BASE_IMAGE=docker.io/library/python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${BASE_IMAGE} AS builder
ARG UV_VERSION=0.13.8
WORKDIR /source
RUN python3 -m venv /uv && /uv/bin/python -m pip install --no-cache-dir "uv==${UV_VERSION}"
COPY pyproject.toml requirements.lock ./
COPY infra/__init__.py infra/__init__.py
COPY infra/aws/__init__.py infra/aws/package.py infra/aws/database-ca.pem infra/aws/
COPY gateway gateway
COPY connector connector
RUN UV_NO_CACHE=1 /uv/bin/python -m infra.aws.package connector /app --native

FROM ${BASE_IMAGE}
# Debian's own release is pinned by the base; these two follow its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libmagic1 tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /var/spool/whatsapp-gateway
# What was received and is not in the database yet; a volume takes owner and mode from here.
VOLUME /var/spool/whatsapp-gateway
COPY --from=builder /app /app
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/nonexistent
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=10 CMD ["python3", "-m", "connector.supervisor.probe"]
# tini hands the signal to the supervisor and reaps what is orphaned.
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["python3", "-m", "connector"]
