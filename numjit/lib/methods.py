"""Methods of arrays that change them in place."""
import numpy as np

from numjit.lib import sorting


def sort(self, axis=-1, kind=None, order=None, *, stable=None):
    del kind, stable  # the result is the same
    if not self.flags.writeable:
        raise ValueError("sort array is read-only")
    if self.ndim == 1 and self.flags.c_contiguous and (axis == -1 or axis == 0):
        sorting._sort_each(np.ravel(self).reshape(1, self.size))
    else:
        self[...] = sorting.sort(self, axis)


def partition(self, kth, axis=-1, kind="introselect", order=None):
    del kind
    if not self.flags.writeable:
        raise ValueError("partition array is read-only")
    self[...] = sorting.partition(self, kth, axis)
