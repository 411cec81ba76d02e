"""The servers that benches ask: the simulated organization, and nginx with answers that never change."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

from harness import paths, scanner, process


class Estate:
    def __init__(self, server, variables, manifest):
        self.server, self.variables, self.manifest_file = server, variables, manifest

    def environment(self, **more):
        return process.environment(**self.variables, **more)

    def manifest(self):
        with open(self.manifest_file, encoding="utf-8") as stream:
            return json.load(stream)

    def statistics(self):
        context = None
        if "AWS_CA_BUNDLE" in self.variables:
            context = ssl.create_default_context(cafile=self.variables["AWS_CA_BUNDLE"])
        url = self.variables["AWS_ENDPOINT_URL"] + "/estate/stats"
        with urllib.request.urlopen(url, timeout=30, context=context) as answer:
            return json.load(answer)

    def cpu(self):
        """Seconds that it has computed so far."""
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_kib(self):
        for line in pathlib.Path(f"/proc/{self.server.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        return 0


@contextlib.contextmanager
def estate(*flags, manifest=False):
    """Ends with the block, and with this process whatever happens to it."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "manifest.json")
        command = [str(paths.ESTATE), "--until-eof", *(str(flag) for flag in flags)]
        if manifest:
            command += ["--manifest", path, *scanner.controls(flags)]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  env={**os.environ, "TMPDIR": folder})
        try:
            variables = {}
            for line in server.stdout:
                name, _, value = line.decode().strip().partition("=")
                if not name:
                    break
                variables[name] = value
            if not variables:
                raise RuntimeError("the simulated organization did not start")
            yield Estate(server, variables, path)
        finally:
            server.stdin.close()
            server.wait(60)
            server.stdout.close()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def make_certificate(folder):
    """An authority of the day, and a certificate for the loopback."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=bench", "-days", "2")
    openssl("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    pathlib.Path(folder, "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="ascii")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "server.pem", "-days",
            "2", "-extfile", "names")


NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  open_file_cache max=16;
  types {{ text/xml xml; }}
  ssl_certificate {folder}/server.pem;
  ssl_certificate_key {folder}/server.key;
  ssl_protocols TLSv1.3;
  map $http_authorization $asked_region {{ "~Credential=[^/]+/[0-9]+/([a-z0-9-]+)/" $1; default none; }}
  map $http_x_amz_security_token $asked_account {{ "~([0-9]{{12}})" $1; default 000000000000; }}
{servers}
}}
"""
SERVER = """  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    root {folder};
    location / {{ error_page 403 405 =200 /{name}.xml; }}
    location = /{name}.xml {{ add_header x-amzn-RequestId 5a71c000-0000-4000-8000-000000000000; {place} }}
  }}"""
# A list of another account or region than was asked is refused: its ARNs get those of the request, by its token and its scope.
PLACE = "sub_filter_types text/xml; sub_filter_once off; sub_filter ':{0}:{1}:' ':$asked_region:$asked_account:';"


def place_in(body):
    found = re.search(rb":rds:([a-z0-9-]+):([0-9]{12}):", body)
    return PLACE.format(*(part.decode() for part in found.groups())) if found else ""


class Static:
    def __init__(self, ports, authority):
        self.ports, self.authority = ports, authority

    def url(self, name):
        return f"https://127.0.0.1:{self.ports[name]}"


@contextlib.contextmanager
def nginx(answers):
    """Each of the named answers at a port of its own, to any request, over TLS 1.3."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        make_certificate(folder)
        ports = {name: free_port() for name in answers}
        for name, body in answers.items():
            pathlib.Path(folder, f"{name}.xml").write_bytes(body)
        blocks = "\n".join(SERVER.format(port=ports[name], folder=folder, name=name, place=place_in(body)) for name, body in answers.items())
        user = "root" if os.getuid() == 0 else "nobody"
        pathlib.Path(folder, "nginx.conf").write_text(NGINX.format(folder=folder, servers=blocks, user=user),
                                                      encoding="ascii")
        server = subprocess.Popen(["nginx", "-p", folder, "-c", os.path.join(folder, "nginx.conf"), "-e",
                                   os.path.join(folder, "error.log")], env={**os.environ, "PATH": paths.SYSTEM_PATH})
        try:
            for port in ports.values():
                wait_for_port(server, port)
            yield Static(ports, os.path.join(folder, "ca.pem"))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def wait_for_port(server, port):
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("nginx did not start")
