"""A proxy for the tests: it carries what it is asked to, asks for a password, refuses, or finds no address for a host."""
import base64
import contextlib
import select
import socket
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        request = self.rfile.readline().decode().split()
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if len(request) < 2:
            return
        self.server.asked.append((request[0], request[1]))
        if self.server.password and headers.get("proxy-authorization") != self.server.password:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                             b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        elif self.server.refuses:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif (answer := self.server.unknown.get(self.host_of(request[1]))) is not None:
            self.wfile.write(answer)
        elif request[0] == "CONNECT":
            _, _, port = request[1].rpartition(":")
            # Whatever name was asked for: the simulated AWS is on the loopback.
            with socket.create_connection(("127.0.0.1", self.server.target or int(port))) as other:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.carry(other)

    @staticmethod
    def host_of(target):
        """Of "HOST:PORT" or a URL."""
        return target.partition("://")[2].partition("/")[0] if "://" in target else target.rpartition(":")[0]

    def carry(self, other):
        ends = {self.connection: other, other: self.connection}
        while True:
            ready, _, _ = select.select(list(ends), [], [], 30)
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return
                ends[one].sendall(data)
            if not ready:
                return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 1024

    def verify_request(self, request, _):
        """A connection too many is closed without a word."""
        with self.lock:
            if self.most and self.open >= self.most:
                self.turned_away += 1
                return False
            self.open += 1
            self.peak = max(self.peak, self.open)
            self.counted.add(request)
            return True

    def shutdown_request(self, request):
        with self.lock:
            if request in self.counted:
                self.counted.remove(request)
                self.open -= 1
        super().shutdown_request(request)

    def handle_error(self, *_):
        pass  # somebody hung up


@contextlib.contextmanager
def serving(user="", refuses=False, target=None, unknown=None, most=None):
    """The proxy's address without a user, and the list of what it was asked. `unknown`: hosts that it answers for, with bytes; `most`:
    connections that it carries at a time."""
    with limited(user, refuses, target, unknown, most) as server:
        yield f"127.0.0.1:{server.server_address[1]}", server.asked


@contextlib.contextmanager
def limited(user="", refuses=False, target=None, unknown=None, most=None):
    """The proxy itself, which counts its connections."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.most, server.open, server.peak, server.turned_away = most, 0, 0, 0
    server.lock, server.counted = threading.Lock(), set()
    server.asked, server.refuses, server.target, server.unknown = [], refuses, target, unknown or {}
    server.password = f"Basic {base64.b64encode(user.encode()).decode()}" if user else ""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
