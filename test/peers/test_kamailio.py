"""Real calls through real switches: both sides' own accounts, imported, uploaded, reconciled."""
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from calls import TRUNKS, Telephony, plan  # noqa: E402
from harness import TALLY, ExchangeTest, eventually  # noqa: E402

FALSIFIED_SECONDS = 40


def tally_import(*arguments):
    """The records that `tally import` makes of a Kamailio's file."""
    done = subprocess.run([TALLY, "import", "--format", "kamailio", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return [json.loads(line) for line in done.stdout.splitlines()]


def upload(client, path, records):
    answer = client.post(path, body="".join(json.dumps(r) + "\n" for r in records).encode(),
                         headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 201, answer
    assert (answer.json["accepted"], answer.json["rejected"]) == (len(records), 0), answer
    return answer.json


class Kamailio(ExchangeTest):
    """The calls are placed once, over two operators' trunks; "south" will not tell the truth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="tally-kamailio-")
        try:
            cls.create_parties()
            cls.place_calls()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)
        super().tearDownClass()

    @classmethod
    def create_parties(cls):
        x = cls.x
        cls.tenant = x.tenant_("phones")["id"]
        cls.operators = {trunk: x.operator(f"Operator {trunk}")["id"] for trunk in TRUNKS}
        cls.clients = {}
        for trunk, operator in cls.operators.items():
            x.consent(cls.tenant, operator)
            cls.clients[trunk] = x.client(["Data.Read", "Data.Write"], operator=operator)
            numbers = x.client(["NumberManagement.Write"], operator=operator)
            for own in sorted(own_numbers(trunk)):
                answer = numbers.put(f"/operator/v1.0/numbers/{own}", {
                    "tenantId": cls.tenant, "usage": "CallingUserAssignment",
                    "acquiredCapabilities": ["UserAssignment"]})
                assert answer.status == 201, answer

    @classmethod
    def place_calls(cls):
        """Neither side's accounts are touched by anything but the import."""
        with Telephony(cls.folder, cls.tenant, cls.operators) as telephony:
            cls.placed = telephony.place(plan())
            cls.call_records = tally_import("--kind", "calls", telephony.edge_log)
            cls.durations, cls.logged = {}, {}
            for trunk in TRUNKS:
                cls.durations[trunk] = tally_import(telephony.accounts(trunk))
                cls.logged[trunk] = tally_import(telephony.switch_log(trunk))

    def of_trunk(self, trunk):
        return [c for c in self.call_records if c["operatorId"] == self.operators[trunk]]

    def test_the_edge_tells_what_happened(self):
        self.assertEqual(len(self.call_records), len(self.placed))
        by_numbers = {(c["trunk"], c["callerNumber"], c["calleeNumber"]): c for c in self.call_records}
        for placed in self.placed:
            with self.subTest(placed):
                c = by_numbers[placed.trunk, placed.caller, placed.callee]
                self.assertEqual(c["operatorId"], self.operators[placed.trunk])
                self.assertEqual(c["tenantId"], self.tenant)
                self.assertEqual(c["direction"], placed.direction)
                self.assertEqual(str(c["sipResponseCode"]), placed.sip_code)
                self.assertEqual(c.get("releasedBy"), placed.released_by)
                self.assertEqual("answerDateTime" in c, placed.seconds is not None)
                # A telephone lets it ring first; a loaded machine makes a call longer, nothing makes it shorter.
                self.assertGreaterEqual(c["durationSeconds"], placed.seconds or 0)
                if placed.seconds is not None:
                    self.assertGreaterEqual(moment(c["answerDateTime"]) - moment(c["inviteDateTime"]),
                                            datetime.timedelta(seconds=0.4))

    def test_table_and_log_of_a_switch_are_the_same_records(self):
        for trunk in TRUNKS:
            self.assertEqual(len(self.durations[trunk]), sum(p.trunk == trunk for p in self.placed))
            self.assertEqual({r["id"]: told(r) for r in self.durations[trunk]},
                             {r["id"]: told(r) for r in self.logged[trunk]})
            self.assertEqual({(r["correlationId"], r["sipResponseCode"], r.get("releasedBy"))
                              for r in self.durations[trunk]},
                             {(c["correlationId"], c["sipResponseCode"], c.get("releasedBy"))
                              for c in self.of_trunk(trunk)})

    def reconcile(self, trunk, durations):
        """Uploads both sides and runs the day or, around midnight, the days: results and discrepancies."""
        records = self.of_trunk(trunk)
        upload(self.x.admin, "/platform/v1.0/callRecords", records)
        upload(self.clients[trunk], "/operator/v1.0/callDurations", durations)
        results, rows = [], []
        for day in sorted({c["inviteDateTime"][:10] for c in records}):
            started = self.x.admin.post("/platform/v1.0/reconciliations",
                                        {"operatorId": self.operators[trunk], "day": day})
            self.assertEqual(started.status, 202, started)
            own = f"/operator/v1.0/reconciliations/{day}"
            eventually(lambda own=own: self.clients[trunk].get(own).json.get("status") == "succeeded",
                       what="the reconciliation")
            results.append(self.clients[trunk].get(own).json)
            rows += self.clients[trunk].pages(own + "/discrepancies")[0]
        return results, rows

    def test_honest_books_agree(self):
        results, rows = self.reconcile("north", self.durations["north"])
        self.assertEqual({r["verdict"] for r in results}, {"agrees"}, rows)
        self.assertEqual(sum(r["counts"]["agreed"] for r in results), len(self.of_trunk("north")))
        self.assertEqual(rows, [])

    def test_a_planted_disagreement_is_found_and_named(self):
        durations = [dict(r) for r in self.durations["south"]]
        answered = [r for r in durations if r["sipResponseCode"] == 200]
        falsified, removed = answered[3], answered[11]
        falsified["durationSeconds"] = round(falsified["durationSeconds"] + FALSIFIED_SECONDS, 3)
        durations.remove(removed)
        of_call = {c["correlationId"]: c for c in self.of_trunk("south")}

        results, rows = self.reconcile("south", durations)
        self.assertIn("differs", {r["verdict"] for r in results})
        self.assertEqual(sum(r["counts"]["agreed"] for r in results), len(of_call) - 2)
        self.assertEqual({r["class"]: r["platformId"] for r in rows},
                         {"differs": of_call[falsified["correlationId"]]["id"],
                          "platform_only": of_call[removed["correlationId"]]["id"]})
        wrong = next(r for r in rows if r["class"] == "differs")
        self.assertEqual(wrong["operatorRecordId"], falsified["id"])
        self.assertEqual(wrong["causes"], "")
        self.assertEqual(wrong["operator"]["durationSeconds"], falsified["durationSeconds"])
        self.assertAlmostEqual(wrong["differenceSeconds"], FALSIFIED_SECONDS, delta=1)
        missing = next(r for r in rows if r["class"] == "platform_only")
        self.assertIsNone(missing["operatorRecordId"])
        self.assertEqual(missing["platform"]["calleeNumber"], of_call[removed["correlationId"]]["calleeNumber"])


def own_numbers(trunk):
    """The tenant's numbers at an operator, as far as the calls need them."""
    return {c.caller if c.direction == "outbound" else c.callee for c in plan() if c.trunk == trunk}


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def told(record):
    """What both forms say: a table keeps whole seconds and numbers its rows."""
    return {k: v for k, v in record.items() if not k.endswith("DateTime") and k != "sequence"}


if __name__ == "__main__":
    unittest.main()
