"""The aws CLI without its start: a process that has it and its descriptions of services loaded forks for each call.

What runs is the CLI's own main(), with the caller's words, environment, folder, mask and standard streams; only loading,
which is four fifths of a call's CPU, is done once. `ready_aws()` gives a folder for PATH with an `aws` in it.

Run as a program, in build/python, it is that process: its argument names the socket on which it waits.
"""
import contextlib
import functools
import gc
import marshal
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
import unittest.mock

import harness

# Sends what a program is started with and leaves with the answer as its status. No modules but small ones: it starts often.
ASKING = """#!{python} -IS
import _socket, array, marshal, os, sys
mask = os.umask(0)
os.umask(mask)
call = marshal.dumps((sys.argv[1:], dict(os.environ), os.getcwd(), mask))
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
server.connect({address!r})
server.sendmsg([call], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", (0, 1, 2)))])
status = server.recv(1)
os._exit(status[0] if status else 255)
"""
NO_FILE = "/dev/null/none"
LONGEST = 1 << 17  # bytes of a call


@contextlib.contextmanager
def ready_aws():
    """A folder with an `aws` that answers at once, as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        aws, address = pathlib.Path(folder, "aws"), os.path.join(folder, "calls")
        aws.write_text(ASKING.format(python=sys.executable, address=address), encoding="utf-8")
        aws.chmod(0o700)
        with harness.running([sys.executable, __file__, address], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            with process.stdout:
                assert process.stdout.readline() == b"ready\n", "the aws CLI did not load"
                yield folder


def load():
    """Has the CLI call services that the scripts use, at an address where nobody answers, so that all it needs is loaded."""
    import botocore.session  # pylint: disable=import-outside-toplevel
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)  # keeps what it has read
    before = dict(os.environ)
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1",
                      AWS_MAX_ATTEMPTS="1")
    with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        for words in ("neptune describe-db-clusters", "rds describe-db-clusters", "sts get-caller-identity"):
            call(["--endpoint-url", "http://127.0.0.1:0", *words.split()])
    data = os.environ["AWS_DATA_PATH"]  # where the CLI's own descriptions are: it says so to botocore when it is loaded
    os.environ.clear()
    os.environ.update(before, AWS_DATA_PATH=data)
    keep_driver()
    gc.disable()  # no call lasts long enough, and looking through what is loaded would copy it
    gc.freeze()


def keep_driver():
    """The CLI's plugins are loaded once, for callers without a file of settings, which may name others."""
    import awscli.clidriver  # pylint: disable=import-outside-toplevel
    create, files = awscli.clidriver.create_clidriver, ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    with unittest.mock.patch.dict(os.environ, dict.fromkeys(files, NO_FILE)):
        driver = create()

    def driver_for_caller():
        return create() if any(os.path.exists(os.environ.get(name, NO_FILE)) for name in files) else driver
    awscli.clidriver.create_clidriver = driver_for_caller


def call(words):
    """Exit status of the CLI for these words."""
    import awscli.clidriver  # pylint: disable=import-outside-toplevel
    sys.argv = ["aws", *words]
    try:
        return awscli.clidriver.main() or 0
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)


def answer(caller):
    """In a process of its own: becomes what the caller is, and calls."""
    status = 255
    try:
        message, streams, _, _ = socket.recv_fds(caller, LONGEST, 3)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        words, environment, folder, mask = marshal.loads(message)
        environment.setdefault("AWS_DATA_PATH", os.environ["AWS_DATA_PATH"])
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        os.umask(mask)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        status = call(words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
    finally:
        caller.send(bytes((status,)))
        os._exit(0)  # pylint: disable=protected-access


def serve(address):
    load()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(address)
        server.listen(16)
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
        while True:
            caller, _ = server.accept()
            if os.fork() == 0:
                answer(caller)
            caller.close()


if __name__ == "__main__":
    serve(sys.argv[1])
