"""Where programs written for Numba look for errors, types and config."""
from .. import config
from . import errors, types

__all__ = ["config", "errors", "types"]
