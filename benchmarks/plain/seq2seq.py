"""seq2seq, plainly: an encoder whose last states start the decoder, torch's own nn.LSTM.

Its gates are sigmoids and it runs in one piece, which is less work than Keras' hard_sigmoid.
"""
from plain.modules import Training, rmsprop
from torch import nn
from torch.nn import functional as F
from workloads import LETTERS


class Network(nn.Module):

    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(LETTERS, 256, batch_first=True)
        self.decoder = nn.LSTM(LETTERS, 256, batch_first=True)
        self.dense = nn.Linear(256, LETTERS)

    def forward(self, source, target):
        _, states = self.encoder(source)
        return self.dense(self.decoder(target, states)[0])


class Seq2Seq(Training):
    workload = "seq2seq"
    make_optimizer = staticmethod(rmsprop)

    def module(self, dropout):
        return Network()

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x, y).transpose(1, 2), y.transpose(1, 2))
        loss.backward()
        self.optimizer.step()
        return loss.item()


setup = Seq2Seq
