"""A stand-in for S3 that checks what moto does not: signatures, hashes, conditions of every write, owners, regions.

It runs in the process of the tests, which look into it and change it. Sources: S3 API reference; IAM user guide, "Signature
Version 4 signing process".
"""
import base64
import collections
import contextlib
import hashlib
import hmac
import http.server
import re
import threading
import urllib.parse

OWNER = "123456789012"
LEAST_PART = 5 << 20


class Refused(Exception):
    def __init__(self, status, code, message="refused", **headers):
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, headers


class Lost(Exception):
    """The connection ends without a response."""


class Version:
    def __init__(self, data, headers, etag=None):
        self.data = data
        self.etag = etag or '"' + hashlib.md5(data).hexdigest() + '"'
        self.headers = headers


class Bucket:
    def __init__(self, region="us-east-1", owner=OWNER):
        self.region, self.owner = region, owner
        self.objects, self.uploads = {}, {}


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


class S3:
    """Buckets by name; `before` and `after` are called around each operation, with its name and the key, and may raise."""

    def __init__(self, key, secret):
        self.key, self.secret = key, secret
        self.buckets = {"runs": Bucket()}
        self.denied = set()
        self.requests = []
        self.sent = collections.Counter()  # bytes of each key
        self.lock = threading.RLock()
        self.before = self.after = lambda operation, key: None

    def data(self, key, bucket="runs"):
        return self.buckets[bucket].objects[key].data

    def put(self, key, data, bucket="runs"):
        self.buckets[bucket].objects[key] = Version(data, {})


def check_signature(request, body):
    """The caller's region. Every header but those of HTTP itself must be signed."""
    match = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)",
                         request.headers.get("Authorization", ""))
    if not match or match[1] != request.s3.key:
        raise Refused(403, "InvalidAccessKeyId")
    _, day, region, names, signature = match.groups()
    unsigned = {name.lower() for name in request.headers} - set(names.split(";")) - {
        "authorization", "user-agent", "accept", "content-length", "connection"}
    if unsigned:
        raise Refused(403, "SignatureDoesNotMatch", f"not signed: {unsigned}")
    digest = hashlib.sha256(body).hexdigest()
    if request.headers.get("X-Amz-Content-Sha256") != digest:
        raise Refused(400, "XAmzContentSHA256Mismatch")
    path, _, query = request.path.partition("?")
    pairs = sorted((part.partition("=")[0], part.partition("=")[2]) for part in query.split("&") if part)
    canonical = "\n".join([request.command, path, "&".join(f"{name}={value}" for name, value in pairs),
                           *(f"{name}:{request.headers[name].strip()}" for name in names.split(";")), "", names, digest])
    key = b"AWS4" + request.s3.secret.encode()
    for text in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["X-Amz-Date"], f"{day}/{region}/s3/aws4_request",
                      hashlib.sha256(canonical.encode()).hexdigest()])
    if hmac.new(key, text.encode(), hashlib.sha256).hexdigest() != signature:
        raise Refused(403, "SignatureDoesNotMatch")
    return region


def check_condition(headers, present):
    if headers.get("If-None-Match") == "*" and present:
        raise Refused(412, "PreconditionFailed")
    if headers.get("If-Match"):
        if not present:
            raise Refused(404, "NoSuchKey")
        if present.etag != headers["If-Match"]:
            raise Refused(412, "PreconditionFailed")


def kept(headers):
    return {name.lower(): value for name, value in headers.items()
            if name.lower().startswith(("x-amz-meta-", "x-amz-server-side-encryption"))}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait for the acknowledgement of its head
    s3 = None

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("x-amz-request-id", "R0000000000")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        name, _, key = path[1:].partition("/")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        operation = {"GET": "GetObject", "DELETE": "AbortMultipartUpload", "PUT": "UploadPart" if "uploadId" in query else "PutObject",
                     "POST": "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"}[self.command]
        try:
            with self.s3.lock:
                key = urllib.parse.unquote(key)
                self.s3.requests.append((operation, key))
                bucket = self.admit(operation, name, check_signature(self, body))
                self.s3.before(operation, key)
                reply = getattr(self, operation)(bucket, key, query, body)
                self.s3.after(operation, key)
            self.reply(*reply[:2], **reply[2])
        except Refused as refused:
            text = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message><RequestId>R1</RequestId></Error>"
            self.reply(refused.status, text.encode(), **refused.headers)
        except Lost:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = answer

    def admit(self, operation, name, region):
        bucket = self.s3.buckets.get(name)
        if not bucket:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
        if region != bucket.region:
            raise Refused(301, "PermanentRedirect", "must be addressed using the specified endpoint",
                          x_amz_bucket_region=bucket.region)
        if self.headers.get("x-amz-expected-bucket-owner", bucket.owner) != bucket.owner or operation in self.s3.denied:
            raise Refused(403, "AccessDenied", "Access Denied")
        return bucket

    def GetObject(self, bucket, key, _query, _body):
        version = bucket.objects.get(key)
        if not version:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.")
        if self.headers.get("If-Match", version.etag) != version.etag:
            raise Refused(412, "PreconditionFailed")
        headers = {"ETag": version.etag, **version.headers}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not wanted:
            self.s3.sent[key] += len(version.data)
            return 200, version.data, headers
        first, last = int(wanted[1]), int(wanted[2])
        if first >= len(version.data):
            raise Refused(416, "InvalidRange")
        part = version.data[first:last + 1]
        self.s3.sent[key] += len(part)
        return 206, part, {**headers, "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(version.data)}"}

    def check_sum(self, body):
        if self.headers.get("x-amz-checksum-sha256") != sha256(body):
            raise Refused(400, "BadDigest")

    def PutObject(self, bucket, key, _query, body):
        self.check_sum(body)
        check_condition(self.headers, bucket.objects.get(key))
        bucket.objects[key] = Version(body, kept(self.headers))
        return 200, b"", {"ETag": bucket.objects[key].etag}

    def CreateMultipartUpload(self, bucket, key, _query, _body):
        assert self.headers["x-amz-checksum-algorithm"] == "SHA256"
        identity = f"upload/{len(bucket.uploads)}+{key}"
        bucket.uploads[identity] = (kept(self.headers), {})
        return 200, f"<InitiateMultipartUploadResult><UploadId>{identity}</UploadId></InitiateMultipartUploadResult>".encode(), {}

    def UploadPart(self, bucket, _key, query, body):
        self.check_sum(body)
        if query["uploadId"] not in bucket.uploads:
            raise Refused(404, "NoSuchUpload")
        bucket.uploads[query["uploadId"]][1][int(query["partNumber"])] = body
        return 200, b"", {"ETag": '"' + hashlib.md5(body).hexdigest() + '"'}

    def CompleteMultipartUpload(self, bucket, key, query, body):
        if query["uploadId"] not in bucket.uploads:
            raise Refused(404, "NoSuchUpload")
        headers, parts = bucket.uploads[query["uploadId"]]
        named = re.findall(r"<Part><PartNumber>(\d+)</PartNumber><ETag>([^<]+)</ETag><ChecksumSHA256>([^<]+)</ChecksumSHA256></Part>",
                           body.decode())
        if [(int(n), e, c) for n, e, c in named] != [
                (n, '"' + hashlib.md5(data).hexdigest() + '"', sha256(data)) for n, data in sorted(parts.items())]:
            raise Refused(400, "InvalidPart")
        if any(len(parts[n]) < LEAST_PART for n in parts if n != max(parts)):
            raise Refused(400, "EntityTooSmall")
        check_condition(self.headers, bucket.objects.get(key))
        data = b"".join(parts[n] for n in sorted(parts))
        bucket.objects[key] = Version(data, headers, f'"{hashlib.md5(data).hexdigest()}-{len(parts)}"')
        del bucket.uploads[query["uploadId"]]
        etag = bucket.objects[key].etag.replace('"', "&quot;")
        return 200, f"<CompleteMultipartUploadResult><Key>k</Key><ETag>{etag}</ETag></CompleteMultipartUploadResult>".encode(), {}

    def AbortMultipartUpload(self, bucket, _key, query, _body):
        if not bucket.uploads.pop(query["uploadId"], None):
            raise Refused(404, "NoSuchUpload")
        return 204, b"", {}


@contextlib.contextmanager
def strict_s3(environment):
    """The S3, and the environment of a program that uses it with the keys of this one."""
    s3 = S3(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"s3": s3}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield s3, {**environment, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_address[1]}"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
