"""imdb_lstm_sigmoid, plainly: Embedding, torch's own nn.LSTM, Dense(1), Adam."""
from plain.modules import Training
from torch import nn
from torch.nn import functional as F
from workloads import UNITS, VOCABULARY


class Network(nn.Module):

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, UNITS)
        self.lstm = nn.LSTM(UNITS, UNITS, batch_first=True)
        self.dense = nn.Linear(UNITS, 1)

    def forward(self, x):
        outputs, _ = self.lstm(self.embedding(x))
        return self.dense(outputs[:, -1]).sigmoid()


class ImdbLstmSigmoid(Training):
    workload = "imdb_lstm_sigmoid"
    loss = staticmethod(F.binary_cross_entropy)

    def module(self, dropout):
        return Network()


setup = ImdbLstmSigmoid
