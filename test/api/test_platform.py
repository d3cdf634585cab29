"""What the platform sees of all operators: the same as each operator sees of itself, and whose it is."""
import unittest

from harness import ExchangeTest, eventually
from records import CALLS, call, duration, send

O, P = "/operator/v1.0/", "/platform/v1.0/"
DAY = "2026-03-10"
TERMS = {"usage": "CallingUserAssignment", "acquiredCapabilities": ["UserAssignment"]}
ABSENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


class Platform(ExchangeTest):
    """Two operators that serve one tenant; the second one another tenant as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = cls.x
        cls.operators = [x.operator("first"), x.operator("second")]
        cls.tenants = [x.tenant_("alpha"), x.tenant_("beta")]
        cls.clients = [x.client(["NumberManagement.Write", "Data.Write", "Data.Read"], operator=o["id"])
                       for o in cls.operators]
        cls.reader = x.client(["Platform.Read"])
        for operator, tenant in ((0, 0), (1, 0), (1, 1)):
            x.consent(cls.tenants[tenant]["id"], cls.operators[operator]["id"])
        for operator, tenant, number in ((0, 0, "+49301000"), (1, 0, "+49301001"), (1, 1, "+49301002"),
                                         (0, 0, "+49301003")):
            answer = cls.clients[operator].put(f"{O}numbers/{number}", {"tenantId": cls.tenants[tenant]["id"], **TERMS})
            assert answer.status == 201, answer
        cls.orders, cls.batches = [], []
        for i in (0, 1):
            answer = cls.clients[i].post(f"{O}numberOrders", {"type": "release",
                                                              "numbers": [{"telephoneNumber": f"+4940100{i}"}]})
            assert answer.status == 202, answer
            cls.orders.append(answer.json["id"])
            # The same ids with both operators: an id is an operator's own.
            answer = send(cls.clients[i], [duration(n, 30 + i) for n in range(2 + i)])
            assert answer.json["accepted"] == 2 + i, answer
            cls.batches.append(answer.json["id"])
            answer = send(cls.clients[i], [duration(0, 99)])
            assert answer.json["conflicts"] == 1, answer
        answer = send(x.admin, [call(n, cls.operators[n % 2], cls.tenants[0]) for n in range(4)], CALLS)
        assert answer.json["accepted"] == 4, answer
        cls.call_batch = answer.json["id"]

    def values(self, path):
        values, _ = self.reader.pages(P + path)
        return values

    def of(self, i):
        return f"$filter=operatorId%20eq%20'{self.operators[i]['id']}'"

    def test_numbers_of_all_name_their_operator(self):
        values = self.values("numbers")
        self.assertEqual([v["telephoneNumber"] for v in values], ["+49301000", "+49301001", "+49301002", "+49301003"])
        self.assertEqual([v["operatorId"] for v in values], [self.operators[i]["id"] for i in (0, 1, 1, 0)])
        own = {v["telephoneNumber"]: v for client in self.clients for v in client.pages(O + "numbers")[0]}
        for value in values:
            whose = value.pop("operatorId")
            self.assertEqual(value, own[value["telephoneNumber"]])
            self.assertIn(whose, [o["id"] for o in self.operators])
        one = self.reader.get(P + "numbers/+49301002").json
        self.assertEqual((one["operatorId"], one["tenantId"]), (self.operators[1]["id"], self.tenants[1]["id"]))
        self.expect(self.reader.get(P + "numbers/+49301009"), 404)

    def test_numbers_by_operator_and_tenant(self):
        def numbers(query):
            return [v["telephoneNumber"][-1] for v in self.values("numbers?" + query)]

        tenant = f"tenantId%20eq%20'{self.tenants[0]['id']}'"
        self.assertEqual(numbers(self.of(1)), ["1", "2"])
        self.assertEqual(numbers(self.of(1) + "&$top=1&$orderby=telephoneNumber%20desc"), ["2", "1"])
        self.assertEqual(numbers("$filter=" + tenant), ["0", "1", "3"])
        self.assertEqual(numbers(f"{self.of(1)}%20and%20{tenant}"), ["1"])
        self.assertEqual(numbers(f"$filter=operatorId%20eq%20'{ABSENT}'"), [])
        self.assertEqual(numbers(f"$filter=operatorId%20ne%20'{self.operators[0]['id']}'"), ["1", "2"])
        self.assertEqual(numbers(f"{self.of(0)}%20and%20operatorId%20eq%20'{self.operators[1]['id']}'"), [])
        answer = self.reader.get(f"{P}numbers?{self.of(0)}&$count=true&$top=1").json
        self.assertEqual((answer["@odata.count"], len(answer["value"])), (2, 1))

    def test_orders_of_all(self):
        values = self.values("numberOrders?$top=1")
        self.assertEqual({v["id"]: v["operatorId"] for v in values},
                         {self.orders[i]: self.operators[i]["id"] for i in (0, 1)})
        self.assertEqual([v["id"] for v in self.values("numberOrders?" + self.of(1))], [self.orders[1]])
        one = self.reader.get(f"{P}numberOrders/{self.orders[0]}").json
        self.assertEqual(one["operatorId"], self.operators[0]["id"])
        self.assertEqual([n["telephoneNumber"] for n in one["numbers"]], ["+49401000"])
        self.expect(self.reader.get(f"{P}numberOrders/{ABSENT}"), 404)
        self.assertNotIn("operatorId", self.clients[0].get(f"{O}numberOrders/{self.orders[0]}").json)

    def test_batches_of_all(self):
        values = self.values("callDurations/batches")
        self.assertEqual(len(values), 4)
        self.assertEqual({v["operatorId"] for v in values}, {o["id"] for o in self.operators})
        self.assertEqual([v["receivedDateTime"] for v in values], sorted((v["receivedDateTime"] for v in values),
                                                                         reverse=True))
        of_one = self.values("callDurations/batches?" + self.of(0))
        self.assertEqual([v["received"] for v in of_one], [1, 2])
        self.assertEqual([v["received"] for v in self.values("callDurations/batches?" + self.of(0) +
                                                             "&$orderby=receivedDateTime%20asc")], [2, 1])
        one = self.reader.get(f"{P}callDurations/batches/{self.batches[1]}").json
        self.assertEqual(one["operatorId"], self.operators[1]["id"])
        own = self.clients[1].get(f"{O}callDurations/batches/{self.batches[1]}").json
        self.assertEqual({k: v for k, v in one.items() if k != "operatorId"}, own)
        # The two kinds of uploads are apart.
        self.assertEqual([v["id"] for v in self.values("callRecords/batches")], [self.call_batch])
        self.expect(self.reader.get(f"{P}callDurations/batches/{self.call_batch}"), 404)
        self.expect(self.reader.get(f"{P}callRecords/batches/{self.batches[0]}"), 404)

    def test_records_of_a_batch_of_any_operator(self):
        values = self.values(f"callDurations?batchId={self.batches[1]}")
        self.assertEqual([v["durationSeconds"] for v in values], [31, 31, 31])
        self.assertEqual({v["operatorId"] for v in values}, {self.operators[1]["id"]})
        self.assertEqual(self.values(f"callDurations?batchId={self.call_batch}"), [])

    def test_an_id_that_two_operators_have(self):
        for i in (0, 1):
            one = self.reader.get(f"{P}callDurations/d0?operatorId={self.operators[i]['id']}").json
            self.assertEqual((one["operatorId"], one["durationSeconds"]), (self.operators[i]["id"], 30 + i))
        self.expect(self.reader.get(f"{P}callDurations/d2?operatorId={self.operators[0]['id']}"), 404)
        self.expect(self.reader.get(f"{P}callDurations/d0?operatorId={ABSENT}"), 404)
        self.assertEqual(self.reader.get(f"{P}callDurations/d0").status, 200)
        self.expect(self.reader.get(f"{P}callDurations/d0?$orderby=id"), 400)
        # An operator names nobody: the parameter changes nothing on its face.
        one = self.clients[0].get(f"{O}callDurations/d0?operatorId={self.operators[1]['id']}").json
        self.assertEqual(one["operatorId"], self.operators[0]["id"])

    def test_conflicts_by_operator(self):
        self.assertEqual({v["operatorId"] for v in self.values("callDurations/conflicts?$top=1")},
                         {o["id"] for o in self.operators})
        self.assertEqual([v["operatorId"] for v in self.values("callDurations/conflicts?" + self.of(1))],
                         [self.operators[1]["id"]])
        self.assertEqual(self.clients[0].pages(O + "callDurations/conflicts?" + self.of(1))[0], [])

    def test_consents_by_party(self):
        def pairs(query):
            return {(v["operatorId"], v["tenantId"]) for v in self.values("consents?$filter=" + query)}

        first, second = (o["id"] for o in self.operators)
        alpha, beta = (t["id"] for t in self.tenants)
        self.assertEqual(pairs(f"operatorId%20eq%20'{second}'"), {(second, alpha), (second, beta)})
        self.assertEqual(pairs(f"tenantId%20eq%20'{alpha}'"), {(first, alpha), (second, alpha)})
        self.assertEqual(pairs(f"tenantId%20eq%20'{alpha}'%20and%20operatorId%20eq%20'{second}'"), {(second, alpha)})

    def test_reconciliations_by_operator(self):
        for operator in self.operators:
            answer = self.x.admin.post(P + "reconciliations", {"operatorId": operator["id"], "day": DAY})
            self.expect(answer, 202)
        done = lambda: all(v["status"] == "succeeded" for v in self.values("reconciliations"))
        eventually(done, what="the reconciliations")
        self.assertEqual({v["operatorId"] for v in self.values("reconciliations?$top=1")},
                         {o["id"] for o in self.operators})
        values = self.values("reconciliations?" + self.of(1))
        self.assertEqual([(v["operatorId"], v["day"]) for v in values], [(self.operators[1]["id"], DAY)])
        one = f"{P}reconciliations/{self.operators[1]['id']}/{DAY}"
        self.assertEqual(self.reader.get(one).json["operatorId"], self.operators[1]["id"])
        self.assertEqual(self.reader.get(one + "/causes").status, 200)
        self.assertNotEqual(self.reader.get(one + "/discrepancies").json["value"], [])


if __name__ == "__main__":
    unittest.main()
