"""What `--sites` is worth: recall and loss with and without it, on pages of several hosts.

    cargo build --release
    python3 benches/sites.py --proving ../shared/proving

The proving set's genuine documents -> 400 hosts with five to nine pages each, every page between a menu and a notice of
its host (both of the set's hardest genuine lines) -> articles that several hosts print, and hard genuine lines that
stand on three to ten pages of any hosts -> the set's pieces of junk, each on one to four pages of one to five hosts.
Then `dechaff clean --audit`, once alone and once with `--sites`, and one Markdown table.
"""

import argparse
import collections
import gzip
import json
import random
import subprocess
import tempfile
from pathlib import Path

HOSTS = 400


def rows(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as lines:
        return [json.loads(line) for line in lines]


def pieces(proving, seed, folder):
    """The junk of the set's documents: shape and text."""
    data, docs = proving / "data", folder / "docs.jsonl"
    subprocess.run(
        ["python3", proving / "build.py", "--seed", str(seed), "--out", docs]
        + [part for name in ("phrases", "shapes", "sentences", "negatives") for part in (f"--{name}", data / f"{name}.jsonl")]
        + ["--clean", data / "clean.jsonl.gz"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found = {}
    for row in rows(docs):
        text = row["text"].encode()
        for start, end in row.get("gold") or []:
            piece = text[start:end].decode().strip()
            if piece:
                found[piece] = row["group"].split("/")[0]
    return sorted((piece, shape) for piece, shape in found.items())


def pages(proving, junk, campaigns, dice):
    """Pages as lists of lines; a line is a list of (text, shape of the junk or None)."""
    genuine = rows(proving / "data" / "clean.jsonl.gz")
    hard = collections.defaultdict(list)
    for row in rows(proving / "data" / "negatives.jsonl"):
        hard[row["lang"]].append(row["text"])
    every_hard = [line for lines in hard.values() for line in lines]
    by_language = collections.defaultdict(list)
    for row in genuine:
        by_language[row["lang"]].append(row["text"].split("\n")[:60])
    plain = lambda text: [(text, None)]
    hosts = collections.defaultdict(list)
    for host in range(HOSTS):
        language = dice.choice(sorted(by_language))
        lines = hard.get(language) or every_hard
        menu, notice = " | ".join(dice.choices(lines, k=dice.randint(1, 2))), dice.choice(lines)
        for _ in range(dice.randint(5, 9)):
            body = []
            for line in dice.choice(by_language[language]):
                body.append(plain(line))
                if sum(len(line[0][0]) for line in body) > 3000:
                    break
            hosts[host].append([plain(menu), *body, plain(notice)])
    for row in dice.sample(genuine, 150):
        for host in dice.sample(range(HOSTS), dice.randint(2, 5)):
            hosts[host].append([plain(line) for line in row["text"].split("\n")[:60]])
    everywhere = [page for pages in hosts.values() for page in pages]
    for line in dice.sample(every_hard, 60):
        for page in dice.sample(everywhere, dice.randint(3, 10)):
            page.insert(dice.randint(0, len(page)), plain(line))
    for piece, shape in dice.sample(junk, campaigns):
        place = dice.choice(["top", "end", "between"])
        for host in dice.sample(range(HOSTS), dice.choice([1, 1, 2, 3, 4, 5])):
            for page in dice.sample(hosts[host], min(len(hosts[host]), dice.randint(1, 4))):
                inject(page, piece, shape, place, dice)
    return [(f"https://www.example{host}.org/{n}", page) for host in hosts for n, page in enumerate(hosts[host])]


def inject(page, piece, shape, place, dice):
    if not shape.startswith("inline"):
        at = {"top": 0, "end": len(page), "between": dice.randint(1, len(page))}[place]
        page.insert(at, [(piece, shape)])
        return
    long = [n for n, line in enumerate(page) if len(line) == 1 and not line[0][1] and len(line[0][0]) > 60 and " " in line[0][0]]
    if long:
        at = dice.choice(long)
        text = page[at][0][0]
        blank = dice.choice([n for n, letter in enumerate(text) if letter == " "])
        page[at] = [(text[: blank + 1], None), (piece, shape), (text[blank:], None)]


def write(all_pages, path):
    """Where junk stands, by id: (start, end, shape) in bytes."""
    gold = {}
    with open(path, "w", encoding="utf-8") as out:
        for number, (url, lines) in enumerate(all_pages):
            text, spans = b"", []
            for at, line in enumerate(lines):
                text += b"\n" if at else b""
                for part, shape in line:
                    if shape:
                        spans.append((len(text), len(text) + len(part.encode()), shape))
                    text += part.encode()
            gold[str(number)] = (text, spans)
            out.write(json.dumps({"id": str(number), "url": url, "text": text.decode()}, ensure_ascii=False) + "\n")
    return gold


def measure(dechaff, docs, gold, folder, options):
    audit = folder / "audit.jsonl"
    subprocess.run([dechaff, "clean", *options, "--audit", audit, "-o", folder / "clean.jsonl", docs], check=True)
    bytes_of, count = collections.Counter(), collections.Counter()
    lost = touched = 0
    for row in rows(audit):
        text, spans = gold[row["id"]]
        cut, junk = bytearray(len(text)), bytearray(len(text))
        for piece in row["removed"]:
            cut[piece["start"] : piece["end"]] = b"\1" * (piece["end"] - piece["start"])
        for start, end, shape in spans:
            junk[start:end] = b"\1" * (end - start)
            gone = sum(cut[start:end])
            bytes_of.update({("gone", shape): gone, ("all", shape): end - start})
            count.update({("gone", shape): gone * 100 >= (end - start) * 95, ("all", shape): 1})
        wrong = sum(1 for c, j, byte in zip(cut, junk, text) if c and not j and byte not in b" \t\r\n|")
        lost, touched = lost + wrong, touched + bool(wrong)
    return bytes_of, count, lost, touched


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proving", type=Path, required=True, help="folder of the proving set")
    parser.add_argument("--dechaff", type=Path, default=Path("target/release/dechaff"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--campaigns", type=int, default=600, help="pieces of junk")
    asked = parser.parse_args()
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        all_pages = pages(asked.proving, pieces(asked.proving, asked.seed, folder), asked.campaigns, dice)
        gold = write(all_pages, folder / "pages.jsonl")
        size = sum(len(text) for text, _ in gold.values())
        alone = measure(asked.dechaff.resolve(), folder / "pages.jsonl", gold, folder, [])
        sites = measure(asked.dechaff.resolve(), folder / "pages.jsonl", gold, folder, ["--sites"])
    print(f"{len(gold)} pages of {HOSTS} hosts, {size / 1e6:.1f} MB, seed {asked.seed}\n")
    print("| pieces of junk | found | with `--sites` | bytes found | with `--sites` |\n|---|---|---|---|---|")
    shapes = sorted({shape for _, shape in alone[1]})
    for name, chosen in [*((shape, [shape]) for shape in shapes), ("all", shapes)]:
        share = lambda counts: sum(counts["gone", s] for s in chosen) / sum(counts["all", s] for s in chosen)
        figures = [share(counts) for counts in (alone[1], sites[1], alone[0], sites[0])]
        total = sum(alone[1]["all", shape] for shape in chosen)
        print(f"| {name} ({total}) | " + " | ".join(f"{figure * 100:.1f} %" for figure in figures) + " |")
    print(f"\ngenuine bytes removed: {alone[2]} on {alone[3]} pages; with `--sites` {sites[2]} on {sites[3]}")


if __name__ == "__main__":
    main()
