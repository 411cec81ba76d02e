"""A server that answers as AWS never would: nothing crashes, hangs, or becomes a pass."""
import http.server
import os
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

import harness
import reports

ACCOUNT = "000000000042"
RESULT = "<DescribeDBClustersResponse><DescribeDBClustersResult>{}</DescribeDBClustersResult></DescribeDBClustersResponse>"
CLUSTER = ("<DBCluster><DBClusterIdentifier>{0}</DBClusterIdentifier><DBClusterArn>arn:aws:rds:eu-west-1:"
           + ACCOUNT + ":cluster:{0}</DBClusterArn><Engine>neptune</Engine>{1}</DBCluster>")
ENCRYPTED = "<StorageEncrypted>true</StorageEncrypted>"
PLAIN = "<StorageEncrypted>false</StorageEncrypted>"


def page(clusters, marker=""):
    return RESULT.format(f"<DBClusters>{clusters}</DBClusters>" + (f"<Marker>{marker}</Marker>" if marker else ""))


def error(code, message="no"):
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait for the acknowledgement of its head

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        target = self.headers.get("X-Amz-Target")
        body = f"{target} {body}" if target else body
        action = re.search("Action=(\\w+)", body)
        self.server.seen.append(body)
        if action and action.group(1) == "GetCallerIdentity" and self.server.identity:
            self.answer(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" + ACCOUNT +
                        ":user/x</Arn><Account>" + ACCOUNT + "</Account></GetCallerIdentityResult>"
                        "</GetCallerIdentityResponse>")
            return
        answer = self.server.answers(body, len(self.server.seen))
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self.answer(*answer)

    def answer(self, status, body, headers=(), length=None):
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)
        if length is not None:
            self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Hostile(unittest.TestCase):
    def serve(self, answers, flags, certificate=None, accounts=("--accounts", ACCOUNT), **more):
        """One account, our own, in one region: `answers(body, number)` says what the server says."""
        server = Server(("127.0.0.1", 0), Handler)
        server.answers, server.identity, server.seen = answers, True, []
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate + ".key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
            scheme = "https"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        here = f"127.0.0.1:{server.server_port}"
        more = {name: value.replace("HERE", here) for name, value in more.items()}
        try:
            environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s",
                                                    **{"AWS_ENDPOINT_URL": f"{scheme}://{here}",
                                                       "NEPTUNE_SCAN_CONTROLS_SELECT": "neptune-encryption-at-rest", **more})
            result = harness.scan(environment, *accounts, *flags)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        self.requests = len(server.seen)
        return result

    def scan(self, answers, *flags, regions="eu-west-1"):
        result = self.serve(answers, ("--regions", regions, *flags))
        self.assertIsNotNone(result.report, result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        return result

    def expect(self, state, code, answers, *flags):
        result = self.scan(answers, *flags)
        cell = result.report["cells"][0]
        self.assertEqual((cell["state"], result.code), (state, code), (cell, result.err))
        return cell, result.report["findings"]

    def test_states(self):
        always = {
            "html page": ((200, "<html><body>portal</body></html>"), "error"),
            "html error": ((503, "<html/>"), "error"),
            "empty": ((200, ""), "error"),
            "json": ((200, "{}"), "error"),
            "no list": ((200, RESULT.format("")), "error"),
            "other operation": ((200, page("").replace("DescribeDBClusters", "DescribeDBInstances")), "error"),
            "dtd": ((200, "<!DOCTYPE x [<!ENTITY e 'x'>]>" + page("")), "error"),
            "bytes that are no UTF-8": ((200, page(CLUSTER.format("a\udcff", ENCRYPTED)).encode("utf-8", "surrogateescape")),
                                        "pass"),
            "too deep": ((200, RESULT.format("<DBClusters/>" + "<a>" * 100 + "</a>" * 100)), "error"),
            "redirect": ((302, "", [("Location", "http://127.0.0.1:1/")]), "error"),
            "proxy": ((407, ""), "error"),
            "forbidden page": ((403, "<html>blocked</html>"), "error"),
            "throttled": ((400, error("Throttling")), "error"),
            "denied": ((403, error("AccessDenied")), "denied"),
            "denied in Latin-1": ((403, error("AccessDenied", "acc\u00e8s refus\u00e9").encode("latin-1")), "denied"),
            "not subscribed": ((403, error("OptInRequired")), "error"), # no account can disable eu-west-1
            "no such operation": ((400, error("InvalidAction")), "unsupported"),
            "signature": ((403, error("SignatureDoesNotMatch")), "error"),
            "expired": ((403, error("ExpiredToken")), "error"),
            "new code": ((400, error("NeverHeardOf")), "error"),
            "empty list": ((200, page("")), "empty"),
            "cut body": ((200, page("")[:60], [], 5000), "error"),
            "connection closed": (None, "error"),
        }
        for name, (answer, state) in always.items():
            with self.subTest(name):
                code = 0 if state in ("pass", "empty", "unsupported") else 3
                self.expect(state, code, lambda body, number, answer=answer: answer, "--max-attempts", "2")

    def test_redirects_are_not_followed(self):
        """That would break the signature, and hand the session's token to whoever asks for it."""
        def answers(_body, number):
            return (307, "", [("Location", "/elsewhere")]) if number == 2 else (200, page(""))
        self.expect("error", 3, answers, "--max-attempts", "1")
        self.assertEqual(self.requests, 2)

    def test_recovers(self):
        for name, bad in (("throttle", (400, error("Throttling"), [("x-amz-retry-after", "10")])),
                          ("html", (502, "<html/>")), ("cut", (200, page("")[:60], [], 5000)), ("closed", None)):
            with self.subTest(name):
                cell, findings = self.expect("pass", 0, lambda body, number, bad=bad: bad if number < 4 else
                                             (200, page(CLUSTER.format("a", ENCRYPTED))))
                self.assertEqual((cell["resources"], len(findings)), (1, 1))

    def test_fail_wins_over_a_page_that_nobody_saw(self):
        def answers(body, _):
            if "Marker=" in body:
                return 403, error("AccessDenied")
            return 200, page(CLUSTER.format("a", PLAIN), "next")
        cell, _ = self.expect("fail", 3, answers)
        self.assertFalse(cell["complete"])

    def test_a_pass_needs_every_page(self):
        for answer, state in (((403, error("AccessDenied")), "denied"), ((200, "<x/>"), "error"),
                              ((403, error("OptInRequired")), "error"), ((400, error("InvalidAction")), "error"),
                              ((403, error("InvalidClientTokenId")), "error")):
            with self.subTest(state):
                def answers(body, _, answer=answer):
                    return answer if "Marker=" in body else (200, page(CLUSTER.format("a", ENCRYPTED), "next"))
                self.expect(state, 3, answers, "--max-attempts", "1")

    def test_pages_end(self):
        cell, _ = self.expect("error", 3, lambda body, _: (200, page(CLUSTER.format("a", ENCRYPTED), "same")))
        self.assertIn("repeats the marker", cell["reason"])
        self.assertLess(self.requests, 5)

    def test_markers_are_sent_back_as_they_came(self):
        seen = []

        def answers(body, _):
            seen.append(body)
            return 200, page("", "" if "Marker=" in body else "a/b+c== &amp;")
        self.expect("empty", 0, answers)
        self.assertIn("&Marker=a%2Fb%2Bc%3D%3D%20%26", seen[-1])

    def test_empty_pages_in_between(self):
        def answers(body, _):
            if "Marker=2" in body:
                return 200, page(CLUSTER.format("late", PLAIN))
            return 200, page("", "2" if "Marker=1" in body else "1")
        self.expect("fail", 1, answers)

    def test_other_engines_are_neither_findings_nor_errors(self):
        other = CLUSTER.format("a", PLAIN).replace("neptune", "docdb")
        cell, findings = self.expect("empty", 0, lambda body, _: (200, page(other)))
        self.assertEqual((cell["resources"], findings), (0, []))

    def test_values_that_say_nothing(self):
        for value in ("", "<StorageEncrypted/>", "<StorageEncrypted>maybe</StorageEncrypted>",
                      ENCRYPTED + "<StorageEncryptionType>none</StorageEncryptionType>",
                      ENCRYPTED + "<StorageEncryptionType>sse-new</StorageEncryptionType>"):
            with self.subTest(value):
                _, findings = self.expect("unknown", 3, lambda body, _, value=value: (
                    200, page(CLUSTER.format("a", value))))
                self.assertEqual(findings[0]["verdict"], "unknown")

    def test_a_huge_answer_is_refused(self):
        cell, _ = self.expect("error", 3, lambda body, _: (200, page("<!--" + "x" * 100000 + "-->")), "--max-answer",
                              "50000")
        self.assertIn("longer than 50000 bytes", cell["reason"])

    def test_many_clusters(self):
        clusters = "".join(CLUSTER.format(f"c{i:05}", PLAIN if i == 777 else ENCRYPTED) for i in range(5000))
        cell, findings = self.expect("fail", 1, lambda body, _: (200, page(clusters)))
        self.assertEqual((cell["resources"], cell["failing"], len(findings)), (5000, 1, 5000))

    def test_silence(self):
        def answers(body, _):
            threading.Event().wait(3)
            return 200, page("")
        cell, _ = self.expect("error", 3, answers, "--timeout", "300ms", "--max-attempts", "2")
        self.assertIn("imed out", cell["reason"])

    def test_a_session_in_another_account(self):
        """AssumeRole must answer for the account that was asked for, with whole keys."""
        other = "000000000043"
        assumed = ("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
                   "<SecretAccessKey>s</SecretAccessKey>{1}</Credentials><AssumedRoleUser><Arn>arn:aws:sts::{0}:"
                   "assumed-role/R/s</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>")
        for account, token, state, reason in ((other, "<SessionToken>t</SessionToken>", "empty", None),
                                              (ACCOUNT, "<SessionToken>t</SessionToken>", "unreached", "a session of account"),
                                              ("", "<SessionToken>t</SessionToken>", "unreached", "a session of account"),
                                              (other, "", "unreached", "no usable credentials")):
            def answers(body, _, account=account, token=token):
                return 200, assumed.format(account, token) if "Action=AssumeRole" in body else page("")
            result = self.serve(answers, ("--accounts", other, "--regions", "eu-west-1"))
            cell = result.report["cells"][0]
            self.assertEqual(cell["state"], state, cell)
            if reason:
                self.assertIn(reason, cell["reason"])

    def organization(self, pages, *flags):
        """An organization whose list of accounts comes as these pages; we are a delegated administrator in it."""
        def answers(body, _):
            if "DescribeOrganization" in body:
                return 200, '{"Organization":{"Id":"o-hostile","MasterAccountId":"000000000099"}}'
            if "ListAccounts " in body:
                token = re.search('"NextToken":"(\\w+)"', body)
                return pages[token.group(1) if token else ""]
            if "ListRoots" in body:
                return 400, '{"__type":"AccessDeniedException","Message":"no"}'
            if "Action=AssumeRole" in body:
                account = re.search("%3A(\\d{12})%3Arole", body).group(1)
                return 200, ("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
                             "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials>"
                             f"<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/R/s</Arn></AssumedRoleUser>"
                             "</AssumeRoleResult></AssumeRoleResponse>")
            return 200, page("")
        return self.serve(answers, ("--regions", "eu-west-1", "--max-attempts", "2", *flags), accounts=())

    @staticmethod
    def accounts(*ids, token="null"):
        listed = ",".join(f'{{"Id":"{account}","Name":"n","State":"ACTIVE"}}' for account in ids)
        return 200, f'{{"Accounts":[{listed}],"NextToken":{token}}}'

    def test_pages_of_accounts(self):
        """Empty pages with a token, a null token at the end, an account listed twice; the tree is refused."""
        result = self.organization({"": self.accounts(token='"a"'), "a": self.accounts(ACCOUNT, token='"b"'),
                                    "b": self.accounts(token='"c"'), "c": self.accounts("000000000099", ACCOUNT)})
        self.assertEqual((result.code, [account["id"] for account in result.report["accounts"]]),
                         (0, [ACCOUNT, "000000000099"]), result)
        self.assertIn("organizational units are not known", result.err)
        self.assertEqual(result.report["run"]["management_account"], "000000000099")

    def test_lists_of_accounts_that_are_none(self):
        denied = (400, '{"__type":"AccessDeniedException","Message":"not you"}')
        for pages, code, part in (
                ({"": denied}, 4, "run in the management account or as a delegated administrator"),
                ({"": self.accounts()}, 4, "returned no account"),
                ({"": self.accounts(token='"a"'), "a": self.accounts(token='"a"')}, 4, "repeats its token"),
                ({"": (200, "{}")}, 4, "the response to ListAccounts is incomplete"),
                ({"": self.accounts("12")}, 4, "without a 12-digit id"),
                ({"": self.accounts(ACCOUNT, token='"a"'), "a": denied}, 3, "not you")):
            with self.subTest(part):
                result = self.organization(pages)
                self.assertEqual(result.code, code, result)
                self.assertIn(part, result.err)
                if code == 3: # what was scanned is kept, and said to be a part
                    self.assertEqual([cell["state"] for cell in result.report["cells"]], ["empty"])
                    self.assertFalse(result.report["run"]["complete"])

    def test_units_that_cannot_be_read(self):
        self.assertEqual(self.organization({"": self.accounts(ACCOUNT)}, "--ous", "/Prod").code, 4)

    def test_tls(self):
        """Only a certificate that the bundle vouches for will do; the name must be right, too."""
        def good(_body, _number):
            return 200, page("")
        with tempfile.TemporaryDirectory() as folder:
            for name, subject in (("right", "IP:127.0.0.1"), ("wrong", "DNS:example.com")):
                path = os.path.join(folder, name)
                subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                                "/CN=test", "-addext", f"subjectAltName={subject}", "-keyout", path + ".key", "-out",
                                path], check=True, stderr=subprocess.DEVNULL)
            right, wrong = os.path.join(folder, "right"), os.path.join(folder, "wrong")
            flags = ("--regions", "eu-west-1", "--max-attempts", "1")
            self.assertEqual(self.serve(good, (*flags, "--ca-bundle", right), right).code, 0)
            self.assertEqual(self.serve(good, flags, right, AWS_CA_BUNDLE=right).code, 0)
            for certificate, bundle in ((right, ()), (right, ("--ca-bundle", wrong)), (wrong, ("--ca-bundle", wrong))):
                result = self.serve(good, (*flags, *bundle), certificate)
                self.assertEqual((result.code, self.requests), (4, 0), result)
                self.assertIn("SSL", result.err)

    def test_proxy(self):
        def good(_body, _number):
            return 200, page("")
        flags = ("--regions", "eu-west-1", "--max-attempts", "1")
        away = {"AWS_ENDPOINT_URL": "http://neptune.invalid"}
        self.assertEqual(self.serve(good, flags, http_proxy="http://HERE", **away).code, 0)
        self.assertEqual(self.serve(good, flags, http_proxy="http://HERE", no_proxy="neptune.invalid", **away).code, 4)
        self.assertEqual(self.serve(good, flags, http_proxy="http://127.0.0.1:1", no_proxy="127.0.0.1").code, 0)

    def test_a_name_that_is_not_known(self):
        result = self.scan(lambda body, _: (200, page("")), regions="eu-wset-1")
        self.assertIn('Did you mean "eu-west-1"?', result.err)

    def test_hostile_names(self):
        name = "&lt;script&gt;=cmd()&#10;\u202e&quot;漢"
        _, findings = self.expect("fail", 1, lambda body, _: (200, page(CLUSTER.format(name, PLAIN))))
        self.assertEqual(findings[0]["resource"]["id"], "<script>=cmd()\n\u202e\"漢")


if __name__ == "__main__":
    unittest.main()
