"""Stores a reaction and reads it again, against the running service: python store.py STORE USERNAME PASSWORD, where STORE
is the host of the S3 server. It stands on the standard library alone, so that it can run in the image."""

import json
import sys
from urllib.request import Request, urlopen

store, username, password = sys.argv[1:]
picture = b"\x89PNG no more than its first bytes"
headers = {"Content-Type": "application/json"}


def send(method: str, url: str, body: bytes | None = None) -> bytes:
    kind = headers if url.startswith("http://localhost") else {"Content-Type": "image/png"}
    with urlopen(Request(url, body, kind, method=method), timeout=10) as answer:
        return answer.read()


def ask(method: str, path: str, body: dict | None = None):
    return json.loads(send(method, f"http://localhost:8000/api/v1/{path}", body and json.dumps(body).encode()))


send("PUT", f"http://{store}:5000/reactions")
headers["Authorization"] = "Bearer " + ask("POST", "login", {"username": username, "password": password})["token"]
send("PUT", ask("POST", "reactions", {"title": "shrug"})["upload_url"], picture)
(reaction,) = ask("GET", "reactions")
assert reaction["title"] == "shrug"
assert send("GET", reaction["url"]) == picture
