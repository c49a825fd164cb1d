"""Round trips with readers that are not ours.

Each check writes a small file as a known corpus or tool lays it out, has dechaff clean it without any hint about its
format, and reads the result with tools that know nothing of dechaff: records and their order hold, junk is gone
exactly, everything else is as it was.

    python readers.py --dechaff PATH CHECK [CHECK ...]
    python readers.py --dechaff PATH all

`cargo test readers` runs each as a test of its own; `readers.txt` lists the packages. Exits 0 if all is well, 1 if a
check failed, 3 if none failed but one could not run, for want of a package or a command.
"""

import argparse
import csv
import gzip
import importlib.machinery
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

PORN = "国产精品一区二区|亚洲无码在线观看|日韩人妻中文字幕"
SLOTS = "slot gacor | situs judi online | togel singapore"
JUNK = [PORN, SLOTS]

GENUINE = [
    "The parish council met on Monday evening. It talked about the old bridge by the mill and put off the repair"
    " until the water is lower.\nNext time the school roof is on the list.",
    "Der Gesangverein probt im Winter im Saal der Feuerwehr. Wer mitsingen möchte, kommt einfach vorbei; Noten liegen"
    " bereit.\nIm März folgt ein kleines Konzert für die Nachbarn.",
    "La bibliothèque du village rouvre après les travaux. On y trouve désormais un coin lecture près de la fenêtre,"
    " et le mercredi une conteuse vient pour les petits.",
    "縣政府昨天召開會議，討論河岸步道的修復。工程預計在秋天開始，附近的居民可以到鄉公所查看圖面。",
    "El huerto de la escuela dio este año muchos tomates. Los alumnos de sexto pesaron la cosecha y anotaron los"
    " resultados en una pizarra.",
    "Мы вышли из деревни рано утром, когда над рекой ещё стоял туман. К полудню тропа поднялась до перевала, и стало"
    " видно озеро.",
    "図書館の二階には小さな展示室があります。今月は町の古い地図を並べ、土曜日に学芸員が説明します。",
    "تجتمع لجنة الحي كل شهر في قاعة المدرسة. ناقش الحاضرون هذا الأسبوع إنارة الشارع الجديد وزراعة الأشجار.",
    'She wrote "back by six" on the slate, \\ underlined it twice,\tand left.\nThe café owner’s cat 🐈 slept on the'
    " step; nobody had the heart to move it.",
    "Warga desa membersihkan saluran air sebelum musim hujan. Kepala dusun membawa kopi, dan anak-anak mengumpulkan"
    " daun kering di pinggir jalan.",
    "Pada hari itu hanya ada satu perahu, sebab angin terlalu kencang; nelayan yang lain memperbaiki jaring di rumah.",
]


class Failed(Exception):
    """The result is not what it has to be."""


class Skipped(Exception):
    """Something that the check needs is missing."""


INSTALL = (
    "python3 -m venv target/readers && target/readers/bin/pip install --no-deps -r tests/readers.txt,"
    " then DECHAFF_PYTHON=target/readers/bin/python"
)


def need(*names):
    """Imports packages; one alone comes bare."""
    found = []
    for name in names:
        try:
            found.append(importlib.import_module(name))
        except ImportError as why:
            raise Skipped(f"{why}: {INSTALL}") from why
    return found[0] if len(found) == 1 else found


# Debian's packages of commands that are called otherwise.
PACKAGES = {"zcat": "gzip"}


def tool(name):
    """The path of a command."""
    path = shutil.which(name)
    if path is None:
        raise Skipped(f"no command {name}: apt-get install {PACKAGES.get(name, name)}")
    return path


def call(*command, stdin=None, env=None):
    """Output of another tool, which has to succeed."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True, env=env, check=False)
    if done.returncode != 0:
        told = (done.stderr or done.stdout).decode(errors="replace").strip()[-1500:]
        raise Failed(f"`{' '.join(map(str, command))}` exited {done.returncode}: {told}")
    return done.stdout


def shorten(value):
    shown = repr(value)
    return shown if len(shown) <= 300 else shown[:150] + " … " + shown[-150:]


def same(what, found, expected):
    """Fails where two values differ, and shows the first place at which they do."""
    if found == expected:
        return
    if isinstance(found, (list, tuple)) and isinstance(expected, (list, tuple)):
        if len(found) != len(expected):
            raise Failed(f"{what}: {len(found)} instead of {len(expected)}")
        at = next(at for at, pair in enumerate(zip(found, expected)) if pair[0] != pair[1])
        same(f"{what}, number {at}", found[at], expected[at])
    if isinstance(found, (bytes, str)) and isinstance(expected, (bytes, str)):
        pairs = zip(found, expected)
        at = next((at for at, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(found), len(expected)))
        start = max(0, at - 30)
        raise Failed(
            f"{what}: differs at {at}: {found[start : at + 60]!r} instead of {expected[start : at + 60]!r}"
            f" (lengths {len(found)}, {len(expected)})"
        )
    raise Failed(f"{what}: {shorten(found)} instead of {shorten(expected)}")


class Bench:
    """The binary under test and a folder of its own for one check."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder

    def path(self, *parts):
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def run(self, *arguments, code=0, stdin=None):
        """Runs dechaff, which has to end with this code and, at 0, without a word."""
        command = [str(self.binary), *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        told = done.stderr.decode(errors="replace").strip()
        shown = " ".join(["dechaff", *command[1:]])
        if done.returncode != code:
            raise Failed(f"`{shown}` exited {done.returncode} instead of {code}: {told[:1000]}")
        if code == 0 and told:
            raise Failed(f"`{shown}` complained: {told[:1000]}")
        return done.stdout

    def clean(self, source, *options, name=None):
        """Cleans one file into another of the same name, one folder away."""
        target = self.path("cleaned", name or source.name)
        self.run("clean", *options, "-o", target, source)
        return target

    def command_is_there(self, name):
        told = self.run("--help").decode()
        return any(line.split()[:1] == [name] for line in told.splitlines())


def documents(count, only_junk=False, line_break="\n"):
    """Texts and what has to be left of them: most untouched, some with one line of junk above or below."""
    texts = []
    for at in range(count):
        genuine = GENUINE[at % len(GENUINE)].replace("\n", line_break)
        junk = JUNK[at % len(JUNK)]
        if only_junk and at % 7 == 5:
            texts.append((junk, ""))
        elif at % 3 == 1:
            texts.append((junk + line_break + genuine, genuine))
        elif at % 11 == 8:
            texts.append((genuine + line_break + junk + line_break + genuine, genuine + line_break + genuine))
        else:
            texts.append((genuine, genuine))
    return texts


def urls(count):
    return [f"https://site{at}.example/page/{at}?q=a%20b" for at in range(count)]


# JSON Lines


def spelled(row, at):
    """A record as different writers spell it: escapes or none, blanks or none."""
    if at % 2:
        return json.dumps(row, ensure_ascii=True)
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def lines(rows):
    return "".join(spelled(row, at) + "\n" for at, row in enumerate(rows)).encode()


def json_lines(make, field, count=40):
    """The bytes of a file and what has to be left of them; `make` turns number and text into a record."""
    texts = documents(count, only_junk=True)
    before = [make(at, text) for at, (text, _) in enumerate(texts)]
    after = [make(at, text) for at, (_, text) in enumerate(texts)]
    if [row[field] for row in before] == [row[field] for row in after]:
        raise Failed("the check itself is broken: there is nothing to cut")
    return lines(before), lines(after)


def fineweb(at, text):
    return {
        "text": text,
        "id": f"<urn:uuid:{at:08d}-0000-4000-8000-000000000000>",
        "dump": "CC-MAIN-2023-50",
        "url": f"https://site{at}.example/",
        "date": "2023-12-01T00:00:00Z",
        "file_path": f"s3://bucket/segments/{at}.warc.gz",
        "language": "en",
        "language_score": 0.875 + at / 1000,
        "token_count": 40 + at,
    }


def check_fineweb_jsonl(bench):
    before, after = json_lines(fineweb, "text")
    source = bench.path("000_00000.jsonl")
    source.write_bytes(before)
    target = bench.clean(source)
    same("000_00000.jsonl", target.read_bytes(), after)
    same("through pipes", bench.run("clean", stdin=before), after)
    same("once more", bench.run("clean", stdin=after), after)
    same("one thread", bench.run("clean", "-j1", stdin=before), bench.run("clean", "-j8", stdin=before))


def check_c4(bench):
    jq = tool("jq")
    zcat = tool("zcat")
    before, after = json_lines(
        lambda at, text: {"text": text, "timestamp": "2019-04-25T12:57:54Z", "url": f"http://site{at}.example/a"},
        "text",
    )
    for members in (1, 3):
        source = bench.path("c4-train.00000-of-01024.json.gz")
        step = len(before) // members + 1
        parts = [before[at : at + step] for at in range(0, len(before), step)]
        source.write_bytes(b"".join(gzip.compress(part) for part in parts))
        target = bench.clean(source)
        same("Python's gzip", gzip.decompress(target.read_bytes()), after)
        unpacked = call(zcat, target)
        same("zcat", unpacked, after)
        read = call(jq, "-c", "[.text, .timestamp, .url]", stdin=unpacked).decode().split("\n")[:-1]
        rows = [json.loads(line) for line in after.decode().split("\n")[:-1]]
        same("jq", [json.loads(line) for line in read], [[row["text"], row["timestamp"], row["url"]] for row in rows])
        same("through pipes", bench.run("clean", stdin=source.read_bytes()), after)
        one, many = (bench.path("threads", name, target.name) for name in ("one", "many"))
        bench.run("clean", "-j1", "-o", one, source)
        bench.run("clean", "-j8", "-o", many, source)
        same("one thread and eight", one.read_bytes(), many.read_bytes())


def oscar(at, text):
    return {
        "content": text,
        "warc_headers": {
            "warc-record-id": f"<urn:uuid:{at:08d}-1111-4000-8000-000000000000>",
            "warc-date": "2022-11-26T09:45:31Z",
            "content-type": "text/plain",
            "content-length": 100 + at,
            "warc-type": "conversion",
            "warc-identified-content-language": "eng",
            "warc-refers-to": f"<urn:uuid:{at:08d}-2222-4000-8000-000000000000>",
            "warc-target-uri": f"https://site{at}.example/",
            "warc-block-digest": "sha1:Q4XLCHDQ5LGIFMLBWY2RJ6OFEO3OZDIZ",
        },
        "metadata": {
            "identification": {"label": "en", "prob": 0.9000000},
            "harmful_pp": 1234.5678,
            "tlsh": None,
            "quality_warnings": ["short_sentences"],
            "categories": None,
            "sentence_identifications": [{"label": "en", "prob": 0.95}, None],
        },
    }


def check_oscar(bench):
    zstandard = need("zstandard")
    zstd = tool("zstd")
    before, after = json_lines(oscar, "content")
    half = before.index(b"\n", len(before) // 2) + 1
    source = bench.path("en_part_1.jsonl.zst")
    for parts in ([before], [before[:half], before[half:]]):
        source.write_bytes(b"".join(zstandard.ZstdCompressor().compress(part) for part in parts))
        target = bench.clean(source)
        same("zstd -dc", call(zstd, "-dcq", target), after)
        with target.open("rb") as packed:
            same("zstandard's stream_reader", zstandard.ZstdDecompressor().stream_reader(packed).read(), after)
        listed = call(zstd, "-lv", target).decode()
        frames = [line.split(":")[1].strip() for line in listed.splitlines() if "Frames" in line]
        same("frames", [frame.split()[0] for frame in frames[:1]], ["1"])
        audit = bench.path("audit.jsonl")
        bench.run("clean", "--audit", audit, "-o", target, source)
        ids = [json.loads(line)["id"] for line in audit.read_text().splitlines()]
        rows = [json.loads(line) for line in after.decode().split("\n")[:-1]]
        same("ids of the audit", ids, [row["warc_headers"]["warc-record-id"] for row in rows])


def check_datatrove(bench):
    before, after = json_lines(
        lambda at, text: {
            "text": text,
            "id": f"doc/{at}",
            "metadata": {"url": f"https://site{at}.example/", "dump": "x", "language_score": 0.50},
        },
        "text",
    )
    source = bench.path("00000.jsonl.gz")
    source.write_bytes(gzip.compress(before))
    same("00000.jsonl.gz", gzip.decompress(bench.clean(source).read_bytes()), after)


def check_redpajama(bench):
    before, after = json_lines(
        lambda at, text: {
            "url": f"https://site{at}.example/",
            "date_download": "2023-02-01T00:00:00Z",
            "digest": f"sha1:{at:032d}",
            "length": 700 + at,
            "nlines": 3,
            "source_domain": f"site{at}.example",
            "title": "Notes",
            "raw_content": text,
            "cc_segment": "crawl-data/x.wet.gz",
            "original_length": 1900,
            "language": "en",
            "language_score": 0.98,
            "perplexity": 253.1,
            "bucket": "head",
        },
        "raw_content",
    )
    source = bench.path("2023-06", "0000", "en_head.json.gz")
    source.write_bytes(gzip.compress(before))
    same("en_head.json.gz", gzip.decompress(bench.clean(source).read_bytes()), after)
    bench.run("clean", "-o", bench.path("mirror"), bench.path("2023-06").parent / "2023-06")
    mirrored = bench.path("mirror", "0000", "en_head.json.gz")
    same("the same file of a folder", gzip.decompress(mirrored.read_bytes()), after)


# dolma


def dolma_row(at, text):
    return {
        "id": f"doc-{at}",
        "text": text,
        "source": "common-crawl",
        "added": "2023-04-11T09:57:03.044571+00:00",
        "created": "2019-01-01T00:00:00.000Z",
        "metadata": {"url": f"https://site{at}.example/", "provenance": f"part:{at}"},
    }


def points(spans, text, what):
    """Spans of an attribute are sorted and apart from each other, none is empty, all lie within the text."""
    last = -1
    for start, end, score in spans:
        if not last < start < end <= len(text) or not 0 < score <= 1:
            raise Failed(f"{what}: span {[start, end, score]} behind {last} in a text of {len(text)} code points")
        last = end


def check_dolma(bench):
    mixed_by_dolma(bench, ["part-00000.jsonl.gz", "deep/part-00001.jsonl.gz", "part-00003.jsonl.zst"])


def check_dolma_json_gz(bench):
    """dolma's own tools write `.json.gz`."""
    mixed_by_dolma(bench, ["part-00000.json.gz", "deep/part-00001.json.gz"])


def mixed_by_dolma(bench, names):
    """Attributes of these files lead dolma's mixer to the texts that dechaff wrote."""
    mixer = dolma_mixer()
    base = bench.path("corpus", "x").parent
    for number, name in enumerate(names):
        before, _ = json_lines(dolma_row, "text", 30 + number)
        path = bench.path("corpus", "documents", name)
        packed = gzip.compress(before) if name.endswith(".gz") else call(tool("zstd"), "-qc", stdin=before)
        path.write_bytes(packed)
    cleaned = base / "cleaned"
    attributes = base / "attributes" / "junk"
    bench.run("clean", "--attributes", attributes, "-o", cleaned, base / "documents")
    for name in names:
        if not (attributes / name).is_file():
            raise Failed(f"no attribute file {name}, where dolma looks for it: {sorted(attributes.rglob('*'))}")
        before = rows_of(base / "documents" / name)
        after = rows_of(cleaned / name)
        given = rows_of(attributes / name)
        same(f"{name}: rows", len(after), len(before))
        same(f"{name}: ids of the attributes", [row["id"] for row in given], [row["id"] for row in before])
        for row, left, spans in zip(before, after, given):
            text = row["text"]
            for attribute, found in spans["attributes"].items():
                if not attribute.startswith("dechaff__junk__"):
                    raise Failed(f"{name}: attribute {attribute}")
                if not found:
                    raise Failed(f"{name}: {attribute} of {row['id']} is empty")
                points(found, text, f"{name}: {attribute} of {row['id']}")
            cut = spans["attributes"].get("dechaff__junk__span", [])
            if (left["text"] != text) != bool(cut):
                raise Failed(f"{name}: {row['id']} was {'' if cut else 'not '}to be cut, by its attributes")
            for start, end, _ in reversed(cut):
                text = text[:start] + text[end:]
            same(f"{name}: {row['id']} cut by its attributes", text, left["text"])
    for name in names:
        mixed = mix(bench, mixer, base, name)
        after = rows_of(cleaned / name)
        same(f"{name}: ids that dolma wrote", [row["id"] for row in mixed], [row["id"] for row in after])
        same(f"{name}: texts that dolma wrote", [row["text"] for row in mixed], [row["text"] for row in after])
        kept = mix(bench, mixer, base, name, without_junk=True)
        given = {row["id"]: row["attributes"] for row in rows_of(attributes / name)}
        expected = [row["id"] for row in after if "dechaff__junk__document" not in given[row["id"]]]
        if len(expected) == len(after):
            raise Failed(f"{name}: the check itself is broken: no document is junk as a whole")
        same(f"{name}: ids that dolma kept", [row["id"] for row in kept], expected)


def rows_of(path):
    packed = path.read_bytes()
    if packed.startswith(b"\x1f\x8b"):
        packed = gzip.decompress(packed)
    elif packed.startswith(b"\x28\xb5\x2f\xfd"):
        packed = call(tool("zstd"), "-dcq", stdin=packed)
    return [json.loads(line) for line in packed.decode().split("\n") if line]


def dolma_mixer():
    """dolma's mixer, without the rest of dolma: its commands load taggers and tokenizers, and those load from the net."""
    package = importlib.util.find_spec("dolma")
    if package is None:
        need("dolma")
    spec = importlib.machinery.PathFinder.find_spec("dolma.dolma", package.submodule_search_locations)
    compiled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(compiled)
    return compiled.mixer_entrypoint


def mix(bench, mixer, base, name, without_junk=False):
    """What dolma's mixer makes of one file of documents and its attributes."""
    work = bench.path("mix", f"{name}-{without_junk}".replace("/", "-"), "x").parent
    stream = {
        "name": "mixed",
        "documents": [str(base / "documents" / name)],
        "attributes": ["junk"],
        "output": {"path": str(work / "out"), "max_size_in_bytes": 1 << 30},
        "span_replacement": [
            {
                "span": "$.attributes.dechaff__junk__span",
                "min_score": 0.5,
                "replacement": "",
                "syntax": "jsonpath",
            },
        ],
        "compression": {"input": None, "output": None},
    }
    if without_junk:
        stream["filter"] = {
            "include": [],
            "exclude": ["$.attributes[?(@.dechaff__junk__document && @.dechaff__junk__document[0])]"],
            "syntax": "jsonpath",
        }
    work_dir = {kind: str(bench.path(work / kind / "x").parent) for kind in ("input", "output")}
    mixer(json.dumps({"streams": [stream], "processes": 1, "work_dir": work_dir}))
    return [row for part in sorted((work / "out").iterdir()) for row in rows_of(part)]


# WARC


def members(path):
    """How many gzip members a file has, and what they hold."""
    packed = path.read_bytes()
    held = []
    while packed:
        one = zlib.decompressobj(31)
        held.append(one.decompress(packed))
        if not one.eof:
            raise Failed(f"{path.name}: member {len(held)} does not end")
        packed = one.unused_data
    return held


def warc_records(path):
    """Type, headers, HTTP headers and decoded content of each record."""
    archive = need("warcio.archiveiterator")
    found = []
    with path.open("rb") as stream:
        for record in archive.ArchiveIterator(stream, check_digests="raise"):
            http = record.http_headers and (record.http_headers.statusline, record.http_headers.headers)
            content = record.content_stream().read()
            found.append((record.rec_type, dict(record.rec_headers.headers), http, content))
    return found


def warcio_check(path):
    code = "import sys; from warcio.cli import main; main(['check', '-v', sys.argv[1]])"
    call(sys.executable, "-c", code, path)


LENGTHS = {"Content-Length", "WARC-Block-Digest", "WARC-Payload-Digest"}


def same_records(before, after, contents):
    """All records as they were, but for these contents."""
    same("records", len(after), len(before))
    for at, (old, new) in enumerate(zip(before, after)):
        same(f"type of record {at}", new[0], old[0])
        same(f"content of record {at}", new[3], contents[at])
        touched = contents[at] != old[3]
        for name in list(old[1]) + list(new[1]):
            if not (touched and name in LENGTHS):
                same(f"{name} of record {at}", new[1].get(name), old[1].get(name))
        if not touched:
            same(f"HTTP of record {at}", new[2], old[2])
        elif old[2]:
            same(f"status of record {at}", new[2][0], old[2][0])


def check_wet(bench):
    warcwriter = need("warcio.warcwriter")
    source = bench.path("CC-MAIN-20230101-00000.warc.wet.gz")
    texts = documents(25)
    with source.open("wb") as stream:
        writer = warcwriter.WARCWriter(stream, gzip=True)
        writer.write_record(writer.create_warcinfo_record(source.name, {"Software-Info": "a test", "format": "WARC"}))
        for at, (text, _) in enumerate(texts):
            headers = {"WARC-Refers-To": f"<urn:uuid:{at:08d}-3333-4000-8000-000000000000>"}
            headers["WARC-Identified-Content-Language"] = "eng"
            record = writer.create_warc_record(
                f"https://site{at}.example/",
                "conversion",
                payload=io.BytesIO(text.encode()),
                length=len(text.encode()),
                warc_content_type="text/plain",
                warc_headers_dict=headers,
            )
            writer.write_record(record)
    before = warc_records(source)
    target = bench.clean(source)
    warcio_check(target)
    after = warc_records(target)
    same_records(before, after, [before[0][3]] + [left.encode() for _, left in texts])
    held, were = members(target), members(source)
    same("members", len(held), len(before))
    for at, (text, left) in enumerate(texts, 1):
        if text == left:
            same(f"bytes of record {at}", held[at], were[at])
    same("gzip", gzip.decompress(target.read_bytes()), b"".join(held))
    plain = bench.path("plain", "a.warc.wet")
    plain.write_bytes(b"".join(were))
    same("without packing", bench.clean(plain).read_bytes(), b"".join(held))
    same("through pipes", bench.run("clean", stdin=source.read_bytes()), b"".join(held))
    same("through pipes, not packed", bench.run("clean", stdin=b"".join(were)), b"".join(held))


def check_warc(bench):
    warcwriter, headers_of = need("warcio.warcwriter", "warcio.statusandheaders")
    source = bench.path("CC-MAIN-20230101-00000.warc.gz")
    contents = []
    with source.open("wb") as stream:
        writer = warcwriter.WARCWriter(stream, gzip=True)

        def put(kind, body, fields, content, at, line="200 OK"):
            http = None
            if kind in ("response", "request"):
                protocol = "GET /a HTTP/1.1" if kind == "request" else line
                http = headers_of.StatusAndHeaders(protocol, fields, protocol="" if kind == "request" else "HTTP/1.1")
            record = writer.create_warc_record(
                f"https://site{at}.example/a",
                kind,
                payload=io.BytesIO(body),
                length=len(body),
                http_headers=http,
                warc_content_type="application/warc-fields" if kind == "metadata" else "",
            )
            writer.write_record(record)
            contents.append(content)

        info = writer.create_warcinfo_record(source.name, {"software": "a test"})
        writer.write_record(info)
        contents.append(None)
        for at, (text, left) in enumerate(documents(24)):
            body = text.encode()
            fields = [("Content-Type", "text/plain; charset=utf-8"), ("X-Kept", "a  b")]
            put("request", b"", [("Host", f"site{at}.example"), ("User-Agent", "test")], b"", at)
            if at % 4 == 0:
                html = f"<html><body><p>{text}</p></body></html>".encode()
                page = [("Content-Type", "text/html"), ("Content-Length", str(len(html)))]
                put("response", html, page, html, at)
            elif at % 4 == 1:
                put("response", body, fields + [("Content-Length", str(len(body)))], left.encode(), at)
            elif at % 4 == 2:
                half = len(body) // 2
                chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:], b""))
                put("response", chunks, fields + [("Transfer-Encoding", "chunked")], left.encode(), at)
            else:
                packed = gzip.compress(body)
                coded = [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
                put("response", packed, fields + coded, left.encode(), at)
            put("metadata", b"fetchTimeMs: 31\r\nnote: " + SLOTS.encode() + b"\r\n", None, None, at)
    before = warc_records(source)
    target = bench.clean(source)
    warcio_check(target)
    after = warc_records(target)
    expected = [old[3] if content is None else content for old, content in zip(before, contents)]
    if [old[3] for old in before] == expected:
        raise Failed("the check itself is broken: there is nothing to cut")
    same_records(before, after, expected)
    held, were = members(target), members(source)
    same("members", len(held), len(before))
    for at, old in enumerate(before):
        if old[3] == expected[at]:
            same(f"bytes of record {at}", held[at], were[at])
    for at, (_, _, http, _) in enumerate(after):
        kept = dict(http[1]) if http else {}
        if "Content-Length" in kept and after[at][0] == "response":
            head = held[at].split(b"\r\n\r\n", 2)
            same(f"length of the body of record {at}", int(kept["Content-Length"]), len(head[2]) - 4)


# CSV


def cell(text, delimiter, quoted):
    special = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if quoted or special else text


def table_text(delimiter, line_break, inner_break):
    """A table's bytes, those that have to be left, and its rows before and after."""
    texts = documents(30, line_break=inner_break)
    head = ["id", "note, or not" if delimiter == "," else "note", "text", "url"]
    before, after, old, new = [], [], [], []
    for at, (text, left) in enumerate(texts):
        note = ['said "no"', "", "  blanks  ", f"line{inner_break}break", f"a{delimiter}b"][at % 5]
        # What was quoted stays so, even where it no longer has to be.
        quoted = at % 2 == 0 or any(mark in text for mark in (delimiter, '"', "\n", "\r"))
        ends = [cell(str(at), delimiter, at % 3 == 0), cell(note, delimiter, False)]
        url = f"https://site{at}.example/"
        for rows, values, content in ((before, old, text), (after, new, left)):
            rows.append(delimiter.join(ends + [cell(content, delimiter, quoted), url]))
            values.append([str(at), note, content, url])
    first = delimiter.join(cell(name, delimiter, False) for name in head)

    def whole(rows):
        return (line_break.join([first, *rows]) + line_break).encode()

    return whole(before), whole(after), [head, *old], [head, *new]


def check_tables(bench, delimiter, name):
    duckdb, arrow_csv = need("duckdb", "pyarrow.csv")
    for line_break, inner_break in (("\n", "\n"), ("\r\n", "\r\n"), ("\r\n", "\n"), ("\n", "\r\n")):
        what = f"{name}, rows end in {line_break!r}, lines in {inner_break!r}"
        before, after, _, rows = table_text(delimiter, line_break, inner_break)
        source = bench.path(f"table.{name}")
        source.write_bytes(before)
        target = bench.clean(source)
        same(what, target.read_bytes(), after)
        with target.open(newline="", encoding="utf-8") as read:
            same(f"{what}, Python's csv", list(csv.reader(read, delimiter=delimiter)), rows)
        read = duckdb.sql(
            f"select * from read_csv('{target}', delim='{delimiter}', quote='\"', escape='\"', header=true,"
            " all_varchar=true, nullstr='\\N', strict_mode=false)"
        )
        found = [list(row) for row in read.fetchall()]
        same(f"{what}, DuckDB", [[value or "" for value in row] for row in found], rows[1:])
        table = arrow_csv.read_csv(
            target,
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(strings_can_be_null=False),
        )
        same(f"{what}, pyarrow", table.column("text").to_pylist(), [row[2] for row in rows[1:]])
        same(f"{what}, pyarrow", table.column_names, rows[0])
        packed = bench.path(f"table.{name}.gz")
        packed.write_bytes(gzip.compress(before))
        same(f"{what}, packed", gzip.decompress(bench.clean(packed).read_bytes()), after)
        marked = bench.path("marked", f"table.{name}")
        marked.write_bytes(b"\xef\xbb\xbf" + before)
        same(f"{what}, with a mark", bench.clean(marked).read_bytes(), b"\xef\xbb\xbf" + after)


def check_csv(bench):
    check_tables(bench, ",", "csv")


def check_tsv(bench):
    check_tables(bench, "\t", "tsv")


def check_unnamed(bench):
    """Files whose name says nothing, and pipes: the content has to be enough."""
    mark = b"\xef\xbb\xbf"
    rows, left_rows = json_lines(fineweb, "text")
    pairs = {"JSON Lines": (rows, left_rows), "JSON Lines with a mark": (mark + rows, mark + left_rows)}
    spaced = [b"".join(b"{ " + line[1:] for line in part.splitlines(keepends=True)) for part in (rows, left_rows)]
    pairs["JSON Lines with blanks"] = tuple(spaced)
    for name, delimiter in (("CSV", ","), ("TSV", "\t")):
        before, after, _, _ = table_text(delimiter, "\n", "\n")
        pairs[name] = (before, after)
        pairs[f"{name} with a mark"] = (mark + before, mark + after)
    problems = []
    for name, (before, after) in pairs.items():
        source = bench.path("unnamed")
        source.write_bytes(before)
        for what, found in (
            (f"{name} from a pipe", lambda: bench.run("clean", stdin=before)),
            (f"{name}, packed, from a pipe", lambda: bench.run("clean", stdin=gzip.compress(before))),
            (f"{name} in a file", lambda: bench.clean(source).read_bytes()),
        ):
            try:
                same(what, found(), after)
            except Failed as why:
                problems.append(str(why))
    if problems:
        raise Failed("\n  ".join(problems))


# Parquet


def same_table(what, found, expected):
    """Schema with its metadata, and all columns."""
    if not found.schema.equals(expected.schema, check_metadata=True):
        raise Failed(f"{what}: schema {found.schema} {found.schema.metadata} instead of {expected.schema}")
    same(f"{what}: rows", found.num_rows, expected.num_rows)
    for name in expected.column_names:
        same(f"{what}: column {name}", found.column(name).to_pylist(), expected.column(name).to_pylist())


def duck_rows(path):
    duckdb = need("duckdb")
    return duckdb.sql(f"select * from read_parquet('{path}')").fetchall()


def fineweb_tables(pa, count=60):
    texts = documents(count, only_junk=True)
    rows = [fineweb(at, text) for at, (text, _) in enumerate(texts)]
    schema = pa.schema(
        [
            pa.field("text", pa.string()),
            pa.field("id", pa.string()),
            pa.field("dump", pa.string()),
            pa.field("url", pa.string()),
            pa.field("date", pa.string()),
            pa.field("file_path", pa.string(), nullable=False),
            pa.field("language", pa.dictionary(pa.int32(), pa.string())),
            pa.field("language_score", pa.float64()),
            pa.field("token_count", pa.int64(), metadata={"unit": "tokens"}),
        ],
        metadata={"made by": "a test", "version": "1"},
    )
    before = pa.Table.from_pylist(rows, schema=schema)
    return before, replaced(pa, before, "text", [left for _, left in texts])


def replaced(pa, table, name, values):
    at = table.schema.get_field_index(name)
    return table.set_column(
        at, table.schema.field(at), pa.chunked_array([pa.array(values, table.schema.field(at).type)])
    )


def check_fineweb_parquet(bench):
    pa, pq, _ = need("pyarrow", "pyarrow.parquet", "duckdb")
    before, after = fineweb_tables(pa)
    source = bench.path("000_00000.parquet")
    pq.write_table(before, source, row_group_size=25)
    target = bench.clean(source)
    same_table("pyarrow", pq.read_table(target), after)
    expected = bench.path("expected.parquet")
    pq.write_table(after, expected)
    same("DuckDB", duck_rows(target), duck_rows(expected))
    old, new = pq.ParquetFile(source).metadata, pq.ParquetFile(target).metadata
    same("row groups", new.num_row_groups, old.num_row_groups)
    nothing = bench.path("again", "000_00000.parquet")
    bench.run("clean", "-o", nothing, target)
    same_table("cleaned twice", pq.read_table(nothing), after)
    one, many = bench.path("one.parquet"), bench.path("many.parquet")
    bench.run("clean", "-j1", "-o", one, source)
    bench.run("clean", "-j8", "-o", many, source)
    same("one thread and eight", one.read_bytes(), many.read_bytes())


def check_culturax(bench):
    pa, pq, _ = need("pyarrow", "pyarrow.parquet", "duckdb")
    texts = documents(50, only_junk=True)
    before = pa.table(
        {
            "text": [text for text, _ in texts],
            "timestamp": ["2020/01/18 01:33:07"] * len(texts),
            "url": urls(len(texts)),
            "source": ["mC4", "OSCAR-2301"] * (len(texts) // 2),
        }
    )
    after = replaced(pa, before, "text", [left for _, left in texts])
    source = bench.path("en_part_00000.parquet")
    pq.write_table(before, source, compression="zstd")
    target = bench.clean(source)
    same_table("pyarrow", pq.read_table(target), after)
    same("DuckDB", duck_rows(target), [tuple(row.values()) for row in after.to_pylist()])


def parquet_source(bench, name, table, **options):
    pq = need("pyarrow.parquet")
    path = bench.path(name)
    pq.write_table(table, path, **options)
    return path


def check_parquet_codecs(bench):
    pa, pq, _ = need("pyarrow", "pyarrow.parquet", "duckdb")
    before, after = fineweb_tables(pa)
    for codec in ("none", "snappy", "gzip", "brotli", "lz4", "zstd"):
        if codec != "none" and not pa.Codec.is_available(codec):
            continue
        for options in (
            {},
            {"use_dictionary": False, "data_page_version": "2.0"},
            {"write_page_index": True, "write_page_checksum": True, "data_page_size": 512, "write_batch_size": 5},
            {
                "use_dictionary": False,
                "column_encoding": {"text": "DELTA_BYTE_ARRAY", "url": "DELTA_LENGTH_BYTE_ARRAY"},
            },
        ):
            what = f"{codec}, {options}"
            source = parquet_source(bench, f"{codec}.parquet", before, compression=codec, row_group_size=20, **options)
            target = bench.clean(source)
            same_table(what, pq.read_table(target, page_checksum_verification=True), after)
            same(f"{what}: DuckDB", [row[0] for row in duck_rows(target)], after.column("text").to_pylist())
            old, new = pq.ParquetFile(source).metadata, pq.ParquetFile(target).metadata
            for group in range(old.num_row_groups):
                for column in range(old.num_columns):
                    was, now = old.row_group(group).column(column), new.row_group(group).column(column)
                    where = f"{what}: {was.path_in_schema} of group {group}"
                    same(f"{where}: codec", now.compression, was.compression)
                    same(f"{where}: values", now.num_values, was.num_values)
                    if now.is_stats_set and now.statistics.has_min_max:
                        values = after.slice(group * 20, 20).column(column).to_pylist()
                        low, high = now.statistics.min, now.statistics.max
                        if isinstance(low, str) and not (
                            low.encode() <= min(value.encode() for value in values)
                            and max(value.encode() for value in values) <= high.encode()
                        ):
                            raise Failed(f"{where}: statistics {low!r} to {high!r} leave values out")


def check_parquet_nested(bench):
    pa, pq, _ = need("pyarrow", "pyarrow.parquet", "duckdb")
    texts = documents(36)

    def rows(which):
        made = []
        for at, pair in enumerate(texts):
            body = None if at % 6 == 2 else pair[which]
            doc = None if at % 9 == 5 else {"lang": "en", "body": body, "size": at}
            parts = (
                None if at % 8 == 3 else [] if at % 8 == 4 else [GENUINE[0], pair[which], None, pair[which]][: at % 5]
            )
            made.append({"id": at, "doc": doc, "parts": parts, "text": None if at % 7 == 6 else pair[which]})
        return made

    schema = pa.schema(
        [
            ("id", pa.int32()),
            ("doc", pa.struct([("lang", pa.string()), ("body", pa.string()), ("size", pa.int8())])),
            ("parts", pa.list_(pa.field("element", pa.string()))),
            ("text", pa.large_string()),
        ]
    )
    before, clean = (pa.Table.from_pylist(rows(which), schema=schema) for which in (0, 1))
    source = parquet_source(bench, "nested.parquet", before, row_group_size=10)
    for options, fields in (
        ([], ["text"]),
        (["--field", "doc.body"], ["doc"]),
        (["--field", "parts"], ["parts"]),
        (["--field", "text,doc.body"], ["text", "doc"]),
        (["--field", "text,doc.body,parts"], ["text", "doc", "parts"]),
    ):
        expected = before
        for field in fields:
            at = schema.get_field_index(field)
            expected = expected.set_column(at, schema.field(at), clean.column(field))
        target = bench.clean(source, *options)
        what = " ".join(options) or "no options"
        same_table(what, pq.read_table(target), expected)
        read = [tuple(row.values()) for row in expected.to_pylist()]
        same(f"{what}: DuckDB", duck_rows(target), read)


def check_parquet_drop(bench):
    pa, pq, _ = need("pyarrow", "pyarrow.parquet", "duckdb")
    texts = documents(70, only_junk=True)
    before = pa.table(
        {
            "id": list(range(70)),
            "text": [text for text, _ in texts],
            "tags": pa.array(
                [["a", None, "b"][: at % 4] for at in range(70)], pa.list_(pa.field("element", pa.string()))
            ),
            "score": [None if at % 5 == 0 else at / 3 for at in range(70)],
        }
    )
    after = replaced(pa, before, "text", [left for _, left in texts])
    kept = after.filter(pa.array([left != "" for _, left in texts]))
    for size in (1, 7, 70):
        source = parquet_source(bench, "drop.parquet", before, row_group_size=size)
        same_table("without the option", pq.read_table(bench.clean(source)), after)
        target = bench.clean(source, "--drop-junk")
        same_table(f"groups of {size}", pq.read_table(target), kept)
        same(f"groups of {size}: DuckDB", duck_rows(target), [tuple(row.values()) for row in kept.to_pylist()])
    lines_before, _ = json_lines(lambda at, text: {"id": at, "text": text}, "text", 70)
    left = [json.loads(line)["id"] for line in bench.run("clean", "--drop-junk", stdin=lines_before).splitlines()]
    same("the same rows as of JSON Lines", left, kept.column("id").to_pylist())


def check_parquet_polars(bench):
    polars = need("polars")
    texts = documents(40, only_junk=True)
    frame = polars.DataFrame(
        {
            "text": [text for text, _ in texts],
            "url": urls(40),
            "score": [at / 7 for at in range(40)],
            "kind": polars.Series(["a", "b"] * 20, dtype=polars.Categorical),
            "tags": [["x"] * (at % 3) for at in range(40)],
        }
    )
    expected = frame.with_columns(polars.Series("text", [left for _, left in texts]))
    source = bench.path("polars.parquet")
    for codec in ("zstd", "snappy", "lz4", "uncompressed"):
        frame.write_parquet(source, compression=codec, row_group_size=15)
        target = bench.clean(source)
        found = polars.read_parquet(target)
        same(f"{codec}: schema", dict(found.schema), dict(expected.schema))
        same(f"{codec}: rows", found.rows(), expected.rows())
        probe = expected.filter(polars.col("text") == texts[1][1])
        found = polars.scan_parquet(target).filter(polars.col("text") == texts[1][1]).collect()
        same(f"{codec}: found by its text", found.rows(), probe.rows())


def check_parquet_duckdb(bench):
    duckdb = need("duckdb")
    texts = documents(60, only_junk=True)
    base = duckdb.connect()
    base.execute("create table t (id integer, text varchar, url varchar, seen timestamp, n decimal(9,2))")
    for at, (text, _) in enumerate(texts):
        base.execute(
            "insert into t values (?, ?, ?, '2020-01-02 03:04:05', ?)", [at, text, f"https://s{at}.example/", at]
        )
    expected = [list(row) for row in base.execute("select * from t order by id").fetchall()]
    for row, (_, left) in zip(expected, texts):
        row[1] = left
    for version in ("V1", "V2"):
        for codec in ("snappy", "zstd", "gzip", "brotli", "lz4_raw", "uncompressed"):
            source = bench.path("duck.parquet")
            base.execute(
                f"copy (select * from t order by id) to '{source}'"
                f" (format parquet, codec '{codec}', parquet_version {version}, row_group_size 2048)"
            )
            target = bench.clean(source)
            what = f"{version}, {codec}"
            same(what, [list(row) for row in duck_rows(target)], expected)
            # Statistics and Bloom filters of what was cut would hide these rows.
            for at in (1, 4, 7):
                found = duckdb.execute(
                    f"select id from read_parquet('{target}') where text = ? order by id", [texts[at][1]]
                ).fetchall()
                wanted = [(row[0],) for row in expected if row[1] == texts[at][1]]
                same(f"{what}: found by its text", found, wanted)


def check_fields(bench):
    pa, pq = need("pyarrow", "pyarrow.parquet")
    rows = []
    for at, (text, left) in enumerate(documents(30)):
        title = f"Notes of meeting {at}"
        rows.append((f"{SLOTS}\n{title}" if at % 5 == 0 else title, text, title, left))
    sources = {"fields.jsonl": None, "fields.parquet": None}
    records = [{"id": f"r{at}", "title": row[0], "text": row[1]} for at, row in enumerate(rows)]
    expected = [{"id": f"r{at}", "title": row[2], "text": row[3]} for at, row in enumerate(rows)]
    for name in sources:
        source = bench.path(name)
        if name.endswith(".jsonl"):
            source.write_bytes(lines(records))
        else:
            pq.write_table(pa.Table.from_pylist(records), source, row_group_size=11)
        audit, rejects = bench.path("audit.jsonl"), bench.path("rejects.jsonl")
        for unit in ("byte", "char"):
            target = bench.clean(
                source, "--field", "title,text", "--audit", audit, "--audit-text", "--rejects", rejects, "--unit", unit
            )
            found = rows_of(target) if name.endswith(".jsonl") else pq.read_table(target).to_pylist()
            same(name, found, expected)
            audited = rows_of(audit)
            same(f"{name}: ids of the audit", [row["id"] for row in audited], [row["id"] for row in records])
            pieces = []
            for record, after, row in zip(records, expected, audited):
                left = {
                    field: record[field].encode() if unit == "byte" else record[field] for field in ("title", "text")
                }
                for piece in row["removed"]:
                    if "field" not in piece:
                        raise Failed(f"{name}: a piece of {row['id']} names no field: {piece}")
                for piece in sorted(row["removed"], key=lambda piece: -piece["start"]):
                    text = left[piece["field"]]
                    cut = text[piece["start"] : piece["end"]]
                    cut = cut.decode() if unit == "byte" else cut
                    same(f"{name}: text of a piece of {row['id']}", piece["text"], cut)
                    left[piece["field"]] = text[: piece["start"]] + text[piece["end"] :]
                for field, text in left.items():
                    text = text.decode() if unit == "byte" else text
                    same(f"{name}: {field} of {row['id']}, cut by the audit", text, after[field])
                pieces += [(row["id"], piece["field"], piece["start"], piece["end"]) for piece in row["removed"]]
            same(
                f"{name}: rejects",
                [(piece["id"], piece["field"], piece["start"], piece["end"]) for piece in rows_of(rejects)],
                pieces,
            )


def check_pandas(bench):
    pandas, pq = need("pandas", "pyarrow.parquet")
    texts = documents(30, only_junk=True)
    frame = pandas.DataFrame(
        {
            "text": [text for text, _ in texts],
            "when": pandas.date_range("2021-01-01", periods=30, tz="Europe/Vienna"),
            "kind": pandas.Categorical(["a", "b", "c"] * 10),
            "n": pandas.array([None if at % 4 == 0 else at for at in range(30)], dtype="Int64"),
        },
        index=pandas.Index([f"row{at}" for at in range(30)], name="key"),
    )
    source = bench.path("pandas.parquet")
    frame.to_parquet(source)
    target = bench.clean(source)
    expected = frame.assign(
        text=pandas.Series([left for _, left in texts], index=frame.index, dtype=frame["text"].dtype)
    )
    pandas.testing.assert_frame_equal(pandas.read_parquet(target), expected)
    metadata = [pq.ParquetFile(path).schema_arrow.metadata[b"pandas"] for path in (source, target)]
    same("pandas' metadata", metadata[1], metadata[0])


def check_datasets(bench):
    os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HOME=str(bench.path("home")))
    datasets = need("datasets")
    datasets.disable_progress_bars()
    texts = documents(30, only_junk=True)
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["no", "yes"]),
            "tags": [datasets.Value("string")],
        }
    )
    made = datasets.Dataset.from_dict(
        {"text": [text for text, _ in texts], "label": [0, 1] * 15, "tags": [["a"]] * 30}, features=features
    )
    expected = [{**row, "text": left} for row, (_, left) in zip(made, texts)]
    for name, kind, write in (("a.parquet", "parquet", made.to_parquet), ("a.jsonl", "json", made.to_json)):
        source = bench.path(name)
        write(str(source))
        target = bench.clean(source)
        cache = str(bench.path("cache", "x").parent)
        read = datasets.load_dataset(kind, data_files=str(target), split="train", cache_dir=cache)
        same(name, list(read), expected)
        if kind == "parquet":
            same("features", read.features, features)


# What has to be undone


def check_restore(bench):
    """From the output and the audit the input comes back, for every format that Python alone can write."""
    if not bench.command_is_there("restore"):
        raise Failed("this dechaff has no command `restore`")
    rows, _ = json_lines(fineweb, "text")
    table, _, _, _ = table_text(",", "\r\n", "\n")
    files = {
        "a.jsonl": rows,
        "b.jsonl.gz": gzip.compress(rows),
        "c.csv": table,
        "d.txt": (PORN + "\n" + GENUINE[0]).encode(),
    }
    for name, content in files.items():
        for options in ([], ["--drop-junk"]):
            source = bench.path(name)
            source.write_bytes(content)
            audit = bench.path("audit.jsonl")
            cleaned = bench.clean(source, "--audit", audit, "--audit-text", *options)
            target = bench.path("restored", name)
            bench.run("restore", "--audit", audit, "-o", target, cleaned)
            found = target.read_bytes()
            if name.endswith(".gz"):
                found, content = gzip.decompress(found), rows
            same(f"{name} {options}", found, content)


CHECKS = {
    "fineweb-parquet": check_fineweb_parquet,
    "fineweb-jsonl": check_fineweb_jsonl,
    "c4": check_c4,
    "oscar": check_oscar,
    "dolma": check_dolma,
    "dolma-json-gz": check_dolma_json_gz,
    "datatrove": check_datatrove,
    "redpajama": check_redpajama,
    "culturax": check_culturax,
    "wet": check_wet,
    "warc": check_warc,
    "csv": check_csv,
    "tsv": check_tsv,
    "unnamed": check_unnamed,
    "parquet-codecs": check_parquet_codecs,
    "parquet-nested": check_parquet_nested,
    "parquet-drop": check_parquet_drop,
    "parquet-polars": check_parquet_polars,
    "parquet-duckdb": check_parquet_duckdb,
    "fields": check_fields,
    "pandas": check_pandas,
    "datasets": check_datasets,
    "restore": check_restore,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--dechaff", type=Path, help="the binary")
    parser.add_argument("--list", action="store_true", help="print the names of the checks")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the files of the checks in this folder")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="checks, or `all`")
    args = parser.parse_args()
    if args.list:
        print("\n".join(CHECKS))
        return 0
    if args.dechaff is None or not args.checks:
        parser.error("give --dechaff and a check, or `all`; --list names them")
    names = list(CHECKS) if args.checks == ["all"] else args.checks
    for name in names:
        if name not in CHECKS:
            parser.error(f"no check {name}; --list names them")
    failed = skipped = False
    for name in names:
        folder = args.keep / name if args.keep else None
        with tempfile.TemporaryDirectory(prefix="readers-") as temporary:
            bench = Bench(args.dechaff.resolve(), folder or Path(temporary))
            try:
                CHECKS[name](bench)
                print(f"ok {name}", flush=True)
            except Skipped as why:
                skipped = True
                print(f"skipped {name}: {why}", flush=True)
            except Exception as why:  # a reader's own error is a finding, too
                failed = True
                kind = "" if isinstance(why, Failed) else f"{type(why).__name__}: "
                print(f"FAILED {name}: {kind}{why}", flush=True)
    return 1 if failed else 3 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
