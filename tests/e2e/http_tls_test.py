#!/usr/bin/python3
"""TLS of HTTP steps, in both directions, against a real nginx with an authority made for the test."""

import textwrap

from certificates import Authority
from harness import RunbookTest, main
from servers import Nginx, free_port


class Tls(RunbookTest):
    def setUp(self):
        super().setUp()
        self.ca = Authority(self.dir / "ca", "the-ca")
        self.server_cert, server_key = self.ca.issue("localhost")
        self.port = free_port()
        inside = f"""
    listen 127.0.0.1:{self.port} ssl;
    ssl_certificate {self.server_cert};
    ssl_certificate_key {server_key};
    ssl_client_certificate {self.ca.cert};
    ssl_verify_client on;
    location = /who {{ return 200 "$ssl_client_s_dn"; }}
"""
        self.nginx = Nginx(self.dir / "nginx", inside)
        self.addCleanup(self.nginx.stop)

    def ask(self, tls, *args, host="localhost", top="", **options):
        step = f"""
            - id: who
              http:
                url: https://{host}:{self.port}/who
                tls: {{ {tls} }}
              outputs: {{ said: result.body }}
            - id: shows
              exec: [printf, '%s', "${{{{ steps.who.outputs.said }}}}"]
        """
        return self.run_steps(step, *args, top=top, **options)

    def cause(self):
        return self.record("attempt_finished", "who")["message"]

    def test_the_right_certificate_is_let_in(self):
        cert, key = self.ca.issue("deployer")
        self.assertExit(self.ask(f"ca: {self.ca.cert}, cert: {cert}, key: {key}"), 0)
        self.assertEqual(self.stdout_of("shows"), "CN=deployer")

    def test_paths_are_relative_to_cwd(self):
        self.ca.issue("deployer")
        step = f"""
            - id: together
              cwd: {self.dir}
              steps:
                - id: who
                  cwd: {self.ca.directory}
                  http:
                    url: https://localhost:{self.port}/who
                    tls: {{ ca: the-ca.pem, cert: deployer.pem, key: deployer.key }}
        """
        self.assertExit(self.run_steps(step), 0)

    def test_an_encrypted_key_and_its_passphrase(self):
        cert, key = self.ca.issue("deployer", passphrase="open-sesame-1001")
        tls = f'ca: {self.ca.cert}, cert: {cert}, key: {key}'
        top = "secrets: { pass: { env: PASSPHRASE } }"
        env = {"PASSPHRASE": "open-sesame-1001"}
        right = self.ask(tls + ', passphrase: "${{ secrets.pass }}"', top=top, env=env)
        self.assertExit(right, 0)
        # Without it nobody is asked at a terminal: it fails.
        self.assertExit(self.ask(tls), 1)
        self.assertIn("cannot be used with the key", self.cause())
        wrong = self.ask(tls + ", passphrase: wrong")
        self.assertExit(wrong, 1)
        for path in self.state.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"open-sesame", path.read_bytes(), path)

    def test_no_certificate_is_an_answer_that_says_so(self):
        ended = self.assertExit(self.ask(f"ca: {self.ca.cert}"), 1)
        self.assertEqual(self.cause(), "want 2xx, got 400")
        self.assertSays(ended, "No required SSL certificate was sent")

    def test_a_certificate_of_a_strange_authority(self):
        cert, key = Authority(self.dir / "other", "other-ca").issue("deployer")
        self.assertExit(self.ask(f"ca: {self.ca.cert}, cert: {cert}, key: {key}"), 1)
        self.assertEqual(self.cause(), "want 2xx, got 400")

    def test_the_server_is_not_trusted_by_itself(self):
        self.assertExit(self.run_steps(f"- {{ id: who, http: {{ url: 'https://localhost:{self.port}/who' }} }}"), 1)
        self.assertIn(f"the TLS certificate of localhost:{self.port} is not trusted", self.cause())
        self.assertIn("name the authority that signed it in `tls.ca`", self.cause())

    def test_the_wrong_authority(self):
        other = Authority(self.dir / "other", "other-ca")
        self.assertExit(self.ask(f"ca: {other.cert}"), 1)
        self.assertIn(f"the TLS certificate of localhost:{self.port} is not trusted", self.cause())
        self.assertIn(f"no authority in `{other.cert}` signed it", self.cause())

    def test_another_name_than_the_certificates(self):
        self.assertExit(self.ask(f"ca: {self.ca.cert}", host="127.0.0.1"), 1)
        self.assertIn(f"the TLS certificate of 127.0.0.1:{self.port} is not trusted", self.cause())
        self.assertIn("ask for a name that is in it", self.cause())

    def test_an_expired_certificate(self):
        cert, key = self.ca.issue("localhost", days=-1)
        self.nginx.stop()
        inside = f"""
    listen 127.0.0.1:{self.port} ssl;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    location = /who {{ return 200 "me"; }}
"""
        self.nginx = Nginx(self.dir / "nginx2", inside)
        self.addCleanup(self.nginx.stop)
        self.assertExit(self.ask(f"ca: {self.ca.cert}"), 1)
        self.assertIn("certificate has expired; it must be renewed on the server", self.cause())
        # Whoever insists is warned, at the start and in every look at the file.
        ended = self.assertExit(self.ask("insecure: true"), 0)
        self.assertSays(ended, "warning[RB071]", "the server's certificate is not checked")
        self.assertIn("* the server's certificate is not checked (`insecure`)", self.stdout_of("who"))

    def test_an_expired_client_certificate(self):
        cert, key = self.ca.issue("deployer", days=-1)
        ended = self.assertExit(self.ask(f"ca: {self.ca.cert}, cert: {cert}, key: {key}"), 1)
        self.assertEqual(self.cause(), "want 2xx, got 400")
        self.assertSays(ended, "The SSL certificate error")

    def test_a_file_that_is_not_there_is_named_before_anything_is_sent(self):
        log = self.dir / "nginx/access.log"
        ended = self.assertExit(self.ask(f"ca: {self.dir}/no-such.pem"), 1)
        self.assertSays(ended, f"{self.dir}/no-such.pem: No such file or directory")
        self.assertEqual(log.read_text(), "")

    def test_a_key_of_another_certificate(self):
        cert, _ = self.ca.issue("deployer")
        _, key = self.ca.issue("somebody")
        self.assertExit(self.ask(f"ca: {self.ca.cert}, cert: {cert}, key: {key}"), 1)
        self.assertIn(f"the certificate `{cert}` cannot be used with the key `{key}`", self.cause())

    def test_the_certificate_is_not_shown_to_another_host(self):
        """A redirect leads from localhost to another name of the same machine: there nobody is introduced."""
        cert, key = self.ca.issue("deployer")
        other_port = free_port()
        other = Nginx(self.dir / "other", f"""
    listen 127.0.0.1:{other_port} ssl;
    ssl_certificate {self.server_cert};
    ssl_certificate_key {self.ca.directory}/localhost.key;
    ssl_client_certificate {self.ca.cert};
    ssl_verify_client optional;
    location = /who {{ return 200 "[$ssl_client_s_dn]"; }}
    location = /gate {{ return 302 https://localhost:{self.port}/who; }}
""")  # fmt: skip
        self.addCleanup(other.stop)
        ended = self.run_steps(textwrap.dedent(f"""
            - id: who
              http:
                url: https://localhost:{other_port}/gate
                follow: 1
                ok_status: 400
                tls: {{ ca: {self.ca.cert}, cert: {cert}, key: {key} }}
              expect:
                - result.status == 400
                - string.contains(result.body, "No required SSL certificate")
        """))
        self.assertExit(ended, 0)


if __name__ == "__main__":
    main()
