#!/usr/bin/env python3
"""What switches write, as they write it, against the platform's records of the same calls."""

import datetime
import json
import os
import unittest

from compare import PLATFORM, ROOT, CompareTest, call

ZONE = datetime.timedelta(hours=1)  # Berlin in November


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def local(text):
    """As a clock on a wall in Berlin showed it, the second cut down."""
    return (moment(text) + ZONE).strftime("%Y-%m-%d %H:%M:%S")


def between(a, b):
    return int((moment(b) - moment(a)).total_seconds())


class Switch(CompareTest):
    def setUp(self):
        super().setUp()
        self.calls = [call(i, 60000 + i * 137) for i in range(200)]

    def asterisk(self):
        rows = []
        for i, c in enumerate(self.calls):
            rows.append('"","%s","%s","in","""A, B"" <%s>","PJSIP/carrier-%08x","PJSIP/platform-%08x","Dial","PJSIP/x",'
                        '"%s","%s","%s",%d,%d,"ANSWERED","DOCUMENTATION","%d.%d",""\n' % (
                            c["callerNumber"][1:], c["calleeNumber"][1:], c["callerNumber"], 2 * i, 2 * i + 1,
                            local(c["inviteDateTime"]), local(c["answerDateTime"]), local(c["endDateTime"]),
                            between(c["inviteDateTime"], c["endDateTime"]),
                            between(c["answerDateTime"], c["endDateTime"]), moment(c["inviteDateTime"]).timestamp(), i))
        return "".join(rows)

    def freeswitch(self):
        rows = []
        for i, c in enumerate(self.calls):
            rows.append('"A "B" C","%s","%s","public","%s","%s","%s","%d","%d","NORMAL_CLEARING","u-%d","","","PCMA","PCMA"\n' % (
                c["callerNumber"], c["calleeNumber"], local(c["inviteDateTime"]), local(c["answerDateTime"]), local(c["endDateTime"]),
                between(c["inviteDateTime"], c["endDateTime"]), between(c["answerDateTime"], c["endDateTime"]), i))
        return "".join(rows)

    def freeswitch_json(self):
        """A file a call would be; here they are put together."""
        def micro(text):
            return str(round(moment(text).timestamp() * 1000) * 1000)

        return "".join(json.dumps({
            "core-uuid": "x", "channel_data": {"state": "CS_REPORTING"}, "variables": {
                "uuid": c["id"], "direction": "inbound", "sip_call_id": "%s%%40h" % c["id"], "billmsec": str(60000 + i * 137),
                "start_uepoch": micro(c["inviteDateTime"]), "answer_uepoch": micro(c["answerDateTime"]),
                "end_uepoch": micro(c["endDateTime"]), "hangup_cause_q850": "16", "sip_hangup_disposition": "recv_bye"},
            "callflow": [{"caller_profile": {"caller_id_number": c["callerNumber"].replace("+", "%2B"),
                                             "destination_number": c["calleeNumber"].replace("+", "%2B")}}]})
            for i, c in enumerate(self.calls))

    def opensips(self):
        rows = ["method,from_tag,to_tag,callid,sip_code,sip_reason,time,duration,ms_duration,setuptime,created,caller,callee"]
        for i, c in enumerate(self.calls):
            ms = 60000 + i * 137
            rows.append(",".join(["INVITE", "a", "b", "%s@h" % c["id"], "200", "OK", local(c["answerDateTime"]), str(-(-ms // 1000)),
                                  str(ms), "4", local(c["inviteDateTime"]), "sip:%s@h" % c["callerNumber"], c["calleeNumber"]]))
        return "\n".join(rows) + "\n"

    def cucm(self):
        names = ("cdrRecordType", "globalCallID_callId", "dateTimeOrigination", "callingPartyNumber", "finalCalledPartyNumber",
                 "destCause_value", "dateTimeConnect", "dateTimeDisconnect", "pkid", "duration")
        rows = [",".join('"%s"' % name for name in names), ",".join(["INTEGER"] * len(names))]
        for c in self.calls:
            start, answer, end = (int(moment(c[k]).timestamp()) for k in ("startDateTime", "answerDateTime", "endDateTime"))
            rows.append('1,7,%d,"%s","%s",16,%d,%d,"%s",%d' % (start, c["callerNumber"], c["calleeNumber"], answer, end, c["id"],
                                                              end - answer))
        return "\n".join(rows) + "\n"

    def audiocodes(self):
        """Syslog of the leg to the platform."""
        def printed(text):
            return moment(text).strftime("%H:%M:%S.") + text[20:23] + moment(text).strftime("  UTC %a %b %d %Y")

        return "".join(" |".join(
            ["Nov 24 08:00:00 192.0.2.1 [S=%d]" % i, "CALL_END", "SBC", "%s@h" % c["id"], "0", "RMT", "", "", "", "", "UDP",
             "x@h", "%s@h" % c["callerNumber"], "x@h", "%s@h" % c["calleeNumber"], str(between(c["answerDateTime"], c["endDateTime"])),
             "RMT", "", "", printed(c["inviteDateTime"]), printed(c["answerDateTime"]), printed(c["endDateTime"])]) + " |\n"
            for i, c in enumerate(self.calls))

    def ribbon(self):
        rows = ["Sonus Networks, Inc.00000000FF600000600000000000000000000000"]
        for i, c in enumerate(self.calls):
            ms = 60000 + i * 137
            start, end = (moment(c[k]) + ZONE for k in ("inviteDateTime", "endDateTime"))
            fields = ["STOP", "gw", "0x%016X" % i, "1", "GMT+01:00", start.strftime("%m/%d/%Y"), start.strftime("%H:%M:%S.0"), "1", "9",
                      "400", end.strftime("%m/%d/%Y"), end.strftime("%H:%M:%S.") + str(end.microsecond // 100000), "1", str(ms // 10),
                      "16", "VoIP", "IP-TO-IP", "X", "", c["callerNumber"][1:], c["calleeNumber"][1:]]
            rows.append(",".join(fields))
        return "\n".join(rows) + "\n"

    def cel(self):
        """All events in the order of time, as they are logged."""
        events = []
        for i, c in enumerate(self.calls):
            a, b = "%d.1" % i, "%d.2" % i
            for at, name, own, extra in (
                    ("inviteDateTime", "CHAN_START", a, ""), ("inviteDateTime", "CHAN_START", b, ""), ("answerDateTime", "ANSWER", b, ""),
                    ("endDateTime", "HANGUP", a, '{""hangupcause"":16,""hangupsource"":""PJSIP/%s""}' % a),
                    ("endDateTime", "CHAN_END", b, ""), ("endDateTime", "CHAN_END", a, ""), ("endDateTime", "LINKEDID_END", a, "")):
                events.append((moment(c[at]), '"%s","%.6f","","%s","","","","%s","in","PJSIP/%s","","","3","","%s","%s","","","","%s"\n' % (
                    name, moment(c[at]).timestamp(), c["callerNumber"], c["calleeNumber"], own, own, a, extra)))
        return "".join(text for _, text in sorted(events, key=lambda event: event[0]))

    def compared(self, operator):
        """The file as it comes: its zone is found, nothing is left open."""
        self.both(self.table("platform.csv", PLATFORM, self.calls), operator)
        summary = json.loads(self.read("report/summary.json"))
        self.assertIn(summary["verdict"], ("agrees", "explained"))
        self.assertEqual(summary["counts"]["agreed"], len(self.calls))
        return {cause["cause"]: cause["parameters"] for cause in summary["causes"]}

    def found(self, path):
        return json.loads(self.tally("inspect", "--json", path).stdout)

    def imported(self, path, *arguments, code=0):
        done = self.tally("import", *arguments, path)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def needs_a_zone(self, path, name):
        records, errors = self.imported(path, code=3)
        self.assertEqual(records, [])
        self.assertIn("startDateTime is a date and time without offset from UTC (tally import --zone gives it one)", errors)
        records, errors = self.imported(path, "--format", name, "--zone", "Europe/Berlin")
        self.assertEqual((len(records), errors), (200, ""))
        self.assertEqual(records[0]["answerDateTime"], "2026-11-24T08:00:04.000Z")
        self.assertEqual(records[0]["durationSeconds"], 60)

    def test_asterisk(self):
        path = self.write("Master.csv", self.asterisk())
        self.assertEqual((self.found(path)["format"], self.found(path)["kind"]), ("asterisk", "durations"))
        self.needs_a_zone(path, "asterisk")
        causes = self.compared(path)
        self.assertEqual(causes["zone_offset"], {"seconds": 3600})
        self.assertEqual(causes["rounding"]["mode"], "down")

    def test_freeswitch(self):
        path = self.write("Master.csv", self.freeswitch())
        self.assertEqual((self.found(path)["format"], self.found(path)["kind"]), ("freeswitch", "durations"))
        self.needs_a_zone(path, "freeswitch")
        self.assertEqual(self.compared(path)["zone_offset"], {"seconds": 3600})

    def test_freeswitch_json(self):
        path = self.write("cdr.json", self.freeswitch_json())
        self.assertEqual((self.found(path)["format"], self.found(path)["kind"]), ("freeswitch-json", "durations"))
        self.assertEqual(self.compared(path), {})
        records, errors = self.imported(path)
        self.assertEqual(errors, "")
        self.assertEqual({k: records[1][k] for k in ("correlationId", "durationSeconds", "q850Cause", "releasedBy")},
                         {"correlationId": "r-1@h", "durationSeconds": 60.137, "q850Cause": 16, "releasedBy": "caller"})

    def test_opensips(self):
        path = self.write("acc.csv", self.opensips())
        self.assertEqual((self.found(path)["format"], self.found(path)["kind"]), ("opensips", "durations"))
        self.needs_a_zone(path, "opensips")
        self.assertEqual(self.compared(path), {"zone_offset": {"seconds": 3600}})

    def test_cucm(self):
        path = self.write("cdr_Main_01_202611240800_1", self.cucm())
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("cucm", 200))
        self.assertNotIn("zone_offset", self.compared(path))

    def test_radius(self):
        """What a FreeRADIUS wrote."""
        path = os.path.join(ROOT, "test", "peers", "data", "freeradius-3.2.1", "detail")
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("radius", 2))
        records, errors = self.imported(path)
        self.assertEqual([r["durationSeconds"] for r in records], [60])
        self.assertIn("detail:40:1: startDateTime: startDateTime is a date and time without offset", errors)
        records, errors = self.imported(path, "--zone", "Europe/Berlin")
        self.assertEqual([r.get("sipResponseCode") for r in records], [None, 486])
        self.assertEqual((records[1]["startDateTime"], errors), ("2026-11-25T10:42:13.120Z", ""))

    def oracle_sbc(self):
        def printed(text):
            return moment(text).strftime("%H:%M:%S.") + text[20:23] + moment(text).strftime(" UTC %b %d %Y").upper()

        return "".join('2,192.0.2.1,5060,"%s@h","%s@h",,SIP,,,"<sip:%s@h>;tag=1","<sip:%s@h;user=phone>",1,%d,%s,%s,%s,16\n' % (
            c["id"], c["id"], c["callerNumber"], c["calleeNumber"], between(c["answerDateTime"], c["endDateTime"]),
            printed(c["inviteDateTime"]), printed(c["answerDateTime"]), printed(c["endDateTime"])) for c in self.calls)

    def test_oracle_sbc(self):
        path = self.write("cdr202611240800", self.oracle_sbc())
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("oracle-sbc", 200))
        self.assertNotIn("zone_offset", self.compared(path))

    def test_audiocodes(self):
        path = self.write("syslog", self.audiocodes())
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("audiocodes", 200))
        self.assertNotIn("zone_offset", self.compared(path))
        done = self.tally("import", "--format", "audiocodes", self.write("log", "Nov 24 08:00:00 edge kernel: up\n"))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"lacks the columns", done.stderr)

    def test_ribbon(self):
        path = self.write("1000001.ACT", self.ribbon())
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("ribbon", 200))
        self.needs_a_zone(path, "ribbon")
        self.assertEqual(self.compared(path)["zone_offset"], {"seconds": 3600})

    def test_asterisk_cel(self):
        path = self.write("Master.csv", self.cel())
        self.assertEqual((self.found(path)["format"], self.found(path)["records"]), ("asterisk-cel", 200))
        self.assertEqual(self.compared(path), {})
        records, errors = self.imported(path)
        self.assertEqual(errors, "")
        self.assertEqual(sorted(r["durationSeconds"] for r in records), [(60000 + i * 137) / 1000 for i in range(200)])
        self.assertEqual({r["releasedBy"] for r in records}, {"caller"})


if __name__ == "__main__":
    unittest.main()
