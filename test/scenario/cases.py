"""The days, each under a name: what switches, plans, loads and faults do to a reconciliation."""

from dataclasses import dataclass, field, replace

import days as d
from days import Load, Part, Style

OFFICE = Load()
CENTRE = Load(subscribers=40, blocks=1, main_line=0.97, inbound=0.95, remotes=15000, familiar=0.15, withheld=0.25,
              answered=0.8)
DIALLER = Load(inbound=0.03, answered=0.2, talk="short", retries=0.5, remotes=5000, subscribers=60, blocks=1,
               twins=0.01)
NIGHT = Load(profile="night", talk="lognormal")
BURSTS = Load(profile="bursts", talk="heavy")
THIN = Load(subscribers=30, blocks=2, remotes=250, profile="office", long_calls=0.01)
SILENT = Load(answered=0.1, retries=0.3, ring_max=90)
EQUAL = Load(talk="equal", ring_max=90)
LONG = Load(talk="lognormal", talk_mean=700, long_calls=0.03)
TWINS = Load(twins=0.05, familiar=0.6, subscribers=50)
SMALL_PBX = Load(subscribers=90, blocks=1, extensions=True)


@dataclass
class Case:
    name: str
    parts: list
    style: Style = field(default_factory=Style)
    hot: bool = False            # hot numbers, masked or replaced ones: recall of 0.999
    limit: str = ""              # why it is known to miss; docs/accuracy.md tells of it

    @property
    def weak(self):
        return self.hot or any(f[1] in ("masked_number", "replaced_caller") for p in self.parts for f in p.faults)


def case(name, *faults, style=None, hot=False, limit="", **part):
    return Case(name, [Part(faults=faults, **part)], style or Style(), hot, limit)


NONE = d.correlation(how="none")
SECONDS = Style(digits=0)

LOADS = [
    case("clean, Germany"),
    case("clean, no ids", NONE),
    case("clean, agreed", quarrels=0, unanswered="all"),
    case("clean, United Kingdom, night", NONE, plan="uk", load=NIGHT),
    case("clean, United States, bursts", NONE, plan="us", load=BURSTS),
    case("clean, France, unanswered reported as zero", NONE, plan="fr", load=SILENT, unanswered="all"),
    case("clean, China", NONE, plan="cn", load=EQUAL),
    case("clean, Singapore, one block of 90 numbers", NONE, plan="sg", load=replace(OFFICE, subscribers=90, blocks=1)),
    case("clean, Italy", NONE, plan="it"),
    case("clean, toll free", NONE, plan="us", load=replace(CENTRE, toll_free=True, main_line=0.3, withheld=0.05)),
    case("clean, extensions as callers", NONE, load=SMALL_PBX),
    case("clean, 300 calls", NONE, calls=300, load=THIN),
    case("clean, 2000 calls with ids", calls=2000, load=THIN),
    case("clean, some attempts reported", NONE, unanswered="some", load=SILENT),
    case("call centre of one number", NONE, calls=20000, load=CENTRE, hot=True),
    case("call centre, whole seconds", NONE, d.whole_seconds(), calls=20000, load=CENTRE, hot=True, style=SECONDS),
    case("call centre, clock 7.3 s slow", NONE, d.clock_offset(seconds=-7.3), calls=20000, load=CENTRE, hot=True),
    case("call centre, ids, rounding to 60", d.rounding(increment=60), calls=20000, load=CENTRE, hot=True),
    case("dialler", NONE, calls=12000, load=DIALLER, unanswered="all"),
    case("dialler, clock and whole seconds", NONE, d.clock_offset(seconds=2.6), d.whole_seconds(), calls=12000,
         load=DIALLER,
         unanswered="all", style=SECONDS),
    case("twins of one second", NONE, load=TWINS),
    case("six-hour calls", NONE, load=replace(LONG, long_calls=0.2), calls=4000),
    case("ninety per cent unanswered", NONE, load=SILENT, unanswered="all"),
    case("stamps jitter by 300 ms", NONE, jitter_ms=300),
    case("main line busy with withheld callers", NONE, d.withheld_as(), load=replace(CENTRE, withheld=0.6),
         calls=12000, hot=True),
]

CLOCKS = [
    case("clock 0.3 s fast", d.clock_offset(seconds=0.3)),
    case("clock 0.3 s fast, no ids", NONE, d.clock_offset(seconds=0.3)),
    case("clock 37.2 s fast", NONE, d.clock_offset(seconds=37.2)),
    case("zone +3 h and 7 min fast", NONE, d.zone_offset(seconds=10800), d.clock_offset(seconds=420)),
    case("clock 17 min fast", NONE, d.clock_offset(seconds=1000)),
    case("clock 40 min slow", NONE, d.clock_offset(seconds=-2412.3)),
    case("clock 25 min slow", NONE, d.clock_offset(seconds=-1481.4), plan="us"),
    case("clock of one trunk 12 s fast", NONE, d.clock_offset(seconds=12.4, trunk="t2")),
    case("drift of 5 ppm", NONE, d.clock_drift(ppm=5)),
    case("drift of 300 ppm", NONE, d.clock_drift(ppm=300), load=BURSTS),
    case("drift of -120 ppm and 5.5 s", NONE, d.clock_offset(seconds=5.5), d.clock_drift(ppm=-120, right_at="12:00")),
    case("drift of 23 ppm, 2 s a day", d.clock_drift(ppm=23, right_at="12:00"), plan="uk"),
    case("step of -118 s at 14:03", NONE, d.clock_step(at="14:03", seconds=-118)),
    case("step of 2.4 s", NONE, d.clock_step(at="10:41", seconds=2.4)),
    case("three steps in a day", NONE, d.clock_step(at="08:10", seconds=5.3), d.clock_step(at="12:32", seconds=-9.1),
         d.clock_step(at="17:05", seconds=3.2)),
    case("step and drift", NONE, d.clock_drift(ppm=40), d.clock_step(at="11:20", seconds=-30)),
    case("zone +8 h", NONE, d.zone_offset(seconds=28800), plan="cn"),
    case("zone -5 h", NONE, d.zone_offset(seconds=-18000), plan="us"),
    case("zone +5:45", NONE, d.zone_offset(seconds=20700)),
    case("zone -3:30 and 4.1 s", NONE, d.zone_offset(seconds=-12600), d.clock_offset(seconds=4.1)),
    case("zone of one trunk", NONE, d.zone_offset(seconds=3600, trunk="t3")),
    case("summer time ends, the offset stays", NONE, d.clock_step(at="01:00", seconds=-3600), date="2026-10-25",
         load=replace(OFFICE, profile="flat")),
    case("one node of three in another zone", NONE, d.node_in_another_zone()),
    case("one node of four in another zone, ids", d.node_in_another_zone(every=4, seconds=7200)),
    case("stamps of +02:00, floored", NONE, d.whole_seconds(), style=Style(digits=0, zone_minutes=120)),
    case("stamps ceiled", NONE, d.whole_seconds(mode="up"), style=SECONDS),
    case("stamps half up", NONE, d.whole_seconds(mode="nearest"), style=SECONDS),
]

DURATIONS = [
    case("down to 1", NONE, d.rounding(increment=1, mode="down")),
    case("up to 1", NONE, d.rounding(increment=1, mode="up"), load=EQUAL),
    case("nearest 1", NONE, d.rounding(increment=1, mode="nearest"), plan="us"),
    case("difference of cut times", NONE, d.rounding(increment=1, mode="endpoints"), d.whole_seconds(), style=SECONDS),
    case("difference of cut times, clock 2.35 s", NONE, d.clock_offset(seconds=2.35), d.rounding(increment=1,
         mode="endpoints")),
    case("6/6", NONE, d.rounding(increment=6)),
    case("30/6", NONE, d.rounding(increment=6, minimum=30), load=BURSTS),
    case("60/1", NONE, d.rounding(increment=1, minimum=60)),
    case("30/30", NONE, d.rounding(increment=30)),
    case("60/60, night", NONE, d.rounding(increment=60), load=NIGHT),
    case("nearest 10", NONE, d.rounding(increment=10, mode="nearest")),
    case("down to 60", NONE, d.rounding(increment=60, mode="down")),
    case("tenths", NONE, d.rounding(increment=0.1, mode="down"),
         limit="less than the two ends of a trunk are apart: no rounding is stated"),
    case("6/6 on one trunk", NONE, d.rounding(increment=6, trunk="t1")),
    case("60/60 inbound", NONE, d.rounding(increment=60, direction="inbound")),
    case("6/6 from noon", NONE, d.rounding(increment=6, from_="12:00", to="23:59:59")),
    case("ring time", NONE, d.ring_time(), load=SILENT),
    case("ring time, up to 1", NONE, d.ring_time(), d.rounding(increment=1)),
    case("ring time outbound", NONE, d.ring_time(direction="outbound")),
    case("ring time on one trunk", NONE, d.ring_time(trunk="t2")),
    case("ring time from 9 to 15", NONE, d.ring_time(from_="09:00", to="15:00")),
    case("round trip of 160 ms", NONE, d.release_delay(milliseconds=160)),
    case("round trip of 420 ms", d.release_delay(milliseconds=420)),
    case("round trip of 800 ms, down to 1", NONE, d.release_delay(milliseconds=800), d.rounding(increment=1,
         mode="down")),
    case("round trip of 600 ms outbound", NONE, d.release_delay(milliseconds=600, direction="outbound")),
    case("timer of 3600", NONE, d.timer_cap(seconds=3600)),
    case("timer of 14400 on one trunk", NONE, d.timer_cap(seconds=14400, trunk="t1", share=0.03)),
    case("timers of 3600 and, on one trunk, 7200", d.timer_cap(share=0.03, trunk="t1"),
         d.timer_cap(seconds=3600, share=0.02)),
    case("timer of 7200, 6/6", NONE, d.timer_cap(seconds=7200), d.rounding(increment=6)),
    case("milliseconds", NONE, d.unit(factor=1000)),
    case("milliseconds, 3000 calls", d.unit(factor=1000), calls=3000),
    case("minutes", NONE, d.unit(factor=1 / 60)),
    case("tenths of seconds as unit", NONE, d.unit(factor=10)),
    case("hundredths of minutes", NONE, d.unit(factor=100 / 60)),
    case("milliseconds on one trunk", NONE, d.unit(factor=1000, trunk="t3")),
    case("minutes rounded up", NONE, d.rounding(increment=60), d.unit(factor=1 / 60)),
]

NUMBERS = [
    case("Germany, national", NONE, d.number_format(rule="national")),
    case("Germany, without trunk prefix", NONE, d.number_format(rule="significant")),
    case("Germany, 00", NONE, d.number_format(rule="international")),
    case("Germany, plain", NONE, d.number_format(rule="plain")),
    case("Germany, 0 kept after +49", NONE, d.number_format(rule="trunk_kept")),
    case("United States, ten digits", NONE, d.number_format(rule="significant"), plan="us"),
    case("United States, ten digits with a plus", NONE, d.number_format(rule="wrong_plus"), plan="us"),
    case("United States, eleven digits and 011", NONE, d.number_format(rule="eleven"), plan="us"),
    case("United Kingdom, national", NONE, d.number_format(rule="national"), plan="uk", load=NIGHT),
    case("China, national", NONE, d.number_format(rule="national"), plan="cn"),
    case("Singapore, eight digits", NONE, d.number_format(rule="significant"), plan="sg"),
    case("France, 99#", NONE, d.number_format(rule="tech_prefix"), plan="fr"),
    case("account prefix 7788", NONE, d.number_format(rule="account_prefix")),
    case("9 before national", NONE, d.number_format(rule="carrier_select")),
    case("SIP URIs", NONE, d.number_format(rule="sip_uri")),
    case("national on one trunk", NONE, d.number_format(rule="national", trunk="t2")),
    case("called numbers only", NONE, d.number_format(rule="national", only=("callee",))),
    case("forms mixed", NONE, d.numbers_mixed()),
    case("last four digits of own numbers", NONE, d.local_numbers(), plan="us"),
    case("two digits masked", NONE, d.masked_number(digits=2)),
    case("four digits masked with *", NONE, d.masked_number(digits=4, letter="*"), calls=20000),
    case("callers masked", NONE, d.masked_number(digits=3, direction="inbound")),
    case("masked and national", NONE, d.masked_number(digits=3), d.number_format(rule="national")),
    case("masked, ids", d.masked_number(digits=4)),
    case("main number in place of callers", NONE, d.replaced_caller()),
    case("main number at one customer", NONE, d.replaced_caller(tenant="tenant-1")),
    case("caller and callee exchanged", NONE, d.swapped_parties()),
    case("exchanged on one trunk", NONE, d.swapped_parties(trunk="t1")),
    case("exchanged inbound", NONE, d.swapped_parties(direction="inbound")),
    case("withheld in six words", NONE, d.withheld_as(), load=replace(OFFICE, withheld=0.4)),
]

DELIVERY = [
    case("every 900 s", NONE, d.partial_records(every=900), load=LONG),
    case("every 1800 s", NONE, d.partial_records(every=1800), load=LONG),
    case("every 3600 s", d.partial_records(every=3600), load=LONG, calls=20000),
    case("every 900 s, cumulative", NONE, d.partial_records(every=900, cumulative=True), load=replace(LONG,
         withheld=0)),
    case("every 900 s, cumulative, withheld callers", NONE, d.partial_records(every=900, cumulative=True),
         load=replace(LONG, withheld=0.2),
         limit="a disputed call of a withheld caller has two records at one moment: neither is taken"),
    case("every 1800 s, cumulative, ids", d.partial_records(every=1800, cumulative=True), load=LONG),
    case("every 1800 s on one trunk", NONE, d.partial_records(every=1800, trunk="t2"), load=LONG),
    case("cut at midnight of +01:00", NONE, d.midnight_cut(zone=3600), load=replace(NIGHT, long_calls=0.05)),
    case("cut at midnight of -08:00", NONE, d.midnight_cut(zone=-28800), load=replace(LONG, profile="flat")),
    case("cut at midnight of UTC", d.midnight_cut(zone=0), load=replace(NIGHT, talk_mean=900)),
    case("delivered twice", NONE, d.duplicate_delivery(share=1)),
    case("a twentieth delivered twice", NONE, d.duplicate_delivery(share=0.05)),
    case("an hour delivered twice", d.duplicate_delivery(share=1, from_="10:00", to="11:00")),
    case("delivered twice, ids", d.duplicate_delivery(share=0.5), d.rounding(increment=6)),
    case("trunk silent for an hour", NONE, d.missing_window(from_="14:10", to="15:10", trunk="t2")),
    case("all silent for half an hour", NONE, d.missing_window(from_="10:05", to="10:35")),
    case("first hours missing", NONE, d.missing_window(from_="00:00", to="08:20")),
    case("evening missing", NONE, d.missing_window(from_="17:40", to="23:59:59")),
    case("three windows", NONE, d.missing_window(from_="09:12", to="09:50", trunk="t1"),
         d.missing_window(from_="11:00", to="11:45", trunk="t3"),
         d.missing_window(from_="15:30", to="16:05", trunk=None)),
    case("shorter than 1 s missing", NONE, d.minimum_duration(seconds=1), load=replace(OFFICE, talk="short")),
    case("shorter than 2.5 s missing", NONE, d.minimum_duration(seconds=2.5)),
    case("shorter than 5 s missing", NONE, d.minimum_duration(seconds=5)),
    case("shorter than 10 s missing", NONE, d.minimum_duration(seconds=10), plan="uk"),
    case("unanswered carry seconds", NONE, d.unanswered_reported(), unanswered="all"),
    case("unanswered carry seconds, up to 6", NONE, d.unanswered_reported(), d.rounding(increment=6), unanswered="all"),
    case("attempts on the operator's side only", NONE, d.attempts_on_operator_side_only()),
    case("40 % missing at the operator", NONE, d.missing_at_random(), calls=20000),
    case("40 % missing at the platform", NONE, d.platform_missing_at_random(), calls=20000),
    case("40 % missing on both sides", NONE, d.missing_at_random(), d.platform_missing_at_random(), calls=20000),
    case("ids on one side only", d.platform_without_correlation()),
    case("ids with a suffix", d.correlation(how="suffix")),
    case("ids rewritten", d.correlation(how="rewritten")),
    case("ids wrong on some", d.correlation(how="wrong", share=0.05)),
    case("one id for all", d.correlation(how="reused")),
    case("ids in capitals", d.correlation(how="upper")),
    case("ids on half", d.correlation(how="some", share=0.5), d.rounding(increment=60)),
    case("out of order", NONE, style=Style(shuffled=True, platform_shuffled=True)),
    case("no direction, no trunk", NONE, style=Style(without=("direction", "trunk", "releasedBy"))),
    case("no answer time", NONE, d.rounding(increment=1), style=Style(without=("answerDateTime",))),
    case("only the end", NONE, d.clock_offset(seconds=6.2), style=Style(without=("startDateTime", "answerDateTime"))),
    case("only the answer, 6/6", NONE, d.rounding(increment=6), style=Style(without=("startDateTime", "endDateTime"))),
    case("only the start", NONE, d.rounding(increment=1, mode="nearest"), style=Style(without=("answerDateTime",
         "endDateTime"))),
    case("other columns, tenths, +05:30", NONE,
         style=Style(columns=("durationSeconds", "calleeNumber", "callerNumber", "endDateTime", "trunk",
         "answerDateTime",
                              "startDateTime", "id"), digits=1, zone_minutes=330)),
    case("no tenant, no operator, no trunk", NONE,
         style=Style(without=("operatorId", "trunk"), platform_without=("operatorId", "tenantId", "releasedBy",
         "trunk"))),
    case("another day's file", d.unrelated(how="day")),
    case("another operator's file", d.unrelated(how="fr")),
    case("another operator's file, clean plan", d.unrelated(how="de"), calls=5000),
]

PARTS = [
    case("milliseconds from noon", NONE, d.unit(factor=1000, from_="12:00", to="23:59:59")),
    case("60/60 from 9 to 14", NONE, d.rounding(increment=60, from_="09:00", to="14:00")),
    case("60/60 outbound on one trunk", NONE, d.rounding(increment=60, trunk="t2", direction="outbound"), calls=20000),
    case("delivered twice on one trunk", NONE, d.duplicate_delivery(share=1, trunk="t3")),
    case("national from 11 on", NONE, d.number_format(rule="national", from_="11:00", to="23:59:59")),
    case("exchanged from 13 to 15", NONE, d.swapped_parties(from_="13:00", to="15:00")),
    case("short calls missing inbound", NONE, d.minimum_duration(seconds=6, direction="inbound"), calls=20000),
    case("unanswered carry seconds on one trunk", NONE, d.unanswered_reported(trunk="t1"), unanswered="all"),
    case("timer of 3600 in the morning", NONE, d.timer_cap(seconds=3600, share=0.05, from_="07:00", to="11:00"),
         calls=20000),
    case("round trip of 700 ms on one trunk", NONE, d.release_delay(milliseconds=700, trunk="t2"), calls=20000),
    case("every 900 s outbound", NONE, d.partial_records(every=900, direction="outbound"), load=LONG),
    case("one trunk with an offset and a zone", NONE, d.zone_offset(seconds=-3600, trunk="t1"),
         d.clock_offset(seconds=-4.4, trunk="t1")),
    case("all fast, one trunk in another zone", NONE, d.clock_offset(seconds=3.9), d.zone_offset(seconds=3600,
         trunk="t2")),
    case("two windows on one trunk", NONE, d.missing_window(from_="09:00", to="09:45", trunk="t1"),
         d.missing_window(from_="15:00", to="15:50", trunk="t1")),
    case("two trunks silent at once", NONE, d.missing_window(from_="10:00", to="11:00", trunk="t1"),
         d.missing_window(from_="10:20", to="11:30", trunk="t2"), calls=20000),
    case("5 % missing at random, and an hour", NONE, d.missing_at_random(share=0.05), d.missing_window(from_="13:00",
         to="14:00", trunk=None)),
]

THINS = [
    case("300 calls, 60/60", NONE, d.rounding(increment=60), calls=300, load=THIN),
    case("300 calls, ring time", NONE, d.ring_time(), calls=300, load=THIN),
    case("300 calls, step", NONE, d.clock_step(at="12:00", seconds=-118), calls=300, load=THIN),
    case("500 calls, ten digits", NONE, d.number_format(rule="significant"), calls=500, load=THIN, plan="us"),
    case("500 calls, masked", NONE, d.masked_number(digits=3), calls=500, load=THIN),
    case("500 calls, exchanged, 6 h", NONE, d.swapped_parties(), d.zone_offset(seconds=21600), calls=500, load=THIN),
    case("1000 calls, drift", NONE, d.clock_drift(ppm=80), calls=1000, load=THIN),
    case("1000 calls, difference of cut times", NONE, d.rounding(increment=1, mode="endpoints"), d.whole_seconds(),
         calls=1000, load=THIN,
         style=SECONDS),
    case("2000 calls, main number", NONE, d.replaced_caller(), calls=2000, load=THIN),
    case("300 calls, half missing", NONE, d.missing_at_random(share=0.5), calls=300, load=THIN),
]

CENTRES = [
    case("centre: 40 % missing on both sides", NONE, d.missing_at_random(), d.platform_missing_at_random(),
         calls=20000, load=CENTRE, hot=True),
    case("centre: zone", NONE, d.zone_offset(seconds=3600), calls=20000, load=CENTRE, hot=True),
    case("centre: step of 20 s", NONE, d.clock_step(at="11:30", seconds=20), calls=20000, load=CENTRE, hot=True),
    case("centre: masked, whole seconds", NONE, d.masked_number(digits=3), d.whole_seconds(), calls=20000,
         load=CENTRE, hot=True, style=SECONDS),
    case("centre: every 900 s", NONE, d.partial_records(every=900), calls=12000, load=replace(CENTRE, talk_mean=500),
         hot=True),
    case("centre: silent for half an hour", NONE, d.missing_window(from_="10:00", to="10:30", trunk=None),
         calls=20000, load=CENTRE, hot=True),
    case("centre: minutes", NONE, d.unit(factor=1 / 60), calls=12000, load=CENTRE, hot=True),
    case("centre: in bursts", NONE, d.rounding(increment=1), calls=20000, load=replace(CENTRE, profile="bursts"),
         hot=True),
    case("centre: drift, national, 60/60", NONE, d.clock_drift(ppm=150), d.number_format(rule="national"),
         d.rounding(increment=60),
         calls=20000, load=CENTRE, hot=True),
    case("centre: nine in ten withheld", NONE, calls=12000, load=replace(CENTRE, withheld=0.9), hot=True),
]

ODD = [
    case("the platform in whole seconds", NONE, load=replace(OFFICE, whole_ms=1000)),
    case("the platform in whole seconds, 6/6", NONE, d.rounding(increment=6), load=replace(OFFICE, whole_ms=1000)),
    # With one in twenty, less than 95 % would speak for the rounding, and it may not be stated.
    case("one pair in thirty differs", NONE, d.clock_offset(seconds=3.9), d.rounding(increment=6), quarrels=0.033),
    case("New Year's Eve, flat, +8 h", NONE, d.zone_offset(seconds=28800), load=replace(OFFICE, profile="flat"),
         date="2026-12-31"),
    case("nobody tells who hung up, nor the direction", NONE, d.ring_time(), d.rounding(increment=1),
         style=Style(without=("releasedBy", "direction"), platform_without=("releasedBy",))),
    case("only the end, 60/60, zone", NONE, d.rounding(increment=60), d.zone_offset(seconds=3600),
         style=Style(without=("startDateTime", "answerDateTime"))),
    case("only the start, national, 1.2 s", NONE, d.clock_offset(seconds=1.2), d.number_format(rule="national"),
         style=Style(without=("answerDateTime", "endDateTime"))),
    case("delivered twice in pieces", NONE, d.partial_records(every=1800), d.duplicate_delivery(share=1), load=LONG),
    case("99# and a slow clock", NONE, d.number_format(rule="tech_prefix"), d.clock_offset(seconds=-1.5), plan="us"),
    case("main number, withheld, 6/6", NONE, d.replaced_caller(), d.rounding(increment=6), load=replace(OFFICE,
         withheld=0.3)),
    case("half of a cluster in another zone", NONE, d.node_in_another_zone(every=2)),
    case("a node an hour off, clock 3.9 s, 6/6", NONE, d.node_in_another_zone(every=4), d.clock_offset(seconds=3.9),
         d.rounding(increment=6)),
    case("drift of -300 ppm", NONE, d.clock_drift(ppm=-300, right_at="12:00"), load=NIGHT),
    case("four steps and a drift", NONE, d.clock_drift(ppm=20), d.clock_step(at="07:30", seconds=4),
         d.clock_step(at="10:10", seconds=-6),
         d.clock_step(at="13:45", seconds=60), d.clock_step(at="16:20", seconds=-58), calls=20000),
    case("steps back, records end before they start", NONE, d.clock_step(at="11:03", seconds=-3000), load=LONG),
    case("calls of one length", NONE, d.rounding(increment=6), load=replace(EQUAL, familiar=0.7, subscribers=40)),
    case("redialled within seconds, ids reused", d.correlation(how="reused"), d.clock_offset(seconds=5.5),
         load=DIALLER, unanswered="all"),
    case("unanswered reported, an hour missing", NONE, d.missing_window(from_="12:00", to="13:00", trunk=None),
         unanswered="all"),
    case("ring time of up to 90 s, 60/60", NONE, d.ring_time(), d.rounding(increment=60), load=EQUAL),
    case("short calls, 60/60", NONE, d.rounding(increment=60), load=replace(OFFICE, talk="short")),
    case("short calls, 30/6", NONE, d.rounding(increment=6, minimum=30), load=replace(OFFICE, talk="short")),
    case("short calls in minutes", NONE, d.unit(factor=1 / 60), load=replace(OFFICE, talk="short")),
    case("shorter than 6 s missing, 6/6", NONE, d.minimum_duration(seconds=6), d.rounding(increment=6)),
    case("nearest 6", NONE, d.rounding(increment=6, mode="nearest")),
    case("difference of times cut to 6 s", NONE, d.rounding(increment=6, mode="endpoints")),
    case("timer of 14400, every 3600 s", NONE, d.timer_cap(seconds=14400), d.partial_records(every=3600), load=LONG,
         calls=20000),
]

MIXES = [
    case("a morning's mail: fast and drifting, 6/6, national, a trunk silent for an hour", d.clock_offset(seconds=3.9),
         d.clock_drift(ppm=40), d.rounding(increment=6), d.number_format(rule="national"),
         d.missing_window(from_="14:10", to="15:10", trunk="t2"), calls=20000),
    case("the same without ids", NONE, d.clock_offset(seconds=3.9), d.clock_drift(ppm=40), d.rounding(increment=6),
         d.number_format(rule="national"), d.missing_window(from_="14:10", to="15:10", trunk="t2"), calls=20000),
    case("zone, down to 1, whole seconds, plain", NONE, d.zone_offset(seconds=7200), d.rounding(increment=1,
         mode="down"),
         d.whole_seconds(), d.number_format(rule="plain"), style=SECONDS),
    case("Kamailio: ring time and zone", NONE, d.ring_time(), d.zone_offset(seconds=3600), unanswered="all"),
    case("FreeSWITCH: cut times, zone, ten digits", NONE, d.rounding(increment=1, mode="endpoints"), d.whole_seconds(),
         d.zone_offset(seconds=-21600), d.number_format(rule="significant"), plan="us", style=SECONDS),
    case("OpenSIPS: up to 1, clock, copies", NONE, d.rounding(increment=1), d.clock_offset(seconds=-2.2),
         d.duplicate_delivery(share=0.08)),
    case("step, 40 % missing, 6/6", NONE, d.clock_step(at="13:30", seconds=-61), d.missing_at_random(),
         d.rounding(increment=6), calls=20000),
    case("masked, clock, short calls missing", NONE, d.masked_number(digits=3), d.clock_offset(seconds=-7.4),
         d.minimum_duration(seconds=3)),
    case("exchanged, 00, 60/60", NONE, d.swapped_parties(), d.number_format(rule="international"),
         d.rounding(increment=60)),
    case("main number, clock, copies", NONE, d.replaced_caller(), d.clock_offset(seconds=1.3),
         d.duplicate_delivery(share=0.03)),
    case("pieces, drift, window", NONE, d.partial_records(every=1800), d.clock_drift(ppm=-25),
         d.missing_window(from_="09:00", to="09:40"),
         load=LONG),
    case("pieces and 6/6", NONE, d.partial_records(every=900), d.rounding(increment=6), load=LONG),
    case("pieces, clock, national, no set-up time", NONE, d.partial_records(every=3600), d.clock_offset(seconds=41.7),
         d.number_format(rule="national"), load=LONG, style=Style(without=("startDateTime",))),
    case("midnight, zone, up to 1", NONE, d.midnight_cut(zone=7200), d.zone_offset(seconds=7200),
         d.rounding(increment=1),
         load=replace(LONG, profile="flat")),
    case("timer, 30/6, national, zone", NONE, d.timer_cap(seconds=7200), d.rounding(increment=6, minimum=30),
         d.number_format(rule="national"), d.zone_offset(seconds=3600)),
    case("round trip and up to 1", NONE, d.release_delay(milliseconds=500), d.rounding(increment=1)),
    case("round trip, ring time", NONE, d.release_delay(milliseconds=350), d.ring_time()),
    case("milliseconds, clock, plain", NONE, d.unit(factor=1000), d.clock_offset(seconds=12),
         d.number_format(rule="plain")),
    case("minutes up, zone, unanswered", NONE, d.rounding(increment=60), d.unit(factor=1 / 60),
         d.zone_offset(seconds=-3600), unanswered="all"),
    case("two trunks: zone and rounding", NONE, d.zone_offset(seconds=3600, trunk="t1"), d.rounding(increment=6,
         trunk="t2")),
    case("ids wrong on some, step, 6/6", d.correlation(how="wrong", share=0.03), d.clock_step(at="10:10", seconds=45),
         d.rounding(increment=6)),
    case("exchanged on one trunk, national, drift", NONE, d.swapped_parties(trunk="t2"),
         d.number_format(rule="national"), d.clock_drift(ppm=60)),
    case("centre: clock, up to 1, copies", NONE, d.clock_offset(seconds=3.9), d.rounding(increment=1),
         d.duplicate_delivery(share=0.05),
         calls=20000, load=CENTRE, hot=True),
    case("centre: replaced, 6/6", NONE, d.replaced_caller(), d.rounding(increment=6), calls=12000,
         load=replace(CENTRE, inbound=0.5), hot=True),
    case("dialler: cut times, zone", NONE, d.rounding(increment=1, mode="endpoints"), d.zone_offset(seconds=19800),
         d.whole_seconds(),
         load=DIALLER, unanswered="all", style=SECONDS),
    case("thin: 3.9 s, 6/6, national", NONE, d.clock_offset(seconds=3.9), d.rounding(increment=6),
         d.number_format(rule="national"),
         calls=600, load=THIN),
    case("thin: zone, up to 1, plain", NONE, d.zone_offset(seconds=3600), d.rounding(increment=1),
         d.number_format(rule="plain"),
         calls=300, load=THIN),
    Case("three operators, each with its own", [
        Part("op-1", "de", OFFICE, 5000, faults=(NONE, d.clock_offset(seconds=3.9), d.rounding(increment=6))),
        Part("op-2", "us", BURSTS, 5000, ("a", "b"), faults=(NONE, d.zone_offset(seconds=-18000),
        d.number_format(rule="significant"))),
        Part("op-3", "uk", CENTRE, 5000, ("x",), faults=(d.ring_time(), d.duplicate_delivery(share=0.1)))], hot=True),
    Case("two operators, one clean, one at a loss", [
        Part("op-1", "de", OFFICE, 5000, faults=(NONE,)),
        Part("op-2", "de", OFFICE, 5000, faults=(NONE, d.missing_at_random(), d.clock_step(at="09:30", seconds=20)))]),
]

GROUPS = {"loads": LOADS, "clocks": CLOCKS, "durations": DURATIONS, "numbers": NUMBERS, "delivery": DELIVERY,
          "parts": PARTS, "thin": THINS, "centres": CENTRES, "odd": ODD, "mixes": MIXES}


def of_size(a_case, calls):
    """The same with another number of calls, its parties in proportion."""
    def grown(part):
        by = calls / part.calls
        load = replace(part.load, subscribers=max(10, int(part.load.subscribers * max(1, by))),
                       remotes=max(200, int(part.load.remotes * by)))
        return replace(part, calls=calls, load=load)
    return replace(a_case, parts=[grown(p) for p in a_case.parts])


def every():
    return [c for group in GROUPS.values() for c in group]


def named(name):
    return next(c for c in every() if c.name == name)
