#!/usr/bin/env perl
# SPDX-License-Identifier: GPL-2.0
#
# manifest.pl FILE COMMAND...
#
# Append to FILE what a back end of distributed ThinLTO needs, reads and writes, one line of JSON:
#
#   {"command": [...], "inputs": [...], "output": "..."}
#
# The inputs and the output come from scripts/lto/Makefile.back-ends, in the environment, as for a
# launcher (LTO_INPUTS, LTO_OUTPUT).  All names are relative to the directory of the build, but that of
# a profile, which is as it was given.

use strict;
use warnings;

die "usage: manifest.pl FILE COMMAND...\n" if @ARGV < 2 || !defined $ENV{LTO_INPUTS} || !defined $ENV{LTO_OUTPUT};

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
		   list(grep { !$seen{$_}++ } split(" ", $ENV{LTO_INPUTS})), json($ENV{LTO_OUTPUT}));

# in one call: several jobs write at a time
open(my $out, ">>", $file) or die "manifest.pl: error: $file: $!\n";
defined(syswrite($out, $line)) && close($out) or die "manifest.pl: error: $file: $!\n";
