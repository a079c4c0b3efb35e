#!/usr/bin/python3
"""A canary in every place of an HTTP step: it goes where it is meant for, and is nowhere else to be seen."""

import base64
import json
import urllib.parse

from harness import RunbookTest, main
from servers import Nginx, free_port

CANARY = 'c4nary/9+& =ü"x'
ECHO = r"""
    location = /echo {
        default_type text/plain;
        add_header X-Echo "$http_x_canary" always;
        add_header Set-Cookie "session=$http_x_canary" always;
        return 200 "$request_uri | $http_authorization | $http_x_canary | $http_cookie | $args";
    }
    location = /fail { default_type text/plain; return 500 "$request_uri $http_x_canary $http_authorization"; }
    location = /moved { return 302 /echo?$args; }
    location = /body { dav_methods PUT; root DIR; client_body_buffer_size 1m; }
"""


def forms():
    raw = CANARY.encode()
    yield "as it is", raw
    for before in range(3):
        for after in range(3):
            whole = base64.b64encode(b"\0" * before + raw + b"\0" * after)
            yield f"base64 {before} {after}", whole[-(-before * 8 // 6) + 1 : -5]
    for safe in ("", "/"):
        yield "in a URL", urllib.parse.quote(CANARY, safe=safe).encode()
    yield "in a form", urllib.parse.quote_plus(CANARY).encode()
    yield "in JSON", json.dumps(CANARY)[1:-1].encode()
    yield "in JSON with UTF-8", json.dumps(CANARY, ensure_ascii=False)[1:-1].encode()


class HttpSecrets(RunbookTest):
    TOP = "secrets: { canary: { env: CANARY } }\nvars: { in_url: '${{ url.encode(secrets.canary) }}' }"

    def setUp(self):
        super().setUp()
        if self.dir.stat().st_uid == 0:
            self.dir.chmod(0o777)
        self.nginx = Nginx(self.dir / "nginx", ECHO.replace("DIR", str(self.dir)))
        self.addCleanup(self.nginx.stop)

    def assertNowhere(self, *outputs):
        for name, form in forms():
            for path in self.state.rglob("*"):
                if path.is_file():
                    self.assertNotIn(form, path.read_bytes(), f"{name}, in {path}")
            for output in outputs:
                self.assertNotIn(form, (output.out + output.err).encode(), f"{name}, printed by {output.argv}")

    def try_all(self, step, code):
        path = self.file(step, self.TOP)
        ended = []
        for output in ("plain", "json"):
            events = self.dir / "events.ndjson"
            ended.append(self.assertExit(
                self.runbook("run", path, "--output", output, "--events", events, env={"CANARY": CANARY}), code))
            for name, form in forms():
                self.assertNotIn(form, events.read_bytes(), f"{name}, in the event stream")
        for words in (["show"], ["logs"], ["report", "--format", "md"], ["report", "--format", "html"], ["report", "--format", "json"],
                      ["report", "--format", "junit"]):  # fmt: skip
            ended.append(self.runbook(words[0], "last", *words[1:]))
        self.assertNowhere(*ended)
        self.assertVerified()
        return ended

    KEYS = """
                query: { q: "${{ secrets.canary }}", "l": ["a", "${{ secrets.canary }}"] }
                headers:
                  X-Canary: "${{ url.encode(secrets.canary) }}"
                  Cookie: "session=${{ secrets.canary }}"
    """

    def test_in_a_request_that_is_answered(self):
        url = self.nginx.url
        userinfo = "http://me:${{ vars.in_url }}@" + url("/echo").removeprefix("http://")
        self.try_all(f"""
            - id: all
              http:
                url: "{url("/echo")}"
                auth: {{ basic: {{ user: me, password: "${{{{ secrets.canary }}}}" }} }}{self.KEYS.rstrip()}
              outputs: {{ said: result.body, header: 'result.headers["x-echo"]' }}
            - id: userinfo
              http: {{ url: "{userinfo}" }}
              outputs: {{ said: result.body }}
            - id: token
              http: {{ url: "{url("/echo")}", auth: {{ bearer: "${{{{ vars.in_url }}}}" }} }}
              expect: [ "string.contains(result.body, 'Bearer')" ]
            - id: moved
              http:
                url: "{url("/moved")}"
                follow: 2
                query: {{ q: "${{{{ secrets.canary }}}}" }}
            - id: form
              http: {{ method: PUT, url: "{url("/body")}", form: {{ "f": "${{{{ secrets.canary }}}}" }} }}
            - id: uses
              exec: [printf, '%s', "${{{{ steps.all.outputs.said }}}} ${{{{ steps.userinfo.outputs.said }}}}"]
        """, 0)  # fmt: skip
        self.assertEqual((self.dir / "body").read_bytes(), b"f=c4nary%2F9%2B%26+%3D%C3%BC%22x", "it did arrive")
        self.assertIn("q=***", (self.run_dir() / "logs/all.1.log").read_text())

    def test_in_failures(self):
        url, port = self.nginx.url, free_port()
        allow = "allow_failure: true"
        self.try_all(f"""
            - id: bad
              {allow}
              http:
                url: "{url("/fail")}"
                auth: {{ bearer: "${{{{ vars.in_url }}}}" }}{self.KEYS.rstrip()}
            - id: nobody
              {allow}
              http: {{ url: "http://me:${{{{ vars.in_url }}}}@127.0.0.1:{port}/${{{{ vars.in_url }}}}" }}
            - id: no_header
              {allow}
              http: {{ url: "{url("/echo")}", headers: {{ X-A: '${{{{ secrets.canary .. "\\n" }}}}' }} }}
            - id: no_url
              {allow}
              http: {{ url: "http://${{{{ secrets.canary }}}}/" }}
            - id: no_file
              {allow}
              http: {{ method: PUT, url: "{url("/body")}", file: "${{{{ secrets.canary }}}}" }}
            - id: no_place
              {allow}
              http: {{ url: "{url("/echo")}", save_to: "no/${{{{ secrets.canary }}}}/x" }}
            - id: no_socket
              {allow}
              http: {{ url: "http://x/", unix_socket: "/${{{{ secrets.canary }}}}" }}
            - id: no_list
              {allow}
              http: {{ url: "{url("/echo")}", query: {{ q: "${{{{ {{a = secrets.canary}} }}}}" }} }}
        """, 0)  # fmt: skip


if __name__ == "__main__":
    main()
