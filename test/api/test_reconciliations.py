"""Reconciliations over the API: what is found is named, on whatever order the records came."""
import json
import random
import unittest

from harness import Exchange, ExchangeTest, eventually

DAY, NEXT_DAY = "2026-02-03", "2026-02-04"


def clock(second, ms=0):
    return f"{DAY}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.{ms:03}Z"


def calls(operator, tenant, n, prefix="c"):
    """n answered calls of distinct pairs, spread over the day."""
    made = []
    for i in range(n):
        start = 3600 + i * 61
        made.append({"id": f"{prefix}{i}", "correlationId": f"{prefix}-call-{i}", "operatorId": operator,
                     "tenantId": tenant, "direction": "inbound" if i % 3 else "outbound",
                     "callerNumber": f"+49305550{i % 7}{i:05}", "calleeNumber": f"+4940666{i:05}",
                     "inviteDateTime": clock(start), "answerDateTime": clock(start + 6, 250),
                     "endDateTime": clock(start + 6 + 20 + i % 50, 250 + i % 7 * 100 if i % 7 * 100 + 250 < 1000 else 999),
                     "trunk": "t1"})
    return made


def as_durations(records, change=lambda i, r: r):
    made = []
    for i, c in enumerate(records):
        r = {"id": "d" + c["id"], "correlationId": c["correlationId"], "callerNumber": c["callerNumber"],
             "calleeNumber": c["calleeNumber"], "startDateTime": c["inviteDateTime"],
             "answerDateTime": c["answerDateTime"], "endDateTime": c["endDateTime"], "trunk": c["trunk"],
             "durationSeconds": round(seconds(c["endDateTime"]) - seconds(c["answerDateTime"]), 3)}
        r = change(i, r)
        if r:
            made.append(r)
    return made


def seconds(text):
    return int(text[11:13]) * 3600 + int(text[14:16]) * 60 + float(text[17:-1])


def upload(client, path, records):
    answer = client.post(path, body="".join(json.dumps(r) + "\n" for r in records).encode(),
                         headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 201, answer
    assert answer.json["rejected"] == 0, answer
    return answer.json


def run(x, operator, day=DAY):
    answer = x.admin.post("/platform/v1.0/reconciliations", {"operatorId": operator, "day": day})
    assert answer.status == 202, answer
    location = answer.headers["location"]

    def done():
        result = x.admin.get(location).json
        return result if result["status"] == "succeeded" else None

    return eventually(done, what="the reconciliation")


class Reconciliations(ExchangeTest):
    def world(self, name):
        operator, tenant = self.x.operator(name), self.x.tenant_(name)
        self.x.consent(tenant["id"], operator["id"])
        return operator["id"], tenant["id"], self.x.client(["Data.Read", "Data.Write"], operator=operator["id"])

    def check_sum(self, result):
        s = {k: round(v * 1000) for k, v in result["seconds"].items()}
        self.assertEqual(s["difference"], s["operator"] - s["platform"])
        self.assertEqual(s["difference"], s["explained"] + s["unexplained"])
        self.assertEqual(s["explained"], sum(round(c["seconds"] * 1000) for c in result["causes"]))

    def test_equal_books_agree(self):
        operator, tenant, client = self.world("agree")
        records = calls(operator, tenant, 200)
        upload(self.x.admin, "/platform/v1.0/callRecords", records)
        upload(client, "/operator/v1.0/callDurations", as_durations(records))
        result = run(self.x, operator)
        self.assertEqual(result["verdict"], "agrees")
        self.assertEqual(result["counts"]["agreed"], 200)
        self.assertEqual(result["causes"], [])
        self.check_sum(result)
        self.assertEqual(client.get(f"/operator/v1.0/reconciliations/{DAY}").json["digest"], result["digest"])
        rows, _ = client.pages(f"/operator/v1.0/reconciliations/{DAY}/discrepancies")
        self.assertEqual(rows, [])

    def test_a_planted_disagreement_is_found_and_named(self):
        operator, tenant, client = self.world("planted")
        records = calls(operator, tenant, 100)

        def change(i, r):
            if i == 17:
                r["durationSeconds"] += 40
            return None if i == 23 else r

        upload(self.x.admin, "/platform/v1.0/callRecords", records)
        upload(client, "/operator/v1.0/callDurations", as_durations(records, change) + [
            {"id": "extra", "callerNumber": "+4930999999", "calleeNumber": "+4930888888",
             "startDateTime": clock(40000), "durationSeconds": 12}])
        result = run(self.x, operator)
        self.assertEqual(result["verdict"], "differs")
        self.check_sum(result)
        rows, _ = client.pages(f"/operator/v1.0/reconciliations/{DAY}/discrepancies?$top=1")
        found = {(r["class"], r["platformId"], r["operatorRecordId"], r["differenceSeconds"]) for r in rows}
        self.assertIn(("differs", "c17", "dc17", 40), found)
        self.assertIn(("operator_only", None, "extra", 12), found)
        missing = [f for f in found if f[0] == "platform_only"]
        self.assertEqual([f[1] for f in missing], ["c23"])
        differing = self.x.admin.get(
            f"/platform/v1.0/reconciliations/{operator}/{DAY}/discrepancies?$filter=class%20eq%20%27differs%27").json
        self.assertEqual([r["platformId"] for r in differing["value"]], ["c17"])
        self.assertEqual(differing["value"][0]["operator"]["durationSeconds"] -
                         differing["value"][0]["platform"]["durationSeconds"], 40)

    def test_order_of_arrival_does_not_matter_and_late_records_reopen_the_day(self):
        digests = []
        for name in ("order-a", "order-b"):
            operator, tenant, client = self.world(name)
            records = calls(operator, tenant, 120)
            durations = as_durations(records, lambda i, r: dict(r, durationSeconds=int(r["durationSeconds"] + 5) // 6 * 6 + 6))
            if name == "order-b":
                random.Random(7).shuffle(records)
                random.Random(8).shuffle(durations)
                upload(client, "/operator/v1.0/callDurations", durations[:50])
                upload(self.x.admin, "/platform/v1.0/callRecords", records)
                first = run(self.x, operator)
                self.assertNotEqual(first["counts"]["platform_only"], 0)
                upload(client, "/operator/v1.0/callDurations", durations[50:])
            else:
                upload(self.x.admin, "/platform/v1.0/callRecords", records)
                upload(client, "/operator/v1.0/callDurations", durations)
            result = run(self.x, operator)
            self.check_sum(result)
            digests.append((result["digest"], result["counts"], result["seconds"]))
        self.assertEqual(digests[0], digests[1])

    def test_a_link_is_of_its_day(self):
        operator, tenant, client = self.world("links")
        for day in (DAY, NEXT_DAY):
            records = calls(operator, tenant, 5)
            for record in records:
                record["id"] = f"{day}-{record['id']}"
                for key in ("inviteDateTime", "answerDateTime", "endDateTime"):
                    record[key] = record[key].replace(DAY, day)
            upload(self.x.admin, "/platform/v1.0/callRecords", records)
            run(self.x, operator, day)
        path = "/operator/v1.0/reconciliations/%s/discrepancies"
        link = client.get(path % DAY + "?$top=2").json["@odata.nextLink"]
        self.assertEqual(client.get(link).status, 200)
        answer = client.get(link.replace(DAY, NEXT_DAY))
        self.assertEqual((answer.status, answer.code), (400, "invalidToken"))

    def test_causes_have_parameters(self):
        operator, tenant, client = self.world("causes")
        records = calls(operator, tenant, 300)

        def change(i, r):
            moved = seconds(r["startDateTime"]) + 7.4
            r["startDateTime"] = clock(int(moved), round(moved % 1 * 1000))
            del r["answerDateTime"], r["endDateTime"]
            r["durationSeconds"] = -(-int(r["durationSeconds"] * 1000) // 6000) * 6
            return r

        upload(self.x.admin, "/platform/v1.0/callRecords", records)
        upload(client, "/operator/v1.0/callDurations", as_durations(records, change))
        result = run(self.x, operator)
        self.check_sum(result)
        causes = {c["cause"]: c["parameters"] for c in
                  client.get(f"/operator/v1.0/reconciliations/{DAY}/causes").json["value"]}
        self.assertAlmostEqual(causes["clock_offset"]["seconds"], 7.4, delta=0.1)
        # People read the operator's name, programs its id.
        for cause in client.get(f"/operator/v1.0/reconciliations/{DAY}/causes").json["value"]:
            self.assertTrue(cause["sentence"].startswith("causes"), cause["sentence"])
            self.assertEqual(cause["operatorId"], operator)
        self.assertEqual((causes["rounding"]["incrementSeconds"], causes["rounding"]["mode"]), (6, "up"))
        self.assertEqual(result["verdict"], "explained")

    def test_what_is_not_there(self):
        operator, _, client = self.world("absent")
        for target in ("2020-01-01", "yesterday", "2020-13-01"):
            self.assertEqual(client.get(f"/operator/v1.0/reconciliations/{target}").status, 404)
        self.assertEqual(self.x.admin.get(f"/platform/v1.0/reconciliations/{operator}/{DAY}").status, 404)
        post = self.x.admin.post
        self.assertEqual(post("/platform/v1.0/reconciliations", {"operatorId": operator, "day": DAY}).status, 404)
        self.assertEqual(post("/platform/v1.0/reconciliations", {"operatorId": operator}).status, 400)
        self.assertEqual(post("/platform/v1.0/reconciliations", {"day": DAY}).status, 400)
        self.assertEqual(post("/platform/v1.0/reconciliations", {"operatorId": "x", "day": DAY}).status, 404)

    def test_lists_name_every_day_once(self):
        operator, tenant, client = self.world("lists")
        upload(self.x.admin, "/platform/v1.0/callRecords", calls(operator, tenant, 3))
        rows, _ = client.pages("/operator/v1.0/reconciliations?$top=1")
        self.assertEqual([r["day"] for r in rows], [DAY])
        mine, _ = self.x.admin.pages(f"/platform/v1.0/reconciliations?$filter=operatorId%20eq%20%27{operator}%27")
        self.assertEqual([(r["operatorId"], r["day"]) for r in mine], [(operator, DAY)])


class ByThemselves(unittest.TestCase):
    def test_a_quiet_day_is_reconciled_without_asking_also_after_a_kill(self):
        with Exchange({"reconcileQuietSeconds": 1}) as x:
            operator, tenant = x.operator("quiet")["id"], x.tenant_("quiet")["id"]
            client = x.client(["Data.Read", "Data.Write"], operator=operator)
            records = calls(operator, tenant, 50)
            upload(x.admin, "/platform/v1.0/callRecords", records)
            x.kill()
            x.start()
            client = x.client(["Data.Read", "Data.Write"], operator=operator)
            upload(client, "/operator/v1.0/callDurations", as_durations(records))
            done = eventually(lambda: [r for r in client.get("/operator/v1.0/reconciliations").json["value"]
                                       if r["status"] == "succeeded" and r["counts"]["agreed"] == 50],
                              what="the reconciliation by itself")
            self.assertEqual(done[0]["verdict"], "agrees")


if __name__ == "__main__":
    unittest.main()
