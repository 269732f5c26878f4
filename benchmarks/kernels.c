/* The kernels of kernels.py in C. Each array comes as a pointer followed by its shape. */
#include <math.h>
#include <stdint.h>

typedef int64_t I;

double sum2d(const double *a, I n, I m)
{
	double total = 0.0;
	for (I i = 0; i < n; i++)
		for (I j = 0; j < m; j++)
			total += a[i * m + j];
	return total;
}

double stencil(const double *a, I n, I m, double *out, I n2, I m2)
{
	for (I i = 1; i < n - 1; i++)
		for (I j = 1; j < m - 1; j++)
			out[i * m2 + j] = 0.25 * (a[(i - 1) * m + j] + a[(i + 1) * m + j] + a[i * m + j - 1] +
						  a[i * m + j + 1]);
	return 0.0;
}

I mandelbrot(I *out, I rows, I cols, I limit)
{
	for (I i = 0; i < rows; i++)
		for (I j = 0; j < cols; j++) {
			double cr = -2.0 + 3.0 * j / cols, ci = -1.5 + 3.0 * i / rows, zr = 0.0, zi = 0.0;
			I n = 0;
			while (n < limit && zr * zr + zi * zi < 4.0) {
				double t = zr * zr - zi * zi + cr;
				zi = 2.0 * zr * zi + ci;
				zr = t;
				n++;
			}
			out[i * cols + j] = n;
		}
	return 0;
}

double nbody(double *pos, I n, I three, double *vel, I n2, I three2, const double *mass, I n3, I steps, double dt)
{
	for (I step = 0; step < steps; step++) {
		for (I i = 0; i < n; i++) {
			double ax = 0.0, ay = 0.0, az = 0.0;
			for (I j = 0; j < n; j++) {
				double dx = pos[j * three] - pos[i * three];
				double dy = pos[j * three + 1] - pos[i * three + 1];
				double dz = pos[j * three + 2] - pos[i * three + 2];
				double d2 = dx * dx + dy * dy + dz * dz + 0.01;
				double w = mass[j] / (d2 * sqrt(d2));
				ax += w * dx;
				ay += w * dy;
				az += w * dz;
			}
			vel[i * three2] += dt * ax;
			vel[i * three2 + 1] += dt * ay;
			vel[i * three2 + 2] += dt * az;
		}
		for (I i = 0; i < n; i++)
			for (I k = 0; k < 3; k++)
				pos[i * three + k] += dt * vel[i * three2 + k];
	}
	return 0.0;
}

double matmul(const double *a, I n, I p, const double *b, I p2, I m, double *c, I n2, I m2)
{
	for (I i = 0; i < n; i++)
		for (I j = 0; j < m; j++) {
			double s = 0.0;
			for (I k = 0; k < p; k++)
				s += a[i * p + k] * b[k * m + j];
			c[i * m2 + j] = s;
		}
	return 0.0;
}

double spmv(const I *indptr, I n1, const I *indices, I nnz, const double *data, I nnz2, const double *x, I nx, double *y,
	    I ny)
{
	for (I i = 0; i < n1 - 1; i++) {
		double s = 0.0;
		for (I k = indptr[i]; k < indptr[i + 1]; k++)
			s += data[k] * x[indices[k]];
		y[i] = s;
	}
	return 0.0;
}

double black_scholes(const double *spot, I n, const double *strike, I n2, const double *years, I n3, double *out, I n4,
		     double rate, double vol)
{
	for (I i = 0; i < n; i++) {
		double root = vol * sqrt(years[i]);
		double d1 = (log(spot[i] / strike[i]) + (rate + 0.5 * vol * vol) * years[i]) / root, d2 = d1 - root;
		double c1 = 0.5 * erfc(-d1 / sqrt(2.0)), c2 = 0.5 * erfc(-d2 / sqrt(2.0));
		out[i] = spot[i] * c1 - strike[i] * exp(-rate * years[i]) * c2;
	}
	return 0.0;
}

I life(const uint8_t *a, I rows, I cols, uint8_t *b, I rows2, I cols2)
{
	for (I i = 0; i < rows; i++)
		for (I j = 0; j < cols; j++) {
			I n = 0;
			for (I di = -1; di < 2; di++)
				for (I dj = -1; dj < 2; dj++)
					if (di != 0 || dj != 0)
						n += a[(i + di + rows) % rows * cols + (j + dj + cols) % cols];
			b[i * cols2 + j] = n == 3 || (n == 2 && a[i * cols + j] == 1);
		}
	return 0;
}

double heap_sort(double *a, I n)
{
	I start = n / 2, end = n;
	while (end > 1) {
		if (start > 0) {
			start--;
		} else {
			end--;
			double t = a[end];
			a[end] = a[0];
			a[0] = t;
		}
		I root = start;
		double value = a[root];
		while (2 * root + 1 < end) {
			I child = 2 * root + 1;
			if (child + 1 < end && a[child] < a[child + 1])
				child++;
			if (value >= a[child])
				break;
			a[root] = a[child];
			root = child;
		}
		a[root] = value;
	}
	return a[n / 2];
}

I crc32(const uint8_t *data, I n, I *table, I nt)
{
	for (I i = 0; i < 256; i++) {
		I c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
		table[i] = c;
	}
	I crc = 0xFFFFFFFF;
	for (I i = 0; i < n; i++)
		crc = table[(crc ^ data[i]) & 0xFF] ^ (crc >> 8);
	return crc ^ 0xFFFFFFFF;
}

I random_walk(I steps, I seed)
{
	I state = seed, x = 0, y = 0, far = 0;
	for (I k = 0; k < steps; k++) {
		state = (1664525 * state + 1013904223) & 0xFFFFFFFF;
		I way = state >> 30;
		if (way == 0)
			x++;
		else if (way == 1)
			x--;
		else if (way == 2)
			y++;
		else
			y--;
		I d = x * x + y * y;
		if (d > far)
			far = d;
	}
	return far;
}

I edit_distance(const I *a, I m, const I *b, I n, I *row, I nr)
{
	for (I j = 0; j <= n; j++)
		row[j] = j;
	for (I i = 0; i < m; i++) {
		I diagonal = row[0];
		row[0] = i + 1;
		for (I j = 0; j < n; j++) {
			I cost = diagonal + (a[i] != b[j]);
			diagonal = row[j + 1];
			if (diagonal + 1 < cost)
				cost = diagonal + 1;
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			row[j + 1] = cost;
		}
	}
	return row[n];
}

double prefix_sum(const double *a, I n, double *out, I n2)
{
	double s = 0.0;
	for (I i = 0; i < n; i++) {
		s += a[i];
		out[i] = s;
	}
	return s;
}

I histogram(const double *a, I na, I *bins, I n, double low, double high)
{
	double scale = n / (high - low);
	for (I i = 0; i < na; i++) {
		I k = (I)((a[i] - low) * scale);
		if (k >= 0 && k < n)
			bins[k]++;
	}
	return 0;
}

I sieve(uint8_t *flags, I n)
{
	for (I i = 0; i < n; i++)
		flags[i] = 1;
	for (I i = 2; i * i < n; i++)
		if (flags[i])
			for (I j = i * i; j < n; j += i)
				flags[j] = 0;
	I count = 0;
	for (I i = 2; i < n; i++)
		count += flags[i];
	return count;
}

double floyd_warshall(double *d, I n, I m)
{
	for (I k = 0; k < n; k++)
		for (I i = 0; i < n; i++)
			for (I j = 0; j < n; j++) {
				double t = d[i * m + k] + d[k * m + j];
				if (t < d[i * m + j])
					d[i * m + j] = t;
			}
	return 0.0;
}

double lu(double *a, I n, I m)
{
	for (I k = 0; k < n; k++)
		for (I i = k + 1; i < n; i++) {
			a[i * m + k] /= a[k * m + k];
			for (I j = k + 1; j < n; j++)
				a[i * m + j] -= a[i * m + k] * a[k * m + j];
		}
	return a[(n - 1) * m + n - 1];
}

double jacobi(const double *a, I n, I m, const double *b, I nb, double *x, I nx, double *y, I ny, I sweeps)
{
	for (I sweep = 0; sweep < sweeps; sweep++) {
		for (I i = 0; i < n; i++) {
			double s = b[i];
			for (I j = 0; j < n; j++)
				if (j != i)
					s -= a[i * m + j] * x[j];
			y[i] = s / a[i * m + i];
		}
		for (I i = 0; i < n; i++)
			x[i] = y[i];
	}
	return x[0];
}

I gcd_sum(I n)
{
	I total = 0;
	for (I i = 1; i <= n; i++)
		for (I j = 1; j <= n; j++) {
			I a = i, b = j;
			while (b != 0) {
				I t = a % b;
				a = b;
				b = t;
			}
			total += a;
		}
	return total;
}

I collatz(I n)
{
	I longest = 0;
	for (I i = 1; i < n; i++) {
		I k = i, steps = 0;
		while (k != 1) {
			k = k & 1 ? 3 * k + 1 : k >> 1;
			steps++;
		}
		if (steps > longest)
			longest = steps;
	}
	return longest;
}

double convolve(const double *a, I na, const double *kernel, I m, double *out, I n)
{
	for (I i = 0; i < n; i++) {
		double s = 0.0;
		for (I k = 0; k < m; k++)
			s += a[i + k] * kernel[m - 1 - k];
		out[i] = s;
	}
	return 0.0;
}

I binary_search(const double *a, I n, const double *keys, I nk)
{
	I found = 0;
	for (I i = 0; i < nk; i++) {
		I low = 0, high = n;
		while (low < high) {
			I middle = (low + high) / 2;
			if (a[middle] < keys[i])
				low = middle + 1;
			else
				high = middle;
		}
		found += low;
	}
	return found;
}

I knapsack(const I *weights, I n, const I *values, I nv, I *best, I nb)
{
	for (I i = 0; i < n; i++) {
		I w = weights[i];
		for (I c = nb - 1; c >= w; c--) {
			I t = best[c - w] + values[i];
			if (t > best[c])
				best[c] = t;
		}
	}
	return best[nb - 1];
}

I nearest(const double *points, I n, I dim, const double *centres, I nc, I dim2, I *labels, I nl)
{
	for (I i = 0; i < n; i++) {
		double low = 1e300;
		for (I c = 0; c < nc; c++) {
			double d = 0.0;
			for (I k = 0; k < dim; k++) {
				double t = points[i * dim + k] - centres[c * dim2 + k];
				d += t * t;
			}
			if (d < low) {
				low = d;
				labels[i] = c;
			}
		}
	}
	return 0;
}

double quadrature(I n)
{
	double h = 1.0 / n, s = 0.0;
	for (I i = 0; i < n; i++) {
		double x = (i + 0.5) * h;
		s += sin(10.0 * x) * exp(-x);
	}
	return s * h;
}

/* As in Python: the factor is a double, so that the sum is formed in double and rounded once. */
double saxpy32(double a, const float *x, I n, float *y, I n2)
{
	for (I i = 0; i < n; i++)
		y[i] = (float)(a * x[i] + y[i]);
	return 0.0;
}
