# syntax=docker/dockerfile:1
FROM python:3.12-slim AS builder
COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --no-install-project
COPY src/ src/
RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev

FROM python:3.12-slim
RUN groupadd -g 10001 app && useradd -u 10001 -g app --no-create-home app
COPY --from=builder /app /app
ENV PATH=/app/.venv/bin:$PATH PORT=8080
USER app:app
EXPOSE ${PORT}
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${PORT}/healthz')"
CMD ["gunicorn", "-b", "0.0.0.0:8080", "service.wsgi:app"]
