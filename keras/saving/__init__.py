"""Model files: the one place that reads and writes them (security contract: SECURITY.md).

reader < writer < conversion < weights < configs, ages < training < models, in the order in which
a file is opened, checked, brought up to date, and turned into a model.
"""
