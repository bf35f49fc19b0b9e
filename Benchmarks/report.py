"""results.json, RESULTS.md and the table in the README, all from the same records."""

import datetime
import json
import os

from works import DYNAMICS, ENGINE, TRAINABILITY, WORKS

ENGINE_COLUMNS = [
    ("pytorch", "PyTorch"), ("pytorch-channels-last", "channels last"), ("pytorch-compile", "`torch.compile`"), ("jax", "JAX `jit`"),
]
STUDY_COLUMNS = [("pytorch-authors", "PyTorch, published scheme"), ("pytorch-optimised", "PyTorch, optimised"), ("scipy", "SciPy")]
DYNAMICS_COLUMNS = [("scipy-ivp", "SciPy `solve_ivp`"), ("diffrax", "diffrax"), ("jax-scan", "JAX `scan`"), ("numba", "numba")]
GROUPS = [(ENGINE, ENGINE_COLUMNS), (TRAINABILITY, STUDY_COLUMNS), (DYNAMICS, DYNAMICS_COLUMNS)]


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


def _by_work(records, works=WORKS):
    for work in works:
        own = {record["peer"]: record for record in records if record["name"] == work.name}
        if own:
            yield work, next(iter(own.values())), own


def _table(records, works, columns, cell):
    """One row a work: what `cell` makes of each peer's record; empty without records."""
    rows = []
    for work, any_record, own in _by_work(records, works):
        cells = [cell(own[key], "peer") if key in own else "–" for key, _ in columns]
        rows.append(f"| {work.title} | {cell(any_record, 'loam')} | " + " | ".join(cells) + " |\n")
    head = "| work | Loam | " + " | ".join(title for _, title in columns) + " |\n| --- | ---: |" + " ---: |" * len(columns) + "\n"
    return head + "".join(rows) if rows else ""


def times(records):
    """Loam's time, and each peer's with the ratio Loam ÷ peer; scaled times are marked."""

    def cell(record, who):
        if who == "loam":
            return duration(record["loamSeconds"])
        about = "≈ " if record.get("peerShare", 1) < 1 else ""
        return f"{about}{duration(record['peerSeconds'])} ({ratio(record['ratio'])})"

    return "\n".join(table for works, columns in GROUPS if (table := _table(records, works, columns, cell)))


def ratio(value):
    return f"{value:.2f}" if value >= 0.01 else f"1/{1 / value:,.0f}"


def _memory_table(records):
    both = lambda record, who: f"{memory(record[who + 'PeakBytes'])} ({memory(record[who + 'WorkBytes'])})"
    return "\n".join(table for works, columns in GROUPS if (table := _table(records, works, columns, both)))


def _detail_table(records):
    lines = ["| work | peer | ratio | rounds | goal | others | commit | date |", "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |"]
    for works, columns in GROUPS:
        for work, _, own in _by_work(records, works):
            for key, _ in columns:
                if key in own:
                    record = own[key]
                    goal = ratio(work.goals[key]) if key in work.goals else ""
                    digits = 3 if record["ratio"] >= 0.01 else 6
                    lines.append(
                        f"| `{work.name}` | {key} {record['peerVersion']} | {record['ratio']:.{digits}f} | "
                        f"{record['ratioLowest']:.{digits}f} to {record['ratioHighest']:.{digits}f} | {goal} | {record['otherLoad']:.0%} | "
                        f"{record['commit']} | {record['date']} |"
                    )
    return "\n".join(lines) + "\n"


def results(records):
    """RESULTS.md."""
    machines = sorted({f"{record['processor']}, {record['threads']} threads" for record in records})
    versions = sorted({f"{record['peer']} {record['peerVersion']}" for record in records})
    definitions = "\n".join(f"- **{work.title}** (`{work.name}`): {work.definition}" for work in WORKS)
    return f"""# Loam beside PyTorch, JAX and SciPy

Written by `make bench`; `make bench ONLY=name` measures one row again. Machine: {"; ".join(machines)}. Peers: {", ".join(versions)}.

## Time

The median time of one piece of work; in brackets Loam ÷ peer, below 1 where Loam is faster. “≈”: scaled from the part of the work that
the peer did. The second table is the study `trainability`, against the scheme of its published program (batch by batch through all
layers, each head with PyTorch's default Adam; evaluation depth by depth) and against an optimised one (head after head on stored
activations, fused Adam; evaluation stacked). The third is differential equations.

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

Single precision but for the mean-field plane; all contestants compute from the same numbers, and the driver compares their results before it times them.
Each runs in a process of its own, on the same processors with the same number of threads, and sleeps while another takes its
turn. PyTorch runs in its default layout and, for images, in channels-last layout too; its optimisers are the fused ones but for the
published scheme.

{definitions}
"""
