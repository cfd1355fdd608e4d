"""What the environment says. A missing variable ends the start with its name on stderr."""

from functools import lru_cache

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    jwt_secret_key: str
    owner_username: str
    owner_password: str
    database_url: str
    s3_endpoint_url: str
    s3_bucket_name: str
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_region: str


@lru_cache
def get_settings() -> Settings:
    return Settings()
