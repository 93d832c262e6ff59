#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A launcher of back ends (KBUILD_LTO_LAUNCHER) for objects that were compiled elsewhere, by the
# list of `make lto-manifest`.  It takes an output that is newer than all of its inputs.  Otherwise
# it runs the command.

for input in ${LTO_INPUTS:?prebuilt.sh runs as KBUILD_LTO_LAUNCHER only}; do
	[ "$LTO_OUTPUT" -nt "$input" ] || exec "$@"
done
