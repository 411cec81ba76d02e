"""What deploy/ holds, by the tools of those who will read it; and the package, installed, run and removed.

Each tool's output is printed: `ctest -V -R system.deploy`.
"""
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import harness

harness.enter_python("cfn-lint and other checkers are")

import botocore.session  # only in the virtual environment
import yaml

import cloudformation
import reports
from hub_cases import ACCOUNT, CONTROLS, HUB, HUBS, ORGANIZATION, PERSON, POD, PROVIDER, policy

DEPLOY = harness.SOURCE / "deploy"
BIN = pathlib.Path(sys.prefix) / "bin"
ALONE = ("unshare", "--user", "--map-root-user", "--net")  # without a network
# What checkov asks for and these files do without.
UNCHECKED = {
    "CKV_DOCKER_2": "a health check: the program ends",
    "CKV_K8S_11": "a limit of CPU: it would only slow the scan down",
    "CKV_K8S_43": "an image's digest: it is not known before the image is built",
    "CKV_AWS_124": "a topic for events of the stack: Terraform reports them",
    "CKV_AWS_158": "a customer managed key for the log: it holds no findings and no secrets, and is encrypted by CloudWatch's key",
}


def call(*command, **options):
    """Output of a tool, which is printed; it must end well."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    text = done.stdout.decode("utf-8", "replace")
    print(f"\n$ {' '.join(str(word) for word in command)}\n{text.strip()[-3000:] or '(nothing to say)'}")
    assert done.returncode == 0, f"{command[0]}: exit {done.returncode}\n{text}"
    return text


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f"{', '.join(missing)} not here")


def template(name, partition="aws", **parameters):
    return cloudformation.Template((DEPLOY / "cloudformation" / name).read_text(encoding="utf-8"), partition, **parameters)


def member(**parameters):
    return template("member-role.yaml", **{"PrincipalArn": HUB, "OrganizationId": ORGANIZATION, **parameters}).resource("Role")


def inline(role):
    return role["Policies"][0]["PolicyDocument"]


class Templates(unittest.TestCase):
    def test_cloudformation(self):
        call(BIN / "cfn-lint", "--info", *sorted((DEPLOY / "cloudformation").glob("*.yaml")), DEPLOY / "ecs/stack.yaml")

    @unittest.skipUnless((harness.CHECKOV.parents[1] / "ready").exists(), "checkov not in build/checkov; `./dev test` fetches it")
    @unittest.skipUnless(subprocess.run([*ALONE, "true"], check=False).returncode == 0, "no network namespace to keep checkov in")
    def test_checkov(self):
        with tempfile.TemporaryDirectory() as home:
            text = call(*ALONE, harness.CHECKOV, "-d", DEPLOY, "--framework", "cloudformation", "kubernetes", "terraform", "dockerfile",
                        "--skip-download", "--compact", "--skip-check", ",".join(UNCHECKED), env={**os.environ, "HOME": home})
        for kind in ("cloudformation", "kubernetes", "terraform", "dockerfile"):
            self.assertRegex(text, rf"(?s){kind} scan results:\s+Passed checks: [1-9]\d*, Failed checks: 0")

    def test_kubernetes(self):
        for name in ("cronjob.yaml", "shards.yaml"):
            call(BIN / "kubernetes-validate", "--strict", str(DEPLOY / "kubernetes" / name))

    def test_the_words_of_jobs(self):
        """Each command line of a job is one that the program accepts, with the flags of that command."""
        for document in yaml.safe_load_all((DEPLOY / "kubernetes/shards.yaml").read_text(encoding="utf-8")):
            if document["kind"] == "Job":
                self.flags_are_known(document["spec"]["template"]["spec"]["containers"][0]["args"])
        for path in sorted((DEPLOY / "slurm").glob("*.sbatch")):
            line = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("exec "))
            self.flags_are_known(line.split()[2:])
        batch = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (DEPLOY / "batch").glob("*.json")}
        self.flags_are_known(batch["job-definition"]["containerProperties"]["command"])
        self.flags_are_known(batch["submit-merge"]["containerOverrides"]["command"])

    def test_batch(self):
        model = botocore.session.Session().get_service_model("batch")
        for name, operation in (("job-definition", "RegisterJobDefinition"), ("submit", "SubmitJob"), ("submit-merge", "SubmitJob")):
            request = json.loads((DEPLOY / f"batch/{name}.json").read_text(encoding="utf-8"))
            shape = model.operation_model(operation).input_shape
            report = botocore.validate.ParamValidator().validate(request, shape)
            print(f"\nbotocore's model of batch:{operation}: {report.generate_report() or 'no error'}")
            self.assertFalse(report.has_errors(), report.generate_report())
            self.assertEqual(set(request) - set(shape.members), set())
        container = json.loads((DEPLOY / "batch/job-definition.json").read_text(encoding="utf-8"))["containerProperties"]
        self.assertEqual(set(container) - set(model.shape_for("ContainerProperties").members), set())

    @staticmethod
    def command_lines():
        """What each engine that calls every code except 0 a failure runs for the whole organization, by its file."""
        for name in ("cronjob", "shards"):
            for document in yaml.safe_load_all((DEPLOY / f"kubernetes/{name}.yaml").read_text(encoding="utf-8")):
                spec = document.get("spec", {})
                for template_ in (spec.get("jobTemplate", {}).get("spec", {}).get("template"), spec.get("template")):
                    if template_ and "array/8" not in template_["spec"]["containers"][0]["args"]:
                        yield name, template_["spec"]["containers"][0]["args"]
        task = cloudformation.load((DEPLOY / "ecs/stack.yaml").read_text(encoding="utf-8"))["Resources"]["Task"]["Properties"]
        yield "ecs", task["ContainerDefinitions"][0]["Command"]
        yield "batch", json.loads((DEPLOY / "batch/submit-merge.json").read_text(encoding="utf-8"))["containerOverrides"]["command"]

    def test_exit_codes_and_alerts(self):
        """The exit code says whether the run is stored, and the metrics are written for the alerts."""
        settings = (DEPLOY / "kubernetes/cronjob.yaml").read_text(encoding="utf-8")
        self.assertIn("[report.prometheus]", settings)
        lines = list(self.command_lines())
        self.assertEqual([name for name, _ in lines], ["cronjob", "shards", "ecs", "batch"])
        for name, words in lines:
            self.assertEqual(words[words.index("--exit") + 1], "done", name)
            self.assertTrue("--config" in words or any(word.startswith("prometheus=") for word in words), name)

    def test_the_merge_ends_before_the_engine_ends_it(self):
        """Its deadline is for parts that are lost; after it, there must be time for the merge itself."""
        seconds = {"h": 3600, "m": 60, "s": 1}
        batch, merge = (json.loads((DEPLOY / f"batch/{name}.json").read_text(encoding="utf-8")) for name in ("job-definition", "submit-merge"))
        limits = [("batch", {**batch, **merge}["timeout"]["attemptDurationSeconds"], merge["containerOverrides"]["command"])]
        for document in yaml.safe_load_all((DEPLOY / "kubernetes/shards.yaml").read_text(encoding="utf-8")):
            words = document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [{}])[0].get("args", [])
            if words[:1] == ["merge"]:
                limits.append(("kubernetes", document["spec"]["activeDeadlineSeconds"], words))
        text = (DEPLOY / "slurm/merge.sbatch").read_text(encoding="utf-8")
        hours, minutes, rest = map(int, re.search(r"--time=(\d+):(\d+):(\d+)", text).groups())
        limits.append(("slurm", hours * 3600 + minutes * 60 + rest, text.splitlines()[-1].split()))
        self.assertEqual(len(limits), 3)
        for name, limit, words in limits:
            deadline = words[words.index("--deadline") + 1]
            self.assertGreaterEqual(limit - int(deadline[:-1]) * seconds[deadline[-1]], 1800, name)

    def test_a_night_in_shards(self):
        """deploy/kubernetes/shards.yaml of two nights: the Job's name is the array's, also after midnight."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name).joinpath
        jobs = [document for document in yaml.safe_load_all((DEPLOY / "kubernetes/shards.yaml").read_text(encoding="utf-8"))
                if document["kind"] == "Job"]
        replace = {"neptune-scan-night": "neptune-scan-2026-11-30", "/var/lib/neptune-scan": folder.name,
                   "/etc/neptune-scan/neptune-scan.ini": str(path("settings.ini")), "5h": "100s"}
        path("settings.ini").write_text(f"[store]\npath = {path('runs.db')}\n[report.json]\n"
                                                           f"path = {path('report.json')}\n", encoding="utf-8")

        def filled(text):
            for old, new in replace.items():
                text = text.replace(old, new)
            return text

        def start(job, **variables):
            container = job["spec"]["template"]["spec"]["containers"][0]
            # What the Job controller adds to its pods.
            labels = {"batch.kubernetes.io/job-name": filled(job["metadata"]["name"])}
            for each in container["env"]:
                label = re.fullmatch(r"metadata\.labels\['(.*)'\]", each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", ""))
                variables[each["name"]] = labels[label[1]] if label else filled(each["value"])
            return subprocess.Popen([harness.SCANNER, *map(filled, container["args"]), "--quiet"], env={**environment, **variables},
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        with harness.estate("--accounts", "24", "--regions", "5", "--seed", "11") as (environment, manifest):
            del environment["NEPTUNE_SCAN_STORE_PATH"]
            for night in ("neptune-scan-2026-11-30", "neptune-scan-2026-12-01"):
                replace["neptune-scan-night"] = night
                merge = start(jobs[1])
                parts = [start(jobs[0], JOB_COMPLETION_INDEX=str(index)) for index in range(7)]
                time.sleep(1)  # the merge waits for the last one, which begins late
                self.assertIsNone(merge.poll())
                parts.append(start(jobs[0], JOB_COMPLETION_INDEX="7"))
                for program in (*parts, merge):
                    _, err = program.communicate(timeout=harness.TIMEOUT)
                    self.assertEqual(program.returncode, 0, err)
                report = reports.load(path("report.json"))
                self.assertEqual(report["run"]["array"], night)
                self.assertEqual(reports.differences(manifest, report), [])
                self.assertEqual(len(list(path(night).glob("*-of-8.db"))), 8)

    def test_the_settings_of_the_configmap(self):
        documents = list(yaml.safe_load_all((DEPLOY / "kubernetes/cronjob.yaml").read_text(encoding="utf-8")))
        text = next(document for document in documents if document["kind"] == "ConfigMap")["data"]["neptune-scan.ini"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "neptune-scan.ini"
            (pathlib.Path(folder) / "id").write_text("abc", encoding="utf-8")
            path.write_text(text.replace("/run/secrets/neptune-scan/external-id", f"{folder}/id"), encoding="utf-8")
            result = harness.run(["config", "--config", str(path)], harness.clean_environment(NEPTUNE_SCAN_STORE_PATH=None))
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.out, r"path = /var/lib/neptune-scan/runs.db +; .*neptune-scan.ini:6")
        for kind, spec in (("ServiceAccount", ()), ("CronJob", ("spec", "jobTemplate", "spec", "template", "spec"))):
            of = next(document for document in documents if document["kind"] == kind)
            for name in spec:
                of = of[name]
            self.assertIs(of["automountServiceAccountToken"], False, kind)
        labels = next(document for document in documents if document["kind"] == "Namespace")["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "restricted")
        self.flags_are_known(next(d for d in documents if d["kind"] == "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
                             ["containers"][0]["args"])

    def flags_are_known(self, words):
        known = harness.run(["help", words[0], "--all"], harness.clean_environment()).out
        for word in words[1:]:
            if word.startswith("--"):
                self.assertIn(f"{word} ", known)

    def test_ecs(self):
        stack = cloudformation.Template((DEPLOY / "ecs/stack.yaml").read_text(encoding="utf-8"), HubRoleArn=HUB, VpcId="vpc-1",
                                        SubnetA="subnet-1", SubnetB="subnet-2", Image="scan:1", ExternalIdParameter="neptune-scan/id",
                                        RepositoryArn=f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/scan")
        task = stack.resource("Task")
        self.flags_are_known(task["ContainerDefinitions"][0]["Command"])
        self.assertEqual(task["TaskRoleArn"], HUB)
        # What the task needs is in the stack: its log, its files, the right to read its external id and to be started.
        kinds = {of["Type"] for of in stack.source["Resources"].values()}
        self.assertLessEqual({"AWS::ECS::TaskDefinition", "AWS::Logs::LogGroup", "AWS::EFS::AccessPoint", "AWS::Scheduler::Schedule"}, kinds)
        secret = task["ContainerDefinitions"][0]["Secrets"][0]["ValueFrom"]
        allowed = {action: statement["Resource"] for statement in stack.resource("ExecutionRole")["Policies"][0]["PolicyDocument"]["Statement"]
                   for action in [statement["Action"]] if isinstance(action, str)}
        self.assertEqual(allowed["ssm:GetParameters"], secret)
        passed = stack.resource("ScheduleRole")["Policies"][0]["PolicyDocument"]["Statement"][1]["Resource"]
        self.assertEqual(passed, [task["TaskRoleArn"], task["ExecutionRoleArn"]])

    def test_docker(self):
        call(BIN / "hadolint", str(DEPLOY / "docker/Dockerfile"))

    @needs("systemd-analyze")
    def test_systemd(self):
        with tempfile.TemporaryDirectory() as folder:
            # As installed, with the program that ExecStart names.
            units = pathlib.Path(folder) / "usr/lib/systemd/system"
            units.mkdir(parents=True)
            (pathlib.Path(folder) / "usr/bin").mkdir()
            for name in ("neptune-scan.service", "neptune-scan.timer"):
                text = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
                (units / name).write_text(text.replace("/usr/bin/neptune-scan", harness.SCANNER), encoding="utf-8")
            call("systemd-analyze", "verify", "--man=no", units / "neptune-scan.service", units / "neptune-scan.timer")
            text = call("systemd-analyze", "security", "--offline=true", "--threshold=20", units / "neptune-scan.service")
        self.assertLessEqual(float(re.search(r"exposure level for neptune-scan.service: ([\d.]+)", text)[1]), 2.0)
        start = re.search(r"ExecStart=(.*?)\n[^\t]", (DEPLOY / "systemd/neptune-scan.service").read_text(encoding="utf-8"), re.S)[1]
        self.flags_are_known(start.replace("\\\n", " ").split()[1:])


class Roles(unittest.TestCase):
    """The templates of the roles, with their parameters filled in, beside what `iam-policy` prints."""

    def same(self, one, other):
        if isinstance(one, str):
            one = json.loads(one)
        self.assertEqual(cloudformation.statements(one), cloudformation.statements(other))

    def test_permissions_of_the_member(self):
        for controls in CONTROLS:
            self.same(inline(member(Controls=controls)), policy("member", "--controls", controls))

    def test_trust_of_the_member(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / name for name in ("first", "second")]
            for path in files:
                path.write_text(f"id-{path.name}\n", encoding="utf-8")
            trust = ("trust", "--principal", HUB, "--organization", ORGANIZATION)
            for first, following in itertools.product((False, True), repeat=2):
                flags = (("--external-id-file", str(files[0])) if first else ()) + \
                    (("--next-external-id-file", str(files[1])) if following else ())
                role = member(ExternalId="id-first" if first else "", NextExternalId="id-second" if following else "")
                self.same(role["AssumeRolePolicyDocument"], policy(*trust, *flags))

    def test_permissions_of_the_hub(self):
        for controls, path in itertools.product(CONTROLS, ("/", "/audit/")):
            role = template("hub-role.yaml", Service="ec2.amazonaws.com", Controls=controls, MemberRolePath=path).resource("Role")
            self.same(inline(role), policy("caller", "--controls", controls, "--role-name", f"{path}NeptuneScanAudit"))

    def test_trust_of_the_hub(self):
        for name, (flags, parameters) in HUBS.items():
            with self.subTest(name):
                hub = template("hub-role.yaml", **parameters)
                self.same(hub.resource("Role")["AssumeRolePolicyDocument"], policy("hub-trust", *flags))
                # An instance profile where instances are admitted, and nowhere else.
                self.assertEqual(hub.holds(hub.source["Resources"]["InstanceProfile"]["Condition"]), "ec2.amazonaws.com" in flags)

    def test_china(self):
        hub = template("hub-role.yaml", partition="aws-cn", Service="ec2.amazonaws.com").resource("Role")
        flags = ("--region", "cn-north-1")
        self.same(hub["AssumeRolePolicyDocument"], policy("hub-trust", "--service", "ec2.amazonaws.com", *flags))
        self.same(inline(hub), policy("caller", *flags))
        self.assertIn("ec2.amazonaws.com.cn", json.dumps(hub))
        for service in ("ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"):
            trust = template("hub-role.yaml", partition="aws-cn", Service=service).resource("Role")["AssumeRolePolicyDocument"]
            self.assertEqual(trust["Statement"][0]["Principal"], {"Service": service})
            self.same(trust, policy("hub-trust", "--service", service, "--account", ACCOUNT, *POD[:4 * service.startswith("pods")], *flags))

    def test_paths_and_boundaries(self):
        for role in (member(RolePath="/audit/", PermissionsBoundary="limits/Audit"),
                     template("hub-role.yaml", Service="ec2.amazonaws.com", RolePath="/audit/", PermissionsBoundary="limits/Audit").resource("Role")):
            self.assertEqual((role["Path"], role["PermissionsBoundary"]), ("/audit/", f"arn:aws:iam::{ACCOUNT}:policy/limits/Audit"))
        self.assertNotIn("PermissionsBoundary", member())

    def test_refused_parameters(self):
        for parameters in ({"PrincipalArn": "*"}, {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:root"}, {"OrganizationId": "o-1"},
                           {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}, {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/x/"},
                           {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role//x"}, {"PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{'x' * 65}"},
                           {"ExternalId": "x"}, {"RolePath": "audit"},
                           {"PrincipalArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/NeptuneScanHub/session"}, {"Controls": "some"}):
            with self.subTest(parameters), self.assertRaises(AssertionError):
                member(**parameters)
        for parameters in ({}, {"Service": "none"}, {"TrustedPrincipalArn": PERSON}, {"TrustedPrincipalArn": "*", "OrganizationId": ORGANIZATION},
                           {"Service": "lambda.amazonaws.com"}, {"OidcProviderArn": PROVIDER, "Namespace": "Jobs"},
                           {"OidcProviderArn": PROVIDER, "Namespace": "a.b"}, {"OidcProviderArn": PROVIDER, "Namespace": "a" * 64},
                           {"OidcProviderArn": PROVIDER, "ServiceAccount": "Scan"}, {"OidcProviderArn": PROVIDER, "ServiceAccount": "a..b"}):
            with self.subTest(parameters), self.assertRaises(AssertionError):
                template("hub-role.yaml", **parameters)

    def test_one_stack_for_all(self):
        sys.path.insert(0, str(DEPLOY / "cloudformation"))
        import organization
        self.assertEqual((DEPLOY / "cloudformation/organization.yaml").read_text(encoding="utf-8"), organization.organization(),
                         "run ./dev manual")
        stack = template("organization.yaml", HubAccountId="333333333333", RootId="r-a1b2", OrganizationId=ORGANIZATION,
                         RolePath="/audit/", ExternalId="id-first", Controls="all", Service="pods.eks.amazonaws.com", Namespace="audit",
                         ServiceAccount="nightly.scan")
        hub = "arn:aws:iam::333333333333:role/audit/NeptuneScanHub"
        values = {}
        for name, source in (("Hub", "hub-role.yaml"), ("Members", "member-role.yaml")):
            stack_set = stack.resource(name)
            self.assertEqual(stack_set["TemplateBody"].strip(), (DEPLOY / "cloudformation" / source).read_text(encoding="utf-8").strip())
            values[name] = {each["ParameterKey"]: each["ParameterValue"] for each in stack_set["Parameters"]}
            filled = template(source, **values[name])
            # Each parameter of the role can be set, by one of the stack with the same rule.
            self.assertEqual(set(values[name]), set(filled.source["Parameters"]))
            for parameter in set(filled.source["Parameters"]) & set(stack.source["Parameters"]) & {"Service", "Namespace", "ServiceAccount"}:
                self.assertEqual(stack.source["Parameters"][parameter].get("AllowedPattern"),
                                 filled.source["Parameters"][parameter].get("AllowedPattern"))
            if name == "Hub":
                tags = filled.resource("Role")["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
                self.assertEqual(set(tags.values()), {"audit", "nightly.scan"})
        self.assertEqual(values["Members"]["PrincipalArn"], hub)
        # The management account's own role is that of the members.
        self.assertEqual(stack.resource("Role"), member(**values["Members"]))
        self.assertEqual(stack.resource("Hub")["StackInstancesGroup"][0]["DeploymentTargets"],
                         {"OrganizationalUnitIds": ["r-a1b2"], "AccountFilterType": "INTERSECTION", "Accounts": ["333333333333"]})
        with self.assertRaises(AssertionError):  # the hub in the management account, which the StackSet would leave out
            template("organization.yaml", HubAccountId=cloudformation.PSEUDO["AWS::AccountId"], RootId="r-a1b2", OrganizationId=ORGANIZATION,
                     Service="ec2.amazonaws.com")
        with self.assertRaises(AssertionError):  # nothing is trusted
            template("organization.yaml", HubAccountId="333333333333", RootId="r-a1b2", OrganizationId=ORGANIZATION)


@needs("cpack", "dpkg-deb", "dpkg-shlibdeps", "lintian", "fakeroot")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        call(harness.SOURCE / "dev", "package")
        cls.build = harness.SOURCE / "build/package"
        cls.package = next(cls.build.glob("*.deb"))

    def test_install_run_remove(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder) / "root"
            for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"):
                (root / name).mkdir(parents=True)
            (root / "var/lib/dpkg/status").touch()
            dpkg = ["fakeroot", "dpkg", f"--root={root}", "--force-depends", "--force-not-root", "--force-script-chrootless", "--log=/dev/null"]
            call(*dpkg, "-i", self.package)
            self.assertEqual(call(root / "usr/bin/neptune-scan", "version").strip(), harness.run(["version"], {}).out.strip())
            environment = harness.clean_environment(MANPATH=str(root / "usr/share/man"))
            page = subprocess.run(["man", "--warnings", "-l", root / "usr/share/man/man1/neptune-scan.1.gz"], env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
            self.assertEqual(page.stderr, b"")
            self.assertIn(b"NEPTUNE-SCAN(1)", page.stdout)
            with harness.estate("--accounts", "5", "--regions", "2") as (estate, _):
                scan = subprocess.run([root / "usr/bin/neptune-scan", "scan"], env=estate, stdout=subprocess.PIPE, check=False)
            self.assertIn(scan.returncode, (0, 1, 3))
            installed = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and "var" not in path.parts}
            for path in ("usr/bin/neptune-scan", "usr/share/man/man1/neptune-scan.1.gz", "usr/share/man/man5/neptune-scan.ini.5.gz",
                         "usr/share/bash-completion/completions/neptune-scan", "usr/lib/systemd/system/neptune-scan.timer",
                         "usr/share/doc/neptune-scan/getting-started.md", "usr/share/doc/neptune-scan/examples/neptune-scan.ini"):
                self.assertIn(path, installed)
            call(*dpkg, "--purge", "neptune-scan")
            left = [path for path in root.rglob("*") if path.is_file() and "var" not in path.parts]
            self.assertEqual(left, [])

    def test_the_image_has_the_libraries_of_the_package(self):
        depends = subprocess.run(["dpkg-deb", "-f", self.package, "Depends"], stdout=subprocess.PIPE, check=True).stdout.decode()
        libraries = {part.split()[0] for part in depends.split(",")} - {"libc6"}
        text = (DEPLOY / "docker/Dockerfile").read_text(encoding="utf-8").split("FROM ")[-1]
        installed = set(re.search(r"--no-install-recommends (.*?)&&", text, re.S)[1].replace("\\", " ").split())
        self.assertEqual(installed, libraries | {"ca-certificates"})

    def test_cmake_install(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cmake", "--install", self.build, "--prefix", "/usr/local"], env={**os.environ, "DESTDIR": folder}, check=True,
                           stdout=subprocess.DEVNULL)
            self.assertTrue((pathlib.Path(folder) / "usr/local/bin/neptune-scan").exists())
            self.assertTrue((pathlib.Path(folder) / "usr/local/share/man/man1/neptune-scan.1.gz").exists())


if __name__ == "__main__":
    unittest.main()
