"""The usual way to find near duplicates, timed: shingles of content words, MinHash, LSH, clusters.

usage: peers.py TEXTS.jsonl ROUNDS   prints one JSON object
One thread. Times are seconds of the processor for list[str] -> clusters, a list for each peer.
"""

import json
import os
import re
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"

import datasketch  # noqa: E402
import rensa  # noqa: E402

PERMUTATIONS, THRESHOLD = 128, 0.7
# 16 bands of 8 rows: half of the pairs at .707 are found.
BANDS = 16
WORD = re.compile(r"\w+")
STOP = frozenset("the a of is in to for and was by with from that it its this on as at".split())


def shingles(text):
    """Content words and pairs of neighbours."""
    words = [word for word in WORD.findall(text.lower()) if word not in STOP]
    return words + [f"{a} {b}" for a, b in zip(words, words[1:])]


class Clusters:
    """Union and find."""

    def __init__(self, count):
        self.parent = list(range(count))

    def root(self, at):
        while self.parent[at] != at:
            self.parent[at] = self.parent[self.parent[at]]
            at = self.parent[at]
        return at

    def join(self, a, b):
        self.parent[self.root(a)] = self.root(b)

    def count(self):
        return sum(self.root(at) == at for at in range(len(self.parent)))


def with_rensa(texts):
    sketches = []
    for text in texts:
        sketch = rensa.RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(shingles(text))
        sketches.append(sketch)
    index = rensa.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
    clusters = Clusters(len(texts))
    for at, sketch in enumerate(sketches):
        for other in index.query(sketch):
            if clusters.root(other) != clusters.root(at) and sketch.jaccard(sketches[other]) >= THRESHOLD:
                clusters.join(other, at)
        index.insert(at, sketch)
    return clusters.count()


def with_datasketch(texts):
    index = datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    clusters = Clusters(len(texts))
    sketches = []
    for at, text in enumerate(texts):
        sketch = datasketch.MinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        sketches.append(sketch)
        for other in index.query(sketch):
            if clusters.root(other) != clusters.root(at) and sketch.jaccard(sketches[other]) >= THRESHOLD:
                clusters.join(other, at)
        index.insert(at, sketch, check_duplication=False)
    return clusters.count()


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    found = {}
    for name, peer in (("rensa", with_rensa), ("datasketch", with_datasketch)):
        seconds = []
        for _ in range(int(sys.argv[2])):
            start = time.process_time()
            clusters = peer(texts)
            seconds.append(time.process_time() - start)
        found[name] = {"seconds": seconds, "clusters": clusters}
    print(json.dumps(found))


main()
