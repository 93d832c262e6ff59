# SPDX-License-Identifier: GPL-2.0
#
# For gnuplot: plot the ratios of bench/report.  Each operation is a row, each mode a colour.
#
# data= is the input.  Its first line names the modes; the others are compared with the first mode,
# which has no column.  svg= is the output.

names = system("sed 1q '" . data . "'")
modes = words(names) - 1
low = 0.99
high = 1.01
do for [i = 2 : modes + 1] {
	stats data using i skip 1 nooutput
	low = STATS_min < low ? STATS_min : low
	high = STATS_max > high ? STATS_max : high
}
rows = STATS_records
set terminal svg size 900, 160 + 16 * rows dynamic font "sans-serif,12" background "white"
set output svg
set key outside top center horizontal noenhanced
set ytics noenhanced
set yrange [-1:rows]
set xrange [low - 0.005 : high + 0.005]
set xlabel "instructions of the guest for one operation, relative to " . word(names, 1) noenhanced
set grid xtics ytics linecolor "#dddddd"
set arrow from first 1, graph 0 to first 1, graph 1 nohead linecolor "#888888"
plot for [i = 2 : modes + 1] data using i : 0 : ytic(1) skip 1 with points \
	pointtype 7 pointsize 0.7 linecolor i - 1 title word(names, i)
