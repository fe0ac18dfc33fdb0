"""imdb_cnn, plainly: Embedding, a convolution over time, the largest of each filter, Adam."""
from plain.modules import Training
from torch import nn
from torch.nn import functional as F
from workloads import VOCABULARY


class Network(nn.Module):

    def __init__(self, rate):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 50)
        self.convolution = nn.Conv1d(50, 250, 3)
        self.dense = nn.Linear(250, 250)
        self.last = nn.Linear(250, 1)
        self.dropout = nn.Dropout(rate)

    def forward(self, x):
        x = self.dropout(self.embedding(x)).transpose(1, 2)
        x = F.relu(self.convolution(x)).amax(2)
        return self.last(self.dropout(F.relu(self.dense(x)))).sigmoid()


class ImdbCnn(Training):
    workload = "imdb_cnn"
    loss = staticmethod(F.binary_cross_entropy)

    def module(self, dropout):
        return Network(0.2 if dropout else 0.0)


setup = ImdbCnn
