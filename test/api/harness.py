"""Starts a real exchange for a test, and talks to it over HTTPS as a stranger would.

    with Exchange() as x:
        op = x.operator("op-1")
        client = x.client(["NumberManagement.Write"], operator=op["id"])
        answer = client.get("/operator/v1.0/numbers")

Only Python's standard library.  Environment: TALLY (the binary, default
build/tally), TALLY_TEST_STORE=postgres with TALLY_TEST_POSTGRES=postgresql://...
runs the exchange on a database of its own there.
"""
import http.client
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TALLY = os.environ.get("TALLY", os.path.join(ROOT, "build", "tally"))
POSTGRES = os.environ.get("TALLY_TEST_POSTGRES", "")
ON_POSTGRES = os.environ.get("TALLY_TEST_STORE") == "postgres"
START_SECONDS = 60


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code of a failure, in either shape."""
        error = self.json["error"]
        return error["code"] if isinstance(error, dict) else error

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Client:
    """One client with its token; keeps one connection."""

    def __init__(self, exchange, client_id=None, secret=None, tenant=None, token=None):
        self.exchange = exchange
        self.client_id = client_id
        self.secret = secret
        self.tenant = tenant
        self.token = token
        self.connection = None
        self.thread = threading.get_ident()
        exchange.open_clients.append(self)

    def sign_in(self):
        path = f"/{self.tenant}/oauth2/v2.0/token" if self.tenant else "/oauth2/v2.0/token"
        self.token = None
        answer = self.request("POST", path, body=urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret,
            "scope": self.exchange.base_url + "/.default"}).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 200, answer
        self.token = answer.json["access_token"]
        return self

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def request(self, method, target, json_body=None, body=None, headers=None):
        """target: a path, or a whole link of this exchange."""
        if target.startswith("https://"):
            target = target[len("https://"):]
            target = target[target.index("/"):]
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token
        if json_body is not None:
            body = json.dumps(json_body).encode()
            headers.setdefault("Content-Type", "application/json")
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.exchange.port, timeout=120,
                                                              context=self.exchange.tls)
            try:
                self.connection.request(method, target, body=body, headers=headers)
                response = self.connection.getresponse()
                return Answer(response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read())
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                self.close()  # a kept connection may have been closed meanwhile
                if attempt == 2:
                    raise

    def get(self, target, **kw):
        return self.request("GET", target, **kw)

    def post(self, target, json=None, **kw):
        return self.request("POST", target, json_body=json, **kw)

    def put(self, target, json=None, **kw):
        return self.request("PUT", target, json_body=json, **kw)

    def patch(self, target, json=None, **kw):
        return self.request("PATCH", target, json_body=json, **kw)

    def delete(self, target, **kw):
        return self.request("DELETE", target, **kw)

    def pages(self, target):
        """All values of a list, and the last page."""
        values = []
        while True:
            answer = self.get(target)
            assert answer.status == 200, answer
            values += answer.json["value"]
            if "@odata.nextLink" not in answer.json:
                return values, answer.json
            target = answer.json["@odata.nextLink"]


class Exchange:
    def __init__(self, settings=None, data=None):
        self.settings = dict(settings or {})
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="tally-test-")
        self.process = None
        self.port = None
        self.admin = None
        self.database = None
        self.open_clients = []
        self.log = None
        if ON_POSTGRES and "store" not in self.settings:
            self.database = "tally_" + uuid.uuid4().hex
            self.sql("postgres", f"CREATE DATABASE {self.database}")
            self.settings["store"] = self.database_uri(self.database)

    @staticmethod
    def database_uri(name):
        parts = urllib.parse.urlsplit(POSTGRES)
        return urllib.parse.urlunsplit(parts._replace(path="/" + name))

    def sql(self, database, text):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", self.database_uri(database), "-c", text], check=True,
                       stdout=subprocess.DEVNULL)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_):
        self.stop()
        self.remove()

    @property
    def base_url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self):
        return self.admin_json["caFile"]

    def start(self):
        # The same port again after a restart, so that links handed out before go on working.
        command = [TALLY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port or 0}"]
        for name, value in self.settings.items():
            command += ["--set", f"{name}={value}"]
        os.makedirs(self.data, exist_ok=True)
        self.log = open(os.path.join(self.data, "log.txt"), "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = ""
        for line in self.process.stdout:
            found = re.search(r"listening on https://[^ ]*:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise RuntimeError(f"the exchange did not start: {self.log_text()[-2000:]}")
        with open(os.path.join(self.data, "admin.json"), encoding="utf-8") as f:
            self.admin_json = json.load(f)
        self.tls = ssl.create_default_context(cafile=self.admin_json["caFile"])
        first = self.admin_json["clients"][0]
        self.admin = Client(self, first["clientId"], first["clientSecret"]).sign_in()
        return self

    def log_text(self):
        with open(os.path.join(self.data, "log.txt"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM):
        """Ends the process; returns its exit code."""
        if not self.process:
            return None
        self.process.send_signal(how)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process.stdout.close()
        self.process = None
        self.log.close()
        # Only this thread's own: a descriptor closed under another thread that writes to it may be another file by then.
        for client in self.open_clients:
            if client.thread == threading.get_ident():
                client.close()
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def remove(self):
        if self.process:
            self.kill()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)
        if self.database:
            self.sql("postgres", f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    # --- a small world ---------------------------------------------------------

    def operator(self, name, country="DE"):
        answer = self.admin.post("/platform/v1.0/operators", {"displayName": name, "country": country})
        assert answer.status == 201, answer
        return answer.json

    def tenant_(self, name, domain=None, country="DE"):
        answer = self.admin.post("/platform/v1.0/tenants", {
            "displayName": name, "defaultDomain": domain or f"{name}.example", "country": country})
        assert answer.status == 201, answer
        return answer.json

    def user(self, tenant_id, name, country="DE", **more):
        answer = self.admin.post(f"/platform/v1.0/tenants/{tenant_id}/users", {
            "userPrincipalName": f"{name}@users.example", "displayName": name, "country": country, **more})
        assert answer.status == 201, answer
        return answer.json

    def consent(self, tenant_id, operator_id, countries=("DE",), status="active"):
        answer = self.admin.put(f"/platform/v1.0/consents/{tenant_id}/{operator_id}", {
            "status": status, "consentedCountries": list(countries),
            "contacts": [{"fullName": "Test Person", "email": "person@tenant.example"}],
            "noticeVersion": "2021-05-27", "acceptedBy": "admin@tenant.example"})
        assert answer.status in (200, 201), answer
        return answer.json

    def client(self, roles, operator=None, tenant=None):
        """A new client with these roles, signed in."""
        body = {"displayName": "test", "roles": list(roles)}
        if operator:
            body["operatorId"] = operator
        if tenant:
            body["tenantId"] = tenant
        answer = self.admin.post("/platform/v1.0/clients", body)
        assert answer.status == 201, answer
        return Client(self, answer.json["clientId"], answer.json["clientSecret"]).sign_in()

    def anonymous(self):
        return Client(self)


class ExchangeTest(unittest.TestCase):
    """One exchange for all tests of a class."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.x = Exchange(cls.settings)
        try:
            cls.x.start()
        except BaseException:
            cls.x.remove()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.x.stop()
        cls.x.remove()

    def expect(self, answer, status, code=None, target=None):
        self.assertEqual(answer.status, status, answer)
        if code:
            self.assertEqual(answer.code, code, answer)
        if target:
            self.assertEqual(answer.json["error"].get("target"), target, answer)
        return answer


def eventually(condition, seconds=60, what="the condition"):
    """Polls until condition() is true; its value.  A watchdog, not a measurement."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.02)
