"""A perceptron with a hidden layer of tanh, its gradients and its training, in NumPy float64."""

import numpy as np


def reduced(score, mask=None, weights=None):
    """The mean of per-sample scores as Keras 2 takes it (facts/defaults.md, 3)."""
    score = np.asarray(score, "float64")
    if mask is not None:
        score = score * mask / np.mean(mask)
    if weights is not None:
        while score.ndim > np.ndim(weights):
            score = score.mean(-1)
        score = score * weights / np.mean(np.asarray(weights) != 0)
    return np.mean(score)


class Perceptron:
    """p = tanh(x W1 + b1) W2 + b2, with the mean squared error and l2 of W1 as its loss."""

    def __init__(self, weights, l2=0.0):
        self.weights = [np.array(w, "float64") for w in weights]
        self.l2 = l2

    def hidden(self, x):
        return np.tanh(x @ self.weights[0] + self.weights[1])

    def predict(self, x):
        return self.hidden(x) @ self.weights[2] + self.weights[3]

    def penalty(self):
        return self.l2 * (self.weights[0] ** 2).sum()

    def loss(self, x, y, weights=None):
        score = ((self.predict(x) - y) ** 2).mean(-1)
        return reduced(score, weights=weights) + self.penalty()

    def gradients(self, x, y, weights=None):
        h = self.hidden(x)
        slope = 2 * (self.predict(x) - y) / y.shape[1] / len(x)
        if weights is not None:
            slope = slope * weights[:, None] / np.mean(weights != 0)
        inner = slope @ self.weights[2].T * (1 - h**2)
        first = x.T @ inner + 2 * self.l2 * self.weights[0]
        return [first, inner.sum(0), h.T @ slope, slope.sum(0)]

    def step(self, x, y, lr, weights=None):
        """One step of gradient descent. Returns the loss before it."""
        loss = self.loss(x, y, weights)
        for w, g in zip(self.weights, self.gradients(x, y, weights), strict=True):
            w -= lr * g
        return loss
