"""Real telephone calls: tenants' phones, the platform's edge, two operators' switches, the network.

    phones -- edge --+-- switch "north" --+-- network
                     +-- switch "south" --+

Edge and switches are Kamailios that keep their own accounts, phones and network are SIPp.
Everything is on loopback, on ports that were free, in one folder, and ends with the block:

    with Telephony(folder, tenant_id, {"north": operator_id, "south": operator_id}) as t:
        calls = t.place(plan())
        t.edge_log, t.accounts("north"), t.switch_log("north")
"""
import collections
import csv
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kamailio")
KAMAILIO = shutil.which("kamailio", path=os.environ["PATH"] + ":/usr/sbin") or "kamailio"
TABLES = "/usr/share/kamailio/db_sqlite"
WATCHDOG_SECONDS = 60
TRUNKS = ("north", "south")
OWN_PREFIX = {"north": "+4930555", "south": "+4989555"}
# What the switches' cdr_extra adds to acc_cdrs.  Not all calls have all of it: NULL must be allowed,
# or db_sqlite refuses the row and the record of the call is lost.
COLUMNS = ("callid", "caller", "callee", "direction", "sip_code", "released_by", "trunk")

# sip_code: what the edge sees.  released_by and seconds are None where nobody answers.
Call = collections.namedtuple("Call", "trunk direction caller callee todo milliseconds sip_code released_by seconds")


def plan():
    """Calls of every kind, in both directions, over both trunks."""
    calls = []
    for trunk in TRUNKS:
        for direction in ("outbound", "inbound"):
            own, other = OWN_PREFIX[trunk], "+4940666"
            from_, to = (own, other) if direction == "outbound" else (other, own)
            # The called number's last digits say what its telephone does: called.xml.
            todos = [(f"1{i:02}", "hangup", ms, "200", "caller", ms / 1000)
                     for i, ms in enumerate((300, 800, 1300, 2100, 3400, 5500, 7900))]
            todos += [(f"2{tenths:02}", "wait", 0, "200", "callee", tenths / 10) for tenths in (4, 9, 17, 26, 41, 68)]
            todos += [("300", "fail", 0, "486", None, None), ("301", "fail", 0, "486", None, None),
                      ("400", "fail", 0, "408", None, None),
                      ("401", "cancel", 700, "487", None, None), ("402", "cancel", 1500, "487", None, None)]
            calls += [Call(trunk, direction, f"{from_}9{i:02}", to + digits, *rest)
                      for i, (digits, *rest) in enumerate(todos)]
            if direction == "inbound":
                calls[-len(todos)] = calls[-len(todos)]._replace(caller="anonymous")
    return calls


def free_ports(n):
    """n UDP ports that nobody has; held until all are known, so that they differ."""
    held = []
    try:
        for _ in range(n):
            held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            held[-1].bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in held]
    finally:
        for s in held:
            s.close()


def wait_for(condition, what, log):
    until = time.monotonic() + WATCHDOG_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError(f"{what}: not within {WATCHDOG_SECONDS} s\n{tail(log)}")
        time.sleep(0.05)


def answers(port):
    """Does a SIP server answer there?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.bind(("127.0.0.1", 0))
        here = s.getsockname()[1]
        s.sendto((f"OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{here};branch=z9hG4bKready\r\n"
                  f"From: <sip:test@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: ready-{here}\r\n"
                  "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(), ("127.0.0.1", port))
        try:
            return s.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


class Telephony:
    def __init__(self, folder, tenant_id, operator_ids):
        self.folder, self.tenant_id, self.operator_ids = folder, tenant_id, operator_ids
        self.running = []
        self.edge_log = os.path.join(folder, "edge.log")
        self.phones_port, self.network_port, self.edge_port, *ports = free_ports(3 + len(TRUNKS))
        self.switch_port = dict(zip(TRUNKS, ports))

    def switch_log(self, trunk):
        return os.path.join(self.folder, f"switch-{trunk}.log")

    def database(self, trunk):
        return os.path.join(self.folder, f"{trunk}.sqlite")

    def __enter__(self):
        try:
            for trunk in TRUNKS:
                self.create_database(trunk)
                self.kamailio("switch.cfg", self.switch_log(trunk), self.switch_port[trunk], EDGE_PORT=self.edge_port,
                              NETWORK_PORT=self.network_port, TRUNK=f'"{trunk}"',
                              DATABASE=f'"sqlite:///{self.database(trunk)}"')
            self.kamailio("edge.cfg", self.edge_log, self.edge_port, PHONES_PORT=self.phones_port,
                          TENANT_ID=f'"{self.tenant_id}"',
                          NORTH_PORT=self.switch_port["north"], NORTH_ID=f'"{self.operator_ids["north"]}"',
                          SOUTH_PORT=self.switch_port["south"], SOUTH_ID=f'"{self.operator_ids["south"]}"')
            return self
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self, command, log):
        with open(log, "ab") as out:
            process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                       start_new_session=True)
        self.running.append(process)
        return process

    def kamailio(self, config, log, port, **defines):
        run_dir = log + ".run"
        os.mkdir(run_dir)
        command = [KAMAILIO, "-DD", "-E", "-T", "-m", "32", "-M", "4", "-Y", run_dir, "-w", run_dir,
                   "-f", os.path.join(CONFIG, config), "-A", f"SIP_PORT={port}"]
        for name, value in defines.items():
            command += ["-A", f"{name}={value}"]
        process = self.start(command, log)

        def ready():
            if process.poll() is not None:
                raise RuntimeError(f"kamailio {config} did not start:\n{tail(log)}")
            return answers(port)

        wait_for(ready, f"kamailio {config}", log)

    def create_database(self, trunk):
        db = sqlite3.connect(self.database(trunk))
        db.execute("PRAGMA journal_mode = WAL")  # who reads does not lock the switch out
        for script in ("standard-create.sql", "acc-create.sql"):
            with open(os.path.join(TABLES, script), encoding="utf-8") as f:
                db.executescript(f.read())
        for column in COLUMNS:
            db.execute(f"ALTER TABLE acc_cdrs ADD COLUMN {column} VARCHAR(255)")
        db.commit()
        db.close()

    def rows(self, trunk):
        db = sqlite3.connect(f"file:{self.database(trunk)}?mode=ro", uri=True, timeout=30)
        try:
            found = db.execute("SELECT * FROM acc_cdrs ORDER BY id")
            return [c[0] for c in found.description], found.fetchall()
        finally:
            db.close()

    def accounts(self, trunk):
        """The operator's table of records, exported as CSV; the file's name."""
        name = os.path.join(self.folder, f"{trunk}.csv")
        header, rows = self.rows(trunk)
        with open(name, "w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(header)
            writer.writerows(rows)
        return name

    def sipp(self, name, scenario, calls, *more):
        command = ["sipp", "-sf", os.path.join(CONFIG, scenario), "-i", "127.0.0.1", "-mi", "127.0.0.1",
                   "-m", str(len(calls)), "-l", "1000", "-nostdin", "-trace_err", "-error_file",
                   os.path.join(self.folder, name + ".err"), *more]
        return name, self.start(command, os.path.join(self.folder, name + ".log"))

    def called(self, name, port, calls):
        return self.sipp(name, "called.xml", calls, "-p", str(port), "-cid_str", f"{name}-%u-%p@%s")

    def calling(self, name, port, calls, seconds):
        inject = os.path.join(self.folder, name + ".csv")
        with open(inject, "w", encoding="utf-8") as f:
            f.write("SEQUENTIAL\n")
            for c in calls:
                host = "anonymous.invalid" if c.caller == "anonymous" else "127.0.0.1"
                f.write(f"{c.caller};{c.callee};{c.todo};{c.milliseconds};sip:{c.caller}@{host}\n")
        return self.sipp(name, "caller.xml", calls, f"127.0.0.1:{port}", "-inf", inject, "-r", str(len(calls)), "-rp",
                         f"{seconds}s", "-cid_str", f"{name}-%u-%p@%s")

    def place(self, calls, over_seconds=8):
        """Places all calls; returns when all have ended and all accounts are written."""
        out = [c for c in calls if c.direction == "outbound"]
        into = {trunk: [c for c in calls if c.direction == "inbound" and c.trunk == trunk] for trunk in TRUNKS}
        ends = [self.called("phones-called", self.phones_port, [c for c in calls if c.direction == "inbound"]),
                self.called("network-called", self.network_port, out),
                self.calling("phones-calling", self.edge_port, out, over_seconds)]
        ends += [self.calling(f"network-calling-{trunk}", self.switch_port[trunk], into[trunk], over_seconds)
                 for trunk in TRUNKS]
        wait_for(lambda: self.all_ended(ends), "the end of the calls", self.edge_log)
        for trunk in TRUNKS:
            expected = sum(c.trunk == trunk for c in calls)
            wait_for(lambda trunk=trunk, expected=expected: len(self.rows(trunk)[1]) >= expected,
                     f"the records of switch {trunk}", self.switch_log(trunk))
        wait_for(lambda: count_records(self.edge_log) >= len(calls), "the records of the edge", self.edge_log)
        return calls

    def all_ended(self, ends):
        codes = [process.poll() for _, process in ends]
        for (name, _), code in zip(ends, codes):
            if code:
                logs = [tail(os.path.join(self.folder, name + kind)) for kind in (".err", ".log")]
                raise RuntimeError("\n".join([f"sipp {name} ended with {code}", *logs, tail(self.edge_log)]))
        return None not in codes

    def stop(self):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                pass
            # Kamailio's children are in its session; a parent that was killed leaves them behind.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        self.running = []


def count_records(log):
    with open(log, encoding="utf-8", errors="replace") as f:
        return sum('"start_time"' in line for line in f)


def tail(path, characters=3000):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()[-characters:]
    except OSError as e:
        return str(e)
