from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOT_")

    token: str
    database_url: str
    retries: int = 3


class Other:
    name: str
