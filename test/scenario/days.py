"""Days of calls as a platform and its operators recorded them, and what is true of them.

Written from the contract alone, apart from `tally simulate`, so that one does not repeat the other's mistakes.
The calls of a day depend on seed, plan and load only; faults are laid over the operator's records afterwards and
draw from generators of their own, so that adding or taking one away changes nothing else.
"""

import copy
import csv
import os
import random
import zlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

DAY_MS = 86400000
HOUR_MS = 3600000
EPOCH = date(1970, 1, 1)


def day_ms(text):
    return (date.fromisoformat(text) - EPOCH).days * DAY_MS


def of_day(text):
    """"14:10" or "14:10:05" as milliseconds of a day."""
    parts = [int(p) for p in text.split(":")] + [0]
    return (parts[0] * 3600 + parts[1] * 60 + parts[2]) * 1000


_dates = {}


def stamp(ms, digits=3, zone_minutes=None):
    """A moment as text: UTC with Z, or another zone's clock with its offset."""
    days, rest = divmod(ms + (zone_minutes or 0) * 60000, DAY_MS)
    if days not in _dates:
        _dates[days] = (EPOCH + timedelta(days)).isoformat()
    seconds, part = divmod(rest, 1000)
    text = "%sT%02d:%02d:%02d" % (_dates[days], seconds // 3600, seconds // 60 % 60, seconds % 60)
    if digits:
        text += (".%03d" % part + "0" * 4)[:digits + 1]
    if zone_minutes is None:
        return text + "Z"
    return text + "%s%02d:%02d" % ("-" if zone_minutes < 0 else "+", abs(zone_minutes) // 60, abs(zone_minutes) % 60)


def seconds(ms):
    whole, part = divmod(ms, 1000)
    return "%d.%03d" % (whole, part) if part else str(whole)


# ---------------------------------------------------------------- numbers

@dataclass(frozen=True)
class Plan:
    """A country as its own switches see it."""
    country_code: str
    trunk_prefix: str            # dialled before a national number
    international_prefix: str
    areas: tuple                 # (area code, digits of the subscriber number)
    mobiles: tuple = ()          # like areas; some countries dial them without the trunk prefix


PLANS = {
    "de": Plan("49", "0", "00", (("30", 8), ("89", 7), ("221", 7), ("40", 8), ("6151", 5)), (("151", 8), ("172", 7))),
    "uk": Plan("44", "0", "00", (("20", 8), ("161", 7), ("1865", 6)), (("7700", 6), ("7911", 6))),
    "us": Plan("1", "", "011", (("206", 7), ("425", 7), ("212", 7), ("303", 7), ("512", 7), ("493", 7), ("442", 7))),
    "fr": Plan("33", "0", "00", (("1", 8), ("4", 8)), (("6", 8), ("7", 8))),
    "cn": Plan("86", "0", "00", (("10", 8), ("21", 8), ("755", 8)), (("138", 8), ("186", 8))),
    "sg": Plan("65", "", "00", (("6", 7), ("8", 7), ("9", 7))),
    "it": Plan("39", "", "00", (("06", 7), ("02", 7)), (("333", 7),)),
}


def random_digits(rng, count, first="23456789"):
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1)) if count else ""


def random_number(rng, plan):
    area, digits = rng.choice(plan.areas + plan.mobiles * 2)
    return "+" + plan.country_code + area + random_digits(rng, digits)


def subscriber_numbers(rng, plan, count, blocks):
    """Numbers in blocks as carriers give them: `blocks` heads, each with consecutive ends."""
    per_block = -(-count // blocks)
    width = max(2, len(str(per_block - 1)))
    numbers = []
    for _ in range(blocks):
        area, digits = rng.choice(plan.areas)
        head = "+" + plan.country_code + area + random_digits(rng, max(1, digits - width))
        numbers += [head + "%0*d" % (width, i) for i in range(per_block)]
    return numbers[:count]


def national(plan, number, foreign=None):
    """As a switch of the country writes it: 0301234567; what is foreign with the international prefix."""
    head = "+" + plan.country_code
    if number.startswith(head):
        return plan.trunk_prefix + number[len(head):]
    return (plan.international_prefix if foreign is None else foreign) + number[1:]


def without_trunk_prefix(plan, number):
    head = "+" + plan.country_code
    return number[len(head):] if number.startswith(head) else plan.international_prefix + number[1:]


NUMBER_FORMS = {
    "plain": lambda plan, n: n[1:],
    "international": lambda plan, n: "00" + n[1:],
    "national": national,
    "significant": without_trunk_prefix,
    "eleven": lambda plan, n: n[1:] if n.startswith("+" + plan.country_code) else plan.international_prefix + n[1:],
    "trunk_kept": lambda plan, n: "+" + plan.country_code + "0" + n[1 + len(plan.country_code):]
    if n.startswith("+" + plan.country_code) else n,
    "tech_prefix": lambda plan, n: "99#" + n[1:],
    "account_prefix": lambda plan, n: "7788" + n[1:],
    "carrier_select": lambda plan, n: "9" + national(plan, n),
    # National, with the plus that a careless export adds: 2065551234 of Seattle becomes one of Egypt.
    "wrong_plus": lambda plan, n: "+" + n[1 + len(plan.country_code):] if n.startswith("+" + plan.country_code) else n,
    "sip_uri": lambda plan, n: "sip:" + n + "@10.0.0.1",
    "dashes": lambda plan, n: n[:3] + " (" + n[3:6] + ") " + n[6:9] + "-" + n[9:],
}


# ---------------------------------------------------------------- calls

@dataclass(frozen=True)
class Load:
    profile: str = "office"        # hours: office, night, flat, bursts
    subscribers: int = 400
    blocks: int = 6
    main_line: float = 0.0         # share of inbound calls that go to one number
    remotes: int = 6000
    familiar: float = 0.3          # share of calls between parties that talked before
    foreign: float = 0.15
    inbound: float = 0.6
    answered: float = 0.7
    talk: str = "exponential"      # exponential, lognormal, heavy, equal, short
    talk_mean: float = 150.0
    ring_max: float = 40.0
    retries: float = 0.1           # of unanswered calls, tried again within seconds
    twins: float = 0.0             # calls with another of the same parties in the same second
    withheld: float = 0.05         # of inbound callers
    extensions: bool = False       # callers of outbound calls are 3 to 5 digits
    toll_free: bool = False        # subscriber numbers are toll free
    long_calls: float = 0.002      # one to six hours
    hangs_up: float = 0.5          # share of calls that the caller ends
    whole_ms: int = 1              # the platform's own resolution


HOURS = {
    "office": [1, 1, 1, 1, 1, 2, 6, 20, 60, 90, 100, 90, 60, 70, 95, 90, 70, 40, 20, 12, 8, 5, 3, 2],
    "night": [80, 90, 100, 90, 70, 40, 15, 8, 5, 4, 4, 4, 5, 5, 6, 6, 8, 10, 15, 20, 30, 45, 60, 70],
    "flat": [1] * 24,
    "bursts": [1] * 24,
}


class Call:
    """What happened, by the platform's clock, which is right."""
    __slots__ = ("id", "start", "answer", "end", "caller", "callee", "direction", "trunk", "released", "correlation",
                 "operator", "tenant")

    @property
    def talk(self):
        return self.end - self.answer if self.answer is not None else 0


class Record:
    """What an operator wrote; `plain` is the duration as it were had nobody quarrelled with it, `factor` its unit."""
    __slots__ = ("id", "call", "kind", "correlation", "direction", "caller", "callee", "start", "answer", "end",
                 "duration", "plain", "factor", "released", "trunk", "operator")


def talk_ms(rng, load):
    if rng.random() < load.long_calls:
        return int(rng.uniform(HOUR_MS, 6 * HOUR_MS))
    mean = load.talk_mean
    if load.talk == "lognormal":
        s = rng.lognormvariate(0, 1.2) * mean / 2.05
    elif load.talk == "heavy":
        s = min(20000.0, (rng.paretovariate(1.4) - 1) * mean / 2.5 + 1)
    elif load.talk == "equal":
        s = rng.choice((30.0, 62.5, 119.98)) if rng.random() < 0.6 else rng.expovariate(1 / mean)
    elif load.talk == "short":
        s = rng.expovariate(1 / 12.0)
    else:
        s = rng.expovariate(1 / mean)
    return max(300, int(s * 1000))


def start_times(rng, count, day, profile):
    weights = HOURS[profile]
    total = sum(weights)
    times = []
    for hour, weight in enumerate(weights):
        times += [day + hour * HOUR_MS + rng.randrange(HOUR_MS) for _ in range(round(count * weight / total))]
    while len(times) < count:
        times.append(day + rng.randrange(DAY_MS))
    if profile == "bursts":
        heads = [day + rng.randrange(DAY_MS) for _ in range(max(3, count // 400))]
        times = [t if rng.random() < 0.3 else rng.choice(heads) + int(rng.expovariate(1 / 40000.0)) for t in times]
    return sorted(times)[:count]


@dataclass
class Part:
    """One operator's share of a day."""
    operator: str = "op-1"
    plan: str = "de"
    load: Load = field(default_factory=Load)
    calls: int = 10000
    trunks: tuple = ("t1", "t2", "t3")
    faults: tuple = ()
    date: str = "2026-11-24"
    quarrels: float = 0.01         # pairs that differ by nobody's rule
    unanswered: str = "none"       # which unanswered calls the operator reports: none, all, some
    one_way_ms: tuple = (8, 38)    # between the two measuring points, by trunk
    jitter_ms: float = 8.0         # of the operator's stamps


class Parties:
    """Who calls whom."""

    def __init__(self, rng, part):
        self.rng, self.load, self.plan = rng, part.load, PLANS[part.plan]
        load = self.load
        if load.toll_free:
            self.subscribers = ["+1" + rng.choice(("800", "888")) + random_digits(rng, 7) for _ in range(load.subscribers)]
        else:
            self.subscribers = subscriber_numbers(rng, self.plan, load.subscribers, load.blocks)
        others = [p for name, p in PLANS.items() if name != part.plan]
        self.remotes = [random_number(rng, rng.choice(others) if rng.random() < load.foreign else self.plan)
                        for _ in range(load.remotes)]
        self.extensions = [random_digits(rng, rng.choice((3, 4, 4, 5)), "1234567") for _ in range(load.subscribers)]
        self.seen = []

    def pair(self):
        """Indices of subscriber and remote."""
        rng, load = self.rng, self.load
        if self.seen and rng.random() < load.familiar:
            return rng.choice(self.seen)
        s = int(len(self.subscribers) * rng.random() ** 1.7)
        pair = (s, rng.randrange(len(self.remotes)))
        if len(self.seen) < 3000:
            self.seen.append(pair)
        return pair


def make_call(rng, part, parties, start, number):
    load = part.load
    call = Call()
    s, r = parties.pair()
    inbound = rng.random() < load.inbound
    if inbound and rng.random() < load.main_line:
        s = 0
    call.id = "%08x-%s-%06d" % (rng.getrandbits(32), part.operator, number)
    call.start = start // load.whole_ms * load.whole_ms
    ring = int(rng.uniform(200, load.ring_max * 1000)) // load.whole_ms * load.whole_ms
    answered = rng.random() < load.answered
    call.answer = call.start + ring if answered else None
    call.end = call.start + ring + (talk_ms(rng, load) // load.whole_ms * load.whole_ms if answered else 0)
    subscriber, remote = parties.subscribers[s], parties.remotes[r]
    withheld = rng.random() < load.withheld
    if inbound:
        call.caller, call.callee = "anonymous" if withheld else remote, subscriber
    else:
        call.caller, call.callee = parties.extensions[s] if load.extensions else subscriber, remote
    call.direction = "inbound" if inbound else "outbound"
    call.trunk = part.trunks[rng.randrange(len(part.trunks))]
    call.released = "caller" if not answered or rng.random() < load.hangs_up else "callee"
    call.correlation = "%016x@sbc.example" % rng.getrandbits(64)
    call.operator, call.tenant = part.operator, "tenant-%d" % (s % 5)
    return call


def make_calls(part, seed):
    rng = random.Random("calls %d %s" % (seed, part.operator))
    load, day = part.load, day_ms(part.date)
    parties = Parties(rng, part)
    calls = []
    for start in start_times(rng, part.calls, day, load.profile):
        if len(calls) >= part.calls:
            break
        call = make_call(rng, part, parties, start, len(calls))
        calls.append(call)
        twin = rng.random() < load.twins
        while len(calls) < part.calls and (twin or call.answer is None and rng.random() < load.retries):
            again = make_call(rng, part, parties, start, len(calls))
            gap = rng.randrange(0, 900) if twin else call.end - call.start + rng.randrange(1000, 8000)
            gap = gap // load.whole_ms * load.whole_ms
            shift = call.start + gap - again.start
            again.start, again.end = again.start + shift, again.end + shift
            again.answer = None if again.answer is None else again.answer + shift
            again.caller, again.callee, again.direction = call.caller, call.callee, call.direction
            again.trunk, again.tenant = call.trunk, call.tenant
            calls.append(again)
            call, twin = again, False
    return calls


# ---------------------------------------------------------------- what the operator wrote

class Side:
    """The operator's records of one part, the truth about them, and what faults need to know."""

    def __init__(self, part, seed):
        self.part, self.seed, self.plan = part, seed, PLANS[part.plan]
        self.calls = make_calls(part, seed)
        self.day = day_ms(part.date)
        self.clocks = []           # (in_scope, shift of a moment) in the order of faults
        self.causes = []           # {"cause", "parameters", "records"}
        self.allowed = []          # causes that may be stated, and need not: {"cause", parameters that must hold}
        self.related = True
        self.records = [r for r in map(self.observe, self.calls) if r]
        self.quarrel()

    def rng(self, purpose):
        return random.Random("%s %d %s" % (purpose, self.seed, self.part.operator))

    def observe(self, call):
        """The call as the operator's end of the trunk sees it (one way d later or earlier)."""
        part = self.part
        mix = zlib.crc32(call.id.encode())
        if call.answer is None and (part.unanswered == "none" or part.unanswered == "some" and mix % 3):
            return None
        low, high = part.one_way_ms
        d = low + (high - low) * part.trunks.index(call.trunk) // max(1, len(part.trunks) - 1)
        noise = random.Random(mix)
        # Inbound calls begin at the operator, outbound ones at the platform; the end is seen first where one hangs up.
        begins = -d if call.direction == "inbound" else d
        r = Record()
        r.id, r.call, r.kind, r.operator = "%08x%s" % (mix, call.id[-6:]), call, "pair", part.operator
        r.correlation, r.direction, r.caller, r.callee = call.correlation, call.direction, call.caller, call.callee
        r.released, r.trunk, r.factor = call.released, call.trunk, 1
        r.start = call.start + begins + int(noise.gauss(0, part.jitter_ms))
        r.answer = None if call.answer is None else call.answer - begins  # the 200 OK travels the other way
        from_operator = (call.released == "caller") == (call.direction == "inbound")
        r.end = call.end - d if from_operator else call.end + d
        r.duration = r.plain = max(0, r.end - r.answer) if r.answer is not None else 0
        return r

    def quarrel(self):
        rng = self.rng("quarrels")
        for r in self.records:
            if r.answer is not None and rng.random() < self.part.quarrels:
                by = int(rng.uniform(4000, 300000)) * rng.choice((1, 1, -1))
                if r.duration + by <= 0:
                    by = -by
                r.duration += by
                r.end += by

    def split(self, purpose, share):
        """A fair coin for each call that no other fault moves."""
        salt = zlib.crc32(("%s %d" % (purpose, self.seed)).encode())
        return lambda r: (zlib.crc32(r.call.id.encode(), salt) & 0xfffff) < share * 0x100000

    def clock_at(self, ms, trunk=None):
        """The operator's stamp of a moment less that moment."""
        at = ms
        for trunks, shift in self.clocks:
            if trunks is None or trunk == trunks:
                at += shift(ms)
        return at - ms

    def cause(self, name, records, parameters=None):
        self.causes.append({"cause": name, "operatorId": self.part.operator, "parameters": parameters or {}, "records": records})

    def scoped(self, scope):
        """Does a fault touch this record?  And the parameters that say so."""
        trunk, direction = scope.get("trunk"), scope.get("direction")
        frm = self.day + of_day(scope["from_"]) if "from_" in scope else None
        to = self.day + of_day(scope["to"]) if "to" in scope else None

        def touches(r):
            return ((not trunk or r.trunk == trunk) and (not direction or r.call.direction == direction) and
                    (frm is None or r.call.start >= frm) and (to is None or r.call.start < to))
        parameters = {k: v for k, v in (("trunk", trunk), ("direction", direction)) if v}
        if frm is not None:
            parameters["from"] = stamp(frm)
        if to is not None:
            parameters["to"] = stamp(to)
        return touches, parameters


# ---------------------------------------------------------------- faults, in the order in which they come about

def fault(stage):
    def wrap(make):
        def build(**parameters):
            return (stage, make.__name__.rstrip("_"), lambda side: make(side, **parameters))
        return build
    return wrap


SCOPE = ("trunk", "direction", "from_", "to")


@fault(10)
def ring_time(side, **scope):
    touches, parameters = side.scoped(scope)
    hit = [r for r in side.records if r.answer is not None and touches(r)]
    for r in hit:
        by = r.answer - r.start
        r.duration, r.plain = r.duration + by, r.plain + by
    side.cause("ring_time", len(hit), parameters)


@fault(10)
def unanswered_reported(side, **scope):
    touches, parameters = side.scoped(scope)
    hit = [r for r in side.records if r.answer is None and touches(r)]
    for r in hit:
        r.duration = r.plain = r.end - r.start
    side.cause("unanswered_reported", len(hit), parameters)


@fault(8)
def release_delay(side, milliseconds=240, **scope):
    touches, parameters = side.scoped(scope)
    hit = [r for r in side.records if r.answer is not None and r.released == "caller" and touches(r)]
    for r in hit:
        # The round trip is on top of the way that each trunk has: the called side measures that much longer.
        sign = -1 if r.call.direction == "inbound" else 1
        by = sign * milliseconds - (r.plain - r.call.talk)
        if r.plain + by > 0 and r.duration + by > 0:
            r.duration, r.plain, r.end = r.duration + by, r.plain + by, r.end + by
    side.cause("release_delay", len(hit), dict(parameters, milliseconds=milliseconds))


@fault(20)
def timer_cap(side, seconds=7200, share=0.01, **scope):
    touches, parameters = side.scoped(scope)
    chosen = side.split("cap %d" % seconds, share)
    hit = [r for r in side.records if r.answer is not None and touches(r) and chosen(r)]
    for r in hit:
        r.duration = r.plain = seconds * 1000
        r.end = r.answer + seconds * 1000
    side.cause("timer_cap", len(hit), dict(parameters, seconds=seconds))


def pieces_of(side, r, bounds, cumulative=False):
    """Cuts one record at moments within its talk."""
    edges = [r.answer] + bounds + [r.end]
    out = []
    for i in range(len(edges) - 1):
        piece = copy.copy(r)
        piece.kind = "piece"
        piece.id = r.id if i == 0 else "%s/%d" % (r.id, i)
        piece.start = r.start if i == 0 or cumulative else edges[i]
        piece.answer = edges[0] if cumulative else edges[i]
        piece.end = edges[i + 1]
        piece.duration = piece.plain = piece.end - piece.answer
        out.append(piece)
    # The quarrel lies in the last piece; what it were without stands beside it.
    out[-1].plain -= r.duration - r.plain
    return out


@fault(30)
def partial_records(side, every=3600, cumulative=False, **scope):
    touches, parameters = side.scoped(scope)
    out, hit = [], 0
    for r in side.records:
        bounds = []
        if r.answer is not None and r.kind == "pair" and touches(r):
            bounds = list(range(r.answer + every * 1000, r.end, every * 1000))
        hit += bool(bounds)
        out += pieces_of(side, r, bounds, cumulative) if bounds else [r]
    side.records = out
    side.cause("partial_records", hit, dict(parameters, everySeconds=every))


@fault(30)
def midnight_cut(side, zone=3600):
    out, hit = [], 0
    for r in side.records:
        bounds = []
        if r.answer is not None and r.kind == "pair":
            first = -(-(r.answer + zone * 1000) // DAY_MS) * DAY_MS - zone * 1000
            bounds = [b for b in range(first, r.end, DAY_MS) if r.answer < b]
        hit += bool(bounds)
        out += pieces_of(side, r, bounds) if bounds else [r]
    side.records = out
    side.cause("midnight_cut", hit, {"zoneOffsetSeconds": zone})


def move_clock(side, trunk, shift):
    side.clocks.append((trunk, shift))
    for r in side.records:
        if trunk is None or r.trunk == trunk:
            for name in ("start", "answer", "end"):
                at = getattr(r, name)
                if at is not None:
                    setattr(r, name, at + shift(at))


@fault(40)
def clock_offset(side, seconds=3.9, trunk=None):
    move_clock(side, trunk, lambda ms: round(seconds * 1000))
    side.cause("clock_offset", len(side.records), dict({"trunk": trunk} if trunk else {}, seconds=seconds))


@fault(40)
def zone_offset(side, seconds=3600, trunk=None):
    move_clock(side, trunk, lambda ms: seconds * 1000)
    side.cause("zone_offset", len(side.records), dict({"trunk": trunk} if trunk else {}, seconds=seconds))


@fault(40)
def clock_drift(side, ppm=40, right_at="00:00", trunk=None):
    zero = side.day + of_day(right_at)
    move_clock(side, trunk, lambda ms: round((ms - zero) * ppm / 1000000))
    side.cause("clock_drift", len(side.records), dict({"trunk": trunk} if trunk else {}, ppm=ppm))


@fault(40)
def clock_step(side, at="13:00", seconds=-118, trunk=None):
    moment = side.day + of_day(at)
    move_clock(side, trunk, lambda ms: round(seconds * 1000) if ms >= moment else 0)
    side.cause("clock_step", len(side.records), dict({"trunk": trunk} if trunk else {}, at=stamp(moment), seconds=seconds))


@fault(40)
def node_in_another_zone(side, seconds=3600, every=3):
    """One node of a cluster: every n-th record, and no column tells."""
    ordered = sorted(side.records, key=lambda r: (r.start, r.id))
    for r in ordered[::every]:
        for name in ("start", "answer", "end"):
            if getattr(r, name) is not None:
                setattr(r, name, getattr(r, name) + seconds * 1000)
    # That some records have it is true and may be said; of two equal halves nobody can tell which one is right.
    side.allowed += [{"cause": "zone_offset", "seconds": s} for s in ((seconds, -seconds) if every == 2 else (seconds,))]


@fault(50)
def whole_seconds(side, mode="down"):
    add = {"down": 0, "up": 999, "nearest": 500}[mode]
    for r in side.records:
        for name in ("start", "answer", "end"):
            if getattr(r, name) is not None:
                setattr(r, name, (getattr(r, name) + add) // 1000 * 1000)


def rounded(ms, increment, minimum, mode):
    if ms <= 0:
        return 0
    if mode == "up":
        ms = -(-ms // increment) * increment
    elif mode == "down":
        ms = ms // increment * increment
    else:
        ms = (ms + increment // 2) // increment * increment
    return max(ms, minimum)


@fault(48)
def rounding(side, increment=6, minimum=0, mode="up", **scope):
    touches, parameters = side.scoped(scope)
    step, least = int(increment * 1000), int(minimum * 1000)
    hit = [r for r in side.records if touches(r)]
    for r in hit:
        if mode == "endpoints":
            begin, plain_end = r.end - r.duration, r.end - r.duration + r.plain
            r.duration, r.plain = (max(least, (end // step - begin // step) * step) for end in (r.end, plain_end))
        else:
            r.duration, r.plain = (rounded(v, step, least, mode) for v in (r.duration, r.plain))
    side.cause("rounding", len(hit), dict(parameters, incrementSeconds=increment, minimumSeconds=minimum, mode=mode))


@fault(70)
def unit(side, factor=1000, **scope):
    touches, parameters = side.scoped(scope)
    hit = [r for r in side.records if touches(r)]
    for r in hit:
        r.duration, r.plain, r.factor = round(r.duration * factor), round(r.plain * factor), factor
    side.cause("unit", len(hit), dict(parameters, factor=factor))


@fault(5)
def minimum_duration(side, seconds=3, **scope):
    touches, parameters = side.scoped(scope)
    kept = [r for r in side.records if not (r.plain < seconds * 1000 and r.duration < seconds * 1000 and touches(r))]
    gone = sum(1 for c in side.calls if 0 < c.talk < seconds * 1000)
    side.records = kept
    side.cause("minimum_duration", gone, dict(parameters, seconds=seconds))


@fault(80)
def missing_window(side, from_="14:10", to="15:25", trunk=None):
    touches, parameters = side.scoped({k: v for k, v in (("from_", from_), ("to", to), ("trunk", trunk)) if v})
    kept = [r for r in side.records if not touches(r)]
    side.cause("missing_window", len(side.records) - len(kept), parameters)
    side.records = kept


@fault(81)
def missing_at_random(side, share=0.4):
    gone = side.split("missing", share)
    side.records = [r for r in side.records if not gone(r)]


@fault(82)
def platform_missing_at_random(side, share=0.4):
    salt = zlib.crc32(b"platform missing")
    side.calls = [c for c in side.calls if (zlib.crc32(c.id.encode(), salt) & 0xffff) >= share * 65536]


@fault(90)
def number_format(side, rule="national", only=("caller", "callee"), **scope):
    touches, parameters = side.scoped(scope)
    hit = 0
    for r in side.records:
        if not touches(r):
            continue
        changed = False
        for name in only:
            old = getattr(r, name)
            if old.startswith("+"):
                new = NUMBER_FORMS[rule](side.plan, old)
                changed |= new != old
                setattr(r, name, new)
        hit += changed
    if rule in ("sip_uri", "dashes"):  # the same digits, written otherwise: nothing is said of it
        side.allowed.append({"cause": "number_format"})
    else:
        side.cause("number_format", hit, dict(parameters, rule=rule, code=side.plan.country_code))


@fault(90)
def numbers_mixed(side, rules=("national", "international", "plain", "e164")):
    rng = side.rng("mixed")
    for r in side.records:
        for name in ("caller", "callee"):
            rule = rng.choice(rules)
            if rule != "e164" and getattr(r, name).startswith("+"):
                setattr(r, name, NUMBER_FORMS[rule](side.plan, getattr(r, name)))
    side.allowed.append({"cause": "number_format"})


@fault(90)
def local_numbers(side, digits=4, whose="subscriber"):
    """Only the last digits of the operator's own numbers, as a PBX writes extensions."""
    hit = 0
    for r in side.records:
        name = "callee" if r.call.direction == "inbound" else "caller"
        if getattr(r, name).startswith("+"):
            setattr(r, name, getattr(r, name)[-digits:])
            hit += 1
    side.cause("number_format", hit, {"rule": "local", "code": ""})
    side.allowed += [{"cause": "number_format"}, {"cause": "masked_number"}]


@fault(91)
def masked_number(side, digits=3, letter="x", whose="remote", direction=None):
    hit = 0
    for r in side.records:
        if direction and r.call.direction != direction:
            continue
        name = ("caller" if r.call.direction == "inbound" else "callee") if whose == "remote" else whose
        old = getattr(r, name)
        if old and old[-1].isdigit() and len(old) > digits + 2:
            setattr(r, name, old[:-digits] + letter * digits)
            hit += 1
    side.cause("masked_number", hit, dict({"direction": direction} if direction else {}, digits=digits))


@fault(91)
def replaced_caller(side, number="+49305550000", tenant=None):
    hit = [r for r in side.records if r.call.direction == "outbound" and (not tenant or r.call.tenant == tenant)]
    for r in hit:
        r.caller = number
    side.cause("replaced_caller", len(hit), {"number": number})


@fault(92)
def swapped_parties(side, **scope):
    touches, parameters = side.scoped(scope)
    hit = [r for r in side.records if touches(r)]
    for r in hit:
        r.caller, r.callee = r.callee, r.caller
    side.cause("swapped_parties", len(hit), parameters)


@fault(93)
def withheld_as(side, words=("Restricted", "unavailable", "", "anonymous", "0", "-")):
    rng = side.rng("withheld")
    for r in side.records:
        for name in ("caller", "callee"):
            if getattr(r, name) == "anonymous":
                setattr(r, name, rng.choice(words))


@fault(95)
def duplicate_delivery(side, share=0.05, **scope):
    touches, parameters = side.scoped(scope)
    chosen = side.split("copies", share)
    copies = []
    for r in side.records:
        if touches(r) and chosen(r):
            copies.append(copy.copy(r))
            copies[-1].id, copies[-1].kind = "dup-" + r.id, "duplicate"
    side.records += copies
    side.cause("duplicate_delivery", len(copies), parameters)


@fault(96)
def attempts_on_operator_side_only(side, share=0.3):
    """Calls that never reached the platform: no time answered, no seconds."""
    rng = side.rng("attempts")
    for r in list(side.records):
        if rng.random() < share:
            extra = copy.copy(r)
            extra.id, extra.kind, extra.answer, extra.duration, extra.plain = "try-" + r.id, "extra", None, 0, 0
            extra.start = r.start - rng.randrange(20000, 400000)
            extra.end = extra.start + rng.randrange(100, 3000)
            extra.correlation = "%016x@sbc.example" % rng.getrandbits(64)
            side.records.append(extra)


@fault(97)
def correlation(side, how="none", share=0.02):
    rng = side.rng("correlation")
    for r in side.records:
        if how == "none":
            r.correlation = ""
        elif how == "suffix":
            r.correlation = r.correlation.replace("@", "_b2b-1@")
        elif how == "rewritten":
            r.correlation = "%016x@other.example" % zlib.crc32(r.correlation.encode())
        elif how == "reused":
            r.correlation = "one-for-all@pbx.example"
        elif how == "upper":
            r.correlation = r.correlation.upper()
        elif how == "some":
            r.correlation = "" if rng.random() < share else r.correlation
    if how == "wrong":
        for r in side.records:
            if rng.random() < share:
                r.correlation = rng.choice(side.records).correlation


@fault(97)
def platform_without_correlation(side):
    for c in side.calls:
        c.correlation = ""


@fault(99)
def unrelated(side, how="day"):
    """An operator file of another day, or of other customers."""
    for i, r in enumerate(side.records):
        r.kind = "extra"
        r.correlation = "%x@elsewhere.example" % i
        if how == "day":
            for name in ("start", "answer", "end"):
                if getattr(r, name) is not None:
                    setattr(r, name, getattr(r, name) - 3 * DAY_MS)
    if how != "day":
        other = Side(replace(side.part, plan=how, faults=(), operator=side.part.operator), side.seed + 1000)
        side.records = other.records
        for r in side.records:
            r.kind = "extra"
    else:
        rng = side.rng("another day")
        rng.shuffle(side.records)
        for r in side.records:
            by = rng.randrange(-4 * HOUR_MS, 4 * HOUR_MS)
            r.start, r.end, r.answer = r.start + by, r.end + by, None if r.answer is None else r.answer + by
            r.duration = r.plain = max(0, int(r.duration * rng.uniform(0.2, 3)))
            if r.answer is not None:
                r.end = r.answer + r.duration
    side.related = False


# ---------------------------------------------------------------- the whole day

@dataclass
class Style:
    """How the operator's file is written."""
    columns: tuple = ("id", "operatorId", "correlationId", "direction", "callerNumber", "calleeNumber",
                      "startDateTime", "answerDateTime", "endDateTime", "durationSeconds", "releasedBy", "trunk")
    without: tuple = ()
    digits: int = 3                # decimals of a second in stamps
    zone_minutes: int = None       # None: UTC with Z
    shuffled: bool = False
    platform_without: tuple = ()
    platform_shuffled: bool = False


PLATFORM_COLUMNS = ("id", "operatorId", "tenantId", "correlationId", "direction", "callerNumber", "calleeNumber",
                    "inviteDateTime", "answerDateTime", "endDateTime", "durationSeconds", "releasedBy", "trunk")


class Day:
    """Operators' parts together."""

    def __init__(self, parts, seed, style=None):
        self.style = style or Style()
        self.sides = []
        for part in parts:
            side = Side(part, seed)
            for _, _, apply in sorted(part.faults, key=lambda f: f[0]):
                apply(side)
            self.sides.append(side)
        self.calls = [c for side in self.sides for c in side.calls]
        self.records = [r for side in self.sides for r in side.records]
        self.calls.sort(key=lambda c: (c.start, c.id))
        self.records.sort(key=lambda r: (r.end, r.id))
        rng = random.Random(seed)
        if self.style.shuffled:
            rng.shuffle(self.records)
        if self.style.platform_shuffled:
            rng.shuffle(self.calls)

    def platform_row(self, c):
        return {"id": c.id, "operatorId": c.operator, "tenantId": c.tenant, "correlationId": c.correlation,
                "direction": c.direction, "callerNumber": c.caller, "calleeNumber": c.callee,
                "inviteDateTime": stamp(c.start), "answerDateTime": "" if c.answer is None else stamp(c.answer),
                "endDateTime": stamp(c.end), "durationSeconds": seconds(c.talk), "releasedBy": c.released, "trunk": c.trunk}

    def operator_row(self, r):
        style = self.style

        def when(ms):
            return "" if ms is None else stamp(ms, style.digits, style.zone_minutes)
        return {"id": r.id, "operatorId": r.operator, "correlationId": r.correlation, "direction": r.direction,
                "callerNumber": r.caller, "calleeNumber": r.callee, "startDateTime": when(r.start),
                "answerDateTime": when(r.answer), "endDateTime": when(r.end), "durationSeconds": seconds(r.duration),
                "releasedBy": r.released, "trunk": r.trunk}

    def write(self, directory):
        os.makedirs(directory, exist_ok=True)
        style = self.style
        columns = [c for c in PLATFORM_COLUMNS if c not in style.platform_without]
        write_table(os.path.join(directory, "platform.csv"), columns, map(self.platform_row, self.calls))
        columns = [c for c in style.columns if c not in style.without]
        write_table(os.path.join(directory, "operator.csv"), columns, map(self.operator_row, self.records))


def write_table(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        table = csv.writer(f, lineterminator="\n")
        table.writerow(columns)
        table.writerows([row[c] for c in columns] for row in rows)
