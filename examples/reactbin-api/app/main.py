"""reactbin-api: reaction images, their titles in PostgreSQL and their bytes in an S3 store."""

from contextlib import asynccontextmanager
from typing import Annotated
from uuid import uuid4

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field

from app import database, security, storage
from app.settings import Settings, get_settings


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.pool = await database.open_pool(get_settings().database_url)
    yield
    await app.state.pool.close()


def get_pool(request: Request) -> asyncpg.Pool:
    return request.app.state.pool


Pool = Annotated[asyncpg.Pool, Depends(get_pool)]
Config = Annotated[Settings, Depends(get_settings)]
Owner = Annotated[str, Depends(security.owner)]


class Login(BaseModel):
    username: str
    password: str


class NewReaction(BaseModel):
    title: str = Field(min_length=1, max_length=200)


api = APIRouter(prefix="/api/v1")


@api.get("/health")
async def health(pool: Pool, response: Response) -> dict:
    status = await database.state(pool)
    if status != "ok":
        response.status_code = 503
    return {"status": status}


@api.post("/login")
async def login(body: Login, settings: Config) -> dict:
    if not security.is_owner(settings, body.username, body.password):
        raise HTTPException(401, "wrong username or password")
    return {"token": security.issue_token(settings)}


@api.get("/reactions")
async def list_reactions(pool: Pool, settings: Config, _owner: Owner) -> list[dict]:
    rows = await pool.fetch("SELECT id, title, object_key FROM reactions ORDER BY id DESC LIMIT 100")
    return [
        {"id": row["id"], "title": row["title"], "url": storage.presigned_url(settings, "GET", row["object_key"])}
        for row in rows
    ]


@api.post("/reactions", status_code=201)
async def add_reaction(body: NewReaction, pool: Pool, settings: Config, _owner: Owner) -> dict:
    key = str(uuid4())
    query = "INSERT INTO reactions (title, object_key) VALUES ($1, $2) RETURNING id"
    number = await pool.fetchval(query, body.title, key)
    return {"id": number, "title": body.title, "upload_url": storage.presigned_url(settings, "PUT", key)}


app = FastAPI(title="reactbin-api", lifespan=lifespan)
app.include_router(api)
