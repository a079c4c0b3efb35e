#!/usr/bin/python3
"""stdlib/http and stdlib/notify against a real HTTP server that remembers what it was sent."""

import json

from harness import main
from library import LibraryTest
from recorder import Recorder
from servers import free_port

HOOK = "/services/T0/B0/s3cr3t-hook"
KEY = "r0ut1ng-k3y-0123456789abcdef"


class LibraryHttp(LibraryTest):
    def setUp(self):
        super().setUp()
        self.web = Recorder()
        self.addCleanup(self.web.stop)

    # ---- http/wait

    def test_waiting_ends_with_the_right_answer(self):
        self.web.answers = [(503, {}, "starting"), (200, {}, '{"version": "v2"}')]
        self.assertExit(self.std("http/wait", url=self.web.url("/health"), contains='"v2"'), 0)
        self.assertEqual(self.outputs("ask"), {"status": 200, "body": '{"version": "v2"}', "attempts": 2})
        self.assertEqual([r["outcome"] for r in self.records("attempt_finished", "ask")], ["failed", "succeeded"])

    def test_waiting_gives_up_and_says_why(self):
        self.web.answers = [(503, {}, "starting")] * 5
        failed = self.assertExit(self.std("http/wait", url=self.web.url("/health"), attempts=2), 1)
        self.assertSays(failed, "want 2xx, got 503")
        self.assertEqual(len(self.web.requests), 2)
        self.web.answers = []
        failed = self.std("http/wait", url=self.web.url("/health"), attempts=1, contains="v9", status=200)
        self.assertSays(self.assertExit(failed, 1), "the body does not hold `v9`")

    def test_waiting_for_another_status(self):
        self.web.answers = [(404, {}, "gone")]
        self.assertExit(self.std("http/wait", url=self.web.url("/old"), status=404, attempts=1), 0)

    def test_waiting_for_nobody(self):
        port = free_port()
        failed = self.assertExit(self.std("http/wait", url=f"http://127.0.0.1:{port}/", attempts=1), 1)
        self.assertSays(failed, f"connection refused by 127.0.0.1:{port}")
        self.assertExit(self.std("http/wait", url="ftp://x"), 65)

    # ---- notify

    def test_slack_gets_the_text_as_it_is(self):
        text = 'Deployed "v2" by `root` $(id)\nsecond line ✓'
        self.assertExit(self.std("notify/slack", webhook_url=self.web.url(HOOK), text=text), 0)
        self.assertEqual(self.web.sent(), [{"text": text}])
        method, path, headers, _ = self.web.requests[0]
        self.assertEqual((method, path, headers["Content-Type"]), ("POST", HOOK, "application/json"))

    def test_slack_s_url_is_nowhere(self):
        hook = self.web.url(HOOK)
        ended = self.use_std("notify/slack", webhook_url="${{ secrets.hook }}", text="hello",
                             top="secrets: { hook: { env: HOOK } }", env={"HOOK": hook})  # fmt: skip
        self.assertExit(ended, 0)
        self.assertEqual(self.web.requests[0][1], HOOK)
        self.assertEqual(self.given(), {"status": 200})
        self.assertNowhere(HOOK, ended)

    def test_slack_s_limit_is_honoured(self):
        self.web.answers = [(429, {"Retry-After": "0"}, "rate_limited"), (500, {}, "oops")]
        self.assertExit(self.std("notify/slack", webhook_url=self.web.url(HOOK), text="hello"), 0)
        self.assertEqual(len(self.web.requests), 3)
        self.assertEqual(self.records("attempt_finished", "send")[0]["retry_after"], 0)

    def test_a_webhook_that_is_gone_fails_at_once(self):
        self.web.answers = [(404, {}, "no_service")]
        failed = self.assertExit(self.std("notify/slack", webhook_url=self.web.url(HOOK), text="hello"), 1)
        self.assertSays(failed, "404", "no_service")
        self.assertEqual(len(self.web.requests), 1)

    def test_pagerduty_triggers_and_resolves_one_incident(self):
        def send(**params):
            return self.std("notify/pagerduty", url=self.web.url("/v2/enqueue"), routing_key=KEY, **params)

        self.web.answers = [(202, {}, '{"status": "success"}')] * 2
        self.assertExit(send(summary="disk is full", severity="error", source="db1"), 0)
        key = self.outputs("send")["dedup_key"]
        run_id = self.run_dir().name
        self.assertEqual(key, run_id)
        self.assertExit(send(action="resolve", summary="disk is full", dedup_key=key), 0)
        first, second = self.web.sent()
        self.assertEqual(first, {
            "routing_key": KEY, "event_action": "trigger", "dedup_key": key,
            "payload": {"summary": "disk is full", "severity": "error", "source": "db1",
                        "custom_details": {"run": run_id, "runbook": "notify-pagerduty"}},
        })  # fmt: skip
        self.assertEqual((second["event_action"], second["dedup_key"]), ("resolve", key))
        self.assertNotEqual(second["payload"]["source"], "")
        self.assertExit(send(summary="x", severity="bad"), 65)

    def test_pagerduty_refuses_a_bad_key(self):
        self.web.answers = [(400, {}, '{"status":"invalid event","errors":["invalid routing key"]}')]
        failed = self.std("notify/pagerduty", url=self.web.url("/"), routing_key="nope", summary="x")
        self.assertSays(self.assertExit(failed, 1), "invalid routing key")
        self.assertEqual(len(self.web.requests), 1)

    def test_a_webhook_gets_the_payload_and_the_token(self):
        self.assertExit(self.std("notify/webhook", url=self.web.url("/in"), payload={"a": [1, "x"], "b": {"c": True}}), 0)
        self.assertEqual(self.web.sent()[0], {"run": self.run_dir().name, "runbook": "notify-webhook",
                                          "payload": {"a": [1, "x"], "b": {"c": True}}})  # fmt: skip
        self.assertNotIn("Authorization", self.web.requests[0][2])
        self.assertExit(self.std("notify/webhook", url=self.web.url("/in"), token="abc123"), 0)
        self.assertEqual(self.web.requests[1][2]["Authorization"], "Bearer abc123")
        self.assertSays(self.std("notify/webhook", url=self.web.url("/in"), token="a b"), "token")


if __name__ == "__main__":
    main()
