# SPDX-License-Identifier: GPL-2.0
#
# The main part of bench/report: awk -v DIR=RESULTS -f median.awk -f report.awk
#
# Input lines, in this order:
#	about NAME VALUE...		arch, config, commit
#	mode NAME HASH COMPILER...	a kernel.  The others are compared with the mode `none` or,
#					without that, with the first one.
#	boot MODE RUN ICACHE		a boot.  The lines of its console that start with "bench: "
#					follow (see guest/ops.c); then, if ICACHE is 1, the lines of
#					the plugin, as "icache ...".
# If a figure is missing or implausible: a line on stderr, status 1, and no results.

function stop(why)
{
	print "bench: error: " why > "/dev/stderr"
	stopped = 1
	exit 1
}

# Return the fields from I on, as a list.
function fields(i,	list)
{
	for (; i <= NF; i++)
		list = list " " $i
	return list
}

function abs(x)
{
	return x < 0 ? -x : x
}

# The lines of a boot have ended: stop if some are missing, and note its cache misses.
function boot_done(	i, b, op, list)
{
	if (mode == "")
		return
	if (!calibrated)
		stop(where ": no calibration: it did not start")
	if (!ended)
		stop(where ": it did not go to its end")
	for (i = 1; icache && i <= seen; i++) {
		op = here[i]
		list = ""
		for (b = first[op]; b < first[op] + batches[op]; b++) {
			if (!(b in missed))
				stop(where ": " op ": the plugin did not see all batches")
			list = list " " missed[b]
		}
		misses[op, mode] = misses[op, mode] " " median(list) / size[op]
	}
	with_icache += icache
	split("", missed)
	mode = ""
}

$1 == "about" {
	about[$2] = substr(fields(3), 2)
	next
}

$1 == "mode" {
	modes[++n_modes] = $2
	hash[$2] = $3
	compiler[$2] = substr(fields(4), 2)
	next
}

$1 == "boot" {
	boot_done()
	mode = $2
	where = $2 ", boot " $3
	icache = $4
	boots[mode]++
	n_boots++
	calibrated = ended = seen = lacking = 0
	next
}

$1 == "icache" {
	missed[$2] = $5
	next
}

$2 == "calibrate" {
	took = median(fields(5)) * $4
	# The figure includes two reads of the counter.
	if (NF < 5 || abs(took - $3) > $3 / 1000)
		stop(where ": the counter does not count instructions (got " took \
		     " for a loop of " $3 ")")
	calibrated = 1
	tick = $4
	next
}

$2 == "op" {
	op = $3
	if (!calibrated || $4 <= 0 || NF < 6)
		stop(where ": this is no result: " $0)
	if (!(op in known)) {
		known[op]
		ops[++n_ops] = op
	}
	here[++seen] = op
	size[op] = $4
	first[op] = $5
	batches[op] = NF - 5
	values[op, mode] = values[op, mode] " " median(fields(6)) * tick / $4
	count[op, mode]++
	next
}

$2 == "absent" {
	op = $3
	sub(/:$/, "", op)
	if (!(op in why))
		lacks[++n_lacks] = op
	why[op] = substr(fields(4), 2)
	lacking++
	next
}

$2 == "failed" {
	stop(where ": " substr(fields(3), 2))
}

$2 == "end" {
	if ($3 != seen + lacking || !seen)
		stop(where ": " seen + lacking " results of " $3 ", " seen + 0 " of them measured")
	ended = 1
	next
}

# Return the distance from the least to the most of a list, in percent of the median.
function spread(list,	n, v, m)
{
	n = sorted(list, v)
	m = median(list)
	return m ? 100 * (v[n] - v[1]) / m : 0
}

function json_field(name, value)
{
	return "\"" name "\":\"" value "\","
}

# Return the start of a line of results.jsonl on mode M.
function json_start(m, op, figure)
{
	return "{" json_field("arch", about["arch"]) json_field("config", about["config"]) \
		json_field("config_hash", hash[m]) json_field("compiler", compiler[m]) \
		json_field("commit", about["commit"]) json_field("mode", m) json_field("op", op) \
		json_field("figure", figure)
}

# Write a line on an operation to results.jsonl.  RATIO is "" if there is none.
function json(figure, op, m, list, ratio)
{
	printf "%s\"value\":%.2f,\"spread_percent\":%.2f,\"boots\":%d", json_start(m, op, figure),
		median(list), spread(list), boots[m] > jsonl
	print (ratio == "" ? "" : sprintf(",\"ratio\":%.4f", ratio)) "}" > jsonl
}

# Write the table of FIGURE.  LISTS has the values.  Operations whose value is less than LEAST are
# not compared.
function table(figure, lists, least, digits,
	i, j, op, m, base_value, ratio, s, widest, n, logs, worst, worst_op)
{
	printf "| operation | %s: %s |", base, figure > md
	for (j = 1; j <= n_modes; j++)
		if (modes[j] != base)
			printf " %s |", modes[j] > md
	printf " spread |\n|---|--:|" > md
	for (j = 1; j < n_modes; j++)
		printf "--:|" > md
	print "--:|" > md
	for (i = 1; i <= n_ops; i++) {
		op = ops[i]
		base_value = median(lists[op, base])
		printf "| %s | %.*f |", op, digits, base_value > md
		json(figure, op, base, lists[op, base], "")
		widest = spread(lists[op, base])
		if (base_value >= least && base_value > 0)
			n++
		for (j = 1; j <= n_modes; j++) {
			m = modes[j]
			if (m == base)
				continue
			s = spread(lists[op, m])
			if (s > widest)
				widest = s
			if (base_value < least || base_value <= 0) {
				json(figure, op, m, lists[op, m], "")
				printf " - |" > md
				continue
			}
			ratio = median(lists[op, m]) / base_value
			json(figure, op, m, lists[op, m], ratio)
			printf " %.3f |", ratio > md
			# log(0) does not exist
			logs[m] += log(ratio > 0.001 ? ratio : 0.001)
			if (!(m in worst) || ratio > worst[m]) {
				worst[m] = ratio
				worst_op[m] = op
			}
			if (figure == "instructions")
				line[op] = line[op] " " ratio
		}
		if (base_value < least || boots[base] == 1)
			print " - |" > md
		else
			printf " %.1f %% |\n", widest > md
	}
	printf "| **geometric mean** of %d | 1 |", n > md
	for (j = 1; j <= n_modes; j++) {
		m = modes[j]
		if (m == base)
			continue
		if (!n) {
			printf " - |" > md
			continue
		}
		printf " **%.3f** |", exp(logs[m] / n) > md
		printf "%s %s: geometric mean of %d: %.3f; largest: %.3f (%s)\n", figure, m, n,
			exp(logs[m] / n), worst[m], worst_op[m]
		printf "%s\"ratio\":%.4f,\"operations\":%d}\n",
			json_start(m, "geometric mean", figure), exp(logs[m] / n), n > jsonl
	}
	print " |" > md
	printf "| largest | |" > md
	for (j = 1; j <= n_modes; j++) {
		m = modes[j]
		if (m != base)
			printf n ? " " sprintf("%.3f %s", worst[m], worst_op[m]) " |" : " - |" > md
	}
	print " |" > md
}

END {
	if (stopped)
		exit 1
	boot_done()
	if (!n_boots)
		stop("no machine was started")
	base = modes[1]
	for (j = 1; j <= n_modes; j++)
		if (modes[j] == "none")
			base = "none"
	for (j = 1; j <= n_modes; j++) {
		m = modes[j]
		if (boots[m] != boots[base] || !boots[m])
			stop(m ": " boots[m] + 0 " boots, and " boots[base] + 0 " of " base)
		if (compiler[m] != compiler[base])
			stop(m " is of another compiler (" compiler[m] ") than " base \
			     " (" compiler[base] ")")
		for (i = 1; i <= n_ops; i++)
			if (count[ops[i], m] != boots[m])
				stop(ops[i] ": " count[ops[i], m] + 0 " results of " boots[m] \
				     " boots of " m)
	}
	for (i = 1; i <= n_lacks; i++)
		if (lacks[i] in known)
			stop(lacks[i] ": some boots lack it (" why[lacks[i]] ")")
	if (with_icache && with_icache != n_boots)
		stop("the plugin ran in " with_icache " of " n_boots " boots")

	md = DIR "/table.md"
	jsonl = DIR "/results.jsonl"
	data = DIR "/ratios"
	printf "%s, configuration %s (%s), %s, commit %s.\n", about["arch"], about["config"],
		hash[base], compiler[base], about["commit"] > md
	printf "%d boots of each mode; medians. ", boots[base] > md
	printf "Instructions of the guest for one operation with %s; ", base > md
	printf "the other modes as a ratio to it. " > md
	print "Spread: between boots, the largest of all modes." > md
	for (j = 1; j <= n_modes; j++)
		if (hash[modes[j]] != hash[base])
			printf "**%s has another configuration (%s), apart from LTO.**\n", modes[j],
				hash[modes[j]] > md
	print "" > md
	table("instructions", values, 0, 0)
	if (with_icache) {
		printf "\nMisses of kernel code in a modelled instruction cache, " > md
		printf "for one operation. " > md
		print "Operations with fewer than 10 are not compared.\n" > md
		table("instruction-cache-misses", misses, 10, 1)
	}
	if (n_lacks) {
		print "\nAbsent, as the kernel lacks them:" > md
		for (i = 1; i <= n_lacks; i++) {
			printf "- %s: %s\n", lacks[i], why[lacks[i]] > md
			printf "absent %s: %s\n", lacks[i], why[lacks[i]]
			printf "{%s%s%s%s\"absent\":\"%s\"}\n", json_field("arch", about["arch"]),
				json_field("config", about["config"]),
				json_field("commit", about["commit"]),
				json_field("op", lacks[i]), why[lacks[i]] > jsonl
		}
	}
	# For the plot; bench/report sorts it.
	printf "%s", base > data
	for (j = 1; j <= n_modes; j++)
		if (modes[j] != base)
			printf " %s", modes[j] > data
	print "" > data
	for (i = 1; i <= n_ops; i++)
		print ops[i] line[ops[i]] > data
}
