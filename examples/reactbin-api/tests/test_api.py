import os
import subprocess
import sys
from datetime import UTC, datetime

import asyncpg
import jwt
import pytest

from app import security
from app.settings import get_settings


def token(client):
    return client.post("/api/v1/login", json={"username": "owner", "password": "secret"}).json()["token"]


def test_health_is_200_while_the_database_answers_and_has_its_tables(client):
    answer = client.get("/api/v1/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_is_503_when_the_database_is_gone(client, pool):
    pool.broken = OSError("no route")
    assert client.get("/api/v1/health").status_code == 503


def test_health_is_503_before_the_migrations_ran(client, pool):
    pool.broken = asyncpg.UndefinedTableError('relation "reactions" does not exist')
    answer = client.get("/api/v1/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "the migrations did not run"})


@pytest.mark.parametrize("username, password", [("owner", "wrong"), ("other", "secret"), ("", "")])
def test_a_wrong_login_gives_no_token(client, username, password):
    assert client.post("/api/v1/login", json={"username": username, "password": password}).status_code == 401


def test_reactions_are_stored_and_listed_for_the_owner(client):
    client.headers["Authorization"] = f"Bearer {token(client)}"
    assert client.post("/api/v1/reactions", json={"title": "shrug"}).status_code == 201
    (reaction,) = client.get("/api/v1/reactions").json()
    assert reaction["title"] == "shrug"
    assert reaction["url"].startswith("https://s3.example/bucket/")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer ",
        "Bearer " + jwt.encode({"sub": "owner"}, "another key that is long enough", algorithm="HS256"),
        "Bearer " + security.issue_token(get_settings(), datetime(2020, 1, 1, tzinfo=UTC)),
        "Bearer " + jwt.encode({"sub": "owner"}, None, algorithm="none"),
    ],
)
def test_reactions_are_hidden_without_a_valid_token(client, header):
    assert client.get("/api/v1/reactions", headers={"Authorization": header} if header else {}).status_code == 401


@pytest.mark.parametrize("name", ["JWT_SECRET_KEY", "OWNER_USERNAME", "OWNER_PASSWORD", "DATABASE_URL", "S3_REGION"])
def test_a_missing_variable_ends_the_start_and_is_named(name):
    environment = {key: value for key, value in os.environ.items() if key != name}
    ended = subprocess.run([sys.executable, "-c", "import app.main"], env=environment, capture_output=True, text=True)
    assert ended.returncode != 0
    assert name.lower() in ended.stderr
