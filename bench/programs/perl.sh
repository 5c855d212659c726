# SPDX-License-Identifier: MIT
# Hashes, arrays, strings and regular expressions.  Keys have the same hashes in each run.
needs=perl who=perl

prepare() {
	{
		echo "my \$steps = $((200000 / part));"
		cat <<'END'
my (%count, @lines);
for my $i (1 .. $steps) {
	my $line = join ' ', map { "word" . $i * $_ % 9973 } 1 .. 5;
	push @lines, { number => $i, text => $line };
	$count{$_}++ for split / /, $line;
}
my @order = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
my $changed = 0;
for my $line (@lines) {
	$changed++ if $line->{text} =~ s/word(\d)(\d+) (\w+)/$3 $2$1/;
}
print scalar @order, " $changed $order[0]\n";
END
	} >job.pl
	run='PERL_HASH_SEED=0 exec perl job.pl'
}
