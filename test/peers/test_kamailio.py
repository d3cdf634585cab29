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
RECORDED = os.path.join(HERE, "data", "kamailio-5.6.3")


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
                cls.durations[trunk] = tally_import("--start-is-answer", telephony.accounts(trunk))
                cls.logged[trunk] = tally_import("--start-is-answer", telephony.switch_log(trunk))

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
                if placed.seconds is None:
                    self.assertEqual(c["durationSeconds"], 0)
                    continue
                # A loaded machine makes a call longer, nothing makes it shorter.
                self.assertGreater(c["durationSeconds"], placed.seconds - 0.05)
                ringing = moment(c["answerDateTime"]) - moment(c["inviteDateTime"])
                self.assertGreater(ringing.total_seconds(), 0.35)

    def test_the_switches_tell_the_same(self):
        for trunk in TRUNKS:
            self.assertEqual(len(self.durations[trunk]), sum(p.trunk == trunk for p in self.placed))
            at_switch = {r["correlationId"]: r for r in self.durations[trunk]}
            for c in self.of_trunk(trunk):
                with self.subTest(c):
                    r = at_switch[c["correlationId"]]
                    self.assertEqual([r.get(k) for k in ("callerNumber", "calleeNumber", "direction", "releasedBy")],
                                     [c.get(k) for k in ("callerNumber", "calleeNumber", "direction", "releasedBy")])
                    gave_up = c["direction"] == "outbound" and c["sipResponseCode"] == 408
                    self.assertEqual(r["sipResponseCode"], 487 if gave_up else c["sipResponseCode"])

    def test_table_and_log_of_a_switch_are_the_same_records(self):
        for trunk in TRUNKS:
            self.assertEqual({r["id"]: told(r) for r in self.durations[trunk]},
                             {r["id"]: told(r) for r in self.logged[trunk]})

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


class Recorded(unittest.TestCase):
    """What Kamailio 5.6.3 wrote of ten such calls, kept: the same every time, to the millisecond."""

    def test_edge(self):
        calls = tally_import("--kind", "calls", os.path.join(RECORDED, "edge.log"))
        self.assertEqual(len(calls), 10)
        self.assertEqual({k: v for k, v in calls[0].items() if k != "correlationId"}, {
            "id": "phones-calling-1-29874@127.0.0.1/1795610850", "version": 1, "operatorId": "op-n",
            "tenantId": "tenant-1", "direction": "outbound", "callerNumber": "+4930555900",
            "calleeNumber": "+4940666100", "inviteDateTime": "2026-11-25T12:47:30.009Z",
            "answerDateTime": "2026-11-25T12:47:30.417Z", "endDateTime": "2026-11-25T12:47:30.723Z",
            "durationSeconds": 0.306, "sipResponseCode": 200, "releasedBy": "caller", "trunk": "north"})
        self.assertEqual(calls[1]["callerNumber"], "anonymous")

    def test_switch_in_both_forms(self):
        table = tally_import("--start-is-answer", os.path.join(RECORDED, "acc_cdrs.csv"))
        log = tally_import("--start-is-answer", os.path.join(RECORDED, "switch.log"))
        self.assertEqual({r["id"]: told(r) for r in table}, {r["id"]: told(r) for r in log})
        self.assertEqual([r["sequence"] for r in table], [1, 2, 10, 18, 19, 22, 26, 27, 30, 34])
        self.assertEqual(log[3]["answerDateTime"], "2026-11-25T12:47:32.641Z")
        self.assertEqual(log[3]["endDateTime"], "2026-11-25T12:47:35.247Z")
        self.assertEqual(log[3]["durationSeconds"], 2.606)

    def test_a_call_that_nobody_answered_has_no_answer(self):
        """acc takes the set-up for the start of a failed call, also with cdr_start_on_confirmed."""
        for name in ("acc_cdrs.csv", "switch.log"):
            records = tally_import("--start-is-answer", os.path.join(RECORDED, name))
            self.assertEqual({r["correlationId"] for r in records if "answerDateTime" in r},
                             {r["correlationId"] for r in records if r["sipResponseCode"] == 200})


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
