"""Modes of an unknown energy: the basins of its minima on a grid. Only scores use them, never training."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

# A basin counts as a separate mode if the barriers around it are at least this high (in nats above its minimum) and it contains at least this
# fraction of the mass.
BARRIER_NATS, LEAST_MASS = 0.5, 1e-3
# If there are more modes, the lightest ones are merged into their neighbours.
MOST_MODES = 64


def basins(energy: Tensor, mass: Tensor) -> Tensor:
    """The basin of each node of a grid. Basins are numbered from 0 in the order of their minima, the lowest first.

    Every node follows its lowest neighbour down to a minimum. Then basins merge across their lowest barriers: a shallow or light basin joins
    its deeper neighbour (as in persistence-based clustering).

    Args:
        energy: energies at the nodes of a grid.
        mass: probabilities of the nodes.

    Returns:
        Basin numbers, in the shape of the grid.
    """
    minimum = _descend(energy)
    bottoms, label = minimum.unique(return_inverse=True)
    depth = energy.flatten()[bottoms]
    held = torch.zeros(len(bottoms), dtype=mass.dtype).index_add_(0, label, mass.flatten())
    parent = _merge(_barriers(energy, label), depth.tolist(), held.tolist())
    root = parent[label]
    roots = root.unique()
    ordered = roots[depth[roots].argsort()]
    rank = torch.zeros(len(bottoms), dtype=torch.long)
    rank[ordered] = torch.arange(len(ordered))
    return rank[root].reshape(energy.shape)


def _descend(energy: Tensor) -> Tensor:
    """For each node, the flat index of the minimum that it reaches by steps to the lowest neighbour."""
    flat, best = torch.arange(energy.numel()).reshape(energy.shape), energy.clone()
    target = flat.clone()
    for here, there in _neighbours(energy.dim()):
        lower = energy[there] < best[here]
        best[here] = torch.where(lower, energy[there], best[here])
        target[here] = torch.where(lower, flat[there], target[here])
    pointer = target.flatten()
    while not torch.equal(further := pointer[pointer], pointer):
        pointer = further
    return pointer


def _neighbours(dim: int) -> list[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Pairs of shifted views of a grid: equal positions in a pair are neighbouring nodes, diagonal neighbours included."""
    cut = {
        0: (slice(None), slice(None)),
        1: (slice(None, -1), slice(1, None)),
        -1: (slice(1, None), slice(None, -1)),
    }
    shifts = [shift for shift in product((-1, 0, 1), repeat=dim) if any(shift)]
    return [(tuple(cut[s][0] for s in shift), tuple(cut[s][1] for s in shift)) for shift in shifts]


def _barriers(energy: Tensor, label: Tensor) -> list[tuple[float, int, int]]:
    """The barriers between adjacent basins: for each pair, the smallest energy that a path between them must reach. Sorted from the lowest
    to the highest."""
    label, count = label.reshape(energy.shape), int(label.max()) + 1
    keys, heights = [], []
    for here, there in _neighbours(energy.dim()):
        a, b = label[here], label[there]
        border = a < b
        keys.append(a[border] * count + b[border])
        heights.append(torch.maximum(energy[here], energy[there])[border])
    pairs, which = torch.cat(keys).unique(return_inverse=True)
    lowest = torch.full((len(pairs),), torch.inf, dtype=energy.dtype)
    lowest.scatter_reduce_(0, which, torch.cat(heights), "amin")
    order = lowest.argsort()
    return [(float(lowest[i]), int(pairs[i]) // count, int(pairs[i]) % count) for i in order.tolist()]


def _merge(barriers: list[tuple[float, int, int]], depth: list[float], held: list[float]) -> Tensor:
    """For each basin, the basin into which it is merged in the end, which may be itself."""
    parent, held = list(range(len(depth))), list(held)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(limit: float, least: float) -> None:
        for height, a, b in barriers:
            deep, shallow = sorted((root(a), root(b)), key=lambda i: depth[i])
            if deep != shallow and (height - depth[shallow] < limit or held[shallow] < least):
                parent[shallow] = deep
                held[deep] += held[shallow]

    join(BARRIER_NATS, LEAST_MASS)
    # Again, since merging can give a light basin a deeper neighbour that it did not have before.
    join(BARRIER_NATS, LEAST_MASS)
    heaviest = sorted({root(i) for i in range(len(depth))}, key=lambda i: -held[i])
    if len(heaviest) > MOST_MODES:
        join(0.0, held[heaviest[MOST_MODES - 1]])
    return torch.tensor([root(i) for i in range(len(depth))])
