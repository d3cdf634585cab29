"""Every shell block of README.md, run as it stands there (under a folder of its own in place of /tmp)."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAYS = {"make demo": "ready: https://", "build/tally serve": "listening on https://"}


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.staying = None

    def tearDown(self):
        self.stop()
        self.folder.cleanup()

    def stop(self):
        if self.staying:
            os.killpg(self.staying.pid, signal.SIGINT)
            self.staying.communicate(timeout=60)
            self.staying = None

    def stay(self, command, sign):
        """Starts what stays up; what it prints until it is ready."""
        self.stop()
        self.staying = subprocess.Popen(command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, start_new_session=True)
        lines = []
        for line in self.staying.stdout:
            lines.append(line)
            if line.startswith(sign):
                return "".join(lines)
        self.fail(f"{command} ended:\n{''.join(lines)}")

    def run_line(self, line):
        done = subprocess.run(line, shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=600)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}")
        return done.stdout

    def test_every_block(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
            blocks = re.findall(r"^```sh\n(.*?)^```", f.read(), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 4)
        output = ""
        for block in blocks:
            for line in block.replace("/tmp/", self.folder.name + "/").splitlines():
                sign = next((s for start, s in STAYS.items() if line.startswith(start)), None)
                output += self.stay(line, sign) if sign else self.run_line(line)
        self.assertIn("clock_offset", output)
        self.assertIn("Nordlicht Telekom", output)

    def test_what_it_names_exists(self):
        for page in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
            with open(os.path.join(ROOT, page), encoding="utf-8") as f:
                text = f.read()
            for target in re.findall(r"\]\(([^)#]+)\)", text):
                self.assertTrue(os.path.exists(os.path.join(ROOT, target)), f"{page} links to {target}")
        source = subprocess.run(["git", "grep", "-h", "-oE", r"\b[a-z][a-z0-9_]+\(", "--", "src"], cwd=ROOT, check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        known = {name.rstrip("(") for name in source.split()}
        with open(os.path.join(ROOT, "ARCHITECTURE.md"), encoding="utf-8") as f:
            for name in re.findall(r"`([a-z][a-z0-9_]+)\(\)`", f.read()):
                self.assertIn(name, known, "ARCHITECTURE.md names a function that is not there")

    def test_every_command_has_its_place_in_the_manual(self):
        commands = re.findall(r"^  ([a-z]+)  ", self.run_line("build/tally --help"), re.M)
        self.assertIn("reconcile", commands)
        with open(os.path.join(ROOT, "packaging", "man", "tally.1"), encoding="utf-8") as f:
            self.assertEqual(sorted(re.findall(r"^\.It Cm ([a-z]+)", f.read(), re.M)), sorted(commands))
        words = self.run_line("bash -c 'PATH=build:$PATH; . packaging/completions/tally.bash; COMP_WORDS=(tally \"\"); COMP_CWORD=1; "
                              "_tally; echo ${COMPREPLY[@]}'").split()
        self.assertEqual(sorted(words), sorted(commands + ["--help", "--version"]))


if __name__ == "__main__":
    unittest.main()
