"""Believable data for the demo and the tests: the same for the same seed, in three sizes."""

from gbtui.demo.sample import corpus
from gbtui.demo.sample.load import load
from gbtui.demo.sample.shape import Listener, Loaded, Progress, Size

__all__ = ["Listener", "Loaded", "Progress", "Size", "corpus", "load"]
