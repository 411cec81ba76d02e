"""Servers, and what stands before them, that answer out of turn or say what they should not."""
import os
import socket
import threading
import unittest

import harness
import reports
import small_aws
import test_hostile
from test_hostile import ACCOUNT, CLUSTER, ENCRYPTED, PLAIN, error, page

TOKEN = "FwoGZXIvYXdzEXAMPLE" + "t0ken/+" * 40


class OutOfTurn(threading.Thread):
    """Throttles the first request for clusters, and says one thing more before it comes again: an empty list."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.stop, self.asked = self.listener.getsockname()[1], threading.Event(), 0

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def message(body, status="200 OK"):
        return (f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nx-amz-retry-after: 300\r\nContent-Length: {len(body)}"
                f"\r\n\r\n{body}").encode()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while not self.stop.is_set():
                length, line = 0, stream.readline()
                while line not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                    line = stream.readline()
                if not line:
                    return
                body = stream.read(length).decode()
                if "GetCallerIdentity" in body:
                    connection.sendall(self.message(
                        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" + ACCOUNT + ":user/x</Arn>"
                        "<Account>" + ACCOUNT + "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"))
                    continue
                self.asked += 1
                if self.asked > 1:
                    connection.sendall(self.message(page(CLUSTER.format("a", PLAIN))))
                    continue
                connection.sendall(self.message(error("Throttling"), "400 Bad Request"))
                self.stop.wait(0.05)
                connection.sendall(self.message(page("")))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.listener.close()


class Servers(test_hostile.Hostile):
    """With the small server of test_hostile; its own tests are run there."""


    def test_response_that_nobody_asked_for(self):
        """It is not taken for the response to the request that is sent next: the failing cluster does not vanish."""
        with OutOfTurn() as server:
            environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s",
                                                    AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}",
                                                    NEPTUNE_SCAN_CONTROLS_SELECT="neptune-encryption-at-rest")
            result = harness.scan(environment, "--accounts", ACCOUNT, "--regions", "eu-west-1")
        cell = result.report["cells"][0]
        self.assertEqual((server.asked, cell["state"], cell["failing"]), (2, "fail", 1), result)

    def test_lists_of_somebody_else(self):
        for what, wrong in (("account", CLUSTER.replace(ACCOUNT, "000000000043")), ("region", CLUSTER.replace("eu-west-1", "eu-west-2")),
                            ("service", CLUSTER.replace("arn:aws:rds", "arn:aws:ec2"))):
            with self.subTest(what):
                cell, findings = self.expect("error", 3, lambda body, number, w=wrong: (200, page(w.format("a", ENCRYPTED))),
                                             "--max-attempts", "2")
                self.assertIn("but the request was for account 000000000042 in eu-west-1", cell["reason"])
                self.assertEqual(findings, [])
        # Out of step once: the request is sent again, and the answer is the right one.
        answers = [CLUSTER.replace(ACCOUNT, "000000000043").format("a", ENCRYPTED), CLUSTER.format("a", PLAIN)]
        self.expect("fail", 1, lambda body, number: (200, page(answers.pop(0))))

    def test_contradictions(self):
        cell, _ = self.expect("error", 3, lambda body, number: (200, page(CLUSTER.format("a", ENCRYPTED + PLAIN))), "--max-attempts", "2")
        self.assertIn("StorageEncrypted occurs twice", cell["reason"])

    def test_one_resource_twice_on_a_page(self):
        for first, second in ((ENCRYPTED, PLAIN), (PLAIN, ENCRYPTED)):
            cell, findings = self.expect("error", 3, lambda body, number, items=CLUSTER.format("a", first) + CLUSTER.format("a", second):
                                         (200, page(items)), "--max-attempts", "1")
            self.assertIn(":cluster:a twice, with different values", cell["reason"])
            self.assertEqual(findings, [])
        # Without a contradiction it is an answer; and of two pages the later one counts.
        self.expect("fail", 1, lambda body, number: (200, page(CLUSTER.format("a", PLAIN) * 2)))
        self.expect("pass", 0, lambda body, number: (200, page(CLUSTER.format("a", ENCRYPTED)) if "Marker=" in body else
                                                     page(CLUSTER.format("a", PLAIN), "next")))

    def test_contradictory_identities(self):
        """Whose account it is, or when a session ends, is said twice."""
        member = "000000000043"
        keys = (f"<Credentials><AccessKeyId>ASIA{member}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                "<Expiration>2036-01-01T00:00:00Z</Expiration><Expiration>2037-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>"
                f"<Arn>arn:aws:sts::{member}:assumed-role/R/s</Arn></AssumedRoleUser>")
        arn = f"<Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn>"
        for operation, inner, problem in (
                ("GetCallerIdentity", f"<Account>{member}</Account>{arn}", "Account is another one than that of Arn"),
                ("GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Account>{member}</Account>{arn}", "Account occurs twice"),
                ("AssumeRole", keys, "Expiration occurs twice")):
            with self.subTest(problem):
                answer = 200, f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
                with small_aws.serving({f"sts:{operation}": answer}) as (settings, _):
                    result = harness.scan(harness.clean_environment(**settings), "--accounts", member, "--role-name", "R",
                                          "--regions", "us-east-1", "--max-attempts", "1", "--verbose")
                self.assertIn(problem, result.err)
                self.assertIn(result.code, (3, 4), result)

    def test_statuses_that_ask_again(self):
        for status in (408, 421, 425):
            with self.subTest(status):
                answers = [(status, ""), (200, page(CLUSTER.format("a", PLAIN)))]
                self.expect("fail", 1, lambda body, number, a=answers: a.pop(0))

    def test_echoed_token(self):
        """In an error, in an element, in a header, whole or in the middle: it reaches no report, log or store."""
        answers = {
            "error": (403, error("AccessDenied", f"no {TOKEN} here")),
            "code": (403, error(TOKEN)),
            "status": (200, page(CLUSTER.format("a", PLAIN + f"<Status>{TOKEN}</Status>"))),
            "name": (200, page(CLUSTER.format("x" + TOKEN + TOKEN, PLAIN))),
            "request id": (403, error("AccessDenied"), [("x-amzn-RequestId", TOKEN)]),
            "json": (403, '{"__type": "AccessDenied", "message": "%s"}' % TOKEN),
            "escaped json": (403, '{"__type": "AccessDenied", "message": "%s"}' % TOKEN.replace("/", "\\/").replace("+", "\\u002b")),
            "escaped xml": (403, error("AccessDenied", TOKEN.replace("/", "&#47;"))),
            "comments": (403, error("AccessDenied", TOKEN.replace("/", "/<!-- -->"))),
            "sections": (200, page(CLUSTER.format("a", PLAIN + f"<Status>{TOKEN.replace('/', '<![CDATA[/]]>')}</Status>"))),
        }
        for what, answer in answers.items():
            with self.subTest(what):
                result = self.serve(lambda body, number, a=answer: a, ("--regions", "eu-west-1", "--verbose", "--max-attempts", "1"),
                                    AWS_SESSION_TOKEN=TOKEN)
                self.assertIn(result.code, (1, 3), result)
                for text in (str(result.report), result.out, result.err):
                    self.assertNotIn(TOKEN[:40], text)
                    self.assertNotIn(TOKEN[-40:], text)

    def test_secrets_of_other_requests(self):
        """Those of the caller's session, of each assumed one, and the external id: a request repeats what another one held."""
        member = "000000000043"
        own, assumed, external = "oWn/secret+key0123456789012345678901234567", "aSsumed/secret+key01234567890123456789012", "team:0123/4567"
        secrets = (own, TOKEN, assumed, TOKEN[::-1], external)
        role = (200, f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{member}</AccessKeyId><SecretAccessKey>"
                     f"{assumed}</SecretAccessKey><SessionToken>{TOKEN[::-1]}</SessionToken></Credentials><AssumedRoleUser><Arn>"
                     f"arn:aws:sts::{member}:assumed-role/R/s</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>")
        told = " ".join(secrets)
        for what, answer in {
                "error": small_aws.refused(403, "AccessDenied", told),
                "escapes": small_aws.refused(403, "AccessDenied", told.replace("/", "&#47;")),
                "elements": small_aws.rds("DescribeDBClusters", "".join(
                    CLUSTER.replace(ACCOUNT, member).format(f"a{number}", PLAIN + f"<Status>{secret}</Status>")
                    for number, secret in enumerate(secrets)))}.items():
            with self.subTest(what), small_aws.serving({"sts:AssumeRole": role, "rds:DescribeDBClusters": answer}) as (settings, asked):
                settings.update(AWS_SECRET_ACCESS_KEY=own, AWS_SESSION_TOKEN=TOKEN,
                                NEPTUNE_SCAN_CONTROLS_SELECT="neptune-encryption-at-rest")
                result = harness.scan(harness.clean_environment(**settings), "--accounts", member, "--regions", "eu-west-1",
                                      "--role-name", "R", "--external-id", external, "--verbose", "--max-attempts", "1")
                self.assertIn((member, "eu-west-1", "rds:DescribeDBClusters"), asked, result)
                self.assertIn("*****", str(result.report))
                for secret in secrets:
                    for text in (str(result.report), result.out, result.err):
                        self.assertNotIn(secret, text)

    def test_forged_log_line(self):
        result = self.serve(lambda body, number: (403, error("AccessDenied", "no\nneptune-scan: all is well")),
                            ("--regions", "eu-west-1", "--verbose"))
        self.assertNotIn("\nneptune-scan: all is well", result.err)

    def test_more_clocks_than_64(self):
        """One thread talks to 34 regions of three services, each with a clock of its own."""
        with harness.estate("--accounts", "6", "--regions", "34", "--seed", "3", "--controls", "all", "--faults",
                            "*=clock@100%") as (environment, manifest):
            result = harness.scan(environment, "--controls", "all", "--workers", "1")
        found = reports.differences(manifest, result.report)
        self.assertEqual(found[:5], [], f"{len(found)} differences")


def load_tests(loader, _tests, _pattern):
    """Not those of the class that is extended."""
    own = [name for name in vars(Servers) if name.startswith("test_")]
    return unittest.TestSuite(Servers(name) for name in own)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    unittest.main()
