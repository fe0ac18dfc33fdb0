"""imdb_lstm, plainly: Embedding, LSTM in Keras 2's default form, Dense(1), Adam.

torch's own nn.LSTM has neither hard_sigmoid gates nor dropout of Keras' kind (one mask for a whole
sequence, another for each gate, on the inputs and on the recurrent state), so a torch user writes
a cell and loops over time. The form chosen: all inputs are projected once, before the loop, one
`F.linear` for each gate, as each gate has its own dropped-out copy of the inputs; the loop has
one `F.linear` for each gate, for the same reason. Time steps are taken with `unbind`: the
derivative of `x[:, t]` would be a whole array of zeros for every step (76 ms instead of 62).
"""
import torch
from program import Program
from torch import nn
from torch.nn import functional as F
from workloads import UNITS, VOCABULARY, WORKLOADS, arrays, weights


def hard_sigmoid(x):
    """Keras 2's: slope 0.2 (torch.nn.Hardsigmoid has 1/6)."""
    return (0.2 * x + 0.5).clamp(0, 1)


class KerasLSTM(nn.Module):
    """(batch, time, features) -> the last output, (batch, units)."""

    def __init__(self, features, units, dropout, recurrent_dropout):
        super().__init__()
        self.units = units
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.kernel = nn.Parameter(torch.empty(4 * units, features))
        self.recurrent_kernel = nn.Parameter(torch.empty(4 * units, units))
        self.bias = nn.Parameter(torch.empty(4 * units))

    def masks(self, like, rate):
        return [F.dropout(torch.ones_like(like), rate, self.training) for _ in range(4)]

    def forward(self, x):
        h = x.new_zeros(len(x), self.units)
        c = x.new_zeros(len(x), self.units)
        x_masks = self.masks(x[:, 0], self.dropout)
        h_masks = self.masks(h, self.recurrent_dropout)
        projected = [
            F.linear(x * mask[:, None], kernel, bias).unbind(1) for mask, kernel, bias
            in zip(x_masks, self.kernel.chunk(4), self.bias.chunk(4))]
        u_i, u_f, u_c, u_o = self.recurrent_kernel.chunk(4)
        for x_i, x_f, x_c, x_o in zip(*projected):
            i = hard_sigmoid(x_i + F.linear(h * h_masks[0], u_i))
            f = hard_sigmoid(x_f + F.linear(h * h_masks[1], u_f))
            g = torch.tanh(x_c + F.linear(h * h_masks[2], u_c))
            o = hard_sigmoid(x_o + F.linear(h * h_masks[3], u_o))
            c = f * c + i * g
            h = o * torch.tanh(c)
        return h


class ImdbLstm(Program):

    def __init__(self, dropout=True):
        x, y = arrays("imdb_lstm")
        super().__init__(torch.from_numpy(x), torch.from_numpy(y),
                         WORKLOADS["imdb_lstm"].batch_size)
        rate = 0.2 if dropout else 0.0
        self.model = nn.Sequential(
            nn.Embedding(VOCABULARY, UNITS),
            KerasLSTM(UNITS, UNITS, dropout=rate, recurrent_dropout=rate),
            nn.Linear(UNITS, 1), nn.Sigmoid())
        embedding, *others = weights("imdb_lstm")
        with torch.no_grad():
            for parameter, value in zip(
                    self.model.parameters(), [embedding, *(value.T for value in others)]):
                parameter.copy_(torch.from_numpy(value))
        self.optimizer = torch.optim.Adam(self.model.parameters(), eps=1e-7)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.binary_cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


setup = ImdbLstm
