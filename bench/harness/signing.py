"""One signed request, to be sent many times: SigV4 with the standard library alone."""
import datetime
import hashlib
import hmac
import urllib.parse


def _digest(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def sign(variables, service, region, parameters, host):
    """Headers and body of a form that is signed with the keys in these environment variables."""
    body = urllib.parse.urlencode(parameters)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": host, "x-amz-date": now}
    if "AWS_SESSION_TOKEN" in variables:
        headers["x-amz-security-token"] = variables["AWS_SESSION_TOKEN"]
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body.encode()).hexdigest()}"
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + variables["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (now[:8], region, service, "aws4_request"):
        key = _digest(key, part)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={variables['AWS_ACCESS_KEY_ID']}/{scope}, "
                                f"SignedHeaders={names}, Signature={signature}")
    return headers, body
