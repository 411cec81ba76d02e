"""Every source of credentials, good and bad, by servers of our own; and what botocore makes of the same.

`ctest -V -R system.credentials` prints the table: source, case, our outcome, botocore's.
"""
import hashlib
import json
import os
import stat
import tempfile
import time
import unittest
import unittest.mock

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

    @property
    def is_good(self):
        return self.expected in (HOST, USER, MEMBER)


def login(**more):
    return json.dumps({"startUrl": START, "region": "us-east-1", "accessToken": "login", "expiresAt": iso(3600), **more})


def cache(name, text):
    return {f".aws/sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json": text}


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
    return [
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
        Case("profile", "not there", 'there is no profile prod in', {"AWS_PROFILE": "prod"}, keys=f"[prd]\n{static}"),
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
        Case("role", "circle", "goes round in a circle: dev -> b -> dev", dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = b\n[profile b]\nrole_arn = {role}\nsource_profile = dev\n"),
        Case("role", "mfa_serial", "wants a code of the MFA device", dev, botocore=False,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = arn:x\n[profile base]\n{static}"),
        Case("role", "both kinds of source", "exactly one of source_profile and credential_source", dev,
             config=f"[profile dev]\nrole_arn = {role}\nsource_profile = base\ncredential_source = Environment\n"
             f"[profile base]\n{static}"),
        Case("role", "refused", "AWS does not tell whether the role is missing", dev,
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
        Case("web identity", "no role", "no role: set AWS_ROLE_ARN", {"AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"},
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
        Case("Identity Center", "expired", "run `aws sso login --sso-session corp`", portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso(-60)))),
        Case("Identity Center", "expired, older form", "run `aws sso login --profile dev`", portal, config=old,
             home=cache(START, login(expiresAt=iso(-60)))),
        Case("Identity Center", "cannot be renewed", "the login has expired", portal, config=sso.format("dev"),
             home=cache("corp", login(expiresAt=iso(-60), refreshToken="spent", clientId="c", clientSecret="s",
                                      registrationExpiresAt=iso(86400)))),
        Case("Identity Center", "nobody logged in", "nobody is logged in", portal, config=sso.format("dev")),
        Case("Identity Center", "cache is rubbish", "holds no accessToken", portal, config=sso.format("dev"),
             home=cache("corp", "rubbish")),
        Case("Identity Center", "portal says 401", "does not know the login any more",
             {**portal, "AWS_ENDPOINT_URL_SSO": f"{url}/sso/401"}, config=sso.format("dev"), home=cache("corp", login())),
        Case("Identity Center", "portal says 403", "may not use the role Audit in account 111111111111",
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
        Case("container", "token of two lines", "more than one line",
             {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN": "pod\r\ntoken"}),
        Case("container", "token file is empty", "token is empty",
             {**full("token"), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{folder}/token"}, files={"token": ""}),
        Case("container", "http elsewhere", "plain http is only for loopback",
             {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}),
        Case("container", "404", "answered HTTP 404", full("404")),
        Case("container", "HTML", "no JSON object", full("html")),
        Case("container", "expired keys", "keys have expired", full("expired"), agrees=False),
        Case("container", "good by its own clock", HOST, full("behind"), agrees=False),
        Case("instance metadata", "keys", HOST, metadata("good")),
        Case("instance metadata", "version 1 only", "version 1 is not used", metadata("v1"), agrees=False),
        Case("instance metadata", "HTML", "with no token: a proxy or a portal", metadata("html")),
        Case("instance metadata", "no role", "this instance has no role", metadata("norole")),
        Case("instance metadata", "no keys", "AssumeRoleUnauthorizedAccess", metadata("failure")),
        Case("instance metadata", "no answer", "does not answer", metadata("hang")),
        Case("instance metadata", "expired keys", "keys have expired", metadata("expired"), agrees=False),
        Case("instance metadata", "good by its own clock", HOST, metadata("behind"), agrees=False),
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
        result = harness.run(["doctor", "--format", "json", *flags], environment)
        report = json.loads(result.out)
        for check in report["checks"]:
            if check["check"] == "credentials":
                words = check["text"].split(" ")
                arn = next((word.rstrip(",") for word in words if word.startswith("arn:aws:") and check["level"] == "ok"), None)
                return arn, check["text"] + (check["advice"] or "")
        return None, result.out

    def prepare(self, case, folder):
        """The environment of a case, its files written."""
        bare = {name: value for name, value in self.estate.items()
                if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        texts = {"config": case.config, "keys": case.keys, **case.files, **case.home}
        for name, text in texts.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text.replace("{folder}", folder).replace("{{", "{").replace("}}", "}"))
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

    def test_table(self):
        wrong, rows = [], []
        for case in cases(self.machine_url, self.estate, self.truth):
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                arn, said = self.identity_of(environment, *case.flags)
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                theirs, problem = self.botocore_says(environment, case.flags) if case.botocore else (None, NOT_ASKED)
            ours = (arn or "").partition(":sts::")[2] or (arn or "").partition(":iam::")[2] or case.expected
            rows.append((case.source, case.name, ours, theirs.split(":", 4)[4] if theirs else problem))
            if case.expected not in (arn or said):
                wrong.append(f"{case.source}, {case.name}: expected {case.expected!r}, said {arn or said!r}")
            elif case.is_good != (arn is not None):
                wrong.append(f"{case.source}, {case.name}: {arn}, {said}")
            # The session's name is each one's own.
            if case.botocore and case.agrees and (arn or "").rpartition("/")[0] != (theirs or "").rpartition("/")[0]:
                wrong.append(f"{case.source}, {case.name}: botocore says {theirs or problem}")
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        print()
        for row in (("source", "case", "neptune-scan", "botocore"), *rows):
            print("  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0])))
        print(f"{len(rows)} cases, {sum(row[3] != NOT_ASKED for row in rows)} of them asked of botocore, too")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_a_renewed_login_is_kept(self):
        """As `aws sso login` would leave it: for us the next time, and for others."""
        case = next(case for case in cases(self.machine_url, self.estate, self.truth) if case.name == "renewed")
        with tempfile.TemporaryDirectory() as folder:
            environment = self.prepare(case, folder)
            self.assertIn(HOST, self.identity_of(environment)[0])
            path = os.path.join(folder, *next(iter(case.home)).split("/"))
            with open(path, encoding="utf-8") as stream:
                kept = json.load(stream)
            self.assertEqual((kept["accessToken"], kept["refreshToken"], kept["clientId"]), ("renewed", "next", "c"))
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])

    def test_no_secret_is_printed(self):
        for case in cases(self.machine_url, self.estate, self.truth):
            with tempfile.TemporaryDirectory() as folder:
                environment = self.prepare(case, folder)
                result = harness.run(["doctor", "--verbose", *case.flags], environment)
            for secret in (self.estate["AWS_SECRET_ACCESS_KEY"], "pod-token", "estate-web-identity-token", machine_credentials.TOKEN):
                self.assertNotIn(secret, result.out + result.err, case.name)

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
        self.assertTrue(any("the source credentials have expired and cannot be renewed" in (cell["reason"] or "") for cell in blind),
                        result)
        # What was seen before stays.
        expected = reports.cells_of(truth)
        self.assertTrue(any(cell["state"] not in ("unreached", "error", "pending") and cell["state"] == expected[key]["state"]
                            for key, cell in cells.items()))
        self.assertIn("the source credentials cannot be renewed: credentials from container", result.err)


if __name__ == "__main__":
    unittest.main()
