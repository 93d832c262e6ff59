#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Slurm runs the back ends of a list (make lto-manifest) as an array of jobs, on two nodes that see
# the build directory.  Both nodes are this machine.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/tiny.sh

front/packages check munge slurmctld slurmd slurm-client jq || exit 1

# A path of a socket must be short.
farm=$(mktemp -d) || exit 1
chmod 755 "$farm"
export SLURM_CONF=$farm/slurm.conf
stop_farm()
{
	scontrol shutdown >/dev/null 2>&1
	sleep 2
	munged --stop --force --socket="$farm/munge.socket" >/dev/null 2>&1
	rm -rf "$farm"
}
trap stop_farm EXIT
cat > "$SLURM_CONF" <<EOF
ClusterName=lto
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=17100
AuthInfo=socket=$farm/munge.socket
SlurmUser=root
SlurmctldPidFile=$farm/slurmctld.pid
SlurmdPidFile=$farm/%n.pid
SlurmctldLogFile=$farm/slurmctld.log
SlurmdLogFile=$farm/%n.log
StateSaveLocation=$farm/state
SlurmdSpoolDir=$farm/%n
MailProg=/bin/true
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MaxArraySize=5000
MaxJobCount=10000
NodeName=node1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=17101 CPUs=1
NodeName=node2 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=17102 CPUs=1
PartitionName=lto Nodes=node[1-2] Default=YES
EOF
start_farm()
{
	mkdir "$farm/state" && mungekey --create --keyfile="$farm/key" &&
		munged --force --key-file="$farm/key" --socket="$farm/munge.socket" \
		--pid-file="$farm/munged.pid" \
			--log-file="$farm/munged.log" --seed-file="$farm/seed" &&
		slurmctld && slurmd -N node1 && slurmd -N node2 || return 1
	for _ in $(seq 30); do
		[ "$(sinfo -h -o %D -t idle)" != 2 ] || return 0
		sleep 1
	done
	sinfo
	return 1
}
ok "two nodes are idle" start_farm

obj=$pristine
ok "a local build" tiny_built "$src" "$obj"
rm -f "$obj.id"
tiny_sums "$obj" > "$work/local.sums"
rm -rf "$obj/.lto" "$obj/vmlinux"
ok "make lto-manifest" kmake "$src" O="$obj" "${fixed[@]}" -j"$J" lto-manifest
jobs=$(wc -l < "$obj/lto-manifest.jsonl")

cat > "$work/job" <<'EOF'
#!/bin/sh
first=$((SLURM_ARRAY_TASK_ID * 16 + 1))
sed -n "$first,$((first + 15))p" lto-manifest.jsonl | jq -r '.command | @sh' | sh -e
EOF
ok "$jobs back ends on Slurm's nodes" sbatch --wait --quiet --chdir="$obj" --output=/dev/null \
	--array=0-$(((jobs - 1) / 16)) "$work/job"
is "each has made its object" "$(cd "$obj" && jq -r .output lto-manifest.jsonl |
	xargs ls 2>/dev/null | wc -l)" "$jobs"
for node in node1 node2; do
	ok "$node had jobs" grep -q 'Launching batch job' "$farm/$node.log"
done

# The command that would compile fails.
ok "the build takes them" tiny_build "$src" "$obj" \
	KBUILD_LTO_LAUNCHER="$PWD/scripts/lto/prebuilt.sh false"
is "every one" "$(back_ends | wc -w)" "$jobs"
tiny_sums "$obj" > "$work/farm.sums"
same "vmlinux and modules are those of the local build" "$work/local.sums" "$work/farm.sums"

done_testing
