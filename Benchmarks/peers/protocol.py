"""The conversation between the driver and one contestant, and the inputs that all contestants share.

A contestant is a process that prepares one named piece of work, then answers commands read from standard input, one per
line, with one JSON object per line on standard output:

    (start)          -> {"event": "ready", "version": ..., "threads": ..., "check": [...], "restBytes": ..., "share": ...}
    measure SECONDS  -> {"event": "measured", "seconds": [time of every call]}
    quit             -> {"event": "done", "peakBytes": ..., "peakCovers": "rounds" | "life"}

`check` holds a few numbers computed from the common inputs; the driver compares them between contestants, so that a ratio
is never printed for two different pieces of work. `share` is the part of the work that one call does: 1, or less where a
contestant is so slow that it does a sample (the driver divides its times by it). Between commands a contestant sleeps, so contestants take turns.
"""

import json
import os
import sys
import time

import numpy as np


def uniform(name, count, low=-0.5, high=0.5):
    """`count` float32 values in [low, high), fixed by `name`: the 32-bit finaliser of MurmurHash3 applied to the index,
    started at the FNV-1a hash of the name. The Swift side has the same function."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    block = min(count, 1 << 20)
    with np.errstate(over="ignore"):
        x = np.arange(block, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    # 24 bits are exact in single precision; longer arrays repeat the first 2^20 values, so that they need no big temporaries.
    values = (x >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
    values = np.float32(low) + values * np.float32(high - low)
    return values if block == count else np.resize(values, count)


def labels(name, count, classes):
    """`count` class indices in 0..<classes, from the same sequence."""
    return (uniform(name, count, 0.0, 1.0) * np.float32(classes)).astype(np.int64).clip(0, classes - 1)


def _status(field):
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {field}")


def resident_bytes():
    """Bytes of memory that the process occupies now."""
    return _status("VmRSS")


def _reset_peak():
    """Starts the kernel's high-water mark anew; false where the kernel does not allow it."""
    try:
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
        return True
    except OSError:
        return False


def repeat(call, at_least, seconds):
    """The time of every call, for `seconds` and `at_least` so many calls; calls of more than ten seconds are not repeated."""
    taken, start = [], time.perf_counter()
    while True:
        before = time.perf_counter()
        call()
        now = time.perf_counter()
        taken.append(now - before)
        if now - start >= seconds and (len(taken) >= at_least or now - start > 10):
            return taken


def converse(version, threads, rest_bytes, prepare, share=1.0):
    """Runs a contestant. `prepare()` returns `(call, check)`: one call of `call` is one timed piece of work, or the part
    `share` of it, finished when it returns; `check` is a list of numbers."""
    # Libraries write notes to standard output; the conversation keeps the original descriptor to itself.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**record):
        answers.write(json.dumps(record) + "\n")
        answers.flush()

    call, check = prepare()
    repeat(call, at_least=3, seconds=0.0)
    covers = "rounds" if _reset_peak() else "life"
    say(
        event="ready", version=version, threads=threads, check=[float(value) for value in check], restBytes=rest_bytes, share=share
    )
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["measure"]:
            limit = float(words[1])
            repeat(call, at_least=1, seconds=limit / 10)  # brings back caches and clock after the other contestants' turns
            say(event="measured", seconds=repeat(call, at_least=3, seconds=limit))
        elif words[:1] == ["quit"]:
            break
    say(event="done", peakBytes=_status("VmHWM"), peakCovers=covers)
    # Skips the libraries' exit handlers: a process that waits for its thread pools here would hold up the driver.
    answers.flush()
    os._exit(0)
