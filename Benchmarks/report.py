"""results.json, RESULTS.md and the table in the README, all from the same records."""

import datetime
import json
import os

from works import WORKS

COLUMNS = [("pytorch", "PyTorch"), ("pytorch-channels-last", "channels last"), ("pytorch-compile", "`torch.compile`"), ("jax", "JAX `jit`")]


def today():
    return datetime.date.today().isoformat()


def duration(seconds):
    """Three significant digits in the unit that suits."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale:
            break
    value = seconds / scale
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f} {unit}"


def memory(count):
    return f"{count / 2**20:,.0f} MiB"


def _replace(path, text):
    temporary = path.with_suffix(path.suffix + ".new")
    temporary.write_text(text)
    os.replace(temporary, path)


def update(folder, work, fresh, failures):
    """Puts the fresh records of `work` in the place of older ones and writes everything anew."""
    path = folder / "results.json"
    records = json.loads(path.read_text()) if path.exists() else []
    order = {entry.name: index for index, entry in enumerate(WORKS)}
    records = [record for record in records if record["name"] != work.name and record["name"] in order] + fresh
    records.sort(key=lambda record: order[record["name"]])
    _replace(path, json.dumps(records, indent=2, ensure_ascii=False) + "\n")
    _replace(folder / "RESULTS.md", results(records))
    readme = folder.parent / "README.md"
    start, end = "<!-- benchmarks: written by `make bench` -->", "<!-- end of benchmarks -->"
    text = readme.read_text() if readme.exists() else ""
    if start in text and end in text:
        before, rest = text.split(start, 1)
        _replace(readme, before + start + "\n" + times(records) + end + rest.split(end, 1)[1])
    for key, reason in failures.items():
        print(f"  {work.name}: no figure for {key}: {reason}")


def _by_work(records):
    for work in WORKS:
        own = {record["peer"]: record for record in records if record["name"] == work.name}
        if own:
            yield work, next(iter(own.values())), own


def times(records):
    """Loam's time, and each peer's with the ratio Loam ÷ peer."""
    lines = ["| work | Loam | " + " | ".join(title for _, title in COLUMNS) + " |", "| --- | ---: |" + " ---: |" * len(COLUMNS)]
    for work, any_record, own in _by_work(records):
        cells = [f"{duration(own[key]['peerSeconds'])} ({own[key]['ratio']:.2f})" if key in own else "–" for key, _ in COLUMNS]
        lines.append(f"| {work.title} | {duration(any_record['loamSeconds'])} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _memory_table(records):
    lines = ["| work | Loam | " + " | ".join(title for _, title in COLUMNS) + " |", "| --- | ---: |" + " ---: |" * len(COLUMNS)]
    both = lambda record, who: f"{memory(record[who + 'PeakBytes'])} ({memory(record[who + 'WorkBytes'])})"
    for work, any_record, own in _by_work(records):
        cells = [both(own[key], "peer") if key in own else "–" for key, _ in COLUMNS]
        lines.append(f"| {work.title} | {both(any_record, 'loam')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _detail_table(records):
    lines = ["| work | peer | ratio | rounds | goal | others | commit | date |", "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |"]
    for work, _, own in _by_work(records):
        for key, _ in COLUMNS:
            if key in own:
                record = own[key]
                goal = f"{work.goal:.2f}" if work.goal and key == "pytorch" else ""
                lines.append(
                    f"| `{work.name}` | {key} {record['peerVersion']} | {record['ratio']:.3f} | {record['ratioLowest']:.3f} to "
                    f"{record['ratioHighest']:.3f} | {goal} | {record['otherLoad']:.0%} | {record['commit']} | {record['date']} |"
                )
    return "\n".join(lines) + "\n"


def results(records):
    """RESULTS.md."""
    machines = sorted({f"{record['processor']}, {record['threads']} threads" for record in records})
    versions = sorted({f"{record['peer']} {record['peerVersion']}" for record in records})
    definitions = "\n".join(f"- **{work.title}** (`{work.name}`): {work.definition}" for work in WORKS)
    return f"""# Loam beside PyTorch and JAX

Written by `make bench`; `make bench ONLY=name` measures one row again. Machine: {"; ".join(machines)}. Peers: {", ".join(versions)}.

## Time

The median time of one piece of work; in brackets Loam ÷ peer, below 1 where Loam is faster.

{times(records)}
## Peak memory

The most memory that the process occupied while it was measured, libraries included; in brackets without what the process
occupied before it prepared the work, which is what the work itself took.

{_memory_table(records)}
## Each ratio

The ratio of the medians, the lowest and the highest of single rounds, the goal where there is one, and the largest share of
the machine that other processes used during a turn that counts.

{_detail_table(records)}
## The work

Single precision; all contestants compute from the same numbers, and the driver compares their results before it times them.
Each runs in a process of its own, on the same processors with the same number of threads, and sleeps while another takes its
turn. PyTorch runs in its default layout and, for images, in channels-last layout too; its optimisers are the fused ones.

{definitions}
"""
