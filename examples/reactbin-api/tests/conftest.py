import os

import pytest
from fastapi.testclient import TestClient

os.environ |= {
    "JWT_SECRET_KEY": "a key that is long enough for HS256",
    "OWNER_USERNAME": "owner",
    "OWNER_PASSWORD": "secret",
    "DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/nothing",
    "S3_ENDPOINT_URL": "https://s3.example",
    "S3_BUCKET_NAME": "bucket",
    "S3_ACCESS_KEY_ID": "id",
    "S3_SECRET_ACCESS_KEY": "key",
    "S3_REGION": "us-east-1",
}

from app.main import app, get_pool  # noqa: E402


class Pool:
    """Stands in for the database: keeps reactions in a list, and may be told to fail with an exception."""

    def __init__(self):
        self.rows = []
        self.broken = None

    async def fetchval(self, query, *values):
        if self.broken:
            raise self.broken
        if query.startswith("SELECT"):
            return self.rows[0]["id"] if self.rows else None
        self.rows.insert(0, {"id": len(self.rows) + 1, "title": values[0], "object_key": values[1]})
        return len(self.rows)

    async def fetch(self, query):
        return self.rows


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
def client(pool):
    app.dependency_overrides[get_pool] = lambda: pool
    yield TestClient(app)
    app.dependency_overrides.clear()
