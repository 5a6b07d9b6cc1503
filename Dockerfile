# Two stages: the first installs into a virtual environment, the second carries only what runs.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements/run.txt /tmp/run.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/run.txt
COPY pyproject.toml README.md LICENSE /src/
COPY bot /src/bot
COPY cogs /src/cogs
COPY playground /src/playground
COPY painter /src/painter
RUN /opt/venv/bin/pip install --no-deps /src

FROM python:3.13-slim
# Names and prompts come in every script; the bot itself brings only a font for Latin, Greek and Cyrillic.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 atelier && mkdir /data && chown atelier /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite+aiosqlite:////data/atelier.db HTTP_PORT=8080 LOG_FORMAT=json \
    ATELIER_CONTAINER=1
USER atelier
WORKDIR /data
VOLUME /data
# Healthy is a process whose event loop answers; readiness is for load balancers, not for restarts.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["atelier", "run"]
