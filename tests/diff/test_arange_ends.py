"""np.arange near the ends of uint64, where float64 no longer tells numbers apart: counted as uint64, as NumPy does."""
import numpy as np
import pytest
from differential import same

U = np.uint64
RANGES = [(U(2**64 - 5), U(2**64 - 1), 1), (U(2**64 - 5), U(2**64 - 1), U(2)), (U(2**63 - 5), U(2**63 + 2), U(2)), (5, U(9), 1), (-5, U(9), 1),
          (U(5), U(3), 1), (U(5), U(3), -1), (np.int64(3), U(9), 1), (U(5), 9.5, 1), (U(5), np.int64(9), U(2)), (1, 5, U(2)),
          (np.uint8(3), U(7), np.uint8(2)), (U(2), U(7), 0.5), (U(2**64 - 1), U(2**64 - 1), 1), (0, U(200), U(50))]


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("ends", RANGES, ids=str)
@pytest.mark.parametrize("f", [lambda a, b, c: np.arange(a, b, c), lambda a, b, c: np.arange(a, b, c, np.uint64),
                               lambda a, b, c: np.arange(a, b, c, np.int64), lambda a, b, c: np.arange(a, b, c, np.int8)])
def test_arange(f, ends):
    same(f, *ends)
