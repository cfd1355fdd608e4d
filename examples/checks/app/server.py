# SPDX-License-Identifier: MIT
"""The service of these examples: it answers /health and /, and ends in order when it is told to."""
import http.server
import os
import signal
import socket
import threading
import time

SECRET_KEY = os.environ["SECRET_KEY"]  # no default: without it the service does not start
BACKEND = os.environ.get("BACKEND")  # HOST:PORT of what it cannot work without
ASKS_BACKEND = os.environ.get("HEALTH_ASKS_BACKEND", "yes") == "yes"


def backend_answers():
    if not BACKEND or not ASKS_BACKEND:
        return True
    host, port = BACKEND.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.4)
        well = self.path != "/health" or backend_answers()
        body = b'{"status":"ok"}' if well else b'{"status":"the backend does not answer"}'
        self.send_response(200 if well else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for them
    request_queue_size = 128


server = Server((os.environ.get("HOST", "0.0.0.0"), 8000), Handler)
# as gunicorn has it: SIGTERM ends it in order, SIGQUIT at once
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))
print("Started server")
server.serve_forever(poll_interval=0.05)
server.server_close()
