#!/usr/bin/python3
"""HTTP steps against a real nginx."""

from harness import RunbookTest, main
from servers import Nginx, free_port

LOCATIONS = r"""
    location = /health { default_type application/json; return 200 '{"status":"ok","checks":{"db":"up"}}'; }
    location = /down { return 503 "back soon"; }
    location = /moved { return 302 /health; }
    location = /echo {
        default_type text/plain;
        return 201 "$request_method $http_content_type $http_x_request $http_authorization";
    }
    location = /ready { if (!-e DIR/is-ready) { return 503 "not yet"; } return 200 "ready"; }
"""


class Http(RunbookTest):
    def setUp(self):
        super().setUp()
        self.nginx = Nginx(self.dir / "nginx", LOCATIONS.replace("DIR", str(self.dir)))
        self.addCleanup(self.nginx.stop)

    def url(self, path):
        return self.nginx.url(path)

    def test_an_answer_is_a_result(self):
        ended = self.run_steps(f"""
            - id: health
              http: {{ url: "{self.url("/health")}" }}
              expect:
                - result.status == 200
                - result.json.checks.db == "up"
                - result.headers["content-type"] == "application/json"
              outputs: {{ db: result.json.checks.db }}
            - id: uses
              exec: [printf, '%s', "${{{{ steps.health.outputs.db }}}} ${{{{ steps.health.status }}}}"]
        """)
        self.assertExit(ended, 0)
        self.assertEqual(self.stdout_of("uses"), "up 200")

    def test_what_is_sent(self):
        ended = self.run_steps(
            f"""
            - id: post
              env: {{}}
              http:
                method: POST
                url: "{self.url("/echo")}"
                headers: {{ X-Request: "${{{{ run.name }}}}", Authorization: "Bearer ${{{{ secrets.token }}}}" }}
                json: {{ text: "deployed ${{{{ run.id }}}}" }}
              expect: [result.status == 201]
              outputs: {{ said: result.body }}
            - id: shows
              exec: [printf, '%s', "${{{{ steps.post.outputs.said }}}}"]
            """.replace("              env: {}\n", ""),
            env={"TOKEN": "correct-horse-battery"}, top="secrets: { token: { env: TOKEN } }",
        )  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.stdout_of("shows"), "POST application/json test Bearer ***")

    def test_a_bad_status_fails_and_shows_the_body(self):
        ended = self.assertExit(self.run_steps(f"- {{ id: down, http: {{ url: '{self.url('/down')}' }} }}"), 1)
        self.assertSays(ended, "503", "back soon")

    def test_a_status_can_be_declared_right(self):
        ended = self.run_steps(f"""
            - {{ id: a, http: {{ url: '{self.url('/down')}', ok_status: [503] }} }}
            - {{ id: b, http: {{ url: '{self.url('/down')}', ok_status: 5xx }} }}
            - {{ id: c, http: {{ url: '{self.url('/moved')}', ok_status: [302] }} }}
        """)
        self.assertExit(ended, 0)

    def test_a_redirect_is_not_followed(self):
        ended = self.run_steps(f"- {{ id: moved, http: {{ url: '{self.url('/moved')}' }} }}")
        self.assertSays(self.assertExit(ended, 1), "302")

    def test_retry_waits_for_health(self):
        ended = self.run_steps(f"""
            - id: together
              parallel:
                - id: ready
                  http: {{ url: "{self.url("/ready")}" }}
                  retry: {{ unlimited: true, every: 20ms }}
                  timeout: 60s
                - id: starts
                  cwd: {self.dir}
                  shell: while ! grep -q 'GET /ready' nginx/access.log; do sleep 0.02; done; touch is-ready
        """)
        self.assertExit(ended, 0)
        attempts = self.records("attempt_finished", "ready")
        self.assertGreater(len(attempts), 1)
        self.assertEqual([a["outcome"] for a in attempts[:-1]], ["failed"] * (len(attempts) - 1))

    def test_nobody_answers(self):
        port = free_port()
        ended = self.assertExit(self.run_steps(f"- {{ id: a, http: {{ url: 'http://127.0.0.1:{port}/' }} }}"), 1)
        self.assertSays(ended, f"connection refused by 127.0.0.1:{port}")

    def test_a_value_cannot_forge_a_header(self):
        ended = self.run_steps(
            f"""
            - id: forged
              http: {{ url: "{self.url("/echo")}", headers: {{ X-Request: "${{{{ params.v }}}}" }} }}
            """,
            "-p", "v=x\r\nAuthorization: root", top="params: { v: { type: string } }",
        )  # fmt: skip
        self.assertExit(ended, 1)
        self.assertSays(ended, "X-Request")
        self.assertNotIn("/echo", (self.dir / "nginx/access.log").read_text(), "nothing may be sent")


if __name__ == "__main__":
    main()
