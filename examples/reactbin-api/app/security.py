"""The owner's password and tokens."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.settings import Settings, get_settings

LIFETIME = timedelta(hours=12)


def is_owner(settings: Settings, username: str, password: str) -> bool:
    # both compared, always: the time must not tell which was wrong
    name = hmac.compare_digest(username.encode(), settings.owner_username.encode())
    return hmac.compare_digest(password.encode(), settings.owner_password.encode()) and name


def issue_token(settings: Settings, now: datetime | None = None) -> str:
    expires = (now or datetime.now(UTC)) + LIFETIME
    return jwt.encode({"sub": settings.owner_username, "exp": expires}, settings.jwt_secret_key, algorithm="HS256")


def owner(
    settings: Annotated[Settings, Depends(get_settings)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> str:
    """A dependency: whoever asks must have the owner's token."""
    try:
        claims = jwt.decode(credentials.credentials if credentials else "", settings.jwt_secret_key, ["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(401, "a valid token is required") from None
    if claims.get("sub") != settings.owner_username:
        raise HTTPException(401, "a valid token is required")
    return settings.owner_username
