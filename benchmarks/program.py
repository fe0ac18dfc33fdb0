"""What every hand-written program shares: the walk over shuffled batches."""
import numpy as np
import torch


class Program:
    """One training run. `steps(n)` does the next n training steps and returns after the last;
    `losses` holds the loss of every step so far.

    A subclass sets `x`, `y`, `batch_size` and gives `step(x, y) -> float`.
    """

    def __init__(self, x, y, batch_size, seed=2):
        self.x = x
        self.y = y
        self.batch_size = batch_size
        self.losses = []
        self.random = np.random.RandomState(seed)
        self.start = len(x)

    def steps(self, n):
        for _ in range(n):
            if self.start + self.batch_size > len(self.x):
                self.order = torch.from_numpy(self.random.permutation(len(self.x)))
                self.start = 0
            index = self.order[self.start:self.start + self.batch_size]
            self.start += self.batch_size
            self.losses.append(self.step(self.x[index], self.y[index]))

    def epoch(self):
        self.steps(len(self.x) // self.batch_size)

    def step(self, x, y):
        raise NotImplementedError
