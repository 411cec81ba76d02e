"""What deploy/ holds, by the tools of those who will read it; and the package, installed, run and removed.

Each tool's output is printed: `ctest -V -R system.deploy`.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

harness.enter_python("cfn-lint and other checkers are")

import botocore.session  # only in the virtual environment
import yaml

DEPLOY = harness.SOURCE / "deploy"
BIN = pathlib.Path(sys.prefix) / "bin"


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


def actions(*flags):
    document = json.loads(harness.run(["iam-policy", *flags], harness.clean_environment()).out)
    return [statement["Action"] for statement in document["Statement"]]


class CloudFormation(yaml.SafeLoader):
    """Its short forms (!Ref and others) as plain values."""


CloudFormation.add_multi_constructor("!", lambda loader, tag, node: (
    loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else loader.construct_scalar(node)))


def template(name):
    return yaml.load((DEPLOY / "cloudformation" / name).read_text(encoding="utf-8"), CloudFormation)


class Templates(unittest.TestCase):
    def test_cloudformation(self):
        call(BIN / "cfn-lint", "--info", *sorted((DEPLOY / "cloudformation").glob("*.yaml")))

    def test_the_member_role_may_what_the_program_says(self):
        statements = template("member-role.yaml")["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        encryption, more = actions()[0], actions("--controls", "all")[0]
        self.assertEqual(statements[0]["Action"], encryption)
        self.assertEqual(statements[1][1]["Action"], [action for action in more if action not in encryption])

    def test_the_hub_role_may_what_the_program_says(self):
        statements = template("hub-role.yaml")["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        caller = actions("caller")
        self.assertEqual([statement["Action"] for statement in statements], [caller[0][0], caller[1], caller[2]])

    def test_kubernetes(self):
        call(BIN / "kubernetes-validate", "--strict", str(DEPLOY / "kubernetes/cronjob.yaml"))

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
        self.flags_are_known(next(d for d in documents if d["kind"] == "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
                             ["containers"][0]["args"])

    def flags_are_known(self, words):
        known = harness.run(["help", words[0]], harness.clean_environment()).out
        for word in words[1:]:
            if word.startswith("--"):
                self.assertIn(f"{word} ", known)

    def test_ecs(self):
        definition = json.loads((DEPLOY / "ecs/task-definition.json").read_text(encoding="utf-8"))
        session = botocore.session.Session()
        shape = session.get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
        report = botocore.validate.ParamValidator().validate(definition, shape)
        print(f"\nbotocore's model of ecs:RegisterTaskDefinition: {report.generate_report() or 'no error'}")
        self.assertFalse(report.has_errors(), report.generate_report())
        unknown = set(definition) - set(shape.members)
        self.assertEqual(unknown, set())
        container = definition["containerDefinitions"][0]
        self.assertEqual(set(container) - set(shape.members["containerDefinitions"].member.members), set())
        self.flags_are_known(container["command"])

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
