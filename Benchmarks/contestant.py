"""One contestant: a child process that has prepared a piece of work and measures it when told to. The conversation is
described in peers/protocol.py."""

import contextlib
import json
import os
import selectors
import subprocess
import time


class Failure(Exception):
    """A contestant that cannot take part, with the reason."""


def _busy_seconds():
    """Processor seconds that the whole machine has spent working since it started."""
    with open("/proc/stat") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def _prepare_process(processors):
    os.sched_setaffinity(0, processors)
    # Where the kernel does not share processors between sessions (see `_set_priority`), only niceness helps against others; threads
    # take over that of the thread that starts them, so it must be set before there are any.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -20)


class Contestant:
    def __init__(self, key, command, threads, log, prepare_limit):
        self.key, self.log = key, log
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_") or key == "loam"}
        environment |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1"}
        processors = sorted(os.sched_getaffinity(0))[:threads]
        with open(log, "w") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True,
                preexec_fn=lambda: _prepare_process(processors),
            )
        self.buffer = b""
        self.ready = self._expect("ready", prepare_limit)
        self.medians, self.others = [], []

    def _expect(self, event, limit):
        """The next answer, which must be `event`. Reads the pipe itself, so that a limit holds inside a line too."""
        deadline = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.buffer:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self.stop()
                    raise Failure(f"not done after {limit:.0f} s")
                piece = os.read(self.process.stdout.fileno(), 1 << 16)
                if not piece:
                    self.process.wait()
                    raise Failure(self._last_words())
                self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        record = json.loads(line)
        if record.get("event") != event:
            self.stop()
            raise Failure(f"said {record.get('event')!r} instead of {event!r}")
        return record

    def _last_words(self):
        with open(self.log, errors="replace") as errors:
            lines = [line.strip() for line in errors if line.strip()]
        return lines[-1] if lines else f"ended with status {self.process.returncode} and no message"

    def _say(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def _own_seconds(self):
        """Processor seconds that the process has spent."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _set_priority(self, niceness):
        """Puts the process ahead of the machine's other work, where we may. Linux shares processors first between sessions
        ("autogroups"), then between the threads in one; the contestant has a session to itself."""
        try:
            with open(f"/proc/{self.process.pid}/autogroup", "w") as group:
                group.write(str(niceness))
        except OSError:
            pass

    def measure(self, seconds):
        """One turn: the times of the calls in it, and the share of the machine that others used meanwhile."""
        self._set_priority(-20)
        start, busy, own = time.monotonic(), _busy_seconds(), self._own_seconds()
        self._say(f"measure {seconds}")
        times = self._expect("measured", 600 + 10 * seconds)["seconds"]
        self._set_priority(0)
        elapsed = time.monotonic() - start
        others = (_busy_seconds() - busy - (self._own_seconds() - own)) / (elapsed * os.cpu_count())
        return times, max(0.0, others)

    def finish(self):
        self._say("quit")
        self.done = self._expect("done", 60)
        self.process.wait(60)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
