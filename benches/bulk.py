"""How fast `dechaff clean` goes through bulk files, beside only reading and writing, re-packing, and datatrove.

    cargo build --release
    python3 benches/bulk.py --documents docs.jsonl --work DIR --gigabytes 1 --json bulk.json

docs.jsonl -> the same documents as .jsonl.zst, .jsonl.gz, .parquet and .wet.gz in DIR (built once, found again) ->
timed runs -> a check that counts, and all records that were not touched, are the same -> one Markdown table.

Needs Linux, Python 3.11 or newer, and
    apt-get install time zstd gzip
    pip install pyarrow warcio datatrove orjson regex spacy
(datatrove's English tokenizer is spaCy's rule-based one: no model and no network. `--datatrove-documents 0` leaves
datatrove out; then the last four packages are not needed.) A folder with about three times `--gigabytes` of room.

What the figures are:
- s: wall clock, the median of `--runs`. The runs of one file take turns, so that a drift of the machine meets all.
- CPU s, peak MiB: of GNU time, over the same runs; the peak is of the largest process, the worst run's.
- MB/s: 10^6 bytes of text in UTF-8, not of the packed file.
- datatrove: plain JSON Lines in and out for both, imports left out for datatrove, starting included for dechaff.
  The filters decide otherwise than dechaff does; it is the throughput of a step of a pipeline that is compared.
"""

import argparse
import array
import contextlib
import gzip
import hashlib
import io
import itertools
import json
import os
import platform
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

SEED = 20261123
# What inputs are built like: another number builds them anew.
BUILT_LIKE = 1
ROW_GROUP = 10_000
ZST, GZ, PARQUET, WET = NAMES = ("docs.jsonl.zst", "docs.jsonl.gz", "docs.parquet", "docs.warc.wet.gz")
# Headers that follow the payload: a record that was cut has others.
OF_PAYLOAD = {"content-length", "warc-block-digest", "warc-payload-digest"}


class Failed(Exception):
    """A measured command ended badly: the report says so, and the other measurements go on."""


def fail(why):
    sys.exit(f"bulk.py: {why}")


def say(what):
    print(what, file=sys.stderr, flush=True)


# --- Documents, without end -------------------------------------------------------------------------------------------


def line_offsets(path):
    """Where the lines begin that are not blank: eight bytes a line are held, not the lines."""
    offsets, at = array.array("Q"), 0
    with open(path, "rb") as lines:
        for line in lines:
            if line.strip():
                offsets.append(at)
            at += len(line)
    if not offsets:
        fail(f"{path}: no documents; give JSON Lines with a field `text`")
    return offsets


def parsed(path, line):
    try:
        row = json.loads(line)
        # Lone surrogates can be escaped in JSON, but stand in no UTF-8 text.
        text = row["text"].encode("utf-8", "replace").decode()
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        fail(f"{path}: a line is not an object with a string `text` ({why}): {line[:80]!r}")
    return row, text


def documents(path, size):
    """Rows of FineWeb's columns until their texts have `size` bytes: every copy of the documents in another order."""
    offsets, number, bytes_so_far = line_offsets(path), 0, 0
    with open(path, "rb") as lines:
        for copy in itertools.count():
            chance = random.Random(f"{SEED}/{copy}")
            order = array.array("Q", offsets)
            chance.shuffle(order)
            before = bytes_so_far
            for offset in order:
                lines.seek(offset)
                row, text = parsed(path, lines.readline())
                if not text:
                    continue
                yield fineweb(row, text, number, chance)
                number += 1
                bytes_so_far += len(text.encode())
                if bytes_so_far >= size:
                    return
            if bytes_so_far == before:
                fail(f"{path}: all texts are empty")


def fineweb(row, text, number, chance):
    url = "".join(str(row.get("url") or "").split())
    return {
        "text": text,
        "id": uuid.UUID(int=chance.getrandbits(128), version=4).urn,
        "dump": "CC-MAIN-2026-43",
        "url": url or f"https://site-{chance.randrange(100_000)}.example/page/{number}",
        "date": f"2026-10-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z",
        "file_path": f"crawl/segments/{number // 40_000:05}/warc/{number // 10_000:05}.warc.gz",
        "language": str(row.get("lang") or row.get("language") or "en"),
        "language_score": round(0.65 + 0.35 * chance.random(), 6),
        "token_count": len(text) // 4,
    }


# --- Inputs -----------------------------------------------------------------------------------------------------------


class LinesSink:
    """JSON Lines through a packer's own program."""

    def __init__(self, path, packer):
        self.file = open(path, "wb")
        self.packer = subprocess.Popen(packer, stdin=subprocess.PIPE, stdout=self.file)

    def put(self, row):
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        self.packer.stdin.write(line.encode() + b"\n")

    def close(self):
        self.packer.stdin.close()
        if self.packer.wait():
            fail(f"{self.packer.args[0]} failed: is there room in the work folder?")
        self.file.close()


class ParquetSink:
    def __init__(self, path):
        import pyarrow
        import pyarrow.parquet

        self.pyarrow = pyarrow
        of_type = {"language_score": pyarrow.float64(), "token_count": pyarrow.int64()}
        columns = ("text", "id", "dump", "url", "date", "file_path", "language", *of_type)
        self.schema = pyarrow.schema([(name, of_type.get(name, pyarrow.string())) for name in columns])
        self.writer = pyarrow.parquet.ParquetWriter(path, self.schema, compression="zstd", compression_level=3)
        self.rows = []

    def put(self, row):
        self.rows.append(row)
        if len(self.rows) == ROW_GROUP:
            self.flush()

    def flush(self):
        if self.rows:
            table = self.pyarrow.Table.from_pylist(self.rows, schema=self.schema)
            self.writer.write_table(table, row_group_size=ROW_GROUP)
            self.rows = []

    def close(self):
        self.flush()
        self.writer.close()


class WetSink:
    """A WET file as Common Crawl has them: a `warcinfo`, then a `conversion` a page, each a gzip member of its own."""

    def __init__(self, path):
        from warcio.warcwriter import WARCWriter

        self.file = open(path, "wb")
        self.writer = WARCWriter(self.file, gzip=True)
        self.writer.write_record(self.writer.create_warcinfo_record(path.name, {"format": "WARC File Format 1.0"}))

    def put(self, row):
        payload = row["text"].encode()
        headers = {
            "WARC-Record-ID": f"<{row['id']}>",
            "WARC-Date": row["date"],
            "WARC-Refers-To": f"<{uuid.uuid5(uuid.NAMESPACE_URL, row['id']).urn}>",
            "WARC-Identified-Content-Language": row["language"],
        }
        record = self.writer.create_warc_record(
            row["url"],
            "conversion",
            payload=io.BytesIO(payload),
            length=len(payload),
            warc_content_type="text/plain",
            warc_headers_dict=headers,
        )
        self.writer.write_record(record)

    def close(self):
        self.file.close()


def build(args):
    """The inputs and what is known of them: those of an earlier run if it was asked for the same."""
    source = args.documents.stat()
    asked = [BUILT_LIKE, SEED, args.gigabytes, str(args.documents.resolve()), source.st_size, source.st_mtime_ns]
    manifest = args.work / "inputs.json"
    with contextlib.suppress(OSError, ValueError, KeyError):
        known = json.loads(manifest.read_text())
        if known["asked"] == asked and all((args.work / name).stat().st_size == known["bytes"][name] for name in NAMES):
            say(f"inputs of {known['documents']:,} documents are there already")
            return known
    size = int(args.gigabytes * 1e9)
    if shutil.disk_usage(args.work).free < 3 * size:
        fail(f"{args.work}: less than {3 * args.gigabytes:g} GB of room; free some, or give another --work")
    say(f"building inputs of {args.gigabytes:g} GB of text")
    manifest.unlink(missing_ok=True)
    sinks = [
        LinesSink(args.work / ZST, ["zstd", "-3", "-q", "-c"]),
        LinesSink(args.work / GZ, ["gzip", "-6", "-n", "-c"]),
        ParquetSink(args.work / PARQUET),
        WetSink(args.work / WET),
    ]
    count = text_bytes = 0
    for row in documents(args.documents, size):
        count, text_bytes = count + 1, text_bytes + len(row["text"].encode())
        for sink in sinks:
            sink.put(row)
    for sink in sinks:
        sink.close()
    sizes = {name: (args.work / name).stat().st_size for name in NAMES}
    known = {"asked": asked, "documents": count, "text_bytes": text_bytes, "bytes": sizes}
    manifest.write_text(json.dumps(known))
    return known


# --- Runs -------------------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """One command, measured several times."""

    input: str
    name: str
    command: list
    output: Path
    documents: int
    text_bytes: int
    threads: int | None = None
    seconds: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak: int = 0
    digests: set = field(default_factory=set)
    # Column of the table -> how many times as long, or as fast.
    ratios: dict = field(default_factory=dict)
    # A command that times itself prints so as its last line: {"seconds": ...}.
    own_clock: bool = False
    last: dict = field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.seconds)

    def measure(self, work):
        remove(self.output)
        os.sync()
        seconds, cpu, peak, printed = timed(self.command, work)
        if self.own_clock:
            self.last = json.loads(printed.splitlines()[-1])
            seconds = self.last["seconds"]
        self.seconds.append(seconds)
        self.cpu.append(cpu)
        self.peak = max(self.peak, peak)
        self.digests.add(digest(self.output))

    def figures(self):
        return {
            "input": self.input,
            "run": self.name,
            "threads": self.threads,
            "seconds": self.median,
            "all_seconds": self.seconds,
            "cpu_seconds": statistics.median(self.cpu),
            "peak_bytes": self.peak,
            "documents": self.documents,
            "text_bytes": self.text_bytes,
            "documents_per_second": self.documents / self.median,
            "text_bytes_per_second": self.text_bytes / self.median,
            "ratios": self.ratios,
            **({"detail": self.last} if self.last else {}),
        }


def timed(command, work):
    """Seconds, CPU seconds, bytes at the peak, and what was printed.

    GNU time starts the command, as a child that Python starts itself counts Python's own memory, too.
    """
    note = work / "time.txt"
    started = time.perf_counter()
    clock = ["time", "-q", "-f", "%U %S %M", "-o", note]
    done = subprocess.run([*clock, *command], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        # The last line is the one that counts in a traceback, too.
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        shown = shlex.join(Path(part).name for part in command)
        raise Failed(f"`{shown}` ended with {done.returncode}: {why}")
    user, system, kibibytes = note.read_text().split()[-3:]
    return seconds, float(user) + float(system), int(kibibytes) * 1024, done.stdout


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def digest(path):
    """Of a file's bytes, or of all files of a folder."""
    if path.is_dir():
        return "/".join(digest(file) for file in sorted(path.rglob("*")) if file.is_file())
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def take_turns(runs, args):
    for turn in range(args.runs):
        for run in runs:
            run.measure(args.work)
            say(f"  {run.input}: {run.name}: {run.seconds[-1]:.2f} s (run {turn + 1} of {args.runs})")
            remove(run.output)


def cores():
    return len(os.sched_getaffinity(0))


def runs_of(name, known, args):
    """What one input is measured with, by a short key."""
    source, out = args.work / name, args.work / f"out-{name}"
    totals = (known["documents"], known["text_bytes"])

    def dechaff(label, threads, *options):
        command = [args.dechaff, "clean", "-j", str(threads), *options, "-o", out, source]
        return Run(name, label, command, out, *totals, threads=threads)

    def shell(label, script):
        command = ["sh", "-c", script, "sh", source, out]
        return Run(name, label, command, out, *totals)

    every = cores()
    runs = {
        "all": dechaff(f"`clean` -j{every}", every),
        "passthrough": dechaff(f"`clean --passthrough` -j{every}", every, "--passthrough"),
        "one": dechaff("`clean` -j1", 1),
        "passthrough one": dechaff("`clean --passthrough` -j1", 1, "--passthrough"),
    }
    if every != 2:
        runs["two"] = dechaff("`clean` -j2", 2)
    repack = {ZST: 'zstdcat "$1" | zstd -1 -q > "$2"', GZ: 'zcat "$1" | gzip -1 > "$2"'}.get(name)
    if repack:
        runs["level"] = dechaff(f"`clean --level 1` -j{every}", every, "--level", "1")
        runs["passthrough level"] = dechaff(
            f"`clean --passthrough --level 1` -j{every}", every, "--passthrough", "--level", "1"
        )
        runs["repack"] = shell({ZST: "`zstdcat \\| zstd -1`", GZ: "`zcat \\| gzip -1`"}[name], repack)
    return runs


def measure_file(name, known, args):
    runs = runs_of(name, known, args)
    with open(args.work / name, "rb") as file:
        while file.read(1 << 20):
            pass
    take_turns(runs.values(), args)
    for key, against in (("all", "passthrough"), ("one", "passthrough one"), ("level", "passthrough level")):
        if key in runs:
            runs[key].ratios["÷ passthrough"] = runs[key].median / runs[against].median
    if "repack" in runs:
        for key in ("all", "passthrough", "level", "passthrough level"):
            runs[key].ratios["÷ re-packing"] = runs[key].median / runs["repack"].median
    two = runs.get("two", runs["all"])
    two.ratios["speed-up over -j1"] = runs["one"].median / two.median
    if "two" in runs:
        runs["all"].ratios["speed-up over -j1"] = runs["one"].median / runs["all"].median
    runs["passthrough"].ratios["speed-up over -j1"] = runs["passthrough one"].median / runs["passthrough"].median
    return runs


# --- datatrove --------------------------------------------------------------------------------------------------------


def first_documents(args, count):
    """The first documents as two plain files, one for each task; how many they are, and the bytes of their text."""
    folder = args.work / "sample"
    remove(folder)
    folder.mkdir()
    total = text_bytes = 0
    even, odd = folder / "0.jsonl", folder / "1.jsonl"
    with open(even, "wb") as even, open(odd, "wb") as odd, unpacked(args.work / ZST) as lines:
        for line in itertools.islice(lines, count):
            (odd if total % 2 else even).write(line)
            total, text_bytes = total + 1, text_bytes + len(json.loads(line)["text"].encode())
    return folder, total, text_bytes


def measure_datatrove(args):
    """Runs of two filters of datatrove and of dechaff on the same files, each with one worker and with two."""
    folder, total, text_bytes = first_documents(args, args.datatrove_documents)
    label, out = f"{total:,} of them, plain .jsonl", args.work / "out-sample"
    totals = (total, text_bytes)
    ours = {
        workers: Run(
            label,
            f"`clean` -j{workers}",
            [args.dechaff, "clean", "-j", str(workers), "-o", f"{out}/", folder],
            out,
            *totals,
            threads=workers,
        )
        for workers in (1, 2)
    }
    take_turns(ours.values(), args)
    theirs = []
    for kind in ("GopherQualityFilter", "C4QualityFilter"):
        for workers in (1, 2):
            own = [sys.executable, Path(__file__).resolve(), "--datatrove-child", kind, str(workers), folder, out]
            run = Run(label, f"datatrove {kind}, {workers} worker{'s' * (workers > 1)}", own, out, *totals)
            run.threads, run.own_clock = workers, True
            for _ in range(args.datatrove_runs):
                run.measure(args.work)
                say(f"  {label}: {run.name}: {run.seconds[-1]:.2f} s; {run.last['configuration']}")
            if "skipped" in run.last:
                continue
            if run.last["read"] != total:
                raise Failed(f"datatrove read {run.last['read']} of {total} documents")
            ours[workers].ratios.setdefault("× as fast as datatrove", {})[kind] = run.median / ours[workers].median
            theirs.append(run)
    remove(out)
    remove(folder)
    return [*ours.values(), *theirs]


def configured(kind):
    """A filter as datatrove sets it up for English, and in words what it is; `None` if it needs what is not here."""
    from datatrove.pipeline.filters import C4QualityFilter, GopherQualityFilter
    from datatrove.utils.text import split_into_sentences
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    try:
        split_into_sentences("One sentence. And another.", "en")
        tokenizer, why = type(load_word_tokenizer("en")).__name__, None
    except Exception as error:
        tokenizer, why = None, f"{type(error).__name__}: {error}"
    if kind == "GopherQualityFilter":
        if why:
            return None, f"left out: its tokenizer cannot be loaded ({why})"
        return GopherQualityFilter(language="en"), f"its defaults, words by {tokenizer}('en')"
    if why:
        return C4QualityFilter(min_num_sentences=-1), f"min_num_sentences=-1: its tokenizer cannot be loaded ({why})"
    return C4QualityFilter(language="en"), f"its defaults (split_paragraph=True), sentences by {tokenizer}('en')"


def datatrove_child(kind, workers, folder, out):
    """One pipeline in a process of its own, so that its memory is its own; prints what it took."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    chosen, configuration = configured(kind)
    out = Path(out)
    out.mkdir(parents=True)
    if chosen is None:
        print(json.dumps({"seconds": 1.0, "configuration": configuration, "skipped": True}))
        return
    steps = [JsonlReader(folder, compression=None), chosen, JsonlWriter(str(out / "kept"), compression=None)]
    # Forked workers have the imports already, and are counted in the memory; datatrove's own default starts afresh.
    executor = LocalPipelineExecutor(
        steps, tasks=workers, workers=workers, logging_dir=str(out / "log"), start_method="fork"
    )
    started = time.perf_counter()
    executor.run()
    seconds = time.perf_counter() - started
    stats = json.loads((out / "log" / "stats.json").read_text())
    reader, dropper = stats[0]["stats"], stats[1]["stats"]
    told = {"seconds": seconds, "configuration": configuration, "read": whole(reader, "documents")}
    shutil.rmtree(out / "log")
    print(json.dumps({**told, "kept": whole(dropper, "forwarded")}))


def whole(stats, name):
    """A count of datatrove's statistics: a number, or a number with its spread."""
    found = stats.get(name, 0)
    return found["total"] if isinstance(found, dict) else found


# --- Checks -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def unpacked(path):
    """Lines of a packed file."""
    if path.suffix == ".gz":
        with gzip.open(path) as lines:
            yield lines
        return
    with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpacker:
        yield unpacker.stdout
        unpacker.stdout.close()


def without(text, spans):
    """A text in UTF-8 without what the audit says was removed."""
    kept, at = [], 0
    for span in spans:
        kept.append(text[at : span["start"]])
        at = span["end"]
    return b"".join(kept) + text[at:]


class Lines:
    """JSON Lines: a record is a line."""

    @staticmethod
    def records(path):
        with unpacked(path) as lines:
            yield from lines

    @staticmethod
    def same(before, after, spans):
        if not spans:
            return before == after
        row = json.loads(before)
        row["text"] = without(row["text"].encode(), spans).decode()
        return row == json.loads(after)


class Rows:
    """Parquet: a record is a row with all its columns."""

    @staticmethod
    def records(path):
        import pyarrow.parquet

        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=500):
            yield from batch.to_pylist()

    @staticmethod
    def same(before, after, spans):
        if spans:
            before = {**before, "text": without(before["text"].encode(), spans).decode()}
        return before == after


class Pages:
    """WET: a record is its headers, in order, and its payload. A `warcinfo` is no document."""

    @staticmethod
    def records(path):
        from warcio.archiveiterator import ArchiveIterator

        with open(path, "rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "conversion":
                    yield list(record.rec_headers.headers), record.content_stream().read()

    @staticmethod
    def same(before, after, spans):
        if not spans:
            return before == after

        def others(headers):
            return [header for header in headers if header[0].lower() not in OF_PAYLOAD]

        return others(before[0]) == others(after[0]) and without(before[1], spans) == after[1]


CHECKERS = {ZST: Lines, GZ: Lines, PARQUET: Rows, WET: Pages}


def compare(checker, source, out, spans_of):
    """How many records there are on each side, how many were touched, and the first few that differ otherwise."""
    counted = {"input": 0, "output": 0, "audit": 0, "touched": 0, "wrong": 0, "first_wrong": []}
    missing = object()
    streams = (checker.records(source), checker.records(out), spans_of)
    for number, (before, after, spans) in enumerate(itertools.zip_longest(*streams, fillvalue=missing)):
        for key, found in (("input", before), ("output", after), ("audit", spans)):
            counted[key] += found is not missing
        if missing in (before, after, spans):
            continue
        counted["touched"] += bool(spans)
        if not checker.same(before, after, spans):
            counted["wrong"] += 1
            counted["first_wrong"] += [number] if len(counted["first_wrong"]) < 5 else []
    return counted


def audited(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["removed"]


def check_file(name, known, runs, args):
    """Proves one input's outputs; a list of what is wrong, and the figures."""
    say(f"  {name}: checking")
    source, out, audit = args.work / name, args.work / f"out-{name}", args.work / "audit.jsonl"
    wrong = []

    def run(*options):
        remove(out)
        timed([args.dechaff, "clean", *options, "-o", out, source], args.work)

    run("--audit", audit)
    if {digest(out)} != set().union(*(runs[key].digests for key in ("all", "one", "two") if key in runs)):
        wrong.append("outputs of the runs are not the same bytes at -j1, on all cores, and with an audit")
    cleaned = compare(CHECKERS[name], source, out, audited(audit))
    if name == PARQUET:
        wrong += changed_layout(source, out)
    run("--passthrough")
    passed = compare(CHECKERS[name], source, out, itertools.repeat([], known["documents"]))
    for what, counted in (("clean", cleaned), ("passthrough", passed)):
        if {counted[key] for key in ("input", "output", "audit")} != {known["documents"]}:
            wrong.append(f"{what}: counts differ from the {known['documents']} documents built: {counted}")
        if counted["wrong"]:
            wrong.append(f"{what}: {counted['wrong']} records differ from the audit, first {counted['first_wrong']}")
    remove(out)
    remove(audit)
    return [f"{name}: {each}" for each in wrong], {"clean": cleaned, "passthrough": passed}


def changed_layout(source, out):
    from pyarrow.parquet import ParquetFile

    before, after = ParquetFile(source), ParquetFile(out)
    layouts = [
        (file.schema_arrow, [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)])
        for file in (before, after)
    ]
    return [] if layouts[0] == layouts[1] else ["schema or row groups differ"]


# --- The table --------------------------------------------------------------------------------------------------------

RATIOS = ("÷ passthrough", "÷ re-packing", "speed-up over -j1", "× as fast as datatrove")


def shown_ratio(ratio):
    if isinstance(ratio, dict):
        return ", ".join(f"{value:.1f} ({kind.removesuffix('QualityFilter')})" for kind, value in ratio.items())
    return "" if ratio is None else f"{ratio:.2f}"


def table(runs):
    heads = ("input", "run", "s", "CPU s", "MB/s", "documents/s", "peak MiB", *RATIOS)
    yield "| " + " | ".join(heads) + " |"
    yield "|---|---|" + "---:|" * (len(heads) - 2)
    for run in runs:
        cells = [
            run.input,
            run.name,
            f"{run.median:.2f}",
            f"{statistics.median(run.cpu):.2f}",
            f"{run.text_bytes / run.median / 1e6:.1f}",
            f"{run.documents / run.median:,.0f}",
            f"{run.peak / 2**20:.0f}",
            *(shown_ratio(run.ratios.get(column)) for column in RATIOS),
        ]
        yield "| " + " | ".join(cells) + " |"


def version(command):
    found = subprocess.run(command, capture_output=True, text=True)
    return (found.stdout or found.stderr).strip().splitlines()[0]


def parallel():
    """How many times as much two processes that only count get done as one: near 2, or neighbours take a core."""

    def seconds(count):
        started = time.perf_counter()
        busy = [subprocess.Popen([sys.executable, "-c", "for _ in range(20_000_000): pass"]) for _ in range(count)]
        for each in busy:
            each.wait()
        return time.perf_counter() - started

    found = statistics.median(2 * seconds(1) / seconds(2) for _ in range(3))
    if cores() > 1 and found < 1.7:
        say(f"two processes get done only {found:.2f} times what one does: others use this machine, do not trust -j2")
    return found


def machine(args):
    """What the figures were measured on and with."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as package

    model = "unknown"
    with contextlib.suppress(OSError, StopIteration):
        about = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line for line in about if line.startswith("model name")).partition(":")[2].strip()
    tools = {name: version([name, "--version"]) for name in ("zstd", "gzip")}
    for name in ("pyarrow", "warcio", "datatrove", "spacy"):
        with contextlib.suppress(PackageNotFoundError):
            tools[name] = package(name)
    tools["dechaff"] = version([args.dechaff, "--version"])
    about = {"cpu": model, "cores": cores(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    return {**about, "parallel": parallel(), **tools}


def heading(known, where, args):
    packed = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in known["bytes"].items())
    packages = ("pyarrow", "warcio", "datatrove", "spacy")
    tools = [where["dechaff"], where["zstd"].strip("* "), where["gzip"]]
    tools += [f"{name} {where[name]}" for name in packages if name in where]
    load = f"load before {where['load']:.2f}, two processes do {where['parallel']:.2f} times what one does"
    return (
        f"{known['documents']:,} documents, {known['text_bytes'] / 1e9:.3f} GB of text ({packed}). {', '.join(tools)}. "
        f"{where['cpu']}, {where['cores']} cores; {load}. "
        f"Medians of {args.runs} runs, of {args.datatrove_runs} for datatrove."
    )


def report(known, where, runs, checks, wrong, args):
    print(heading(known, where, args), end="\n\n")
    print("\n".join(table(runs)), end="\n\n")
    for run in runs:
        if run.last:
            print(f"- {run.name}: {run.last['configuration']}; kept {run.last['kept']:,} of {run.last['read']:,}")
    for name, check in checks.items():
        found = check["clean"]
        print(f"- {name}: {found['input']:,} documents in, {found['output']:,} out, {found['touched']:,} of them cut")
    for each in wrong:
        print(f"- **wrong**: {each}")
    if not wrong:
        print("- Records that were not cut are the same; those that were cut lack what the audit says only.")
    if args.json:
        figures = {"machine": where, "inputs": known, "runs": [run.figures() for run in runs]}
        args.json.write_text(json.dumps({**figures, "checks": checks, "wrong": wrong}, indent=1, ensure_ascii=False))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=Path, required=True, help="JSON Lines with `text`, maybe `url`")
    parser.add_argument("--work", type=Path, required=True, help="folder for inputs, which stay, and outputs, which go")
    parser.add_argument("--dechaff", default="target/release/dechaff", help="the program [%(default)s]")
    parser.add_argument("--gigabytes", type=float, default=1.0, help="10^9 bytes of text in each input [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, help="of each command; the median counts [%(default)s]")
    parser.add_argument("--datatrove-documents", type=int, default=20_000, help="0: without datatrove [%(default)s]")
    parser.add_argument("--datatrove-runs", type=int, default=1, help="of each of its pipelines [%(default)s]")
    parser.add_argument("--json", type=Path, help="write all figures to this file, too")
    args = parser.parse_args()
    if args.gigabytes <= 0 or min(args.runs, args.datatrove_runs) < 1 or args.datatrove_documents < 0:
        parser.error("--gigabytes, --runs and --datatrove-runs must be above 0, --datatrove-documents not below")
    if not args.documents.is_file():
        parser.error(f"{args.documents}: no such file")
    found = shutil.which(args.dechaff)
    if found is None:
        parser.error(f"{args.dechaff}: no such program; build it with `cargo build --release`, or give --dechaff")
    args.dechaff = str(Path(found).resolve())
    return args


def needs(args):
    """Says all that is missing at once, before an hour of work."""
    from importlib.util import find_spec

    programs = [name for name in ("time", "zstd", "zstdcat", "gzip", "zcat") if shutil.which(name) is None]
    wanted = ["pyarrow", "warcio"] + ["datatrove", "orjson", "regex", "spacy"] * (args.datatrove_documents > 0)
    packages = [name for name in wanted if find_spec(name) is None]
    if programs or packages:
        fail(f"not here: {', '.join(programs + packages)}; the head of this file says how to install them")


@contextlib.contextmanager
def goes_on(wrong):
    """Notes a failed command instead of losing what was measured before it."""
    try:
        yield
    except Failed as why:
        say(f"  {why}")
        wrong.append(str(why))


def main():
    if sys.argv[1:2] == ["--datatrove-child"]:
        kind, workers, folder, out = sys.argv[2:]
        datatrove_child(kind, int(workers), folder, out)
        return 0
    args = arguments()
    needs(args)
    args.work.mkdir(parents=True, exist_ok=True)
    args.work = args.work.resolve()
    where, known = machine(args), build(args)
    runs, checks, wrong = [], {}, []
    for name in NAMES:
        with goes_on(wrong):
            measured = measure_file(name, known, args)
            runs += measured.values()
            problems, checks[name] = check_file(name, known, measured, args)
            wrong += problems
    if args.datatrove_documents:
        with goes_on(wrong):
            runs += measure_datatrove(args)
    report(known, where, runs, checks, wrong, args)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
