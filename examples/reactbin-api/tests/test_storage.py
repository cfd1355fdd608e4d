from datetime import UTC, datetime

from app.settings import get_settings
from app.storage import presigned_url

# what botocore's S3SigV4QueryAuth makes of the same request
EXPECTED = (
    "https://s3.example/examplebucket/a%20b.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=f9e33ac34c7501aeb6268ccd34183ca6474105e6d02cfcb57cff9d4f9d337607"
)


def test_a_presigned_url_is_the_one_that_botocore_makes():
    settings = get_settings().model_copy(
        update={
            "s3_endpoint_url": "https://s3.example",
            "s3_bucket_name": "examplebucket",
            "s3_access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "s3_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        }
    )
    assert presigned_url(settings, "GET", "a b.txt", 86400, datetime(2013, 5, 24, tzinfo=UTC)) == EXPECTED
