// SPDX-License-Identifier: GPL-2.0-only
/* The middle of some numbers, and how far they lie apart. */
#include "bench.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between two numbers in proportion. */
double quantile(const double *sorted, int n, double q)
{
	double at = q * (n - 1);
	int below = (int)at;
	int above = below + 1 < n ? below + 1 : below;

	return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

struct quartiles quartiles(double *values, int n)
{
	qsort(values, n, sizeof(*values), by_value);
	return (struct quartiles){
		.min = values[0],
		.p25 = quantile(values, n, 0.25),
		.median = quantile(values, n, 0.5),
		.p75 = quantile(values, n, 0.75),
		.max = values[n - 1],
	};
}
