#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A launcher of back ends (KBUILD_LTO_LAUNCHER) for objects that have been compiled elsewhere, by the
# list of `make lto-manifest`: takes an output that is newer than all inputs, and else runs the command.

for input in $LTO_INPUTS; do
	[ "$LTO_OUTPUT" -nt "$input" ] || exec "$@"
done
