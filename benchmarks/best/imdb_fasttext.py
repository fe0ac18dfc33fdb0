"""imdb_fasttext, as fast as we know how to write it in torch calls.

Adam moves a million numbers a step though few thousand have a gradient: reading and writing them
and their two means, 28 MB, is most of the time. What went:

- Adam on one flat buffer in one call; torch.optim.Adam takes one for each of three parameters;
- the average over time and its derivative are the embedding bag's, without the array of all words
  (2.6 MB, written and read each way);
- the derivative is written out.
"""
import torch
from best.pieces import FusedAdam, flat_parameters
from plain.imdb_fasttext import Network
from program import Program
from workloads import WORKLOADS, arrays


class ImdbFasttext(Program):

    def __init__(self, dropout=True):
        x, y = arrays("imdb_fasttext")
        super().__init__(torch.from_numpy(x), torch.from_numpy(y),
                         WORKLOADS["imdb_fasttext"].batch_size)
        self.parameters, self.gradient, self.weights, self.gradients = flat_parameters(
            [p.detach().numpy() for p in Network().parameters()])
        self.optimizer = FusedAdam(self.parameters, self.gradient)

    @torch.inference_mode()
    def step(self, x, y):
        embedding, w, b = self.weights
        g_embedding, g_w, g_b = self.gradients
        means = torch.nn.functional.embedding_bag(x, embedding, mode="mean")
        logits = torch.addmm(b, means, w.t())
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y).item()

        self.gradient.zero_()
        d_logits = torch.sigmoid(logits).sub_(y).mul_(1 / len(x))
        torch.mm(d_logits.t(), means, out=g_w)
        torch.sum(d_logits, 0, out=g_b)
        d_words = (d_logits * w).mul_(1 / x.shape[1])
        g_embedding.index_add_(0, x.t().reshape(-1), d_words.repeat(x.shape[1], 1))
        self.optimizer.step()
        return loss


setup = ImdbFasttext
