#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What `make bench` measures verify-prod against: the steps that teams write into a verify_production_image.sh, with
# the docker CLI, 1 s polls and one thing at a time. Verifies the notes-api in the folder $1; the base image is $2, the
# database's $3.
set -euo pipefail
context=$1 base=$2 postgres=$3
DOCKER=${DOCKER:-docker}

IMAGE="notes-api-prod:verify-$$"
IMAGE2="notes-api-prod:verify-cache-$$"
PG_CONTAINER=""
APP_CONTAINER=""

# shellcheck disable=SC2317 # by the trap
cleanup() {
  "$DOCKER" rm -f "$APP_CONTAINER" "$PG_CONTAINER" >/dev/null 2>&1 || true
  "$DOCKER" rmi "$IMAGE" >/dev/null 2>&1 || true
  "$DOCKER" rmi "$IMAGE2" >/dev/null 2>&1 || true
}
trap cleanup EXIT

fail() { echo "FAIL: $*"; exit 1; }

echo "[verify] Building $IMAGE..."
"$DOCKER" build -f "$context/Dockerfile.prod" --build-arg "BASE=$base" "$context" -t "$IMAGE" >/dev/null 2>&1
echo "[verify] Build OK"

PG_CONTAINER=$("$DOCKER" run -d -e POSTGRES_DB=notes -e POSTGRES_USER=verify -e POSTGRES_PASSWORD=verify "$postgres")
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

APP_CONTAINER=$("$DOCKER" run -d -p 18000:8000 -e JWT_SECRET_KEY=verify-key -e OWNER_USERNAME=testowner \
  -e OWNER_PASSWORD=testpassword -e DATABASE_URL="postgresql://verify:verify@${PG_IP}:5432/notes" "$IMAGE")
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

if "$DOCKER" run --rm "$IMAGE" gcc --version >/dev/null 2>&1; then
  fail "gcc in production image (dev deps present)"
fi
echo "[verify] Dev deps absent OK"

if "$DOCKER" history --no-trunc "$IMAGE" 2>&1 | grep -iqE "(password|secret_key|api_key|token)"; then
  fail "potential secret found in image history"
fi
echo "[verify] No secrets in image layers OK"

touch "$context/src/api.c"
OUTPUT=$("$DOCKER" build --progress=plain -f "$context/Dockerfile.prod" --build-arg "BASE=$base" "$context" \
  -t "$IMAGE2" 2>&1)
grep -q CACHED <<<"$OUTPUT" || fail "dependency layer not reused on source-only rebuild"
echo "[verify] Dep layer cache hit confirmed (US3 OK)"

echo "[verify] All checks passed (US1 + US2 + US3)."
