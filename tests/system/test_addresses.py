"""Addresses in settings: endpoints, proxies, and hosts without a proxy. No message shows a password."""
import contextlib
import http.server
import tempfile
import threading
import unittest

import harness
import proxy

PASSWORD = "s3cr3t"

# Each holds the password where a parser might take it for a host, a port, a path or nothing at all.
BAD_PROXIES = (f"http://me:{PASSWORD}@x@127.0.0.1:1", f"http://me:{PASSWORD}/x@127.0.0.1:1", f"http://me:{PASSWORD}#x@127.0.0.1:1",
               f"http://me:{PASSWORD} x@127.0.0.1:1", f"http://me:{PASSWORD}%0a@127.0.0.1:1", f"http://me:{PASSWORD}",
               f"gopher://me:{PASSWORD}@127.0.0.1:1", f"http://me:{PASSWORD}@127.0.0.1:port", f"me:{PASSWORD}@127.0.0.1:99999",
               f"http://me:{PASSWORD}@[127.0.0.1]:1", f"http://me:p@{PASSWORD}/w0rd@127.0.0.1:1", f"http:/me:{PASSWORD}@127.0.0.1:1",
               f"http://me:{PASSWORD}@127.0.0.1:1/path", f"http://me:{PASSWORD}%zz@127.0.0.1:1")
BAD_ENDPOINTS = (f"https://me:{PASSWORD}@127.0.0.1", f"https://{PASSWORD}@127.0.0.1", f"https://me:{PASSWORD}/x@127.0.0.1",
                 f"http:/me:{PASSWORD}@127.0.0.1", f"ftp://me:{PASSWORD}@127.0.0.1", f"http://me:{PASSWORD}@127.0.0.1:port/x?y#z")
NONSENSE = ("http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:80x", "http://127.0.0.1:-1", "http://127.0.0.1/a b",
            "http://127.0.0.1/?a=b", "http://127.0.0.1/#a", "http://", "http:///x", "http://[::1", "http://a\tb", "127.0.0.1:80",
            "http://127.0.0.1/\u00e4", "http://127.0.0.1/%zz")


class Settings(unittest.TestCase):
    def expect_refusal(self, text, arguments, environment, folder=None):
        result = harness.run(arguments, {**harness.clean_environment(), **environment}, folder)
        self.assertEqual(result.code, 2, (arguments, environment, result))
        self.assertIn(text, result.err)
        self.assertNotIn(PASSWORD, result.out + result.err)

    def test_proxies(self):
        """Refused as a setting, wherever it stands and whatever the command."""
        for bad in BAD_PROXIES:
            self.expect_refusal('--proxy "(hidden)": must be http://[USER', ["doctor", "--proxy", bad], {})
            self.expect_refusal('HTTPS_PROXY "(hidden)": must be', ["scan"], {"HTTPS_PROXY": bad})
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "NEPTUNE_SCAN_NETWORK_PROXY"):
            for command in ("scan", "doctor", "config"):
                self.expect_refusal(f"{name}", [command], {name: BAD_PROXIES[0]})
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/settings.ini", "w", encoding="utf-8") as stream:
                stream.write(f"[network]\nproxy = {BAD_PROXIES[1]}\n")
            self.expect_refusal('settings.ini:2: network.proxy "(hidden)"', ["scan", "--config", "settings.ini"], {}, folder)

    def test_a_proxy_of_its_own_comes_before_those_of_the_environment(self):
        result = harness.run(["config", "--proxy", f"http://me:{PASSWORD}@127.0.0.1:1"], harness.clean_environment(HTTPS_PROXY=BAD_PROXIES[0]))
        self.assertEqual(result.code, 0, result)
        self.assertIn(";proxy = (hidden)", result.out)
        self.assertNotIn(PASSWORD, result.out + result.err)

    def test_a_slip_in_a_flag(self):
        self.expect_refusal('unknown flag --porxy. Did you mean --proxy?', ["scan", f"--porxy=http://me:{PASSWORD}@h:1"], {})
        self.expect_refusal("(hidden)@h:1", ["scan", f"http://me:{PASSWORD}@h:1"], {})
        self.expect_refusal("(hidden)@h:1: one argument too many", ["doctor", f"http://me:{PASSWORD}@h:1"], {})

    def test_endpoints(self):
        for bad in BAD_ENDPOINTS:
            self.expect_refusal("(hidden)@127.0.0.1", ["scan", "--endpoint-url", bad], {})
        for name in ("", "_STS", "_ORGANIZATIONS", "_EC2", "_NEPTUNE", "_RDS", "_KMS", "_NEPTUNE_GRAPH", "_SSO", "_SSO_OIDC"):
            self.expect_refusal(f"AWS_ENDPOINT_URL{name}: ", ["scan"], {f"AWS_ENDPOINT_URL{name}": BAD_ENDPOINTS[0]})
        for bad in NONSENSE:
            shown = bad.replace("\t", "\\x09")
            self.expect_refusal(f'"{shown}": must be', ["scan", "--endpoint-url", bad], {})

    def test_an_endpoint_in_other_words(self):
        """Host in capitals, the scheme's own port, dots in the path: signed and sent as one."""
        with harness.estate("--accounts", "3", "--regions", "2") as (environment, _):
            for url in (environment["AWS_ENDPOINT_URL"].replace("http", "HTTP") + "/a/..", environment["AWS_ENDPOINT_URL"] + "/./"):
                result = harness.scan({**environment, "AWS_ENDPOINT_URL": url})
                self.assertIsNotNone(result.report, result)
                self.assertTrue(result.report["run"]["caller"].startswith("arn:aws:"), result)


class Unproxied(unittest.TestCase):
    BAD = "*.example.com,.example.org,127.0.0.1,10.0.0.0/8,host:443,[::1]"
    SAID = "no host fits *.example.com, host:443, [::1] in the list of hosts without a proxy"

    def test_said_once(self):
        with harness.estate("--accounts", "3", "--regions", "2") as (environment, _), tempfile.TemporaryDirectory() as folder, \
                proxy.serving(refuses=True) as (address, asked):
            environment.update(HTTPS_PROXY=f"http://{address}", NO_PROXY=self.BAD)
            for name in ("one.ini", "two.ini"):
                with open(f"{folder}/{name}", "w", encoding="utf-8") as stream:
                    stream.write("[scan]\nworkers = 1\n")
            for flags in ([], ["--config", f"{folder}/one.ini,{folder}/two.ini"]):
                result = harness.scan(environment, *flags)
                self.assertEqual(result.err.count(f"warning: NO_PROXY: {self.SAID}"), 1, result)
            result = harness.run(["doctor"], environment)
            self.assertIn(f"configuration  NO_PROXY: {self.SAID}", result.out)
            self.assertEqual(result.out.count("no host fits"), 1, result)
            self.assertEqual(asked, [])

    def test_not_said_without_a_proxy(self):
        with harness.estate("--accounts", "3", "--regions", "2") as (environment, _):
            for more in ({"NO_PROXY": self.BAD}, {"NO_PROXY": "*", "HTTPS_PROXY": "http://127.0.0.1:1"},
                         {"NO_PROXY": ".example.com 10.0.0.0/8", "HTTPS_PROXY": "http://127.0.0.1:1"}):
                self.assertNotIn("no host fits", harness.scan({**environment, **more}).err)

    def test_every_loopback_address_goes_without(self):
        """A token that is for this machine alone is sent to no proxy."""
        with _container() as (url, tokens), proxy.serving(refuses=True) as (address, asked):
            environment = harness.clean_environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=url, AWS_CONTAINER_AUTHORIZATION_TOKEN="token",
                                                    http_proxy=f"http://{address}")
            harness.run(["doctor"], environment)
            self.assertEqual((tokens[:1], asked), (["token"], []))


@contextlib.contextmanager
def _container():
    """An endpoint at 127.0.0.2, and the tokens that it was sent."""
    tokens = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            tokens.append(self.headers.get("Authorization"))
            self.send_error(404)

    server = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.2:{server.server_port}/x", tokens
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


if __name__ == "__main__":
    unittest.main()
