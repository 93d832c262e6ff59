#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0
#
# manifest.pl FILE COMMAND...
#
# Append to FILE one line of JSON: the command of a back end of distributed ThinLTO, what it reads,
# and what it writes:
#
#   {"command": [...], "inputs": [...], "output": "..."}
#
# scripts/lto/Makefile.back-ends passes the inputs and the output in the environment (LTO_INPUTS,
# LTO_OUTPUT), as it does for a launcher.  All names are relative to the build directory, except for
# the name of a profile, which stays as it was given.

use strict;
use warnings;

die "usage: manifest.pl FILE COMMAND...\n"
	if @ARGV < 2 || !defined $ENV{LTO_INPUTS} || !defined $ENV{LTO_OUTPUT};

sub json
{
	my $s = shift;

	$s =~ s/(["\\])/\\$1/g;
	$s =~ s/([\x00-\x1f])/sprintf("\\u%04x", ord $1)/ge;
	return "\"$s\"";
}

sub list
{
	return "[" . join(", ", map { json($_) } @_) . "]";
}

my $file = shift;
my %seen;
my $line = sprintf("{\"command\": %s, \"inputs\": %s, \"output\": %s}\n", list(@ARGV),
		   list(grep { !$seen{$_}++ } split(" ", $ENV{LTO_INPUTS})),
		   json($ENV{LTO_OUTPUT}));

# write the line in one call: several jobs append to the file at the same time
open(my $out, ">>", $file) or die "manifest.pl: error: $file: $!\n";
defined(syswrite($out, $line)) && close($out) or die "manifest.pl: error: $file: $!\n";
