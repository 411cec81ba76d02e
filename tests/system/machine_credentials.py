"""Servers of credentials for the tests: instance metadata, a container's endpoint, IAM Identity Center.

Each may be asked below /KIND/MODE/, where the mode says how it behaves. "MODE+FAILURE" fails once for each path, with an
HTTP status, "reset", "html" or "cut"; "MODE*FAILURE" always. The keys that they give are those of the simulated
organization's host, so that whoever gets them can be asked who he is.
"""
import contextlib
import http.server
import json
import re
import socket
import struct
import threading
import time
import urllib.request

TOKEN = "metadata-token"


def iso(seconds_from_now):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


class Machine:
    """What was asked, and what is given."""

    def __init__(self, estate_url):
        self.estate_url = estate_url
        self.asked = []
        self.keys_given = 0
        self.failed = set()  # (kind, mode, path) that failed once

    def forget(self):
        """Who asks next sees every failure again."""
        self.asked.clear()
        self.failed.clear()

    def keys(self):
        with urllib.request.urlopen(f"{self.estate_url}/v2/credentials/estate") as answer:
            self.keys_given += 1
            return json.load(answer)


def _handler(machine):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # a body does not wait for the acknowledgement of its head
        ahead = 0  # seconds, of our clock

        def log_message(self, *_):
            pass

        def date_time_string(self, timestamp=None):
            return super().date_time_string((timestamp or time.time()) + self.ahead)

        def answer(self, status, text, kind="application/json"):
            body = text.encode() if isinstance(text, str) else json.dumps(text).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            with contextlib.suppress(BrokenPipeError):  # who asked would not wait
                self.end_headers()
                self.wfile.write(body)

        def body(self):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

        def do_any(self):
            kind, mode, path = (self.path.split("/", 3) + ["", "", ""])[1:4]
            machine.asked.append((self.command, kind, mode, path))
            good, how_often, failure = re.fullmatch(r"([^+*]*)([+*]?)(.*)", mode).groups()
            if how_often == "*" or (how_often and (kind, mode, path) not in machine.failed):
                machine.failed.add((kind, mode, path))
                self.body()
                return self.fail(failure)
            self.ahead = -3600 if good == "behind" else 0
            return getattr(self, kind)(good, path)

        def fail(self, failure):
            if failure == "html":
                return self.answer(200, "<html>in a moment</html>", "text/html")
            if failure == "cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                self.close_connection = True
                return None
            if failure == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return self.connection.close()
            return self.answer(int(failure), {"message": "not now"})

        do_GET = do_PUT = do_POST = do_any

        def imds(self, mode, path):
            if mode == "hang":
                time.sleep(3)
                return self.answer(200, "")
            if mode == "html":
                return self.answer(200, "<html>please log in</html>", "text/html")
            if mode == "badtoken" and self.command == "PUT":
                return self.answer(200, "metadata-\r\ntoken", "text/plain")
            if self.command == "PUT":
                wished = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
                good = mode != "v1" and wished and path == "latest/api/token"
                return self.answer(200 if good else 404 if mode == "v1" else 400, TOKEN if good else "", "text/plain")
            if mode != "v1" and self.headers.get("X-aws-ec2-metadata-token") != TOKEN:
                return self.answer(401, "", "text/plain")
            roles = "latest/meta-data/iam/security-credentials/"
            if path == roles:
                name = "../../user-data" if mode == "badrole" else "host-role"
                return self.answer(404 if mode == "norole" else 200, name, "text/plain")
            if path != roles + "host-role":
                return self.answer(404, "", "text/plain")
            if mode == "failure":
                return self.answer(200, {"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role"})
            keys = machine.keys()
            if mode == "expired":
                keys["Expiration"] = "2020-01-01T00:00:00Z"
            if mode == "behind":  # half an hour is left, by its own clock
                keys["Expiration"] = iso(-1800)
            if mode == "badkeys":
                keys["Token"] += "\r\nX-Amz-Meta: x"
            return self.answer(200, {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", **keys})

        def container(self, mode, _):
            if mode == "404":
                return self.answer(404, {"message": "no such task"})
            if mode == "html":
                return self.answer(200, "<html>", "text/html")
            if mode == "token" and self.headers.get("Authorization") != "pod-token":
                return self.answer(401, {"message": "no"})
            if mode == "badkeys":
                return self.answer(200, {**machine.keys(), "AccessKeyId": "ASIA\nX-Amz-Meta: x"})
            if mode == "east":
                return self.answer(200, {**machine.keys(), "Expiration": iso(3600 + 19800)[:-1] + ".25+05:30"})
            if mode == "once" and machine.keys_given:
                return self.answer(503, {"message": "the agent is gone"})
            keys = machine.keys()
            if mode == "expired":
                keys["Expiration"] = "2020-01-01T00:00:00Z"
            if mode == "behind":
                keys["Expiration"] = iso(-1800)
            if mode in ("lies", "dies"):  # says an hour, whatever the estate thinks
                keys["Expiration"] = iso(3600)
            if mode == "dies" and machine.keys_given > 1:
                return self.answer(503, {"message": "the agent is gone"})
            return self.answer(200, keys)

        def sso(self, mode, path):
            if not path.startswith("federation/credentials?") or mode == "401":
                return self.answer(401, {"message": "Session token not found or invalid"})
            if mode == "403":
                return self.answer(403, {"message": "No access"})
            if self.headers.get("x-amz-sso_bearer_token") not in ("login", "renewed"):
                return self.answer(401, {"message": "Session token not found or invalid"})
            keys = machine.keys()
            ends = {"past": -(1 << 62), "never": (1 << 63) - 1}.get(mode, int(time.time() + 3600) * 1000)
            return self.answer(200, {"roleCredentials": {
                "accessKeyId": keys["AccessKeyId"], "secretAccessKey": keys["SecretAccessKey"],
                "sessionToken": keys["Token"] + ("\n" if mode == "badkeys" else ""), "expiration": ends}})

        def oidc(self, mode, path):
            wish = json.loads(self.body())
            if path != "token" or wish.get("grantType") != "refresh_token" or wish.get("refreshToken") != "again":
                return self.answer(400, {"error": "invalid_grant"})
            lasts = {"ages": (1 << 63) - 1, "past": -(1 << 62), "nothing": 0}.get(mode, 3600)
            token = "renewed\r\nX-Header: x" if mode == "badtoken" else "renewed"
            return self.answer(200, {"accessToken": token, "expiresIn": lasts, "refreshToken": "next", "tokenType": "Bearer"})

    return Handler


@contextlib.contextmanager
def serving(estate_url):
    """A Machine and its address."""
    machine = Machine(estate_url)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(machine))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield machine, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
