"""The feed of call records: order, versions, links, and readers beside writers."""
import threading
import time
import unittest

from harness import Exchange, ExchangeTest
from records import CALLS, OWN_CALLS, call, counts, moment, send

DELTA = OWN_CALLS + "/delta"


class CallFeed(ExchangeTest):
    def setUp(self):
        self.operator = self.x.operator("operator")
        self.tenant = self.x.tenant_("tenant")
        self.reader = self.x.client(["Data.Read"], operator=self.operator["id"])

    def put(self, *records):
        answer = send(self.x.admin, records, CALLS)
        self.assertEqual(counts(answer)[1], len(records), answer)

    def call(self, n, **more):
        return call(n, self.operator, self.tenant, **more)

    def read(self, target):
        """All from a link on, and the delta link at the end."""
        values, last = self.reader.pages(target)
        return values, last["@odata.deltaLink"]

    def test_from_a_fresh_start_and_on(self):
        self.put(*[self.call(n) for n in range(7)])
        values, link = self.read(DELTA + "?$top=3")
        self.assertEqual([v["id"] for v in values], [f"c{n}" for n in range(7)])
        values, link = self.read(link)
        self.assertEqual(values, [])
        self.put(self.call(9), self.call(3, version=2, trunk="new"))
        self.put(self.call(8, inviteDateTime=moment(8, "2026-03-09")))
        values, link = self.read(link)
        self.assertEqual([(v["id"], v["version"]) for v in values], [("c3", 2), ("c9", 1), ("c8", 1)])
        self.assertEqual(self.read(link)[0], [])

    def test_a_version_that_moves_to_another_day_comes_once(self):
        self.put(self.call(1), self.call(2))
        self.put(self.call(1, version=2, inviteDateTime=moment(1, "2026-03-12"), answerDateTime=moment(6, "2026-03-12"),
                           endDateTime=moment(36, "2026-03-12")))
        values, _ = self.read(DELTA)
        self.assertEqual([(v["id"], v["version"]) for v in values], [("c2", 1), ("c1", 2)])
        self.assertEqual([v["id"] for v in self.reader.pages(OWN_CALLS)[0]], ["c2", "c1"])

    def test_latest_and_options_in_the_link(self):
        self.put(self.call(1))
        answer = self.reader.get(DELTA + "?$deltatoken=latest&$select=id&$top=2&$expand=mediaStreams").json
        self.assertEqual(answer["value"], [])
        self.put(*[self.call(n, mediaStreams=[{"streamId": "s"}]) for n in (2, 3, 4)])
        page = self.reader.get(answer["@odata.deltaLink"] + "&$top=1&$select=trunk").json
        self.assertEqual([sorted(v) for v in page["value"]], [["id", "mediaStreams"]] * 2)
        self.assertEqual(page["value"][0]["mediaStreams"][0]["streamId"], "s")
        values, _ = self.read(page["@odata.nextLink"])
        self.assertEqual([v["id"] for v in values], ["c4"])

    def test_bad_tokens(self):
        self.put(self.call(1))
        link = self.reader.get(DELTA).json["@odata.deltaLink"]
        garbled = link[:-4] + ("AAAA" if not link.endswith("AAAA") else "BBBB")
        self.assertEqual(self.reader.get(garbled).status, 400)
        self.assertEqual(self.reader.get(DELTA + "?$deltatoken=x").status, 400)
        self.assertEqual(self.reader.get(link.replace("$deltatoken", "$skiptoken")).status, 400)
        stranger = self.x.client(["Data.Read"], operator=self.x.operator("stranger")["id"])
        self.assertEqual(stranger.get(link).status, 404)
        for bad in ("$filter=id%20eq%20'c1'", "$orderby=id", "$top=0", "$expand=x"):
            self.assertEqual(self.reader.get(DELTA + "?" + bad).status, 400, bad)

    def test_readers_beside_writers_miss_nothing(self):
        """Each record that was acknowledged comes, at its last version, whoever writes meanwhile."""
        rounds, writers = 12, 3
        done = threading.Event()
        seen, order = {}, []

        def write(writer):
            admin = type(self.x.admin)(self.x, self.x.admin.client_id, self.x.admin.secret).sign_in()
            for i in range(rounds):
                records = [self.call(n, prefix=f"w{writer}-{i}-") for n in range(20)]
                records += [self.call(0, prefix=f"w{writer}-again-", version=i + 1, trunk=str(i),
                                      inviteDateTime=moment(i, f"2026-03-{10 + i % 3}"),
                                      answerDateTime=moment(i + 5, f"2026-03-{10 + i % 3}"),
                                      endDateTime=moment(i + 35, f"2026-03-{10 + i % 3}"))]
                answer = send(admin, records, CALLS)
                assert counts(answer)[1] == 21, answer
            admin.close()

        def follow():
            target = DELTA + "?$top=7"
            while True:
                finished = done.is_set()
                page = self.reader.get(target).json
                for value in page["value"]:
                    order.append(value["id"])
                    seen[value["id"]] = max(seen.get(value["id"], 0), value["version"])
                if "@odata.deltaLink" in page and finished and not page["value"]:
                    return
                target = page.get("@odata.nextLink") or page["@odata.deltaLink"]

        threads = [threading.Thread(target=write, args=(w,)) for w in range(writers)]
        reader = threading.Thread(target=follow)
        reader.start()
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        done.set()
        reader.join()
        expected = {f"w{w}-{i}-{n}" for w in range(writers) for i in range(rounds) for n in range(20)}
        single = [i for i in order if "again" not in i]
        self.assertEqual(set(single), expected)
        self.assertEqual(len(single), len(expected), "a record came twice")
        for w in range(writers):
            self.assertEqual(seen[f"w{w}-again-0"], rounds)


class ShortLinks(ExchangeTest):
    settings = {"deltaLifetimeSeconds": 1, "nextLinkLifetimeSeconds": 1}

    def test_an_expired_link_says_where_to_begin_anew(self):
        operator = self.x.operator("operator")
        reader = self.x.client(["Data.Read"], operator=operator["id"])
        link = reader.get(DELTA).json["@odata.deltaLink"]
        time.sleep(1.5)
        answer = reader.get(link)
        self.assertEqual((answer.status, answer.code), (410, "resyncRequired"))
        self.assertEqual(answer.headers["location"], self.x.base_url + DELTA)
        self.assertEqual(reader.get(answer.headers["location"]).status, 200)


class Restarts(unittest.TestCase):
    def test_links_go_on_after_a_kill(self):
        with Exchange() as x:
            operator, tenant = x.operator("operator"), x.tenant_("tenant")
            reader = x.client(["Data.Read"], operator=operator["id"])
            send(x.admin, [call(n, operator, tenant) for n in range(5)], CALLS)
            page = reader.get(DELTA + "?$top=2").json
            reader.close()
            x.kill()
            x.start()
            reader.sign_in()
            send(x.admin, [call(n, operator, tenant) for n in range(5, 8)], CALLS)
            values, last = reader.pages(page["@odata.nextLink"])
            self.assertEqual([v["id"] for v in values], [f"c{n}" for n in range(2, 8)])
            self.assertEqual(reader.get(last["@odata.deltaLink"]).json["value"], [])


if __name__ == "__main__":
    unittest.main()
