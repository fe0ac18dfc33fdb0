"""Where the boxes of a diagram stand and how the lines between them run.

Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
Structures", 1981, in four steps: ranks, dummies for long lines, orders that cross little, places.
"""
from bisect import bisect_left, insort

RANK_GAP = 36  # points between the boxes of neighbouring ranks
GAP = 18  # points between neighbours in one rank
SWEEPS = 8


class Layout:
    """Boxes of given sizes, ranked from top to bottom.

    Arguments
        sizes: list of (width, height), in points.
        edges: list of (box, box), numbers; lines run downwards where they can.

    `centers` has (x, y) of each box; `routes` has for each edge the points it runs through:
    within a pair (0, 1), (2, 3), ... straight down, from one pair to the next in a curve.
    """

    def __init__(self, sizes, edges):
        self.count = len(sizes)
        self.sizes = list(sizes)
        forward = _without_circles(self.count, edges)
        self.rank = _ranks(self.count, forward)
        # What remains of a circle runs upwards; it is laid out as if it ran down.
        down = [(a, b) if self.rank[a] <= self.rank[b] else (b, a) for a, b in edges]
        self.chains = [self._chain(a, b) for a, b in down]
        self.rows = self._rows()
        self._order()
        xs = self._places()
        tops, bottoms = self._bands()
        ys = [(tops[r] + bottoms[r]) / 2 for r in self.rank]
        self.centers = list(zip(xs, ys))[:self.count]
        self.routes = [self._route(chain, edge != way, xs, ys, tops, bottoms)
                       for chain, edge, way in zip(self.chains, edges, down)]

    def _chain(self, a, b):
        """The box, a dummy in each rank between, the other box."""
        dummies = range(len(self.rank), len(self.rank) + max(self.rank[b] - self.rank[a] - 1, 0))
        self.rank += range(self.rank[a] + 1, self.rank[a] + 1 + len(dummies))
        self.sizes += [(0, 0)] * len(dummies)
        return [a, *dummies, b]

    def _rows(self):
        """The boxes and dummies of each rank; fills `above` and `below` with their neighbours."""
        rows = [[] for _ in range(max(self.rank, default=-1) + 1)]
        for i, rank in enumerate(self.rank):
            rows[rank].append(i)
        self.above = [[] for _ in self.rank]
        self.below = [[] for _ in self.rank]
        for chain in self.chains:
            for a, b in zip(chain, chain[1:]):
                self.below[a].append(b)
                self.above[b].append(a)
        return rows

    # Orders

    def _order(self):
        """Put each rank in the order of its neighbours' middles, to and fro; keep the best."""
        best, fewest = None, None
        for sweep in range(SWEEPS + 1):
            crossings = self._crossings()
            if fewest is None or crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
            if not fewest:
                break
            down = sweep % 2 == 0
            rows = self.rows[1:] if down else self.rows[-2::-1]
            self._sort(rows, self.above if down else self.below)
        self.rows = best or self.rows

    def _sort(self, rows, neighbours):
        place = self._positions()
        for row in rows:
            def middle(i):
                around = [place[j] for j in neighbours[i]]
                return sum(around) / len(around) if around else place[i]

            row.sort(key=middle)
            place.update((i, k) for k, i in enumerate(row))

    def _positions(self):
        return {i: k for row in self.rows for k, i in enumerate(row)}

    def _crossings(self):
        place, count = self._positions(), 0
        for row in self.rows:
            met = []
            for i in row:
                ends = [place[j] for j in self.below[i]]
                count += sum(len(met) - bisect_left(met, end + 1) for end in ends)
                for end in ends:
                    insort(met, end)
        return count

    # Places

    def _places(self):
        """x of every box and dummy: near its neighbours, no closer than GAP to its fellows."""
        x = [0.] * len(self.rank)
        for row in self.rows:
            for i, place in zip(row, self._spread(row, [0.] * len(row))):
                x[i] = place
        for sweep in range(4 * SWEEPS):
            down = sweep % 2 == 0
            for row in (self.rows if down else self.rows[::-1]):
                for i, place in zip(row, self._spread(row, [self._wish(i, x, down)
                                                             for i in row])):
                    x[i] = place
        return x

    def _wish(self, i, x, down):
        """Where i is to be: the middle of its neighbours on one side; or the box, if they are a
        box and a long line, else each shortcut would bend a deep model to its side."""
        around = self.above[i] if down else self.below[i]
        around = around or self.above[i] or self.below[i]
        if i < self.count and len(around) == 2:
            around = [j for j in around if j < self.count] or around
        return sum(x[j] for j in around) / len(around) if around else x[i]

    def _spread(self, row, wishes):
        """The places nearest to the wishes, by squares, that keep the row's order and gaps: pool
        adjacent violators."""
        offsets, total = [], 0.
        for k, i in enumerate(row):
            if k:
                total += (self.sizes[row[k - 1]][0] + self.sizes[i][0]) / 2 + GAP
            offsets.append(total)
        pools = []  # [sum of weighted wishes, weight, members]
        for i, wish, offset in zip(row, wishes, offsets):
            weight = 50 if i < self.count else 1  # lines make way for boxes
            pools.append([weight * (wish - offset), weight, 1])
            while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
                last = pools.pop()
                pools[-1] = [a + b for a, b in zip(pools[-1], last)]
        starts = [value / weight for value, weight, members in pools for _ in range(members)]
        return [start + offset for start, offset in zip(starts, offsets)]

    # Lines

    def _bands(self):
        """Top and bottom of each rank."""
        tops, bottoms, y = [], [], 0.
        for row in self.rows:
            height = max(self.sizes[i][1] for i in row)
            tops.append(y)
            bottoms.append(y + height)
            y += height + RANK_GAP
        return tops, bottoms

    def _route(self, chain, upwards, xs, ys, tops, bottoms):
        first, *dummies, last = chain
        if first == last:  # a layer called on its own output: a loop at its side
            width, height = self.sizes[first]
            edge, low, high = xs[first] + width / 2, ys[first] + height / 4, ys[first] - height / 4
            return [(edge, low), (edge + GAP, low), (edge + GAP, high), (edge, high)]
        points = [(xs[first], ys[first] + self.sizes[first][1] / 2),
                  (xs[first], bottoms[self.rank[first]])]
        for i in dummies:
            points += [(xs[i], tops[self.rank[i]]), (xs[i], bottoms[self.rank[i]])]
        points += [(xs[last], tops[self.rank[last]]),
                   (xs[last], ys[last] - self.sizes[last][1] / 2)]
        return points[::-1] if upwards else points


# Ranks


def _without_circles(count, edges):
    """The edges but those that close a circle, met depth first."""
    after = [[] for _ in range(count)]
    for a, b in edges:
        after[a].append(b)
    order = _finished(count, after)
    return [(a, b) for a, b in dict.fromkeys(edges) if order[b] < order[a]]


def _finished(count, after):
    """When each box is left by a walk depth first."""
    seen, order = set(), [0] * count
    clock = 0
    for root in range(count):
        stack = [(root, False)]
        while stack:
            i, leaving = stack.pop()
            if leaving:
                order[i] = clock = clock + 1
            elif i not in seen:
                seen.add(i)
                stack.append((i, True))
                stack += [(j, False) for j in reversed(after[i])]
    return order


def _ranks(count, edges):
    """The rank of each box: below all that lead to it, and as near to what it leads to as that
    shortens lines."""
    after, before = [[] for _ in range(count)], [[] for _ in range(count)]
    for a, b in edges:
        after[a].append(b)
        before[b].append(a)
    order = sorted(range(count), key=_finished(count, after).__getitem__, reverse=True)
    rank = [0] * count
    for i in order:
        rank[i] = max((rank[j] + 1 for j in before[i]), default=0)
    for i in reversed(order):
        if after[i] and len(after[i]) >= len(before[i]):
            rank[i] = min(rank[j] for j in after[i]) - 1
    lowest = min(rank, default=0)
    return [r - lowest for r in rank]
