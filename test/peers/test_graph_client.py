"""Microsoft's Graph client and MSAL, unchanged, against an exchange."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from harness import ROOT, ExchangeTest  # noqa: E402

GRAPH = os.path.join(HERE, "graph")
CALLS = 2345    # two whole pages and a part of one
DAY = "2026-03-01"
NUMBERS = [f"+4930555010{last}" for last in range(5)]
MSAL = {"7": "@azure/msal-node", "3": "msal-node-before"}


def call(i, operator, tenant, user):
    """One of CALLS outbound calls, a second apart; they last 0.6 to 60.5 s."""
    def at(milliseconds):
        seconds, rest = divmod(8 * 3600 * 1000 + i * 1000 + milliseconds, 1000)
        return f"{DAY}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}Z"
    return {"id": f"call-{i}", "correlationId": f"{i}@edge", "operatorId": operator, "tenantId": tenant, "userId": user,
            "direction": "outbound", "callerNumber": NUMBERS[0], "calleeNumber": f"+49406660{i:05}",
            "inviteDateTime": at(0), "answerDateTime": at(900), "endDateTime": at(900 + length_ms(i))}


def length_ms(i):
    return 600 + i % 600 * 100


def whole_seconds(ms):
    return (ms + 500) // 1000


class GraphClients(ExchangeTest):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(GRAPH, "node_modules")):
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=GRAPH, check=True,
                           stdout=subprocess.DEVNULL)
        super().setUpClass()
        try:
            cls.create_world()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def create_world(cls):
        x = cls.x
        operator, cls.tenant = x.operator("Nordlicht")["id"], x.tenant_("graph")["id"]
        x.consent(cls.tenant, operator)
        cls.user = x.user(cls.tenant, "ada")["id"]
        numbers = x.client(["NumberManagement.Write"], operator=operator)
        for number in NUMBERS:
            answer = numbers.put(f"/operator/v1.0/numbers/{number}", {
                "tenantId": cls.tenant, "usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment"]})
            assert answer.status == 201, answer
        lines = [json.dumps(call(i, operator, cls.tenant, cls.user)) for i in range(CALLS)]
        answer = x.admin.post("/platform/v1.0/callRecords", body="\n".join(lines).encode(),
                              headers={"Content-Type": "application/x-ndjson"})
        assert answer.json["accepted"] == CALLS, answer
        cls.client = x.client(["CallRecord-PstnCalls.Read.All", "CallRecords.Read.All",
                               "TeamsTelephoneNumber.ReadWrite.All"], tenant=cls.tenant)

    def run_client(self, msal, protocol_mode, path):
        settings = {"msal": MSAL[msal], "protocolMode": protocol_mode, "baseUrl": self.x.base_url,
                    "authority": f"{self.x.base_url}/{path}", "clientId": self.client.client_id,
                    "clientSecret": self.client.secret, "from": DAY, "to": "2026-03-02", "number": NUMBERS[1],
                    "userId": self.user, "callRecordId": "call-0"}
        return json.loads(self.node(GRAPH, "read_and_assign.mjs", input=json.dumps(settings)))

    def node(self, folder, *command, **more):
        done = subprocess.run(["node", *command], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "NODE_EXTRA_CA_CERTS": self.x.ca_file}, timeout=120, check=False,
                              **more)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stdout

    def check(self, result):
        self.check_usage(result["usage"])
        self.check_call_record(result["callRecord"])
        self.check_numbers(result)
        self.check_errors(result)
        self.assertEqual(set(result["tokensFromCache"][1:]), {True}, "one token serves the whole run")

    def check_usage(self, usage):
        self.assertEqual((usage["firstPage"], usage["firstCount"]), (1000, 1000))
        self.assertEqual((usage["rows"], usage["ids"]), (CALLS, CALLS))
        self.assertEqual(usage["seconds"], sum(whole_seconds(length_ms(i)) for i in range(CALLS)))
        row = usage["first"]
        self.assertEqual((row["callType"], row["operator"], row["callDurationSource"]),
                         ("oc_user_out", "Nordlicht", "microsoft"))
        self.assertEqual((row["userId"], row["userPrincipalName"]), (self.user, "ada@users.example"))
        self.assertEqual(row["callerNumber"], NUMBERS[0])
        self.assertEqual(row["calleeNumber"][-3:], "***", "external numbers are masked in Germany")

    def check_call_record(self, record):
        self.assertEqual(record["id"], "call-0")
        self.assertEqual([len(session["segments"]) for session in record["sessions"]], [1])
        self.assertNotIn("+4940666000000", json.dumps(record))

    def check_numbers(self, result):
        self.assertEqual(result["unassigned"], {"count": len(NUMBERS), "numbers": NUMBERS})
        for action, holder, status in (("assign", self.user, "userAssigned"), ("unassign", None, "unassigned")):
            done = result[action]
            self.assertEqual(done["status"], 202)
            self.assertTrue(done["location"].startswith(self.x.base_url + "/v1.0/"), done["location"])
            self.assertEqual(done["operation"]["status"], "succeeded")
            self.assertEqual((done["number"]["assignmentTargetId"], done["number"]["assignmentStatus"]),
                             (holder, status))

    def check_errors(self, result):
        for name, status, code in (("assignAgain", 409, "numberHeld"), ("badFilter", 400, "invalidRequest")):
            failure = result[name]
            self.assertEqual((failure["isGraphError"], failure["status"], failure["code"]), (True, status, code))
            self.assertRegex(failure["requestId"], "^[0-9a-f]{8}-")
            self.assertTrue(failure["message"])
            self.assertTrue(failure["date"])
        self.assertEqual(result["wrongSecret"], "invalid_client")

    def test_entra_style_authority(self):
        self.check(self.run_client("7", "AAD", self.tenant))

    def test_tenant_id_in_capitals(self):
        self.check(self.run_client("7", "AAD", self.tenant.upper()))

    def test_openid_authority_of_the_tenant(self):
        self.check(self.run_client("7", "OIDC", self.tenant))

    def test_openid_authority_of_the_exchange(self):
        self.check(self.run_client("7", "OIDC", ""))

    def test_earlier_msal(self):
        for protocol_mode in ("AAD", "OIDC"):
            with self.subTest(protocol_mode):
                self.check(self.run_client("3", protocol_mode, self.tenant))

    def test_example(self):
        """examples/graph-usage.mjs with a demo.json of this exchange."""
        with tempfile.TemporaryDirectory(prefix="tally-example-") as folder:
            shutil.copy(os.path.join(ROOT, "examples", "graph-usage.mjs"), folder)
            os.symlink(os.path.join(GRAPH, "node_modules"), os.path.join(folder, "node_modules"))
            with open(os.path.join(folder, "demo.json"), "w", encoding="utf-8") as f:
                json.dump({"baseUrl": self.x.base_url, "caFile": self.x.ca_file, "clients": [
                    self.x.admin_json["clients"][0],
                    {"name": "graph", "role": "tenant", "tenantId": self.tenant, "clientId": self.client.client_id,
                     "clientSecret": self.client.secret}]}, f)
            said = self.node(folder, "graph-usage.mjs", "demo.json", DAY)
        minutes = (sum(whole_seconds(length_ms(i)) for i in range(CALLS)) + 30) // 60
        self.assertEqual(said, f"graph, {DAY}: {CALLS} calls, {minutes} minutes\n")


if __name__ == "__main__":
    unittest.main()
