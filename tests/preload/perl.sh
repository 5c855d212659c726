#!/bin/sh
# SPDX-License-Identifier: MIT
# perl: hashes, strings that grow, regular expressions, sorting, fork.
. "$abs_top_srcdir/tests/common.sh"

need perl
cat >"$work/program.pl" <<'PROGRAM'
use strict;
use warnings;

my (%count, @lines);
for my $i (0 .. 60000) {
	my $key = "k" . ($i * 31 % 7919);
	$count{$key}++;
	push @lines, $key x ($i % 13) . $i;
}
print scalar(keys %count), " ", join(",", (sort keys %count)[0 .. 9]), "\n";
my $text = join "\n", sort @lines;
my $hits = () = $text =~ /k(\d+)k\1/g;
print length($text), " $hits ", unpack("%32C*", $text), "\n";
(my $changed = $text) =~ s/k(\d)/<$1>/g;
print length($changed), " ", unpack("%32C*", $changed), "\n";
my $grown = "";
$grown .= chr($_ % 256) x 1000 for 0 .. 9999;
print length($grown), " ", unpack("%32C*", $grown), "\n";
$| = 1;
for my $child (1 .. 5) {
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		my @copy = map { $_ . $child } @lines;
		print "child $child ", scalar(@copy), "\n";
		exit 0;
	}
	waitpid $pid, 0;
	print "status $?\n";
}
PROGRAM

export PERL_HASH_SEED=0
same perl perl "$work/program.pl"
