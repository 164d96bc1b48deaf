"""Buckets of any S3: the one door to boto3.

    bucket = Bucket("media", endpoint="https://minio.example:9000")
    bucket.put_file("clips/a.mp4", path, sha256, Headers("video/mp4"))
    sha256, size = bucket.download("clips/a.mp4", scratch / "0.mp4", most_bytes=1 << 30)

Requests that fail for a moment (500, 503, SlowDown, timeouts, lost connections) are repeated with jitter for up to half a
minute; a body that breaks off goes on from where it was. A bucket that has failed eight times in a row is asked for nothing for
three seconds, and then once, to see. What still fails is an error of `reel.errors` whose class says whether
a later retry makes sense. Credentials come from boto3's chain: the environment, `~/.aws`, a role.
"""

from reel.buckets.bucket import Bucket, Rule
from reel.buckets.errors import Archived, NoSuchKey, WrongBytes
from reel.buckets.heads import Head, Headers
from reel.buckets.upload import Upload

__all__ = ["Archived", "Bucket", "Head", "Headers", "NoSuchKey", "Rule", "Upload", "WrongBytes"]
