"""A small HTTP server for tests, which remembers what it was sent."""

import http.server
import json
import threading


class Recorder(http.server.ThreadingHTTPServer):
    """Answers with what `answers` says next, then with what `otherwise` gives; `requests` is what came."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.answers = [], []
        self.otherwise = lambda: (200, {}, "ok")
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def sent(self):
        return [json.loads(body) for method, _, _, body in self.requests if method == "POST"]

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.requests.append((self.command, self.path, dict(self.headers), body))
            status, headers, text = self.server.answers.pop(0) if self.server.answers else self.server.otherwise()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass
