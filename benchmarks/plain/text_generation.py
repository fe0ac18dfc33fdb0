"""text_generation, plainly: an LSTM with hard_sigmoid gates over one-hot letters."""
from plain.imdb_lstm import KerasLSTM
from plain.modules import Training, rmsprop
from torch import nn
from torch.nn import functional as F
from workloads import LETTERS, UNITS


class TextGeneration(Training):
    workload = "text_generation"
    make_optimizer = staticmethod(rmsprop)
    loss = staticmethod(F.cross_entropy)

    def module(self, dropout):
        lstm = KerasLSTM(LETTERS, UNITS, dropout=0.0, recurrent_dropout=0.0)
        for parameter in lstm.parameters():
            nn.init.uniform_(parameter, -0.1, 0.1)
        return nn.Sequential(lstm, nn.Linear(UNITS, LETTERS))


setup = TextGeneration
