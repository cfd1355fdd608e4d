"""Where the images lie: an S3 store. A client uploads to it directly, with a URL that we sign (AWS Signature Version 4,
"Authenticating Requests: Using Query Parameters")."""

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from app.settings import Settings


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def presigned_url(settings: Settings, method: str, key: str, expires: int = 900, now: datetime | None = None) -> str:
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{settings.s3_region}/s3/aws4_request"
    endpoint = urlsplit(settings.s3_endpoint_url)
    path = f"/{quote(settings.s3_bucket_name)}/{quote(key)}"
    query = urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{settings.s3_access_key_id}/{scope}",
            "X-Amz-Date": moment,
            "X-Amz-Expires": expires,
            "X-Amz-SignedHeaders": "host",
        },
        quote_via=quote,
        safe="",
    )
    request = f"{method}\n{path}\n{query}\nhost:{endpoint.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signing_key = f"AWS4{settings.s3_secret_access_key}".encode()
    for part in scope.split("/"):
        signing_key = _hmac(signing_key, part)
    return f"{endpoint.scheme}://{endpoint.netloc}{path}?{query}&X-Amz-Signature={_hmac(signing_key, text).hex()}"
