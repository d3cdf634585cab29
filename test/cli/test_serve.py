"""tally serve, check, import and the words around them, as a person meets them."""
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from harness import ROOT, TALLY, Client, Exchange, eventually  # noqa: E402


def tally(*args, stdin=None, env=None):
    return subprocess.run([TALLY, *args], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **(env or {})}, timeout=120)


class Words(unittest.TestCase):
    def test_every_command_has_help_and_unknown_ones_a_hint(self):
        names = re.findall(r"^  (\w+) ", tally("--help").stdout.decode(), re.M)
        self.assertIn("serve", names)
        for name in names:
            done = tally(name, "--help")
            self.assertEqual(done.returncode, 0, name)
            self.assertTrue(done.stdout.startswith(b"Usage: tally " + name.encode()), name)
            self.assertEqual(done.stderr, b"", name)
        done = tally("serv")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'did you mean "serve"?', done.stderr)
        self.assertEqual(tally().returncode, 2)
        self.assertEqual(tally("serve", "--nonsense").returncode, 2)
        self.assertEqual(tally("serve", "--data", "/tmp", "extra").returncode, 2)
        self.assertEqual(tally("serve").returncode, 2)
        for arguments in (["--nme", "X"], ["--nme=X"], ["--name", "X", "--nme", "Y"]):
            done = tally("admin", "operators", "create", *arguments)
            self.assertEqual((done.returncode, done.stderr.splitlines()[0]),
                             (2, b"tally admin: there is no option --nme"))


class Settings(unittest.TestCase):
    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(text)
            f.flush()
            done = tally("serve", "--check", "--config", f.name)
            return done.returncode, (done.stdout + done.stderr).decode().replace(f.name, "FILE")

    def test_check_names_file_line_and_key(self):
        self.assertEqual(self.check("data: /srv\nlisten: '127.0.0.1:1'\n"), (0, "settings and policy are valid\n"))
        for text, message in (
                ("data: /srv\nlisten: nowhere\n", "listen: expected ADDR:PORT"),
                ("data: /srv\ntokenLifetimeSeconds: 0\n",
                 "FILE:2: tokenLifetimeSeconds: expected a whole number from 1 to 86400"),
                ("\nlistn: x\n", "FILE:2: listn: there is no such setting"),
                ("policyFile: /nonexistent\n", "/nonexistent: could not be opened"),
                ("a: [\n", "FILE:")):
            code, output = self.check(text)
            self.assertEqual(code, 3, text)
            self.assertIn(message, output)

    def test_printed_settings_read_back(self):
        first = tally("serve", "--print-settings", "--set", "idleSeconds=7").stdout
        with tempfile.NamedTemporaryFile("wb", suffix=".yaml") as f:
            f.write(first)
            f.flush()
            self.assertEqual(tally("serve", "--print-settings", "--config", f.name).stdout, first)
        self.assertIn(b"idleSeconds: 7\n", first)

    def test_pages_made_from_tables_are_current(self):
        done = subprocess.run([os.path.join(ROOT, "tools", "make_docs"), "--check"], env={**os.environ, "TALLY": TALLY},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())


class Serving(unittest.TestCase):
    def test_a_new_directory_gets_what_it_needs_and_keeps_it(self):
        with Exchange() as x:
            admin = os.path.join(x.data, "admin.json")
            self.assertEqual(stat.S_IMODE(os.stat(admin).st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(x.data, "tls", "ca-key.pem")).st_mode), 0o600)
            first = x.admin_json
            self.assertEqual(len(first["clients"]), 1)
            self.assertEqual(first["clients"][0]["role"], "Platform.Admin")
            self.assertEqual(first["baseUrl"], x.base_url)
            self.assertEqual(x.stop(), 0)
            x.start()
            self.assertEqual(x.admin_json, first)
            done = tally("serve", "--data", x.data, "--listen", "127.0.0.1:0")
            self.assertEqual(done.returncode, 5)
            self.assertIn(b"another exchange runs on this directory", done.stderr)

    def test_a_taken_port_is_named(self):
        with Exchange() as x, tempfile.TemporaryDirectory() as other:
            done = tally("serve", "--data", other, "--listen", f"127.0.0.1:{x.port}")
            self.assertEqual(done.returncode, 5)
            self.assertIn(f"cannot listen on 127.0.0.1 port {x.port}".encode(), done.stderr)

    def test_sighup_reads_the_certificate_again(self):
        def serial():
            return ssl.get_server_certificate(("127.0.0.1", x.port))

        with Exchange() as x:
            before = serial()
            # Without its certificate the exchange makes another from the same CA.
            os.remove(os.path.join(x.data, "tls", "server.pem"))
            os.remove(os.path.join(x.data, "tls", "server-key.pem"))
            x.process.send_signal(signal.SIGHUP)
            eventually(lambda: serial() != before, what="the new certificate")
            self.assertEqual(Client(x).get("/healthz").status, 200, "the CA is the same")

    def test_check_beside_a_running_exchange_and_without_one(self):
        with Exchange() as x:
            if x.database:
                self.skipTest("the settings of the store on PostgreSQL are not in the directory")
            operator, tenant = x.operator("checked")["id"], x.tenant_("checked")["id"]
            record = {"id": "c1", "operatorId": operator, "tenantId": tenant, "direction": "inbound",
                      "callerNumber": "+4930111111", "calleeNumber": "+4930222222", "inviteDateTime": "2026-01-01T10:00:00Z",
                      "endDateTime": "2026-01-01T10:00:09Z"}
            answer = x.admin.post("/platform/v1.0/callRecords", body=json.dumps(record).encode(),
                                  headers={"Content-Type": "application/x-ndjson"})
            self.assertEqual(answer.json["accepted"], 1, answer)
            for running in (True, False):
                done = tally("check", "--data", x.data, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                result = json.loads(done.stdout)
                self.assertTrue(result["ok"])
                self.assertEqual([o["callRecords"] for o in result["operators"]], [1])
                if running:
                    x.stop()
        self.assertEqual(tally("check", "--data", "/nonexistent").returncode, 3)


class Importing(unittest.TestCase):
    def test_records_out_and_places_of_what_is_none(self):
        done = tally("import", "-", stdin=b"id,callerNumber,calleeNumber,startDateTime,durationSeconds\n"
                                          b"1,+4930123456,030 55,2026-01-01T00:00:00+01:00,5\n2,+4930123456,+49301,soon,5\n")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout), {
            "id": "1", "callerNumber": "+4930123456", "calleeNumber": "03055", "startDateTime": "2025-12-31T23:00:00.000Z",
            "durationSeconds": 5})
        self.assertTrue(done.stderr.startswith(b"-:3:22: startDateTime: "), done.stderr)
        self.assertEqual(tally("import", "--format", "nope", "-", stdin=b"").returncode, 2)
        self.assertEqual(tally("import", "/nonexistent").returncode, 3)
        self.assertEqual(tally("import").returncode, 2)


if __name__ == "__main__":
    unittest.main()
