"""numjit.types under the name that it has in Numba."""
from .. import types as _types
from ..types import *  # noqa: F403


def __getattr__(name):
    return getattr(_types, name)
