"""The operator's quality summary: a day in figures, and how they are made."""
import unittest

from harness import ExchangeTest
from test_usage import World, YESTERDAY

SUMMARY = "/operator/v1.0/qualitySummary"


class Quality(ExchangeTest):
    def test_a_day_in_figures(self):
        w = World(self.x, "quality")
        good = {"streamId": "g", "averageJitter": "PT0.030S", "averagePacketLossRate": 0.1, "averageRoundTripTime": "PT0.5S"}
        loss = {"streamId": "l", "averagePacketLossRate": 0.1001, "mos": 2.5}
        jitter = {"streamId": "j", "averageJitter": "PT0.0301S", "averageRoundTripTime": "PT0.501S", "mos": 3.5}
        unknown = {"streamId": "u"}

        def call(i, **more):
            return w.call(f"c{i}", invite=f"10:0{i}:00.000", answer=f"10:0{i}:05.000", end=f"10:0{i}:35.500",
                          day=YESTERDAY, **more)

        def failed(i, **more):
            return dict(w.call(f"c{i}", invite=f"10:0{i}:00.000", answer=None, end=f"10:0{i}:09.000", day=YESTERDAY), **more)

        w.send(call(0, trunk="b", mediaStreams=[good, loss]), call(1, trunk="a", mediaStreams=[jitter], sipResponseCode=200),
               call(2, mediaStreams=[unknown]), call(3, trunk="a"), failed(4, sipResponseCode=486, trunk="a"),
               failed(5, sipResponseCode=503), failed(6, q850Cause=19), failed(7), failed(8, sipResponseCode=486))
        day = w.books.get(f"{SUMMARY}?day={YESTERDAY}").json
        self.assertEqual((day["operatorId"], day["day"]), (w.operator["id"], YESTERDAY))
        self.assertEqual(day["calls"], {"attempts": 9, "answered": 4, "durationSeconds": 122, "averageDurationSeconds": 30.5,
                                        "answerSeizureRatio": 0.4444, "networkEffectivenessRatio": 0.7778})
        self.assertEqual(day["sipResponseCodes"], [{"code": 200, "calls": 1}, {"code": 486, "calls": 2}, {"code": 503, "calls": 1}])
        self.assertEqual(day["streams"], {
            "count": 4, "poor": 2, "unclassified": 1, "poorRatio": 0.6667,
            "poorBy": {"averageAudioDegradation": 0, "averageRoundTripTime": 1, "averagePacketLossRate": 1,
                       "averageJitter": 1, "averageRatioOfConcealedSamples": 0},
            "mosStreams": 2, "averageMos": 3.00})
        self.assertEqual([t["trunk"] for t in day["trunks"]], ["a", "b"])
        self.assertEqual(day["trunks"][0]["calls"]["attempts"], 3)
        self.assertEqual(day["trunks"][1]["streams"]["poor"], 1)
        self.assertIn(486, day["definitions"]["effectiveSipResponseCodes"])
        self.assertEqual(w.books.get(SUMMARY).json, day, "without a day, yesterday")
        self.assertEqual(self.x.admin.get(f"/platform/v1.0/operators/{w.operator['id']}/qualitySummary?day={YESTERDAY}").json, day)

    def test_nothing_measured_is_null(self):
        w = World(self.x, "empty")
        day = w.books.get(f"{SUMMARY}?day=2026-01-01").json
        self.assertEqual(day["calls"], {"attempts": 0, "answered": 0, "durationSeconds": 0, "averageDurationSeconds": None,
                                        "answerSeizureRatio": None, "networkEffectivenessRatio": None})
        self.assertEqual((day["streams"]["count"], day["streams"]["poorRatio"], day["streams"]["averageMos"]), (0, None, None))
        self.assertEqual((day["sipResponseCodes"], day["trunks"]), ([], []))

    def test_what_is_refused(self):
        w = World(self.x, "refused")
        for text in ("yesterday", "2026-02-30", ""):
            self.assertEqual(w.books.get(f"{SUMMARY}?day={text}").status, 400, text)
        for name in ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "x"):
            self.assertEqual(self.x.admin.get(f"/platform/v1.0/operators/{name}/qualitySummary").status, 404)


if __name__ == "__main__":
    unittest.main()
