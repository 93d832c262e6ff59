# SPDX-License-Identifier: GPL-2.0
#
# For the awk programs of this directory.  A list is a string: numbers with spaces between them.

# Sort the numbers of a list into v; return how many there are.
function sorted(list, v,	n, i, j, t)
{
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) {
			t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
		}
	return n
}

function median(list,	n, v)
{
	n = sorted(list, v)
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# Return "least-most".
function range(list,	n, v)
{
	n = sorted(list, v)
	return sprintf("%.1f-%.1f", v[1], v[n])
}
