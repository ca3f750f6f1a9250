#!/usr/bin/env perl
# Runs a candidate over many inputs in one process, for tests of the material only (the verifier starts a process per
# case): loads cmark.pl of the given folder and calls its convert().
# Standard input: records "<bytes>\n<input>". Standard output: records "<exit> <bytes>\n<output>". Warnings go to
# standard error.
use strict;
use warnings;

my ($root) = @ARGV;
die "usage: batch.pl <folder with cmark.pl>\n" unless defined $root && -e "$root/cmark.pl";
binmode STDIN;
binmode STDOUT;
my $loaded = eval { require "$root/cmark.pl"; 1 };
my $reason = $@;
local $SIG{ALRM} = sub { die "timeout\n" };
while (defined(my $head = <STDIN>)) {
    chomp $head;
    read(STDIN, my $input, $head) == $head or die "input ended early\n";
    alarm 5;
    my $html = $loaded ? eval { convert($input) } : undef;
    $reason = $@ if $loaded;
    alarm 0;
    print STDERR $reason unless defined $html;
    my ($exit, $output) = defined $html ? (0, $html) : (255, '');
    print $exit, ' ', length $output, "\n", $output;
}
