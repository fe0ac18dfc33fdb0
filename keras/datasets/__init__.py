"""Small data sets, downloaded when first asked for (manual, chapter 12)."""
from . import boston_housing, cifar10, cifar100, fashion_mnist, imdb, mnist, reuters
