"""reactbin-api. A missing variable ends the start here, before the rest is loaded and a port is opened."""

from app.settings import get_settings

get_settings()
