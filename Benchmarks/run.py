#!/usr/bin/env python3
"""Measures Loam beside PyTorch and JAX and writes RESULTS.md and results.json (standard library only; the peers run in .venv).

For each piece of work every contestant prepares in a process of its own and then takes turns with the others, round after
round. The time of a contestant is the median over rounds of the median within a turn. A turn during which other processes
used more than a tenth of the machine is repeated, up to --patience times; the quietest one counts."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
import report
from contestant import Contestant, Failure
from works import LONG, WORKS

HERE = Path(__file__).resolve().parent
PEERS = {
    "pytorch": ("PyTorch", "pytorch.py", ["eager"]),
    "pytorch-channels-last": ("PyTorch, channels last", "pytorch.py", ["channels-last"]),
    "pytorch-compile": ("PyTorch, torch.compile", "pytorch.py", ["compile"]),
    "jax": ("JAX, jit", "jax_jit.py", []),
    "pytorch-authors": ("PyTorch, the published program's scheme", "trainability.py", ["authors"]),
    "pytorch-optimised": ("PyTorch, optimised", "trainability.py", ["optimised"]),
    "scipy": ("SciPy", "scipy_plane.py", []),
    "scipy-ivp": ("SciPy, solve_ivp", "trajectories.py", ["scipy"]),
    "diffrax": ("diffrax", "trajectories.py", ["diffrax"]),
    "numba": ("numba", "trajectories.py", ["numba"]),
    "jax-scan": ("JAX, scan", "trajectories.py", ["jax"]),
}
# The standard place of Loam's side.
LOAM = HERE.parent / ".build/release/loam-bench"
QUIET = 0.1


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [work.name for work in WORKS]
    parser.add_argument("--only", action="append", metavar="NAME", help=f"one piece of work (repeatable): {', '.join(names)}")
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated, from: %(default)s")
    parser.add_argument("--loam", metavar="PATH", default=LOAM, help="the loam-bench executable (default: %(default)s)")
    parser.add_argument("--peers-only", action="store_true", help="without Loam; nothing is written")
    parser.add_argument("--threads", type=int, default=2, help="threads, and processors, of every contestant (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one turn (default %(default)s)")
    parser.add_argument("--patience", type=int, default=3, help="how often a disturbed turn is repeated (default %(default)s)")
    parser.add_argument("--prepare-limit", type=float, default=300, help="seconds a contestant may take to get ready (default %(default)s)")
    chosen = parser.parse_args()
    chosen.only = [name for entry in chosen.only or set(names) - LONG for name in entry.split(",") if name]
    chosen.peers = [key for key in chosen.peers.split(",") if key]
    for value, known, what in [(chosen.only, names, "piece of work"), (chosen.peers, list(PEERS), "peer")]:
        for unknown in set(value) - set(known):
            parser.error(f"no {what} is called {unknown!r}; there are {', '.join(known)}")
    if chosen.peers_only:
        chosen.loam = None
    elif not os.access(chosen.loam, os.X_OK):
        parser.error(f"there is no {chosen.loam}: `make bench` builds it, or say where it is with --loam")
    available = len(os.sched_getaffinity(0))
    if not 1 <= chosen.threads <= available:
        parser.error(f"--threads must be between 1 and {available}, the processors of this machine")
    return chosen


def commands(work, chosen):
    """Who takes part, and the command of each. Loam comes first."""
    if chosen.loam:
        yield "loam", [chosen.loam, work.name, "--threads", str(chosen.threads)]
    for key in (key for key in work.peers if key in chosen.peers):
        _, script, arguments = PEERS[key]
        yield key, [str(HERE / ".venv/bin/python"), str(HERE / "peers" / (work.script or script)), work.name, str(chosen.threads), *arguments]


def gather(work, chosen, folder):
    """Starts the contestants one after the other, since preparing is work too. Those that fail are dropped with a message."""
    contestants, failures = [], {}
    for key, command in commands(work, chosen):
        print(f"  {key}: preparing", file=sys.stderr)
        try:
            contestants.append(Contestant(key, command, chosen.threads, Path(folder, key + ".log"), chosen.prepare_limit))
        except (Failure, OSError) as failure:
            failures[key] = str(failure)
            print(f"  {key}: {failure}", file=sys.stderr)
    return contestants, failures


def compare(work, contestants):
    """Contestants whose results differ from the first one's have not done the same work: an error, not a measurement."""
    reference = contestants[0].ready["check"]
    for other in contestants[1:]:
        values = other.ready["check"]
        same = len(values) == len(reference) and all(
            abs(a - b) <= work.tolerance * max(abs(a), abs(b)) for a, b in zip(values, reference)
        )
        if not same:
            raise Failure(f"{work.name}: {other.key} computed {values}, {contestants[0].key} {reference}")


def turn(contestant, chosen):
    best = None
    for _ in range(chosen.patience):
        times, others = contestant.measure(chosen.seconds)
        if best is None or others < best[1]:
            best = times, others
        if others <= QUIET:
            break
    contestant.medians.append(statistics.median(best[0]) / contestant.ready.get("share", 1.0))
    contestant.others.append(best[1])


def measure(work, chosen):
    """The contestants of `work` after all their rounds, and the reasons of those that could not take part."""
    with tempfile.TemporaryDirectory() as folder:
        contestants, failures = gather(work, chosen, folder)
        try:
            if contestants:
                compare(work, contestants)
            for round in range(chosen.rounds):
                for index in range(len(contestants)):
                    turn(contestants[(index + round) % len(contestants)], chosen)
            for contestant in contestants:
                contestant.finish()
        finally:
            for contestant in contestants:
                contestant.stop()
    return contestants, failures


def commit():
    """The commit that was measured, marked where the sources differ from it."""
    git = lambda *arguments: subprocess.run(["git", "-C", HERE, *arguments], capture_output=True, text=True).stdout.strip()
    changed = git("status", "--porcelain", "--", "../Sources", "LoamBench", "peers", "../Package.swift")
    return git("rev-parse", "--short=12", "HEAD") + ("+changes" if changed else "")


def processor():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), platform.machine())
    return model


def rows(work, contestants, chosen, now):
    """The records of results.json: Loam against each peer."""
    loam, peers = contestants[0], contestants[1:]
    seconds = statistics.median(loam.medians)
    for peer in peers:
        theirs = statistics.median(peer.medians)
        ratios = [a / b for a, b in zip(loam.medians, peer.medians)]
        yield {
            "name": work.name,
            "loamSeconds": seconds,
            "peer": peer.key,
            "peerVersion": peer.ready["version"],
            "peerSeconds": theirs,
            "ratio": seconds / theirs,
            "ratioLowest": min(ratios),
            "ratioHighest": max(ratios),
            "peerShare": peer.ready.get("share", 1.0),
            "loamPeakBytes": loam.done["peakBytes"],
            "peerPeakBytes": peer.done["peakBytes"],
            "loamWorkBytes": max(0, loam.done["peakBytes"] - loam.ready["restBytes"]),
            "peerWorkBytes": max(0, peer.done["peakBytes"] - peer.ready["restBytes"]),
            "otherLoad": max(*loam.others, *peer.others),
            **now,
        }


def main():
    chosen = options()
    now = {"threads": chosen.threads, "rounds": chosen.rounds, "commit": commit(), "date": report.today(), "processor": processor()}
    failed = False
    for work in (work for work in WORKS if work.name in chosen.only):
        print(f"{work.name}: {work.title}", file=sys.stderr)
        try:
            contestants, failures = measure(work, chosen)
        except Failure as failure:
            print(f"  {failure}", file=sys.stderr)
            failed = True
            continue
        for contestant in contestants:
            print(
                f"  {contestant.key:<22} {report.duration(statistics.median(contestant.medians)):>10}"
                f"  rounds {report.duration(min(contestant.medians))} to {report.duration(max(contestant.medians))}"
                f", peak {report.memory(contestant.done['peakBytes'])}"
                f" ({report.memory(max(0, contestant.done['peakBytes'] - contestant.ready['restBytes']))} for the work)"
                f", others used up to {max(contestant.others):.0%}, version {contestant.ready['version']}"
            )
        sys.stdout.flush()
        if "loam" in failures:
            failed = True
        elif chosen.loam and contestants:
            report.update(HERE, work, list(rows(work, contestants, chosen, now)), failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
