"""An operator's numbers: single, lists, the feed, and orders in bulk."""
import base64
import random
import threading
import unittest

from harness import Exchange, ExchangeTest, eventually

N = "/operator/v1.0/numbers"
ORDERS = "/operator/v1.0/numberOrders"
ACTIONS = "/v1.0/admin/teams/telephoneNumberManagement/numberAssignments/"
USER_NUMBER = {"usage": "CallingUserAssignment",
               "acquiredCapabilities": ["UserAssignment", "InboundCalling", "OutboundCalling"]}


class World(ExchangeTest):
    """A consenting tenant with a user, and an operator, fresh for each test."""

    def setUp(self):
        x = self.x
        self.op = x.operator("op")
        self.tenant = x.tenant_(f"t{random.getrandbits(48):x}")
        self.user = x.user(self.tenant["id"], "ada")
        x.consent(self.tenant["id"], self.op["id"], ("DE", "FR"))
        self.carrier = x.client(["NumberManagement.Write"], operator=self.op["id"])
        self.customer = x.client(["TeamsTelephoneNumber.ReadWrite.All"], tenant=self.tenant["id"])
        self.terms = dict(USER_NUMBER, tenantId=self.tenant["id"])
        # A block of numbers of this test's own: a number has one place in the exchange.
        self.block = f"+4930{random.randrange(10**5):05d}"

    def number(self, i):
        return f"{self.block}{i:04d}"

    def provision(self, *which):
        for i in which:
            self.expect(self.carrier.put(f"{N}/{self.number(i)}", self.terms), 201)

    def act(self, action, **body):
        return self.customer.post(ACTIONS + action, dict({"numberType": "operatorConnect"}, **body))

    def assign(self, i, user=None):
        return self.expect(self.act("assignNumber", telephoneNumber=self.number(i),
                                    assignmentTargetId=(user or self.user)["id"]), 202)

    def order(self, client=None, **body):
        answer = self.expect((client or self.carrier).post(ORDERS, body), 202)
        self.assertTrue(answer.headers["location"].startswith(self.x.base_url + ORDERS + "/"))
        return answer.headers["location"]

    def finished(self, location, client=None):
        def look():
            answer = self.expect((client or self.carrier).get(location), 200).json
            return answer if answer["status"] in ("succeeded", "partiallySucceeded", "failed") else None
        return eventually(look, what="the end of the order")


class Numbers(World):
    def test_one_number_from_beginning_to_end(self):
        path = f"{N}/{self.number(1)}"
        self.expect(self.carrier.get(path), 404, "itemNotFound")
        made = self.expect(self.carrier.put(path, self.terms), 201).json
        self.assertEqual({k: made[k] for k in ("telephoneNumber", "sipUri", "tenantId", "assignmentStatus",
                                               "isoCountryCode", "usage", "acquiredCapabilities", "releaseRequested")},
                         {"telephoneNumber": self.number(1), "sipUri": None, "tenantId": self.tenant["id"],
                          "assignmentStatus": "unassigned", "isoCountryCode": "DE", "releaseRequested": False,
                          **USER_NUMBER})
        plain = base64.urlsafe_b64decode(made["id"] + "==").decode()
        self.assertEqual(plain, f"{self.op['id']}|{self.number(1)}")
        self.assertEqual(self.carrier.get(path).json, made)
        self.assertEqual(self.carrier.get(path.replace("+", "%2B")).json, made)
        self.assertEqual(self.expect(self.carrier.put(path, self.terms), 200).json, made)
        self.assign(1)
        held = self.carrier.get(path).json
        self.assertEqual(held["assignmentStatus"], "userAssigned")
        self.assertEqual(held["sipUri"], f"sip:{self.number(1)}@{self.tenant['defaultDomain']};user=phone")
        self.assertNotIn(self.user["id"], str(held))
        self.expect(self.carrier.delete(path), 409, "numberAssigned")
        self.expect(self.act("unassignNumber", telephoneNumber=self.number(1)), 202)
        self.assertIsNone(self.carrier.get(path).json["sipUri"])
        self.expect(self.carrier.delete(path), 204)
        self.expect(self.carrier.delete(path), 404)
        self.expect(self.carrier.get(path), 404)

    def test_what_is_wrong_is_named(self):
        for change, target in (({"tenantId": None}, "tenantId"), ({"tenantId": "x"}, "tenantId"),
                               ({"usage": None}, "usage"), ({"usage": "Calls"}, "usage"),
                               ({"acquiredCapabilities": None}, "acquiredCapabilities"),
                               ({"acquiredCapabilities": "UserAssignment"}, "acquiredCapabilities"),
                               ({"acquiredCapabilities": ["Fly"]}, "acquiredCapabilities"),
                               ({"locationId": "x"}, "locationId"),
                               ({"locationId": self.op["id"], "civicAddressId": self.op["id"]}, "civicAddressId"),
                               ({"allowTenantAddressUpdate": "yes"}, "allowTenantAddressUpdate")):
            self.expect(self.carrier.put(f"{N}/{self.number(1)}", dict(self.terms, **change)), 400, target=target)
        for number in ("030123456", "+0123456", "+49", "+4930123456789012", "anonymous"):
            self.expect(self.carrier.put(f"{N}/{number}", self.terms), 400, "invalidNumber")
            self.expect(self.carrier.get(f"{N}/{number}"), 404)
        self.expect(self.carrier.put(f"{N}/+99912345678", self.terms), 400, "unknownCountryCode")
        self.expect(self.carrier.put(f"{N}/+442079460000", self.terms), 409, "countryNotConsented")

    def test_consent_comes_first(self):
        path = f"{N}/{self.number(1)}"
        stranger = self.x.tenant_(f"s{random.getrandbits(48):x}")
        answers = [self.expect(self.carrier.put(path, dict(self.terms, tenantId=t)), 409, "consentRequired")
                   for t in (stranger["id"], "3f2504e0-4f89-41d3-9a0c-0305e82c3301")]
        self.assertEqual(*[a.json["error"]["message"] for a in answers])
        self.x.consent(self.tenant["id"], self.op["id"], status="suspended")
        self.expect(self.carrier.put(path, self.terms), 409, "consentRequired")
        self.x.consent(self.tenant["id"], self.op["id"])
        self.provision(1)
        consent = f"/platform/v1.0/consents/{self.tenant['id']}/{self.op['id']}"
        self.expect(self.x.admin.patch(consent, {"status": "removed"}), 409, "inUse")
        self.expect(self.carrier.delete(path), 204)
        self.expect(self.x.admin.patch(consent, {"status": "removed"}), 200)

    def test_a_number_is_in_one_place(self):
        other = self.x.operator("other")
        self.x.consent(self.tenant["id"], other["id"])
        rival = self.x.client(["NumberManagement.Write"], operator=other["id"])
        self.provision(1)
        answer = self.expect(rival.put(f"{N}/{self.number(1)}", self.terms), 409, "numberHeld")
        for secret in (self.op["id"], self.tenant["id"]):
            self.assertNotIn(secret, answer.body.decode())
        self.expect(rival.get(f"{N}/{self.number(1)}"), 404)
        self.expect(rival.delete(f"{N}/{self.number(1)}"), 404)
        self.assertEqual(rival.get(N).json["value"], [])

    def test_lists(self):
        which = random.sample(range(1000), 40)
        self.provision(*which)
        self.expect(self.carrier.put(f"{N}/+33{self.block[5:]}0000", self.terms), 201)
        for i in which[:3]:
            self.assign(i)
        self.expect(self.act("releaseNumber", telephoneNumber=self.number(which[5])), 202)
        everything = sorted([self.number(i) for i in which] + [f"+33{self.block[5:]}0000"])
        names = lambda values: [v["telephoneNumber"] for v in values]
        self.assertEqual(names(self.carrier.pages(N)[0]), everything)
        self.assertEqual(names(self.carrier.pages(N + "?$top=7")[0]), everything)
        self.assertEqual(names(self.carrier.pages(N + "?$top=7&$orderby=telephoneNumber desc".replace(" ", "%20"))[0]),
                         everything[::-1])
        first = self.carrier.get(N + "?$top=7&$count=true&$select=telephoneNumber").json
        self.assertEqual(first["@odata.count"], 41)
        self.assertEqual(first["value"], [{"telephoneNumber": n} for n in everything[:7]])
        for text, expected in (("assignmentStatus eq 'userAssigned'", [self.number(i) for i in which[:3]]),
                               ("releaseRequested eq true", [self.number(which[5])]),
                               ("isoCountryCode eq 'FR'", [f"+33{self.block[5:]}0000"]),
                               (f"tenantId eq '{self.tenant['id']}' and isoCountryCode ne 'DE'",
                                [f"+33{self.block[5:]}0000"]),
                               (f"telephoneNumber eq '{self.number(which[7])}'", [self.number(which[7])]),
                               ("acquiredCapabilities/any(c:c eq 'TollFree')", []),
                               (f"tenantId eq '{self.op['id']}'", [])):
            query = f"{N}?$top=2&$count=true&$filter=" + text.replace(" ", "%20")
            self.assertEqual(names(self.carrier.pages(query)[0]), sorted(expected), text)
            self.assertEqual(self.carrier.get(query).json["@odata.count"], len(expected))
        self.expect(self.carrier.get(N + "?$top=1001"), 400)
        self.expect(self.carrier.get(N + "?$filter=shoe%20eq%201"), 400)

    def test_a_list_goes_on_after_a_restart(self):
        self.provision(*range(5))
        first = self.carrier.get(N + "?$top=2").json
        delta = self.carrier.pages(N + "/delta")[1]["@odata.deltaLink"]
        latest = self.carrier.get(N + "/delta?$deltatoken=latest").json["@odata.deltaLink"]
        self.x.stop()
        self.x.start()
        self.carrier.close()
        self.provision(7)
        second = self.expect(self.carrier.get(first["@odata.nextLink"]), 200).json
        self.assertEqual([v["telephoneNumber"] for v in second["value"]], [self.number(2), self.number(3)])
        for link in (delta, latest):
            changed = self.expect(self.carrier.get(link), 200).json
            self.assertEqual([v["telephoneNumber"] for v in changed["value"]], [self.number(7)])


class Feed(World):
    def changes(self, link):
        values, last = self.carrier.pages(link)
        return [(v["telephoneNumber"], "@removed" in v) for v in values], last["@odata.deltaLink"]

    def test_changes_in_order(self):
        self.provision(1, 2, 3)
        seen, link = self.changes(N + "/delta?$top=2")
        self.assertEqual(seen, [(self.number(i), False) for i in (1, 2, 3)])
        self.assertEqual(self.changes(link)[0], [])
        self.assign(1)
        self.expect(self.carrier.delete(f"{N}/{self.number(2)}"), 204)
        self.expect(self.act("releaseNumber", telephoneNumber=self.number(3)), 202)
        self.expect(self.act("unassignNumber", telephoneNumber=self.number(1)), 202)
        seen, later = self.changes(link)
        self.assertEqual(seen, [(self.number(2), True), (self.number(3), False), (self.number(1), False)])
        gone = self.carrier.get(link).json["value"][0]
        self.assertEqual(gone, {"id": base64.urlsafe_b64encode(f"{self.op['id']}|{self.number(2)}".encode()).decode().rstrip("="),
                                "telephoneNumber": self.number(2), "@removed": {"reason": "deleted"}})
        # A link can be followed again; a fresh reader has nothing to remove.
        self.assertEqual(self.changes(link)[0], seen)
        self.assertEqual(self.changes(N + "/delta")[0], [(self.number(3), False), (self.number(1), False)])
        self.provision(2)
        self.assertEqual(self.changes(later)[0], [(self.number(2), False)])

    def test_options_are_frozen(self):
        self.provision(1, 2, 3)
        page = self.carrier.get(N + "/delta?$top=1&$select=telephoneNumber").json
        self.assertEqual(page["value"], [{"telephoneNumber": self.number(1)}])
        page = self.carrier.get(page["@odata.nextLink"]).json
        self.assertEqual(page["value"], [{"telephoneNumber": self.number(2)}])
        self.assertNotIn("@odata.deltaLink", page)
        page = self.carrier.get(page["@odata.nextLink"]).json
        self.assertNotIn("@odata.nextLink", page)
        self.provision(4, 5)
        page = self.carrier.get(page["@odata.deltaLink"]).json
        self.assertEqual(page["value"], [{"telephoneNumber": self.number(4)}])
        self.expect(self.carrier.get(N + "/delta?$filter=usage%20eq%20'x'"), 400)
        self.expect(self.carrier.get(N + "/delta?$top=1001"), 400)

    def test_links_of_others_and_of_nobody(self):
        self.provision(1)
        link = self.changes(N + "/delta")[1]
        token = link.split("=", 1)[1]
        other = self.x.client(["NumberManagement.Read"], operator=self.x.operator("other")["id"])
        self.expect(other.get(link), 404, "itemNotFound")
        for bad in ("garbled", token[:-4], token[:-1] + ("A" if token[-1] != "A" else "B"), "", token + "A"):
            self.expect(self.carrier.get(f"{N}/delta?$deltatoken={bad}"), 400, "invalidToken")
        self.expect(self.carrier.get(f"{N}/delta?$skiptoken={token}"), 400, "invalidToken")
        self.expect(self.carrier.get(f"{N}?$skiptoken={token}"), 400, "invalidToken")

    def test_a_new_sip_uri_is_news(self):
        self.provision(1, 2)
        self.assign(1)
        link = self.changes(N + "/delta")[1]
        path = f"/platform/v1.0/tenants/{self.tenant['id']}"
        self.expect(self.x.admin.patch(f"{path}/users/{self.user['id']}", {"sipUri": "sip:ada@voice.example"}), 200)
        values, last = self.carrier.pages(link)
        self.assertEqual([(v["telephoneNumber"], v["sipUri"]) for v in values], [(self.number(1), "sip:ada@voice.example")])
        self.expect(self.x.admin.patch(f"{path}/users/{self.user['id']}", {"sipUri": None}), 200)
        self.expect(self.x.admin.patch(path, {"defaultDomain": "moved.example"}), 200)
        values, last = self.carrier.pages(last["@odata.deltaLink"])
        self.assertEqual([v["sipUri"] for v in values], [f"sip:{self.number(1)}@moved.example;user=phone"])

    def test_nothing_appears_below_a_position_served(self):
        """Writers at random, a reader that follows: what it pieces together is what there is."""
        self.provision(*range(20))
        known, failures = {}, []

        def write(seed, carrier, customer):
            chance = random.Random(seed)
            for _ in range(60):
                number = self.number(chance.randrange(40))
                answer = chance.choice((
                    lambda: carrier.put(f"{N}/{number}", self.terms), lambda: carrier.delete(f"{N}/{number}"),
                    lambda: customer.post(ACTIONS + "assignNumber", {
                        "telephoneNumber": number, "assignmentTargetId": self.user["id"]}),
                    lambda: customer.post(ACTIONS + "unassignNumber", {"telephoneNumber": number})))()
                if answer.status >= 500:
                    failures.append(answer)

        def follow(link):
            values, last = self.carrier.pages(link)
            for v in values:
                if "@removed" in v:
                    known.pop(v["telephoneNumber"], None)
                else:
                    known[v["telephoneNumber"]] = v
            return last["@odata.deltaLink"]

        writers = [threading.Thread(target=write, args=(
            seed, self.x.client(["NumberManagement.Write"], operator=self.op["id"]),
            self.x.client(["TeamsTelephoneNumber.ReadWrite.All"], tenant=self.tenant["id"]))) for seed in range(4)]
        for writer in writers:
            writer.start()
        link = N + "/delta?$top=5"
        while any(writer.is_alive() for writer in writers):
            link = follow(link)
        for writer in writers:
            writer.join()
        follow(link)
        self.assertEqual(failures, [])
        self.assertEqual(known, {v["telephoneNumber"]: v for v in self.carrier.pages(N)[0]})


class ShortLinks(World):
    settings = {"deltaLifetimeSeconds": 1, "nextLinkLifetimeSeconds": 1}

    def test_an_expired_link_says_where_to_start_anew(self):
        self.provision(1, 2)
        delta = self.carrier.get(N + "/delta").json["@odata.deltaLink"]
        following = self.carrier.get(N + "/delta?$top=1").json["@odata.nextLink"]
        listed = self.carrier.get(N + "?$top=1").json["@odata.nextLink"]
        for link, start in ((delta, N + "/delta"), (following, N + "/delta"), (listed, N)):
            answer = eventually(lambda: (lambda a: a if a.status != 200 else None)(self.carrier.get(link)), 30)
            self.expect(answer, 410, "resyncRequired")
            self.assertEqual(answer.headers["location"], self.x.base_url + start)
            self.expect(self.carrier.get(answer.headers["location"]), 200)


class Orders(World):
    def test_each_number_has_its_outcome(self):
        self.provision(7)
        other = self.x.operator("other")
        self.x.consent(self.tenant["id"], other["id"])
        rival = self.x.client(["NumberManagement.Write"], operator=other["id"])
        location = self.order(rival, type="provision", tenantId=self.tenant["id"], **USER_NUMBER, numbers=[
            {"telephoneNumber": self.number(1)}, {"from": self.number(5), "to": self.number(8)},
            {"telephoneNumber": "030 1"}, {"telephoneNumber": "+442079460000"}, "x",
            {"telephoneNumber": self.number(20), "usage": "ConferenceAssignment", "acquiredCapabilities": ["ConferenceAssignment"]}])
        order = self.finished(location, rival)
        self.assertEqual(order["status"], "partiallySucceeded")
        self.assertEqual((order["succeededCount"], order["failedCount"], order["pendingCount"]), (5, 4, 0))
        self.assertEqual([(e["telephoneNumber"], e["status"], e["errorCode"]) for e in order["numbers"]], [
            (self.number(1), "succeeded", None), (self.number(5), "succeeded", None), (self.number(6), "succeeded", None),
            (self.number(7), "failed", "numberHeld"), (self.number(8), "succeeded", None),
            ("030 1", "failed", "invalidNumber"), ("+442079460000", "failed", "countryNotConsented"),
            ("", "failed", "malformedRecord"), (self.number(20), "succeeded", None)])
        self.assertTrue(all(e["message"] for e in order["numbers"] if e["status"] == "failed"))
        self.assertEqual(rival.get(f"{N}/{self.number(20)}").json["usage"], "ConferenceAssignment")
        self.expect(self.carrier.get(location), 404)
        self.assertEqual([o["id"] for o in rival.get(ORDERS).json["value"]], [order["id"]])
        back = self.finished(self.order(rival, type="release", numbers=[{"from": self.number(5), "to": self.number(7)}]), rival)
        self.assertEqual([e["errorCode"] for e in back["numbers"]], [None, None, "itemNotFound"])

    def test_ten_thousand_and_one_more(self):
        base = int(self.block[1:] + "0000")
        body = {"type": "provision", "tenantId": self.tenant["id"], **USER_NUMBER}
        ten_thousand = {"from": f"+{base}", "to": f"+{base + 9999}"}
        self.expect(self.carrier.post(ORDERS, dict(body, numbers=[ten_thousand, {"telephoneNumber": "+493012345"}])), 400,
                    "invalidRequest", "numbers")
        self.expect(self.carrier.post(ORDERS, dict(body, numbers=[])), 400, target="numbers")
        self.expect(self.carrier.post(ORDERS, dict(body, numbers=[{}], type="lease")), 400, target="type")
        location = self.order(**dict(body, numbers=[ten_thousand]))
        # While it runs, a single change does not wait for its end.
        outside = f"+4940{self.block[5:]}0001"
        self.expect(self.carrier.put(f"{N}/{outside}", self.terms), 201)
        order = self.finished(location)
        self.assertEqual((order["status"], len(order["numbers"])), ("succeeded", 10000))
        self.assertEqual(self.carrier.get(N + "?$top=1&$count=true").json["@odata.count"], 10001)
        explicit = self.finished(self.order(type="release", numbers=[
            {"telephoneNumber": f"+{base + i}"} for i in range(10000)]))
        self.assertEqual(explicit["status"], "succeeded")
        self.assertEqual([v["telephoneNumber"] for v in self.carrier.get(N).json["value"]], [outside])

    def test_two_operators_after_one_block(self):
        other = self.x.operator("other")
        self.x.consent(self.tenant["id"], other["id"])
        rival = self.x.client(["NumberManagement.Write"], operator=other["id"])
        body = {"type": "provision", "tenantId": self.tenant["id"], **USER_NUMBER,
                "numbers": [{"from": self.number(0), "to": self.number(999)}]}
        mine, theirs = self.order(**body), self.order(rival, **body)
        for i in random.sample(range(1000), 50):
            self.assertIn(self.carrier.put(f"{N}/{self.number(i)}", self.terms).status, (200, 201, 409))
        a, b = self.finished(mine), self.finished(theirs, rival)
        for e, f in zip(a["numbers"], b["numbers"]):
            self.assertEqual({e["status"], f["status"]}, {"succeeded", "failed"}, (e, f))


class Killed(unittest.TestCase):
    def test_an_order_goes_on_after_a_kill(self):
        with Exchange() as x:
            op, tenant = x.operator("op"), x.tenant_("t")
            x.consent(tenant["id"], op["id"])
            carrier = x.client(["NumberManagement.Write"], operator=op["id"])
            answer = carrier.post(ORDERS, {"type": "provision", "tenantId": tenant["id"], **USER_NUMBER,
                                           "numbers": [{"from": "+4930100000", "to": "+4930109999"}]})
            self.assertEqual(answer.status, 202)
            location, seen, rounds = answer.headers["location"], {}, 0
            while True:
                order = carrier.get(location).json
                # What was told to have succeeded stays so, over every kill.
                for i, entry in enumerate(order["numbers"]):
                    if seen.get(i) == "succeeded":
                        self.assertEqual(entry["status"], "succeeded")
                    seen[i] = entry["status"]
                if order["status"] not in ("notStarted", "running"):
                    break
                if rounds < 5:
                    rounds += 1
                    x.kill()
                    x.start()
                    carrier.close()
            self.assertEqual(order["status"], "succeeded")
            self.assertGreater(rounds, 0)
            numbers, _ = carrier.pages(N)
            self.assertEqual(len(numbers), 10000)
            fed, _ = carrier.pages(N + "/delta")
            self.assertEqual(sorted(v["telephoneNumber"] for v in fed), [v["telephoneNumber"] for v in numbers])


if __name__ == "__main__":
    unittest.main()
