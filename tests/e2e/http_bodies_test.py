#!/usr/bin/python3
"""What HTTP steps send and keep: query, form, files, downloads, limits, a unix socket, redirects, Retry-After."""

import hashlib
import os
import resource
import socket

from harness import RunbookTest, main
from servers import Nginx
from waiting import wait_for

LOCATIONS = r"""
    listen unix:DIR/nginx.sock;
    location = /echo {
        default_type text/plain;
        return 200 "$request_method $request_uri [$http_content_type] [$http_authorization] [$http_x_key]";
    }
    location /private {
        auth_basic "staff only";
        auth_basic_user_file DIR/htpasswd;
        try_files /never @inside;
    }
    location @inside { return 200 "welcome $remote_user"; }
    location /dav/ {
        root DIR/www;
        dav_methods PUT DELETE;
        create_full_put_path on;
        client_max_body_size 0;
    }
    location /files/ { root DIR/www; }
    location = /small { client_max_body_size 1k; dav_methods PUT; root DIR/www; }
    location = /a { return 302 /b; }
    location = /b { return 301 http://127.0.0.1:$server_port/echo?signature=abcdef; }
    location = /round { return 302 /round; }
    location = /keep { return 307 /echo; }
    location = /away { return 302 http://localhost:$server_port/echo; }
    location = /away-keep { return 308 http://localhost:$server_port/echo; }
    location = /later { add_header Retry-After 3600 always; return 503 "come back"; }
    location = /soon { add_header Retry-After 1 always; if (!-e DIR/ready) { return 429; } return 200 ok; }
"""


def little_memory():
    """Less than the files that pass through: an engine that held one would fail."""
    resource.setrlimit(resource.RLIMIT_DATA, (48 << 20, 48 << 20))


class Bodies(RunbookTest):
    def setUp(self):
        super().setUp()
        (self.dir / "www/dav").mkdir(parents=True)
        (self.dir / "www/files").mkdir()
        if os.geteuid() == 0:  # the worker is somebody else where the test is root
            for path in (self.dir, self.dir / "www", self.dir / "www/dav"):
                path.chmod(0o777)
        # admin, correct-horse
        (self.dir / "htpasswd").write_text("admin:{PLAIN}correct-horse\n")
        self.nginx = Nginx(self.dir / "nginx", LOCATIONS.replace("DIR", str(self.dir)))
        self.addCleanup(self.nginx.stop)

    def url(self, path):
        return self.nginx.url(path)

    def says(self, http, *args, code=0, **options):
        """Runs one request; what it was answered."""
        step = f"""
            - id: asks
              http: {{ {http} }}
              outputs: {{ said: result.body }}
            - id: shows
              exec: [printf, '%s', "${{{{ steps.asks.outputs.said }}}}"]
        """
        self.last = self.assertExit(self.run_steps(step, *args, **options), code)
        return self.stdout_of("shows") if code == 0 else None

    def message(self, step="asks"):
        return self.records("attempt_finished", step)[-1]["message"]

    def access_log(self):
        return (self.dir / "nginx/access.log").read_text()

    # ---- what is sent

    def test_query_is_encoded_and_lists_repeat(self):
        said = self.says(
            f'url: "{self.url("/echo?a=1")}", query: {{ q: "${{{{ params.q }}}}", "n&m": [1, true, "x y"], none: [] }}',
            "-p", "q=50% off & ünï/?#=+", top="params: { q: { type: string } }",
        )  # fmt: skip
        self.assertIn("/echo?a=1&q=50%25%20off%20%26%20%C3%BCn%C3%AF%2F%3F%23%3D%2B&n%26m=1&n%26m=true&n%26m=x%20y ", said)

    def test_a_list_of_an_expression_repeats_too(self):
        said = self.says(f'url: "{self.url("/echo")}", query: {{ id: "${{{{ vars.ids }}}}" }}', top="vars: { ids: [7, 8] }")
        self.assertIn("GET /echo?id=7&id=8 ", said)

    def test_a_form(self):
        put = self.dir / "www/dav/form"
        said = self.says(f'method: POST, url: "{self.url("/echo")}", form: {{ a: "b c" }}')
        self.assertIn("POST /echo [application/x-www-form-urlencoded]", said)
        step = f'- http: {{ method: PUT, url: "{self.url("/dav/form")}", form: {{ name: "ü & co", tags: [x, y] }} }}'
        self.assertExit(self.run_steps(step), 0)
        self.assertEqual(put.read_text(), "name=%C3%BC+%26+co&tags=x&tags=y")

    def test_basic_auth(self):
        auth = 'auth: { basic: { user: admin, password: "${{ secrets.pw }}" } }'
        top, env = "secrets: { pw: { env: PW } }", {"PW": "correct-horse"}
        self.assertEqual(self.says(f'url: "{self.url("/private")}", {auth}', top=top, env=env), "welcome admin")
        self.says(f'url: "{self.url("/private")}", {auth}', top=top, env={"PW": "wrong-donkey"}, code=1)
        self.assertEqual(self.message(), "want 2xx, got 401")
        # In the URL, too: then a password is in no record and no output either.
        url = self.url("/private").replace("http://", "http://admin:correct-horse@")
        self.assertEqual(self.says(f'url: "{url}"'), "welcome admin")
        self.assertIn("http://admin:***@127.0.0.1", self.record("attempt_started", "asks")["command"])
        log = self.stdout_of("asks")
        self.assertIn("> Authorization: ***", log)
        self.assertNotIn("correct-horse", log + self.journal_path().read_text() + self.last.err)

    def test_bearer(self):
        said = self.says(
            f'url: "{self.url("/echo")}", auth: {{ bearer: "${{{{ secrets.t }}}}" }}',
            top="secrets: { t: { env: T } }", env={"T": "tok-1234567890"},
        )  # fmt: skip
        self.assertIn("[Bearer ***]", said)

    def test_a_file_is_sent_from_disk(self):
        big = self.dir / "big"
        with open(big, "wb") as out:
            for i in range(96):
                out.write(os.urandom(1 << 20))
        step = f"""
            - id: upload
              cwd: {self.dir}
              http: {{ method: PUT, url: "{self.url("/dav/sub/copy")}", file: "${{{{ params.name }}}}" }}
        """
        path = self.file(step, "params: { name: { type: string, default: big } }")
        self.assertExit(self.runbook("run", path, preexec_fn=little_memory), 0)
        self.assertEqual((self.dir / "www/dav/sub/copy").read_bytes(), big.read_bytes())
        self.assertIn("96 MiB of", self.stdout_of("upload"))
        ended = self.runbook("run", path, "-p", "name=missing")
        self.assertSays(self.assertExit(ended, 1), f"{self.dir}/missing: No such file or directory")

    def test_a_unix_socket(self):
        socket = self.dir / "nginx.sock"
        wait_for(socket.exists, "nginx's socket")
        self.assertIn("GET /echo", self.says(f"url: 'http://any.name/echo', unix_socket: {socket}"))
        self.says(f"url: 'http://any.name/echo', unix_socket: {self.dir}/none.sock", code=1)
        self.assertEqual(self.message(), f"cannot connect to socket {self.dir}/none.sock: No such file or directory")
        self.nginx.stop()
        socket.unlink(missing_ok=True)

    def test_an_upload_that_is_refused_early_tells_why(self):
        big = self.dir / "big"
        with open(big, "wb") as out:
            out.truncate(32 << 20)
        step = f"- {{ id: asks, http: {{ method: PUT, url: '{self.url('/small')}', file: {big} }} }}"
        ended = self.assertExit(self.run_steps(step), 1)
        self.assertEqual(self.message(), "want 2xx, got 413")
        self.assertSays(ended, "Request Entity Too Large")

    # ---- the log

    def test_the_log_tells_what_was_asked_and_answered_and_when(self):
        self.says(f'method: POST, url: "{self.url("/echo")}", json: {{ a: 1 }}, headers: {{ X-Key: k1, X-Api-Key: k2 }}')
        lines = self.stdout_of("asks").splitlines()
        self.assertEqual(
            lines[:6],
            [f"> POST {self.url('/echo')}", "> X-Key: k1", "> X-Api-Key: ***", "> Content-Type: application/json",
             "> (7 B)", "< 200 OK"],
        )  # fmt: skip
        self.assertIn("< content-type: text/plain", lines)
        timing = next(line for line in lines if line.startswith("* "))
        number = r"\d+\.\d ms"
        self.assertRegex(
            timing,
            rf"^\* 127\.0\.0\.1:{self.nginx.port}, connected after {number}, first byte after {number}, all after {number}$",
        )
        self.assertEqual(lines[-2:], ["", "POST /echo [application/json] [] [k1]"])

    def test_the_log_of_a_request_that_hangs_tells_where_it_stood(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            peer = f"127.0.0.1:{silent.getsockname()[1]}"
            step = f"- {{ id: asks, http: {{ url: 'http://{peer}/' }}, timeout: 200ms }}"
            ended = self.assertExit(self.run_steps(step), 1)
        self.assertIn(f"* stopped while waiting for the answer of {peer}", self.stdout_of("asks"))
        self.assertSays(ended, f"stopped while waiting for the answer of {peer}", "timed out after")

    # ---- redirects

    def test_redirects_are_followed_when_asked(self):
        said = self.says(f'url: "{self.url("/a")}", follow: 2, headers: {{ X-Key: k1 }}, auth: {{ bearer: tok }}')
        self.assertIn("GET /echo?signature=abcdef [] [Bearer tok] [k1]", said)
        chain = self.record("attempt_finished", "asks")["result"]["redirects"]
        base = self.url("")
        self.assertEqual(
            [(r["status"], r["from"], r["to"]) for r in chain],
            [(302, f"GET {base}/a", f"GET {base}/b"), (301, f"GET {base}/b", f"GET {base}/echo?…")],
        )
        log = self.stdout_of("asks")
        self.assertIn("> GET " + self.url("/a"), log)
        self.assertIn("< 302 ", log)
        self.assertIn("< Location: ".lower(), log.lower())

    def test_too_many_redirects(self):
        self.says(f'url: "{self.url("/round")}", follow: 3', code=1)
        self.assertEqual(self.message(), f"more than 3 redirects (`follow`); the last one leads to {self.url('/round')}")
        self.assertEqual(self.access_log().count("GET /round"), 4)

    def test_a_post_becomes_a_get_or_stays_what_it_was(self):
        post = 'method: POST, json: { a: 1 }, follow: 1, url: '
        self.says(post + f'"{self.url("/keep")}"')
        self.assertEqual(self.access_log().count("POST /echo"), 1)
        said = self.says(f'method: POST, json: {{ a: 1 }}, follow: 2, url: "{self.url("/a")}"')
        self.assertIn("GET /echo?signature=abcdef [] ", said)

    def test_nothing_of_ours_goes_to_another_host(self):
        said = self.says(f'url: "{self.url("/away")}", follow: 1, headers: {{ X-Key: k1 }}, auth: {{ bearer: tok }}')
        self.assertIn("GET /echo [] [] []", said)
        self.says(f'method: POST, body: x, url: "{self.url("/away-keep")}", follow: 1', code=1)
        self.assertIn("it takes a POST to another host; if that is right, name it in `url`", self.message())
        self.assertNotIn("POST /echo", self.access_log())

    # ---- what is kept

    def test_save_to(self):
        content = os.urandom(64 << 20)
        (self.dir / "www/files/release").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        step = f"""
            - id: fetch
              cwd: {self.dir}
              http: {{ url: "{self.url("/files/release")}", save_to: got }}
              expect:
                - result.sha256 == params.digest
                - result.size == 67108864
              outputs: {{ sum: result.sha256 }}
        """
        path = self.file(step, "params: { digest: { type: string } }")
        got = self.dir / "got"
        got.write_text("old")
        got.chmod(0o640)
        # What is not as expected does not come into its place, and leaves nothing beside it.
        self.assertExit(self.runbook("run", path, "-p", "digest=" + "0" * 64), 1)
        self.assertEqual(got.read_text(), "old")
        self.assertExit(self.runbook("run", path, "-p", "digest=" + digest, preexec_fn=little_memory), 0)
        self.assertEqual(got.read_bytes(), content)
        self.assertEqual(got.stat().st_mode & 0o777, 0o640)
        self.assertEqual([p.name for p in self.dir.iterdir() if p.name.endswith(".part")], [])
        result = self.record("attempt_finished", "fetch")["result"]
        self.assertEqual((result["size"], result["sha256"]), (len(content), digest))
        self.assertIn(f"sha256 {digest}", self.stdout_of("fetch"))
        self.assertLess((self.run_dir() / "logs/fetch.1.log").stat().st_size, 4096)
        self.assertVerified()

    def test_save_to_keeps_only_what_is_right(self):
        self.says(f'url: "{self.url("/files/none")}", save_to: "{self.dir}/got"', code=1)
        self.assertEqual(self.message(), "want 2xx, got 404")
        self.assertIn("404 Not Found", self.stdout_of("asks"))
        self.assertFalse((self.dir / "got").exists())
        (self.dir / "www/files/five").write_text("12345")
        self.says(f'url: "{self.url("/files/five")}", save_to: "{self.dir}/got", max_body: 4B', code=1)
        self.assertIn("with a body longer than `max_body`, 4 B", self.message())
        self.assertFalse((self.dir / "got").exists())
        requests = self.access_log().count("GET /files")
        self.says(f'url: "{self.url("/files/five")}", save_to: "{self.dir}/no/such/dir/got"', code=1)
        self.assertIn("No such file or directory", self.message())
        self.says(f'url: "{self.url("/files/five")}", save_to: "{self.dir}/www"', code=1)
        self.assertIn("no regular file", self.message())
        self.assertEqual(self.access_log().count("GET /files"), requests, "nothing may be sent")
        self.assertEqual([p for p in self.dir.rglob("*.part")], [])

    def test_an_empty_file_is_a_file(self):
        (self.dir / "www/files/empty").write_text("")
        step = f"- {{ id: asks, http: {{ url: '{self.url('/files/empty')}', save_to: '{self.dir}/got' }} }}"
        self.assertExit(self.run_steps(step), 0)
        self.assertEqual((self.dir / "got").read_bytes(), b"")

    def test_a_body_that_is_too_long_fails(self):
        (self.dir / "www/files/big").write_bytes(b"x" * (3 << 20))
        self.says(f'url: "{self.url("/files/big")}", max_body: 1MiB', code=1)
        peer = f"127.0.0.1:{self.nginx.port}"
        self.assertEqual(
            self.message(), f"{peer} answered 200 with a body longer than `max_body`, 1 MiB; raise it, or use `save_to`"
        )
        self.assertExit(self.run_steps(f"- http: {{ url: '{self.url('/files/big')}', max_body: 3MiB }}"), 0)

    # ---- Retry-After

    def test_retry_after_is_waited_for(self):
        step = f"""
            - id: together
              parallel:
                - id: asks
                  http: {{ url: "{self.url("/soon")}" }}
                  retry: {{ attempts: 2, every: 1ms, jitter: 1 }}
                - id: readies
                  cwd: {self.dir}
                  shell: while ! grep -q 'GET /soon' nginx/access.log; do sleep 0.01; done; touch ready
        """
        self.assertExit(self.run_steps(step), 0)
        scheduled = self.record("retry_scheduled", "asks")
        self.assertEqual(self.records("attempt_finished", "asks")[0]["retry_after"], 1000)
        self.assertTrue(scheduled)

    def test_retry_after_beyond_the_timeout_fails_at_once(self):
        step = f"""
            - id: asks
              http: {{ url: "{self.url("/later")}" }}
              retry: {{ attempts: 5, every: 1ms }}
              timeout: 1m
        """
        self.assertExit(self.run_steps(step), 1)
        self.assertEqual(len(self.records("attempt_started", "asks")), 1)
        self.assertIn("no time left to try again", self.record("step_finished", "asks")["message"])


if __name__ == "__main__":
    main()
