"""numjit.errors under the name that it has in Numba."""
from ..errors import *  # noqa: F403
