"""imdb_fasttext, plainly: Embedding, the average over time, Dense(1), Adam."""
from plain.modules import Training
from torch import nn
from torch.nn import functional as F
from workloads import VOCABULARY


class Network(nn.Module):

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 50)
        self.dense = nn.Linear(50, 1)

    def forward(self, x):
        return self.dense(self.embedding(x).mean(1)).sigmoid()


class ImdbFasttext(Training):
    workload = "imdb_fasttext"
    loss = staticmethod(F.binary_cross_entropy)

    def module(self, dropout):
        return Network()


setup = ImdbFasttext
