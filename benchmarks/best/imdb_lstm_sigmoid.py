"""imdb_lstm_sigmoid, as fast as we know how to write it in torch calls: torch's own LSTM, oneDNN's,
which takes most of the time. What went: words are gathered step by step in memory, as the network
reads them; Adam runs on one flat buffer in one call, and gradients are written into another.
"""
import torch
from best.pieces import FusedAdam, flat_parameters, keep_freed_memory
from plain.imdb_lstm_sigmoid import Network
from program import Program
from workloads import UNITS, WORKLOADS, arrays


class ImdbLstmSigmoid(Program):

    def __init__(self, dropout=True):
        keep_freed_memory()
        x, y = arrays("imdb_lstm_sigmoid")
        batch = WORKLOADS["imdb_lstm_sigmoid"].batch_size
        super().__init__(torch.from_numpy(x), torch.from_numpy(y), batch)
        self.parameters, self.gradient, self.weights, self.gradients = flat_parameters(
            [p.detach().numpy() for p in Network().parameters()])
        self.optimizer = FusedAdam(self.parameters, self.gradient)
        self.moving = [w.detach().requires_grad_() for w in self.weights[1:5]]
        self.zeros = torch.zeros(1, batch, UNITS)

    def step(self, x, y):
        embedding, *_, w, b = self.weights
        g_embedding, *g_lstm, g_w, g_b = self.gradients
        tokens = x.t().reshape(-1)
        words = embedding.index_select(0, tokens).view(x.shape[1], len(x), -1).requires_grad_()
        outputs, h, _ = torch.lstm(words, (self.zeros, self.zeros), self.moving, True, 1, 0.0,
                                   True, False, False)
        with torch.inference_mode():
            logits = torch.addmm(b, h[0], w.t())
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y).item()
            d_logits = torch.sigmoid(logits).sub_(y).mul_(1 / len(x))
            torch.mm(d_logits.t(), h[0], out=g_w)
            torch.sum(d_logits, 0, out=g_b)
        d_words, *found = torch.autograd.grad(h[0], [words, *self.moving], d_logits.clone() * w)
        for into, d in zip(g_lstm, found):
            into.copy_(d)
        g_embedding.zero_().index_add_(0, tokens, d_words.view(len(tokens), -1))
        self.optimizer.step()
        return loss


setup = ImdbLstmSigmoid
