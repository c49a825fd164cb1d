"""Engines of Python on the phrases and the text of two files: a line each with name, GB/s and how many were found."""

import re
import statistics
import sys
import time


def rate(size, run):
    found = run()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return size / statistics.median(times) / 1e9, found


phrases = open(sys.argv[1], encoding="utf-8").read().split("\n")
text = open(sys.argv[2], encoding="utf-8").read()
try:
    import ahocorasick
except ImportError:
    print("pyahocorasick is not here: `pip install pyahocorasick` to see it", file=sys.stderr)
else:
    automaton = ahocorasick.Automaton()
    for phrase in phrases:
        automaton.add_word(phrase, phrase)
    automaton.make_automaton()
    speed, found = rate(len(text.encode()), lambda: sum(1 for _ in automaton.iter(text)))
    print(f"pyahocorasick\t{speed}\t{found}")
if len(phrases) <= 10_000:
    # As filters of word lists do: one alternation, blanks or none around it.
    part = text[: max(2_000, 20_000_000 // len(phrases))]
    expression = re.compile("|".join(re.escape(phrase) for phrase in phrases))
    speed, found = rate(len(part.encode()), lambda: len(expression.findall(part)))
    print(f"Python's re, one alternation, of a part\t{speed}\t{found}")
