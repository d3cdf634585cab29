"""Microsoft's Graph client and MSAL, unchanged, against an exchange."""
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from harness import ExchangeTest  # noqa: E402

GRAPH = os.path.join(HERE, "graph")
CALLS = 2345
DAY = "2026-03-01"


class GraphClients(ExchangeTest):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(GRAPH, "node_modules", "@microsoft")):
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=GRAPH, check=True,
                           stdout=subprocess.DEVNULL)
        super().setUpClass()
        x = cls.x
        cls.operator, cls.tenant = x.operator("Nordlicht"), x.tenant_("graph")
        x.consent(cls.tenant["id"], cls.operator["id"])
        cls.user = x.user(cls.tenant["id"], "ada")
        op = x.client(["NumberManagement.Write"], operator=cls.operator["id"])
        for last in range(3):
            answer = op.put(f"/operator/v1.0/numbers/+4930555010{last}", {
                "tenantId": cls.tenant["id"], "usage": "CallingUserAssignment",
                "acquiredCapabilities": ["UserAssignment"]})
            assert answer.status == 201, answer
        lines = [json.dumps({
            "id": f"call-{i}", "operatorId": cls.operator["id"], "tenantId": cls.tenant["id"], "userId": cls.user["id"],
            "direction": "outbound", "callerNumber": "+49305550100", "calleeNumber": f"+49406660{i:05}",
            "inviteDateTime": f"{DAY}T{i // 3600 + 8:02}:{i // 60 % 60:02}:{i % 60:02}.000Z",
            "answerDateTime": f"{DAY}T{i // 3600 + 8:02}:{i // 60 % 60:02}:{i % 60:02}.900Z",
            "endDateTime": f"{DAY}T{i // 3600 + 9:02}:{i // 60 % 60:02}:{i % 60:02}.400Z"}) for i in range(CALLS)]
        answer = x.admin.post("/platform/v1.0/callRecords", body="\n".join(lines).encode(),
                              headers={"Content-Type": "application/x-ndjson"})
        assert answer.json["accepted"] == CALLS, answer
        cls.client = x.client(["CallRecord-PstnCalls.Read.All", "TeamsTelephoneNumber.ReadWrite.All"],
                              tenant=cls.tenant["id"])

    def run_client(self, protocol_mode):
        settings = {"baseUrl": self.x.base_url, "tenantId": self.tenant["id"], "clientId": self.client.client_id,
                    "clientSecret": self.client.secret, "from": DAY, "to": "2026-03-02", "number": "+49305550101",
                    "userId": self.user["id"], "protocolMode": protocol_mode}
        done = subprocess.run(["node", "read_and_assign.mjs"], cwd=GRAPH, input=json.dumps(settings), text=True,
                              env={**os.environ, "NODE_EXTRA_CA_CERTS": self.x.ca_file}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return json.loads(done.stdout)

    def check(self, result):
        self.assertEqual(result["firstPage"], 1000)
        self.assertEqual((result["calls"], result["distinct"]), (CALLS, CALLS))
        self.assertEqual(result["sample"]["callType"], "oc_user_out")
        self.assertEqual(result["sample"]["calleeNumber"][-3:], "***", "external numbers are masked in DE")
        self.assertEqual(result["sample"]["userPrincipalName"], "ada@users.example")
        self.assertEqual(len(result["unassigned"]), 3)
        self.assertEqual((result["assignStatus"], result["operation"]), (202, "succeeded"))
        self.assertEqual(result["assignedTo"], self.user["id"])
        self.assertEqual(result["secondTime"]["status"], 409)
        self.assertTrue(result["secondTime"]["graphError"])
        self.assertEqual(result["secondTime"]["code"], "numberHeld")
        self.assertTrue(result["secondTime"]["requestId"])
        self.assertEqual(result["unassignedAgain"], "unassigned")
        self.assertEqual(result["wrongSecret"], "invalid_client")

    def test_entra_style_authority(self):
        self.check(self.run_client("AAD"))

    def test_plain_openid_authority(self):
        self.check(self.run_client("OIDC"))


if __name__ == "__main__":
    unittest.main()
