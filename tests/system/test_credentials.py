"""Every source of credentials, good and bad, by servers of our own; and what botocore makes of the same.

`ctest -V -R system.credentials` prints the table: source, case, our outcome, botocore's. Where the two differ on
purpose the case says so (`agrees=False`), and docs/credentials.md says why.
"""
import hashlib
import json
import os
import stat
import tempfile
import time
import unittest
import unittest.mock
import urllib.parse
import urllib.request

import harness
import machine_credentials
import reports
from machine_credentials import iso

harness.enter_python("botocore is")

import botocore.config  # only in the virtual environment
import botocore.credentials
import botocore.session
import botocore.tokens

HOST, USER, MEMBER = "assumed-role/host/", "user/auditor", "assumed-role/NeptuneScanAudit/"
START = "https://corp.awsapps.com/start"
NOT_ASKED = "(not asked)"


class Case:
    """A situation: files and environment, what we must say, and whether botocore is asked, too."""

    def __init__(self, source, name, expected, environment=None, config="", keys="", flags=(), files=None, home=None,
                 botocore=True, agrees=True):
        self.source, self.name, self.expected = source, name, expected
        self.environment, self.config, self.keys = environment or {}, config, keys
        self.flags, self.files, self.home = flags, files or {}, home or {}
        self.botocore, self.agrees = botocore, agrees

    def expect(self, expected):
        self.expected = expected
        return self

    @property
    def is_good(self):
        return self.expected in (HOST, USER, MEMBER)


def login(**more):
    return json.dumps({"startUrl": START, "region": "us-east-1", "accessToken": "login", "expiresAt": iso(3600), **more})


def cache(name, text):
    return {f".aws/sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json": text}


def iso_at(seconds_from_now, east, written):
    """A moment as a clock shows it that is `east` seconds ahead of UTC: "2026-11-24T07:30:00+05:30"."""
    return iso(seconds_from_now + east)[:-1] + written


def shared_files(env):
    """What stands in the shared files, and how: the user's keys are in them, or nobody's."""
    key, secret = env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    static = f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    nobody = "aws_access_key_id = AKIANOBODY\naws_secret_access_key = nothing\n"
    indented = "".join(f"    {line}\n" for line in static.splitlines())
    program = f'echo \'{{{{"Version": 1, "AccessKeyId": "{key}", "SecretAccessKey": "{secret}"}}}}\''
    words = f'#!/bin/sh\n[ "$*" = "--vault corp --role audit" ] && exec {program.format()}\necho "$*" >&2\nexit 3\n'
    dev = {"AWS_PROFILE": "dev"}

    def case(name, expected, config="", keys="", environment=None, **more):
        return Case("shared files", name, expected, environment, config, keys, **more)

    return [
        case("indented keys", USER, keys=f"[default]\n{indented}"),
        case("indented by tabs", USER, f"[profile dev]\n{indented}".replace("    ", "\t"), environment=dev),
        case("the second key indented more", "aws_access_key_id goes on in the next line",
             keys=f"[default]\naws_access_key_id = {key}\n  aws_secret_access_key = {secret}\n"),
        case("credential_process goes on", USER, "[profile dev]\ncredential_process = {folder}/program --vault corp\n"
             "    # comment\n    --role audit\nregion = us-east-1\n", environment=dev, files={"program": words}),
        case("keys within a block", "no AWS credentials", f"[default]\ns3 =\n{indented}"),
        case("a section twice", 'the section "default" occurs a second time here', keys=f"[default]\n{static}[default]\n{nobody}"),
        case("half a pair in each of two sections", 'the section "dev" occurs a second time here',
             f"[profile dev]\naws_access_key_id = {key}\n[profile dev]\naws_secret_access_key = {secret}\n", environment=dev),
        case("a section twice, in quotes", 'the section "dev" occurs a second time here',
             f"[profile dev]\n{nobody}[profile 'dev']\n{static}", environment=dev, agrees=False),
        case("[default], then [profile default]", USER, f"[default]\n{nobody}[profile default]\n{static}"),
        case("[profile default], then [default]", USER, f"[profile default]\n{static}[default]\n{nobody}", agrees=False),
        case("half of them in each default", "has half a key pair: aws_secret_access_key",
             f"[default]\naws_secret_access_key = {secret}\n[profile default]\naws_access_key_id = {key}\n"),
        case("[DEFAULT]", "[DEFAULT] in capitals", f"[DEFAULT]\n{static}[profile dev]\nregion = us-east-1\n", environment=dev,
             agrees=False),
        case("a key twice", 'the key "aws_access_key_id" occurs a second time here',
             keys=f"[default]\n{static}aws_access_key_id = AKIANOBODY\n"),
        case("keys before any section", "a setting before the first [section]", keys=f"{static}[default]\n{static}"),
        case("longer than a megabyte", USER, keys="# a comment that has some length\n" * 40000 + f"[default]\n{static}"),
        case("a folder in the place of a file", "config cannot be read: it is a directory", None, f"[default]\n{static}", agrees=False),
        case("a byte order mark", "begins with a byte order mark (BOM)", keys=f"\ufeff[default]\n{static}"),
        case("UTF-16", "the file is UTF-16", keys=f"[default]\n{static}".encode("utf-16")),
        case("Latin-1", "keys:1: the line is not UTF-8", keys=b"# M\xfcller\n" + f"[default]\n{static}".encode()),
        case("CR LF", USER, keys=f"[default]\n{static}".replace("\n", "\r\n")),
        case("CR", USER, keys=f"[default]\n{static}".replace("\n", "\r")),
        case("a ] in the name", USER, f"[profile dev]\n{nobody}[profile dev]x]\n{static}", environment={"AWS_PROFILE": "dev]x"}),
        case("the name up to a ]", "profile dev does not exist in", f"[profile dev]x]\n{static}", environment=dev),
        case("a ] in a comment", "a second ] behind a section's name", f"[profile dev] # [1]\n{static}", environment=dev),
        case("comments", USER, f"# a\n; b\n[profile dev] # c\n  # d\n{static}# e\n", environment=dev),
        case("a comment behind a key", "aws_secret_access_key is followed by a comment", keys=f"[default]\n{static.strip()} # mine\n"),
        case("a comment behind source_profile", "source_profile is followed by a comment", environment=dev,
             config=f"[profile dev]\nrole_arn = arn:aws:iam::{OWNER}:role/host\nsource_profile = base # ours\n[profile base]\n{static}"),
        case("a blank in a key", "aws_access_key_id holds a blank", keys=f"[default]\n{static.replace('AKIA', 'AK IA')}"),
        case("a quoted name", USER, f"[profile \"my name\"]\n{static}", environment={"AWS_PROFILE": "my name"}),
        case("a name of two words", "profile my name does not exist in", f"[profile my name]\n{static}", environment={"AWS_PROFILE": "my name"}),
        case("blanks in the brackets", USER, keys=f"[ default ]\n{static}", agrees=False),
        case("a config file's form of a name", "in that file its name is [dev]", keys=f"[profile dev]\n{static}", environment=dev),
        case("a credentials file's form of a name", "in that file its name is [profile dev]", f"[dev]\n{static}", environment=dev),
        case("an empty key", "aws_access_key_id has no value", keys="[default]\naws_access_key_id =\naws_secret_access_key = x\n"),
        case("an empty token", USER, keys=f"[default]\n{static}aws_session_token =\n"),
        case("an older name of the token", "InvalidClientTokenId", keys=f"[default]\n{static}aws_security_token = x\n"),
        case("a name in capitals", USER, keys=f"[default]\n{static.upper().replace(key.upper(), key).replace(secret.upper(), secret)}"),
        case("colons", USER, keys=f"[default]\n{static.replace(' = ', ':')}"),
        case("the credentials file wins", USER, f"[default]\n{nobody}", f"[default]\n{static}"),
        case("credential_process wins over the config file's keys", USER, environment=dev,
             config=f"[profile dev]\n{nobody}credential_process = {{folder}}/program\n", files={"program": f"#!/bin/sh\n{program}\n"}),
        case("the credentials file's keys win over credential_process", USER, "[profile dev]\ncredential_process = false\n",
             f"[dev]\n{static}", environment=dev),
        case("a source profile's own process", USER, environment=dev,
             config=f"[profile dev]\nrole_arn = arn:aws:iam::{OWNER}:role/host\nsource_profile = base\n[profile base]\n{nobody}"
             "credential_process = {folder}/program\n", files={"program": f"#!/bin/sh\n{program}\n"}).expect(HOST),
        case("~ in AWS_CONFIG_FILE", USER, f"[default]\n{static}", environment={"AWS_CONFIG_FILE": "~/config"}),
        case("$HOME in AWS_SHARED_CREDENTIALS_FILE", USER, keys=f"[default]\n{static}",
             environment={"AWS_SHARED_CREDENTIALS_FILE": "$HOME/keys"}),
        case("${...} in AWS_CONFIG_FILE", USER, f"[default]\n{static}", environment={"AWS_CONFIG_FILE": "${AWS_FOLDER}/config",
                                                                                      "AWS_FOLDER": "{folder}"}),
        case("the files' own places", USER, home={".aws/credentials": f"[default]\n{static}"},
             environment={"AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": None}),
        case("AWS_SHARED_CREDENTIALS_FILE of nothing", "no AWS credentials", home={".aws/credentials": f"[default]\n{static}"},
             environment={"AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": ""}),
        case("an empty value before another key", USER, f"[profile dev]\ncli_pager =\n{static}", environment=dev),
        case("signs of comments within a value", "SignatureDoesNotMatch", keys=f"[default]\n{static.strip()}#x;y\n"),
        case("quotes around a key", "InvalidClientTokenId", keys=f"[default]\n{static.replace(key, chr(34) + key + chr(34))}"),
        case("a percent sign and a bracket in a comment's key", USER, keys=f"[default]\nnote = 100% [x] %(y)s\n{static}"),
        case("AWS_PROFILE beside AWS_DEFAULT_PROFILE", USER, f"[profile dev]\n{static}[profile old]\n{nobody}",
             environment={**dev, "AWS_DEFAULT_PROFILE": "old"}, agrees=False),
    ]


def stumbling(url, portal, sso):
    """A single failure of each server that gives credentials, and what botocore does about it."""
    rows = []
    spent = login(accessToken="old", expiresAt=iso(-60), refreshToken="again", clientId="c", clientSecret="s",
                  registrationExpiresAt=iso(86400))
    for failure in ("429", "500", "503", "reset", "cut"):
        rows += [
            Case("container", f"one {failure}", HOST, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/container/good+{failure}/x"}),
            Case("Identity Center", f"one {failure} of the portal", HOST, {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/good+{failure}"},
                 config=sso, home=cache("corp", login())),
            Case("Identity Center", f"one {failure} of a renewal", HOST, {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/good+{failure}"},
                 config=sso, home=cache("corp", spent)),
            Case("instance metadata", f"one {failure} of each request", HOST,
                 {"AWS_EC2_METADATA_DISABLED": None, "AWS_METADATA_SERVICE_TIMEOUT": "1",
                  "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{url}/imds/good+{failure}/"}, agrees=False),
        ]
    return rows


def cases(url, env, truth):
    """All of them. `url` is the machine's, `env` the estate's environment."""
    key, secret = env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    static = f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    member = next(cell["account"] for cell in truth["cells"] if cell["account"] != OWNER and cell["state"] == "empty")
    role, hub = f"arn:aws:iam::{member}:role/NeptuneScanAudit", f"arn:aws:iam::{OWNER}:role/host"
    imds = {"AWS_EC2_METADATA_DISABLED": None, "AWS_METADATA_SERVICE_TIMEOUT": "1"}
    sso = "[profile {0}]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Audit\n" \
          f"[sso-session corp]\nsso_region = us-east-1\nsso_start_url = {START}\n"
    old = f"[profile dev]\nsso_region = us-east-1\nsso_start_url = {START}\nsso_account_id = 1\nsso_role_name = Audit\n"
    portal = {"AWS_ENDPOINT_URL_SSO": f"{url}/sso/good", "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/good", "AWS_PROFILE": "dev"}
    dev = {"AWS_PROFILE": "dev"}
    good_token = {"token": "estate-web-identity-token"}

    def process(command):
        return f"[profile dev]\ncredential_process = {command}\n"

    def full(mode):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/container/{mode}/x"}

    def metadata(mode):
        return {**imds, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{url}/imds/{mode}/"}

    program = '#!/bin/sh\necho \'{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}\'\n' % (key, secret)
    with urllib.request.urlopen(f"{env['AWS_ENDPOINT_URL']}/v2/credentials/estate") as answer:
        host = json.load(answer)
    session = {"AWS_ACCESS_KEY_ID": host["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": host["SecretAccessKey"]}
    user = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    until = program.replace('"Version"', '"Expiration": "%s", "Version"')
    spent = {"accessToken": "old", "expiresAt": iso(-60), "refreshToken": "again", "clientId": "c", "clientSecret": "s"}
    here = urllib.parse.urlsplit(url).netloc
    return shared_files(env) + stumbling(url, portal, sso.format("dev")) + [
        Case("environment", "AWS_SECURITY_TOKEN", HOST, {**session, "AWS_SECURITY_TOKEN": host["Token"]}),
        Case("environment", "AWS_SECURITY_TOKEN beside AWS_SESSION_TOKEN", HOST,
             {**session, "AWS_SECURITY_TOKEN": host["Token"], "AWS_SESSION_TOKEN": "another"}),
        Case("environment", "a line end behind the id", "AWS_ACCESS_KEY_ID holds a line end", {**user, "AWS_ACCESS_KEY_ID": key + "\n"}),
        Case("environment", "a line end behind the secret", "AWS_SECRET_ACCESS_KEY holds a line end",
             {**user, "AWS_SECRET_ACCESS_KEY": secret + "\n"}),
        Case("environment", "a header behind the token", "AWS_SESSION_TOKEN holds a line end",
             {**session, "AWS_SESSION_TOKEN": host["Token"] + "\r\nX-Amz-Meta: x"}),
        Case("environment", "a header behind the older token", "AWS_SECURITY_TOKEN holds a line end",
             {**session, "AWS_SECURITY_TOKEN": host["Token"] + "\nX-Amz-Meta: x"}),
        Case("environment", "a blank before the secret", "AWS_SECRET_ACCESS_KEY holds a blank",
             {**user, "AWS_SECRET_ACCESS_KEY": " " + secret}),
        Case("environment", "a blank behind the id", "AWS_ACCESS_KEY_ID holds a blank", {**user, "AWS_ACCESS_KEY_ID": key + " "}),
        Case("environment", "ends by a clock in the west", USER, {**user, "AWS_CREDENTIAL_EXPIRATION": iso_at(3600, -18000, "-05:00")}),
        Case("environment", "ends by a clock in the east", USER, {**user, "AWS_CREDENTIAL_EXPIRATION": iso_at(3600, 19800, "+0530")}),
        Case("environment", "ended by a clock in the east", "have expired",
             {**user, "AWS_CREDENTIAL_EXPIRATION": iso_at(-60, 7200, ".123+02:00")}),
        Case("environment", "ends by nobody's clock", "not a time such as", {**user, "AWS_CREDENTIAL_EXPIRATION": iso(3600)[:-1]}),
        Case("web identity", "a line end behind the token", HOST, {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": hub},
             files={"token": "estate-web-identity-token\n"}),
        Case("web identity", "a folder", "it is a directory", {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}", "AWS_ROLE_ARN": hub}),
        Case("Identity Center", "503 again and again", "the portal returned HTTP 503",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/good*503"}, config=sso.format("dev"), home=cache("corp", login()), botocore=False),
        Case("Identity Center", "renewal fails again and again", "could not be refreshed: ",
             {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/good*503"}, config=sso.format("dev"), home=cache("corp", json.dumps(
                 {**json.loads(login()), **spent, "registrationExpiresAt": iso(86400)})), botocore=False),
        Case("Identity Center", "ends by a clock in the west", HOST, portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso_at(3600, -18000, "-05:00")))),
        Case("Identity Center", "ended by a clock in the east", "the login has expired", portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso_at(-60, 19800, "+0530")))),
        Case("Identity Center", "renewed for ages", HOST, {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/ages"},
             config=sso.format("dev"), home=cache("corp", login(**spent, registrationExpiresAt=iso_at(86400, 7200, "+02:00"))), agrees=False),
        Case("Identity Center", "renewed until yesterday", "the login has expired",
             {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/past"}, config=sso.format("dev"),
             home=cache("corp", login(**spent, registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "renewed for no time", "the login has expired",
             {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/nothing"}, config=sso.format("dev"),
             home=cache("corp", login(**spent, registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "renewed with a header in the token", "returned HTTP 200 and no usable login",
             {**portal, "AWS_ENDPOINT_URL_SSO_OIDC": f"{url}/oidc/badtoken"}, config=sso.format("dev"),
             home=cache("corp", login(**spent, registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "a header in the cached token", "accessToken holds a line end", portal, config=sso.format("dev"),
             home=cache("corp", login(accessToken="login\r\nX-Header: x"))),
        Case("Identity Center", "keys with a line end", "sessionToken holds a line end",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/badkeys"}, config=sso.format("dev"), home=cache("corp", login())),
        Case("Identity Center", "keys for ages", HOST, {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/never"}, config=sso.format("dev"),
             home=cache("corp", login()), agrees=False),
        Case("Identity Center", "keys until long ago", "is neither a time",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/past"}, config=sso.format("dev"), home=cache("corp", login())),
        Case("Identity Center", "session and profile differ", "has sso_region eu-west-1, and its [sso-session corp] has us-east-1", portal,
             config=sso.format("dev").replace("sso_account_id", "sso_region = eu-west-1\nsso_account_id"), home=cache("corp", login())),
        Case("Identity Center", "account and role alone", "lacks sso_start_url", portal,
             config="[profile dev]\nsso_account_id = 111111111111\nsso_role_name = Audit\n"),
        Case("process", "leaves a child that holds the pipe", USER, dev, config=process("{folder}/program"),
             files={"program": program.replace("sh\n", "sh\nsleep 5 &\n")}, flags=("--timeout", "3s")),
        Case("process", "no line end", USER, dev, config=process("{folder}/program"), files={"program": program.replace("echo", "printf %s")}),
        Case("process", "fails, with keys", "ended with exit code 3", dev, config=process("{folder}/program"),
             files={"program": program + "exit 3\n"}),
        Case("process", "more than 64 KiB", "printed more than 65536 bytes", dev, config=process("{folder}/program"),
             files={"program": program.replace("echo", "head -c 100000 /dev/zero | tr '\\0' ' '; echo")}, agrees=False),
        Case("process", "a header in the id", "AccessKeyId holds a line end", dev, config=process("{folder}/program"),
             files={"program": program.replace("echo", "printf %s").replace(key, key + "\\nX-Amz-Meta: x")}),
        Case("process", "ends by a clock in the west", USER, dev, config=process("{folder}/program"),
             files={"program": until % iso_at(3600, -18000, "-05:00")}),
        Case("process", "ended by a clock in the east", "credentials expired at", dev, config=process("{folder}/program"),
             files={"program": until % iso_at(-60, 7200, ".123+02:00")}),
        Case("process", "a backslash in quotes", USER, dev, config=process('{folder}/program "a\\b"'),
             files={"program": program.replace("sh\n", "sh\n[ \"$1\" = 'a\\b' ] || exit 3\n")}),
        Case("container", "404, then keys", HOST, full("good+404")),
        Case("container", "HTML, then keys", HOST, full("good+html")),
        Case("container", "503 again and again", "returned HTTP 503", full("good*503")),
        Case("container", "a user before the host", "a user or a password stands before the host",
             {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://169.254.170.2:80@{here}/container/token/x",
              "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"}, agrees=False),
        Case("container", "a user before a host elsewhere", "a user or a password stands before the host",
             {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2:80@192.0.2.1/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"}),
        Case("container", "a port that is none", "Port number", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:http/x"}),
        Case("container", "token file ends in a line end", "holds a line end",
             {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"}, files={"token": "pod-token\n"}),
        Case("container", "keys with a header", "AccessKeyId holds a line end", full("badkeys")),
        Case("container", "keys until a moment in the east", HOST, full("east")),
        Case("instance metadata", "one 503 of each request, attempts set", HOST,
             {**metadata("good+503"), "AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"}),
        Case("instance metadata", "503 again and again", "returned HTTP 503 for a token, repeatedly", metadata("good*503")),
        Case("instance metadata", "a header in the token", "returned no token", metadata("badtoken")),
        Case("instance metadata", "a path for a role", "no role name", metadata("badrole")),
        Case("instance metadata", "keys with a header", "Token holds a line end", metadata("badkeys")),
        Case("instance metadata", "a user before the host", 'is "http://(hidden)@',
             {**imds, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://me:s3cret@{here}/imds/good/"}, agrees=False),
        Case("environment", "keys", USER, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}),
        Case("environment", "half a pair", "AWS_SECRET_ACCESS_KEY is not", {"AWS_ACCESS_KEY_ID": key}),
        Case("environment", "expired", "have expired", {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                                                        "AWS_CREDENTIAL_EXPIRATION": iso(-60)}),
        Case("environment", "keys beside AWS_PROFILE", USER, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
                                                              "AWS_PROFILE": "dev"}, keys="[dev]\naws_access_key_id = x\n"
             "aws_secret_access_key = y\n"),
        Case("environment", "nothing anywhere", "no AWS credentials found; tried:"),
        Case("profile", "default", USER, keys=f"[default]\n{static}"),
        Case("profile", "AWS_PROFILE", USER, dev, keys=f"[dev]\n{static}"),
        Case("profile", "in the config file", USER, dev, config=f"[profile dev]\n{static}"),
        Case("profile", "half a pair", "has half a key pair: aws_secret_access_key", dev,
             keys="[dev]\naws_access_key_id = x\n"),
        Case("profile", "not there", 'profile prod does not exist in', {"AWS_PROFILE": "prod"}, keys=f"[prd]\n{static}"),
        Case("profile", "before keys of the environment", "SignatureDoesNotMatch",
             {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, flags=("--profile", "dev"),
             keys=f"[dev]\naws_access_key_id = {key}\naws_secret_access_key = wrong\n", botocore=False),
        Case("profile", "rubbish in the file", "neither a [section] nor", dev, config="[profile dev]\nwhat is this\n"),
        Case("role", "source_profile", MEMBER, dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = base\n[profile base]\n{static}"),
        Case("role", "two of them in a chain", MEMBER, dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = hub\n[profile hub]\nrole_arn = {hub}\n"
             f"source_profile = base\nexternal_id = abc-123\nduration_seconds = 900\nrole_session_name = me\n"
             f"[profile base]\n{static}"),
        Case("role", "itself, with keys", MEMBER, dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = dev\n{static}"),
        Case("role", "credential_source Environment", MEMBER,
             {**dev, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, flags=("--profile", "dev"),
             config=f"[profile dev]\nrole_arn = {role}\ncredential_source = Environment\n"),
        Case("role", "credential_source EcsContainer", MEMBER, {**dev, **full("good")},
             config=f"[profile dev]\nrole_arn = {role}\ncredential_source = EcsContainer\n"),
        Case("role", "credential_source Ec2InstanceMetadata", MEMBER, {**dev, **metadata("good")},
             config=f"[profile dev]\nrole_arn = {role}\ncredential_source = Ec2InstanceMetadata\n"),
        Case("role", "longer than a chain may last", MEMBER, {**dev, **full("good")},
             config=f"[profile dev]\nrole_arn = {role}\ncredential_source = EcsContainer\nduration_seconds = 7200\n",
             agrees=False),
        Case("role", "circle", "form a circle: dev -> b -> dev", dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = b\n[profile b]\nrole_arn = {role}\nsource_profile = dev\n"),
        Case("role", "mfa_serial", "requires a code of the MFA device", dev, botocore=False,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = arn:x\n[profile base]\n{static}"),
        Case("role", "both kinds of source", "exactly one of source_profile and credential_source", dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = base\ncredential_source = Environment\n"
             f"[profile base]\n{static}"),
        Case("role", "refused", "\n  Fix: create the role, or correct its trust policy or external id", dev,
             config=f"[profile dev]\nrole_arn = {role}x\nsource_profile = base\n[profile base]\n{static}"),
        Case("role", "of another partition", "a role of the partition aws-cn, but aws.region us-east-1 is in aws", dev,
             config=f"[profile dev]\nrole_arn = {role.replace('arn:aws:', 'arn:aws-cn:')}\nsource_profile = base\n"
             f"[profile base]\n{static}"),
        Case("web identity", "environment", HOST, {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": hub},
             files=good_token),
        Case("web identity", "profile", HOST, dev, files=good_token,
             config=f"[profile dev]\nrole_arn = {hub}\nweb_identity_token_file = {{folder}}/token\n"),
        Case("web identity", "as another's source", MEMBER, dev, files=good_token,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = web\n[profile web]\nrole_arn = {hub}\n"
             "web_identity_token_file = {folder}/token\n"),
        Case("web identity", "empty file", "token is empty",
             {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": hub}, files={"token": ""}),
        Case("web identity", "no file", "cannot read",
             {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": hub}),
        Case("web identity", "no role", "no role\n  Fix: set AWS_ROLE_ARN", {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"},
             files=good_token),
        Case("web identity", "of nobody AWS knows", "InvalidIdentityToken",
             {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token", "AWS_ROLE_ARN": hub}, files={"token": "somebody else's"}),
        Case("Identity Center", "sso_session", HOST, portal, config=sso.format("dev"), home=cache("corp", login())),
        Case("Identity Center", "older form", HOST, portal, config=old, home=cache(START, login())),
        Case("Identity Center", "older form, its old time", HOST, portal, config=old,
             home=cache(START, login(expiresAt=iso(3600)[:-1] + "UTC"))),
        Case("Identity Center", "renewed", HOST, portal, config=sso.format("dev"),
             home=cache("corp", login(accessToken="old", expiresAt=iso(-60), refreshToken="again", clientId="c",
                                      clientSecret="s", registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "expired", "Fix: aws sso login --sso-session corp", portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso(-60)))),
        Case("Identity Center", "expired, older form", "Fix: aws sso login --profile dev", portal, config=old,
             home=cache(START, login(expiresAt=iso(-60)))),
        Case("Identity Center", "cannot be renewed", "the login has expired", portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso(-60), refreshToken="spent", clientId="c", clientSecret="s",
                                      registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "nobody logged in", "no login in", portal, config=sso.format("dev")),
        Case("Identity Center", "cache is rubbish", "holds no accessToken", portal, config=sso.format("dev"),
             home=cache("corp", "rubbish")),
        Case("Identity Center", "portal says 401", "the portal rejects the login",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/401"}, config=sso.format("dev"), home=cache("corp", login())),
        Case("Identity Center", "portal says 403", "no permission set for the role Audit in account 111111111111",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/403"}, config=sso.format("dev"), home=cache("corp", login())),
        Case("process", "keys", USER, dev, config=process("{folder}/program"), files={"program": program}),
        Case("process", "rubbish", "printed no JSON object", dev, config=process("echo rubbish")),
        Case("process", "another version", 'printed no "Version": 1', dev, config=process("""echo '{{"Version": 2}}'""")),
        Case("process", "fails", "ended with exit code 3: sealed", dev, config=process("{folder}/program"),
             files={"program": "#!/bin/sh\necho sealed >&2\nexit 3\n"}),
        Case("process", "hangs", "did not end within 500 ms", dev, config=process("sleep 60"), flags=("--timeout", "500ms"),
             botocore=False),
        Case("process", "not there", "cannot run", dev, config=process("{folder}/program")),
        Case("process", "no shell", "printed no JSON object", dev, config=process("echo $(id) `id` | cat"), botocore=False),
        Case("container", "full URI", HOST, full("good")),
        Case("container", "token file", HOST, {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"},
             files={"token": "pod-token"}),
        Case("container", "token", HOST, {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod-token"}),
        Case("container", "token of two lines", "holds a line end",
             {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod\r\ntoken"}),
        Case("container", "token file is empty", "token is empty",
             {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"}, files={"token": ""}),
        Case("container", "http elsewhere", "plain http is only for loopback",
             {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}),
        Case("container", "404", "returned HTTP 404", full("404")),
        Case("container", "HTML", "JSON object", full("html")),
        Case("container", "expired keys", "credentials expired at", full("expired")),
        Case("container", "good by its own clock", HOST, full("behind"), agrees=False),
        Case("instance metadata", "keys", HOST, metadata("good")),
        Case("instance metadata", "version 1 only", "version 1 is not used", metadata("v1"), agrees=False),
        Case("instance metadata", "HTML", "returned no token: a proxy or a portal", metadata("html")),
        Case("instance metadata", "no role", "this instance has no role", metadata("norole")),
        Case("instance metadata", "no keys", "AssumeRoleUnauthorizedAccess", metadata("failure")),
        Case("instance metadata", "no answer", "does not respond", metadata("hang")),
        Case("instance metadata", "expired keys", "credentials expired at", metadata("expired"), agrees=False),
        Case("instance metadata", "good by its own clock", HOST, metadata("behind")),
        Case("instance metadata", "switched off", "switched off by AWS_EC2_METADATA_DISABLED",
             {**metadata("good"), "AWS_EC2_METADATA_DISABLED": "true"}),
    ]


OWNER = None  # the management account, told by the first identity


class Credentials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        context = harness.estate("--accounts", "12", "--regions", "2")
        cls.estate, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.url = cls.estate["AWS_ENDPOINT_URL"]
        machine = machine_credentials.serving(cls.url)
        cls.machine, cls.machine_url = machine.__enter__()
        cls.addClassCleanup(machine.__exit__, None, None, None)
        globals()["OWNER"] = cls.identity_of(cls.estate)[0].split(":")[4]

    @staticmethod
    def identity_of(environment, *flags):
        """(ARN, "") or (None, what was said)."""
        return Credentials.read_identity(harness.run(["doctor", "--format", "json", *flags], environment))

    @staticmethod
    def read_identity(result):
        report = json.loads(result.out)
        for check in report["checks"]:
            if check["check"] == "credentials":
                words = check["text"].split(" ")
                arn = next((word.rstrip(",") for word in words if word.startswith("arn:aws:") and check["level"] == "ok"), None)
                return arn, check["text"] + (f"\n  Fix: {check['advice']}" if check["advice"] else "")
        return None, result.out

    def prepare(self, case, folder):
        """The environment of a case, its files written."""
        bare = {name: value for name, value in self.estate.items()
                if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        texts = {"config": case.config, "keys": case.keys, **case.files, **case.home}
        for name, text in texts.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if text is None:
                os.mkdir(path)
                continue
            if isinstance(text, str):
                text = text.replace("{folder}", folder).replace("{{", "{").replace("}}", "}").encode()
            with open(path, "wb") as stream:
                stream.write(text)
            os.chmod(path, 0o700 if name == "program" else 0o600)
        bare.update({"HOME": folder, "AWS_CONFIG_FILE": f"{folder}/config", "AWS_SHARED_CREDENTIALS_FILE": f"{folder}/keys",
                     "AWS_DEFAULT_REGION": "us-east-1"})
        for name, value in case.environment.items():
            bare[name] = value.replace("{folder}", folder) if value is not None else None
        return {name: value for name, value in bare.items() if value is not None}

    @staticmethod
    def botocore_says(environment, flags):
        """(ARN, "") or (None, exception)."""
        profile = flags[1] if flags[:1] == ("--profile",) else None
        # It looks for the home once, when it is imported.
        cache_folder = os.path.join(environment["HOME"], ".aws/sso/cache")
        botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = cache_folder  # pylint: disable=protected-access
        botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache_folder  # pylint: disable=protected-access
        with unittest.mock.patch.dict(os.environ, environment, clear=True):
            try:
                session = botocore.session.Session(profile=profile)
                client = session.create_client("sts", config=botocore.config.Config(retries={"max_attempts": 0}))
                return client.get_caller_identity()["Arn"], ""
            except Exception as problem:  # pylint: disable=broad-except # whatever it is, it is the outcome
                return None, type(problem).__name__

    @unittest.skipIf("tsan" in harness.SCANNER, "sources are asked by one thread; the threads are those of a renewal")
    def test_table(self):
        wrong, rows = [], []
        secrets = (self.estate["AWS_SECRET_ACCESS_KEY"], "pod-token", "estate-web-identity-token", machine_credentials.TOKEN, "s3cret")
        for case in cases(self.machine_url, self.estate, self.truth):
            self.machine.forget()
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                result = harness.run(["doctor", "--verbose", "--format", "json", *case.flags], environment)
                arn, said = self.read_identity(result)
            wrong += [f"{case.source}, {case.name}: prints {secret}" for secret in secrets if secret in result.out + result.err]
            self.machine.forget()
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                theirs, problem = self.botocore_says(environment, case.flags) if case.botocore else (None, NOT_ASKED)
            ours = (arn or "").partition(":sts::")[2] or (arn or "").partition(":iam::")[2] or case.expected
            rows.append((case.source, case.name, ours, theirs.split(":", 4)[4] if theirs else problem,
                         "" if case.agrees else "on purpose"))
            if case.expected not in (arn or said):
                wrong.append(f"{case.source}, {case.name}: expected {case.expected!r}, said {arn or said!r}")
            elif case.is_good != (arn is not None):
                wrong.append(f"{case.source}, {case.name}: {arn}, {said}")
            # The session's name is each one's own.
            agrees = (arn or "").rpartition("/")[0] == (theirs or "").rpartition("/")[0]
            if case.botocore and case.agrees != agrees:
                wrong.append(f"{case.source}, {case.name}: botocore says {theirs or problem}")
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        print()
        for row in (("source", "case", "neptune-scan", "botocore", "differs"), *rows):
            print("  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0])))
        print(f"{len(rows)} cases, {sum(row[3] != NOT_ASKED for row in rows)} of them asked of botocore, too")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_a_renewed_login_is_kept(self):
        """As `aws sso login` would leave it: for us the next time, and for others."""
        for name, days in (("renewed", 0), ("renewed for ages", 366)):
            case = next(case for case in cases(self.machine_url, self.estate, self.truth) if case.name == name)
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                self.assertIn(HOST, self.identity_of(environment)[0])
                path = os.path.join(folder, *next(iter(case.home)).split("/"))
                with open(path, encoding="utf-8") as stream:
                    kept = json.load(stream)
                self.assertEqual((kept["accessToken"], kept["refreshToken"], kept["clientId"]), ("renewed", "next", "c"))
                self.assertEqual(kept["expiresAt"][:10], iso(days * 86400 if days else 3600)[:10])
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])

    def test_what_is_asked_again(self):
        """A failure that may pass, once more; one that will not, never; a token only where it was meant to go."""
        for source, name, requests in (("Identity Center", "one 503 of the portal", 2), ("Identity Center", "portal says 401", 1),
                                       ("Identity Center", "cannot be renewed", 1), ("container", "one reset", 2),
                                       ("container", "503 again and again", 3), ("container", "404", 3),
                                       ("container", "a user before the host", 0), ("container", "token file ends in a line end", 0),
                                       ("instance metadata", "no role", 2), ("instance metadata", "503 again and again", 3),
                                       ("instance metadata", "version 1 only", 1)):
            case = next(case for case in cases(self.machine_url, self.estate, self.truth) if (case.source, case.name) == (source, name))
            self.machine.forget()
            with tempfile.TemporaryDirectory() as folder:
                self.identity_of(self.prepare(case, folder), *case.flags)
            self.assertEqual(len(self.machine.asked), requests, (name, self.machine.asked))

    def test_files_that_others_can_read(self):
        with tempfile.TemporaryDirectory() as folder:
            case = Case("profile", "default", USER, keys="[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
            environment = self.prepare(case, folder)
            os.chmod(f"{folder}/keys", 0o644)
            result = harness.run(["doctor"], environment)
            self.assertIn("keys can be read by other users (mode 644): chmod 600 it", result.err)

    def test_role_chain(self):
        hub = f"arn:aws:iam::{OWNER}:role/host"
        result = harness.scan(self.estate, "--role-chain", hub)
        self.assertEqual(reports.differences(self.truth, result.report), [], result)
        self.assertIn(":assumed-role/host/", result.report["run"]["caller"])
        result = harness.scan(self.estate, "--role-chain", f"{hub},{hub}")
        self.assertEqual(reports.differences(self.truth, result.report), [], result)
        result = harness.scan(self.estate, "--role-chain", f"{hub}x")
        self.assertEqual(result.code, 4, result)
        self.assertIn(f"role.chain, with credentials from environment variables: cannot assume {hub}x", result.err)
        result = harness.scan(self.estate, "--role-chain", "hub")
        self.assertEqual(result.code, 2, result)
        self.assertIn("a list of role ARNs such as", result.err)


class Renewal(unittest.TestCase):
    """The source session ends in the middle of the scan."""

    def scan(self, mode, seconds, *flags, faults=()):
        with harness.estate("--accounts", "24", "--regions", "9", "--latency", "aws", "--limits", "none", "--session-seconds",
                            str(seconds), *faults) as (environment, truth):
            with machine_credentials.serving(environment["AWS_ENDPOINT_URL"]) as (machine, url):
                del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
                environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{url}/container/{mode}/x"
                began = time.monotonic()
                result = harness.scan(environment, "--workers", "2", *flags)
                return result, truth, machine, time.monotonic() - began

    def test_before_it_ends(self):
        result, truth, machine, took = self.scan("good", 4, "--concurrency", "4")
        self.assertEqual(reports.differences(truth, result.report), [], result)
        # A quarter of four seconds before the end; once for all who use it.
        self.assertGreater(machine.keys_given, 1, "the scan was over before its session")
        self.assertLessEqual(machine.keys_given, took / 2 + 2)

    def test_when_aws_says_so(self):
        result, truth, machine, took = self.scan("lies", 3, "--concurrency", "4")
        self.assertEqual(reports.differences(truth, result.report), [], result)
        self.assertGreater(machine.keys_given, 1)
        self.assertLessEqual(machine.keys_given, took / 2 + 2)

    def test_that_cannot_be_renewed(self):
        result, truth, _, _ = self.scan("dies", 3, "--concurrency", "4")
        self.assertEqual(result.code, 3, result)
        self.assertEqual(reports.inconsistencies(result.report), [])
        cells = reports.cells_of(result.report)
        blind = [cell for cell in cells.values() if cell["state"] in ("unreached", "error")]
        self.assertTrue(any("the caller's credentials have expired and could not be refreshed" in (cell["reason"] or "") for cell in blind),
                        result)
        # What was seen before stays.
        expected = reports.cells_of(truth)
        self.assertTrue(any(cell["state"] not in ("unreached", "error", "pending") and cell["state"] == expected[key]["state"]
                            for key, cell in cells.items()))
        self.assertIn("the caller's credentials could not be refreshed: credentials from container", result.err)


if __name__ == "__main__":
    unittest.main()
