#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `make bench` measures verify-prod against: the steps that teams write into a verify_production_image.sh, with
# the docker CLI, 1 s polls and one thing at a time. Verifies the example $1 in the folder $2. The images that it stands on are
# in POSTGRES, and in BASE (notes-api) or UV_IMAGE and PYTHON_IMAGE (reactbin-api).
set -euo pipefail
example=$1 context=$2
DOCKER=${DOCKER:-docker}

case $example in
  notes-api)
    scheme=postgresql touched=src/api.c
    build_args=(--build-arg "BASE=$BASE")
    more_env=()
    dev_tool=(gcc --version)
    ;;
  reactbin-api)
    scheme=postgresql+asyncpg touched=app/main.py
    build_args=(--build-arg "UV_IMAGE=$UV_IMAGE" --build-arg "PYTHON_IMAGE=$PYTHON_IMAGE")
    more_env=(-e S3_ENDPOINT_URL=http://noop:9000 -e S3_BUCKET_NAME=noop -e S3_ACCESS_KEY_ID=noop -e S3_SECRET_ACCESS_KEY=noop
      -e S3_REGION=us-east-1)
    dev_tool=(/app/.venv/bin/python -c "import pytest")
    ;;
esac

IMAGE="$example-prod:verify-$$"
IMAGE2="$example-prod:verify-cache-$$"
MIGRATE="$example-migrate:verify-$$"
PG_CONTAINER=""
APP_CONTAINER=""

# shellcheck disable=SC2317 # by the trap
cleanup() {
  "$DOCKER" rm -f "$APP_CONTAINER" "$PG_CONTAINER" >/dev/null 2>&1 || true
  "$DOCKER" rmi "$IMAGE" >/dev/null 2>&1 || true
  "$DOCKER" rmi "$IMAGE2" >/dev/null 2>&1 || true
  [[ $example != reactbin-api ]] || "$DOCKER" rmi "$MIGRATE" >/dev/null 2>&1 || true
}
trap cleanup EXIT

fail() { echo "FAIL: $*"; exit 1; }

echo "[verify] Building $IMAGE..."
"$DOCKER" build -f "$context/Dockerfile.prod" "${build_args[@]}" "$context" -t "$IMAGE" >/dev/null 2>&1
echo "[verify] Build OK"

PG_CONTAINER=$("$DOCKER" run -d -e POSTGRES_DB=notes -e POSTGRES_USER=verify -e POSTGRES_PASSWORD=verify "$POSTGRES")
ready=0
for _ in {1..30}; do
  if "$DOCKER" exec "$PG_CONTAINER" pg_isready -U verify >/dev/null 2>&1; then
    ready=1
    break
  fi
  sleep 1
done
[[ $ready -eq 1 ]] || fail "the database is not ready"
PG_IP=$("$DOCKER" inspect -f '{{range.NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$PG_CONTAINER")

URL="$scheme://verify:verify@$PG_IP:5432/notes"
if [[ $example = reactbin-api ]]; then # its health asks for what the migrations make
  "$DOCKER" build -f "$context/Dockerfile.migrate" "${build_args[@]:0:2}" "$context" -t "$MIGRATE" >/dev/null 2>&1
  "$DOCKER" run --rm -e "DATABASE_URL=$URL" "$MIGRATE" >/dev/null 2>&1 || fail "the migrations fail"
fi

APP_CONTAINER=$("$DOCKER" run -d -p 18000:8000 -e JWT_SECRET_KEY=verify-key -e OWNER_USERNAME=testowner \
  -e OWNER_PASSWORD=testpassword -e "DATABASE_URL=$URL" "${more_env[@]}" "$IMAGE")
healthy=0
for _ in {1..30}; do
  if curl -sf http://localhost:18000/api/v1/health >/dev/null; then
    healthy=1
    break
  fi
  sleep 1
done
[[ $healthy -eq 1 ]] || fail "no health"
echo "[verify] Health check passed"

UID_IN_CONTAINER=$("$DOCKER" exec "$APP_CONTAINER" id -u)
[[ $UID_IN_CONTAINER -ne 0 ]] || fail "process running as root (UID 0)"
echo "[verify] Non-root user OK (UID $UID_IN_CONTAINER)"

LOGS=$("$DOCKER" logs "$APP_CONTAINER" 2>&1)
grep -qE "Started server|Application startup complete" <<<"$LOGS" || fail "no startup logs found on stdout/stderr"
echo "[verify] Stdout logging OK"

"$DOCKER" stop "$APP_CONTAINER" >/dev/null
EXIT_CODE=$("$DOCKER" wait "$APP_CONTAINER")
[[ $EXIT_CODE -eq 0 ]] || fail "non-zero exit $EXIT_CODE"
echo "[verify] Graceful shutdown OK (exit $EXIT_CODE)"

if "$DOCKER" run --rm -e JWT_SECRET_KEY=verify-key "$IMAGE" >/dev/null 2>&1; then
  fail "starts without its variables"
fi
echo "[verify] Missing-env-var exit check OK"

if "$DOCKER" run --rm "$IMAGE" "${dev_tool[@]}" >/dev/null 2>&1; then
  fail "${dev_tool[*]} works in the production image (dev deps present)"
fi
echo "[verify] Dev deps absent OK"

if "$DOCKER" history --no-trunc "$IMAGE" 2>&1 | grep -iqE "(password|secret_key|api_key|token)"; then
  fail "potential secret found in image history"
fi
echo "[verify] No secrets in image layers OK"

touch "$context/$touched"
OUTPUT=$("$DOCKER" build --progress=plain -f "$context/Dockerfile.prod" "${build_args[@]}" "$context" \
  -t "$IMAGE2" 2>&1)
grep -q CACHED <<<"$OUTPUT" || fail "dependency layer not reused on source-only rebuild"
echo "[verify] Dep layer cache hit confirmed (US3 OK)"

echo "[verify] All checks passed (US1 + US2 + US3)."
