#!/usr/bin/env python3
"""What a platform's administrator can export, against what an operator has: PSTN usage of Microsoft Teams."""

import datetime
import io
import json
import unittest
import zipfile

from compare import OPERATOR, CompareTest, call

PSTN = ("UsageId,Call ID,Caller ID,Call Type,Call Direction,Destination Number,Start Time,End Time,Duration Seconds,"
        "Operator,Source of Call Duration")
DIRECT = ("CorrelationId,Invite time,Start time,Failure time,End time,Duration (seconds),Success,Caller Number,"
          "Callee Number,Call type,Call Direction,Final SIP code,SBC FQDN")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def zulu(time):
    return time.isoformat().replace("+00:00", "Z")


class Platform(CompareTest):
    def setUp(self):
        super().setUp()
        self.calls = [call(i, 60000 + i * 1000) for i in range(200)]

    def pstn(self):
        rows = [PSTN]
        for c in self.calls:
            seconds = round(float(c["durationSeconds"]))
            rows.append(",".join([
                "u" + c["id"], "", c["callerNumber"], "oc_user_in", "Inbound", c["calleeNumber"], c["answerDateTime"],
                zulu(moment(c["answerDateTime"]) + datetime.timedelta(seconds=seconds)), str(seconds), "Op", "Microsoft"]))
        return "\r\n".join(rows) + "\r\n"

    def direct(self):
        rows = [DIRECT]
        for c in self.calls:
            rows.append(",".join([
                c["id"], c["inviteDateTime"], c["answerDateTime"], "", c["endDateTime"], c["durationSeconds"], "Yes",
                c["callerNumber"], c["calleeNumber"], "dr_out", "Outbound", "0", "t1"]))
        return "\n".join(rows)

    def graph(self):
        """Two pages."""
        rows = [{
            "id": "g" + c["id"], "callId": "", "startDateTime": c["answerDateTime"], "duration": round(float(c["durationSeconds"])),
            "callType": "oc_user_in", "callerNumber": c["callerNumber"], "calleeNumber": c["calleeNumber"],
            "endDateTime": c["endDateTime"], "operator": "Op", "callDurationSource": "microsoft"} for c in self.calls]
        return "".join(json.dumps({"@odata.context": "pstnCallLogRow", "value": page, "@odata.nextLink": "x"}, indent=indent)
                       for page, indent in ((rows[:150], 2), (rows[150:], None)))

    def agrees(self, platform, operator):
        self.both(platform, operator)
        summary = json.loads(self.read("report/summary.json"))
        self.assertEqual(summary["verdict"], "agrees")
        self.assertEqual(summary["counts"]["agreed"], len(self.calls))
        return summary

    def test_pstn_usage(self):
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("PSTN.calls.2026-11-24.csv", self.pstn())
            z.writestr("parameters.json", '{"format": "CSV"}')
        operator = [dict(c, operatorId="") for c in self.calls]
        summary = self.agrees(self.write("Export.callingplans.zip", zipped.getvalue()), operator)
        self.assertEqual(summary["seconds"]["difference"], 0)

    def test_direct_routing(self):
        self.calls = [dict(c, direction="outbound") for c in self.calls]
        self.agrees(self.write("dr.csv", self.direct()), self.calls)

    def test_graph(self):
        self.agrees(self.write("pages.json", self.graph()), self.calls)

    def test_a_page_that_is_cut_off(self):
        done = self.tally("import", self.write("pages.json", self.graph()[:-400]))
        self.assertEqual(done.returncode, 3)
        self.assertGreater(len(done.stdout.splitlines()), 190)
        self.assertIn(b"pages.json: the JSON ends within the object that begins in line", done.stderr)

    def test_kind_and_format_are_found(self):
        for name, text in (("teams-pstn", self.pstn()), ("graph", self.graph()),
                           ("teams-direct-routing", self.direct())):
            path = self.write("x.csv", text)
            found = json.loads(self.tally("inspect", "--json", path).stdout)
            self.assertEqual((found["format"], found["kind"], found["records"]), (name, "calls", 200))
            for arguments in ((), ("--format", name), ("--format", name, "--kind", "calls")):
                done = self.tally("import", *arguments, path)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("version", json.loads(done.stdout.splitlines()[0]))
            done = self.tally("import", "--kind", "durations", path)
            self.assertNotIn("version", json.loads(done.stdout.splitlines()[0]))

    def test_times_without_offset_need_a_zone(self):
        path = self.write("x.csv", self.pstn().replace("Z,", ","))
        done = self.tally("import", path)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"x.csv:2:1: inviteDateTime: inviteDateTime is a date and time without offset from UTC (tally import --zone",
                      done.stderr)
        done = self.tally("import", "--zone", "Europe/Berlin", path)
        self.assertEqual(json.loads(done.stdout.splitlines()[0])["answerDateTime"], "2026-11-24T07:00:04.000Z")

    def test_the_operators_records_of_a_platforms_file(self):
        """Canonical call records are found to be such."""
        path = self.table("p.csv", ["id", "callerNumber", "calleeNumber", "inviteDateTime"], self.calls)
        self.assertIn(b"inviteDateTime", self.tally("import", path).stdout)
        path = self.table("o.csv", OPERATOR, self.calls)
        self.assertIn(b"startDateTime", self.tally("import", path).stdout)


if __name__ == "__main__":
    unittest.main()
