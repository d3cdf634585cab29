"""What is past its time is gone from the files, not only from the answers."""
import datetime
import json
import os
import tempfile
import unittest

from harness import ON_POSTGRES, Exchange, eventually

POLICY = """
retentionDays:
  callRecords: { default: 40, CA: 5 }
  durationRecords: { default: 40, CA: 5 }
  quality: { default: 3 }
  audit: { default: 30 }
  batches: { default: 30 }
  assignments: { default: 30 }
maskedDigits: { default: 0 }
"""


def day(ago):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=ago)).strftime("%Y-%m-%d")


def upload(client, path, records):
    answer = client.post(path, body="".join(json.dumps(r) + "\n" for r in records).encode(),
                         headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 201 and answer.json["accepted"] == len(records), answer


class Retention(unittest.TestCase):
    def setUp(self):
        self.policy = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.policy.write(POLICY)
        self.policy.flush()

    def tearDown(self):
        self.policy.close()

    def call(self, operator, tenant, name, ago, **more):
        return {"id": name, "correlationId": name + "-sip", "operatorId": operator, "tenantId": tenant, "userId": name + "-user",
                "direction": "inbound", "callerNumber": "+4930111111", "calleeNumber": "+4930222222",
                "inviteDateTime": f"{day(ago)}T12:00:00Z", "answerDateTime": f"{day(ago)}T12:00:05Z",
                "endDateTime": f"{day(ago)}T12:01:00Z", "mediaStreams": [
                    {"streamId": name + "-stream", "streamDirection": "callerToCallee", "averageJitter": "PT0.01S"}], **more}

    def holds(self, x, text):
        """Whether any file of the exchange has these bytes; the log of the test's own process is not its data."""
        for folder, _, files in os.walk(x.data):
            for name in files:
                if name == "log.txt":
                    continue
                with open(os.path.join(folder, name), "rb") as f:
                    if text.encode() in f.read():
                        return True
        return False

    def test_rows_media_and_whole_days_go_by_country(self):
        with Exchange({"policyFile": self.policy.name, "sweepIntervalSeconds": 86400}) as x:
            operator, tenant = x.operator("kept", "DE")["id"], x.tenant_("kept", country="DE")["id"]
            other, canada = x.operator("other", "CA")["id"], x.tenant_("canada", country="CA")["id"]
            reader = x.client(["Data.Read", "Data.Write"], operator=operator)
            other_reader = x.client(["Data.Read", "Data.Write"], operator=other)
            upload(x.admin, "/platform/v1.0/callRecords", [
                self.call(operator, tenant, "oldgerman", 10), self.call(operator, canada, "oldcanadian", 10),
                self.call(operator, tenant, "freshgerman", 1), self.call(operator, canada, "freshcanadian", 1),
                self.call(operator, tenant, "ancient", 90)])
            upload(other_reader, "/operator/v1.0/callDurations", [
                {"id": "oldduration", "correlationId": "oldduration-sip", "callerNumber": "+4930111111", "calleeNumber": "+4930222222",
                 "startDateTime": f"{day(10)}T12:00:00Z", "durationSeconds": 5},
                {"id": "freshduration", "correlationId": "freshduration-sip", "callerNumber": "+4930111111", "calleeNumber": "+4930222222",
                 "startDateTime": f"{day(1)}T12:00:00Z", "durationSeconds": 5}])
            self.assertEqual(reader.get("/operator/v1.0/callRecords/oldcanadian").status, 200)
            x.stop()  # the sweep runs at start
            x.start()
            eventually(lambda: reader.get("/operator/v1.0/callRecords/ancient").status == 404, what="the sweep")
            eventually(lambda: other_reader.get("/operator/v1.0/callDurations/oldduration").status == 404, what="the sweep")
            for name, status in (("oldgerman", 200), ("oldcanadian", 404), ("freshgerman", 200), ("freshcanadian", 200)):
                self.assertEqual(reader.get(f"/operator/v1.0/callRecords/{name}").status, status, name)
            self.assertEqual(other_reader.get("/operator/v1.0/callDurations/freshduration").status, 200)
            expand = "?$expand=mediaStreams"
            self.assertFalse(reader.get(f"/operator/v1.0/callRecords/oldgerman{expand}").json["mediaStreams"])
            self.assertTrue(reader.get(f"/operator/v1.0/callRecords/freshgerman{expand}").json["mediaStreams"])
            x.stop()
            if not ON_POSTGRES:  # (the audit log may name records by id: what they held is what must be gone)
                for gone in ("oldcanadian-sip", "oldcanadian-user", "ancient-sip", "oldduration-sip", "oldgerman-stream"):
                    self.assertFalse(self.holds(x, gone), f"{gone} is still in a file")
                for kept in ("oldgerman-sip", "freshcanadian-user", "freshduration-sip", "freshgerman-stream"):
                    self.assertTrue(self.holds(x, kept), f"{kept} is gone from the files")

    def test_the_officer_reads_what_is_in_force(self):
        with Exchange({"policyFile": self.policy.name}) as x:
            officer = x.client(["Privacy.Officer"])
            kinds = {v["kind"]: v["days"] for v in officer.get("/privacy/v1.0/retentionPolicies").json["value"]}
            self.assertEqual(kinds["callRecords"], {"default": 40, "CA": 5})
            statement = officer.get("/privacy/v1.0/statement").json
            self.assertEqual(statement["maskedDigits"], {"default": 0})
            self.assertIn("duration records", [p["data"] for p in statement["processing"]])
            x.operator("seen")
            events = officer.get(f"/privacy/v1.0/auditEvents?clientId={x.admin.client_id}").json["value"]
            self.assertTrue(any(e["action"] == "POST /platform/v1.0/operators" and e["status"] == 201 for e in events))
            self.assertTrue(all(e["clientId"] == x.admin.client_id for e in events))
            self.assertEqual(officer.get("/privacy/v1.0/auditEvents?day=2019-01-01").json["value"], [])
            self.assertEqual(officer.get("/privacy/v1.0/auditEvents?day=yesterday").status, 400)


if __name__ == "__main__":
    unittest.main()
