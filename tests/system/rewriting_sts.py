"""An STS before the simulated organization's: it keeps what AssumeRole sends, and may change the session policy and sign anew."""
import contextlib
import datetime
import hashlib
import hmac
import http.client
import http.server
import re
import threading
import urllib.parse

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "date", "server")


def sign(environment, host, body):
    """The headers of a request by the user of the simulated organization."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    day, digest = now[:8], hashlib.sha256(body).hexdigest()
    scope = f"{day}/us-east-1/sts/aws4_request"
    canonical = f"POST\n/\n\nhost:{host}\nx-amz-date:{now}\n\nhost;x-amz-date\n{digest}"
    key = b"AWS4" + environment["AWS_SECRET_ACCESS_KEY"].encode()
    for text in (*scope.split("/")[:3], "aws4_request"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {"Host": host, "X-Amz-Date": now, "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={environment['AWS_ACCESS_KEY_ID']}/{scope}, "
                             f"SignedHeaders=host;x-amz-date, Signature={signature}"}


def post(environment, parameters):
    """(status, text) of a request to STS by the user."""
    host = urllib.parse.urlsplit(environment["AWS_ENDPOINT_URL"]).netloc
    body = urllib.parse.urlencode({"Version": "2011-06-15", **parameters}).encode()
    with contextlib.closing(http.client.HTTPConnection(host, timeout=30)) as connection:
        connection.request("POST", "/", body, sign(environment, host, body))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parameters = dict(urllib.parse.parse_qsl(body.decode()))
        headers = dict(self.headers.items())
        if parameters.get("Action") == "AssumeRole":
            with self.server.lock:
                self.server.sent.append(parameters)
            if self.server.change and "Policy" in parameters:
                body = urllib.parse.urlencode({**parameters, "Policy": self.server.change(parameters["Policy"])}).encode()
                headers = sign(self.server.environment, self.server.target, body)
        with contextlib.closing(http.client.HTTPConnection(self.server.target, timeout=30)) as connection:
            connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            data = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Date", answer.getheader("Date"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass  # the other side hung up


@contextlib.contextmanager
def serving(environment, change=None):
    """(environment with this STS, parameters of each AssumeRole). `change` gets a session policy, and returns another."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.environment, server.change, server.sent, server.lock = environment, change, [], threading.Lock()
    server.target = re.sub("^http://", "", environment["AWS_ENDPOINT_URL"])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield {**environment, "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{server.server_address[1]}"}, server.sent
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
