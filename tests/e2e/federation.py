"""A federation in a folder of its own, with the real programs: laid down, started, stopped,
killed, asked.  Nothing of it is left when it is closed."""

import atexit
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from cases import Failed, check, wait_until

BUILD = os.path.abspath(os.environ.get("B", "build/release"))
JERSEY = "policy/jersey.policy"
AGENCIES = ["mash", "childrens-services", "states-police", "st-helier-primary"]

# Nothing of whoever runs the tests: neither colours nor an agent of their own.
ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def program(name):
    return os.path.join(BUILD, name)


class Ran:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return "status %d\n%s\n%s" % (self.status, self.out, self.err)


def kith(*arguments, stdin=b"", **environment):
    """Runs kith to its end."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(
        [program("kith"), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=dict(ENVIRONMENT, **environment),
        timeout=50,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def kith_must(*arguments, **environment):
    ran = kith(*arguments, **environment)
    if ran.status != 0:
        raise Failed("kith %s: %r" % (" ".join(map(str, arguments)), ran))
    return ran


# --- Asking an agent ---------------------------------------------------------------------------


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("agent", timeout=15)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.type = response.getheader("Content-Type") or ""
        self.location = response.getheader("Location") or ""
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def errors(self):
        """{pointer: detail}"""
        return {error["pointer"]: error["detail"] for error in self.json.get("errors", [])}

    def __repr__(self):
        return "%d %s" % (self.status, self.text)


def call(path, method, target, body=None, **headers):
    """One request over a Unix socket.  OSError when nobody answers."""
    connection = Connection(path)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, target, body=body, headers=names)
        return Answer(connection.getresponse())
    finally:
        connection.close()


# --- Processes ------------------------------------------------------------------------------------


class Program:
    def __init__(self, name, configuration, log, ready):
        self.argv = [program(name), configuration]
        self.configuration, self.log, self.ready = configuration, log, ready
        self.process = None

    def start(self):
        check(self.process is None, self.configuration, "is running already")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT
            )
        return self

    def await_ready(self):
        def is_ready():
            check(self.process.poll() is None, self.argv, "has ended:", self.said())
            return self.ready()

        wait_until(is_ready, "%s is ready" % self.configuration)
        return self

    def signal(self, number):
        self.process.send_signal(number)

    def hang_up(self):
        self.signal(signal.SIGHUP)

    def kill(self):
        """As a crash would: at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        """As a service manager would; the exit status."""
        self.process.terminate()
        status = self.process.wait(15)
        self.process = None
        return status

    def run(self):
        """To its end, for one that will not start."""
        done = subprocess.run(self.argv, capture_output=True, env=ENVIRONMENT, timeout=15)
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


class Broker(Program):
    def __init__(self, folder):
        self.folder = os.path.join(folder, "broker")
        self.endpoint_file = os.path.join(self.folder, "endpoint")
        super().__init__(
            "kith-broker",
            os.path.join(self.folder, "broker.conf"),
            os.path.join(self.folder, "broker.log"),
            lambda: os.path.exists(self.endpoint_file),
        )

    def start(self):
        # An endpoint left by the one before says nothing about this one.
        if os.path.exists(self.endpoint_file):
            os.unlink(self.endpoint_file)
        return super().start()


class Agent(Program):
    def __init__(self, folder, name):
        self.name = name
        self.folder = os.path.join(folder, "agencies", name)
        self.socket = os.path.join(self.folder, "agent.sock")
        super().__init__(
            "kith-agent",
            os.path.join(self.folder, "agent.conf"),
            os.path.join(self.folder, "agent.log"),
            self.is_alive,
        )

    def is_alive(self):
        try:
            return self.get("/livez").status == 200
        except OSError:
            return False

    def get(self, target):
        return call(self.socket, "GET", target)

    def post(self, message, key=None, target="/v1/messages"):
        body = message if isinstance(message, (bytes, str)) else json.dumps(message)
        body = body.encode() if isinstance(body, str) else body
        headers = {"Content_Type": "application/json"}
        if key is not None:
            headers["Idempotency_Key"] = key
        return call(self.socket, "POST", target, body, **headers)

    def publish(self, message, key=None):
        """The id."""
        answer = self.post(message, key)
        check(answer.status == 202, self.name, answer)
        return answer.json["id"]

    def inbox(self, after=0):
        """All of it, page by page."""
        messages = []
        while True:
            page = self.get("/v1/inbox?after=%d&limit=200" % after).json
            if not page["messages"]:
                return messages
            messages += page["messages"]
            after = page["next"]

    def fate(self, identity):
        return self.get("/v1/messages/" + identity).json

    def status(self):
        return self.get("/v1/status").json

    def await_connected(self):
        wait_until(
            lambda: self.status()["broker"] == "connected", "%s is connected" % self.name
        )
        return self

    def await_accepted(self, *identities):
        for identity in identities:
            wait_until(
                lambda: self.fate(identity)["state"] == "accepted",
                "%s of %s is accepted" % (identity, self.name),
            )

    def await_received(self, *identities):
        """Their entries, in the order of arrival."""
        wanted = set(identities)

        def received():
            found = [entry for entry in self.inbox() if entry["id"] in wanted]
            return found if len(found) >= len(wanted) else None

        return wait_until(received, "%s has received all" % self.name)


# --- The whole --------------------------------------------------------------------------------------


class Federation:
    """with Federation() as federation: …"""

    def __init__(self, agencies=AGENCIES, policy=JERSEY, arguments=("--demo",), agency_arguments=None):
        self.parent = tempfile.mkdtemp(prefix="kith-e2e-")
        self.folder = os.path.join(self.parent, "f")
        self.arguments = list(agency_arguments or arguments)
        self.agents = {}
        atexit.register(self.close)
        kith_must("init", self.folder, "--federation", "jersey-test", "--policy", policy, *arguments)
        self.broker = Broker(self.folder)
        for name in agencies:
            self.add(name)

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        self.close()

    def __getitem__(self, name):
        return self.agents[name]

    @property
    def mash(self):
        return self.agents["mash"]

    @property
    def social_care(self):
        return self.agents["childrens-services"]

    @property
    def police(self):
        return self.agents["states-police"]

    @property
    def school(self):
        return self.agents["st-helier-primary"]

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def add(self, name):
        kith_must("agency", "add", name, "--dir", self.folder, *self.arguments)
        self.agents[name] = Agent(self.folder, name)
        return self.agents[name]

    def programs(self):
        return [self.broker, *self.agents.values()]

    def start(self):
        """The broker first: an agent that does not find it tries again only after seconds."""
        self.broker.start().await_ready()
        for agent in self.agents.values():
            agent.start()
        for agent in self.agents.values():
            agent.await_ready()
        for agent in self.agents.values():
            agent.await_connected()
        return self

    def kill(self):
        for each in self.programs():
            each.kill()

    def close(self):
        self.kill()
        shutil.rmtree(self.parent, ignore_errors=True)


# --- Messages and files -------------------------------------------------------------------------------


def concern(words="Came to school without a coat.", local_id="4471", **changes):
    """The smallest message that says something.  The words come back from the inboxes of
    those who see all of it."""
    message = {
        "circumstances": {"system": "school-mis", "localId": local_id},
        "concern": {
            "child": {
                "name": {"given": "Leah", "family": "Le Marquand"},
                "dateOfBirth": "2017-03-14",
            },
            "kind": "SCHOOL_CONCERN",
            "factsObserved": words,
        },
        "sharing": {"purpose": "safeguarding"},
    }
    message.update(changes)
    return message


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def snapshot(folder):
    """Every file below with its content, but sockets and logs."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if os.path.islink(path):
                found[path] = os.readlink(path)
            elif os.path.isfile(path) and not name.endswith(".log"):
                found[path] = read(path)
    return found
