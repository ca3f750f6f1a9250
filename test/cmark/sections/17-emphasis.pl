#@ title Emphasis and strong emphasis
#@ tags Emphasis and strong emphasis, Precedence, Inlines
#@ words emphasis; strong; bold; italic
#@ probe "*a **b*** __c_d__ **e*\n"
#@ lookup left-flanking delimiter run
#@ says The delimiter stack: runs of stars and underscores, left- and right-flanking, matched from the inside out.
#@ file lib/Cmark/Inline/Emphasis.pm
package Cmark::Inline::Emphasis;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Node;
use Cmark::Render;

my $punctuation = qr/[\p{P}\$+<=>^`|~]/;

Cmark::Inlines::on($_ => \&read_run) for '*', '_';
Cmark::Inlines::on_close(\&match_runs);

sub read_run {
    my ($s) = @_;
    my $from = pos $s->{text};
    $s->{text} =~ /\G(\*+|_+)/gc or return 0;
    my ($run, $to) = ($1, pos $s->{text});
    my $before = $from > 0                  ? substr $s->{text}, $from - 1, 1 : "\n";
    my $after  = $to < length $s->{text}    ? substr $s->{text}, $to,       1 : "\n";
    my ($space_before, $space_after) = map { /\s/ ? 1 : 0 } $before, $after;
    my ($punct_before, $punct_after) = map { /$punctuation/ ? 1 : 0 } $before, $after;
    my $left  = !$space_after  && (!$punct_after  || $space_before || $punct_before);
    my $right = !$space_before && (!$punct_before || $space_after  || $punct_after);
    my $stars = substr($run, 0, 1) eq '*';
    my $delimiter = {
        node   => Cmark::Inlines::add_text($s, $run),
        char   => substr($run, 0, 1),
        size   => length $run,
        whole  => length $run,
        opens  => $stars ? $left  : $left  && (!$right || $punct_before),
        closes => $stars ? $right : $right && (!$left  || $punct_after),
        prev   => $s->{delimiters},
    };
    $s->{delimiters}{next} = $delimiter if $s->{delimiters};
    $s->{delimiters} = $delimiter;
    return 1;
}

sub is_same { my ($x, $y) = @_; return defined $x ? defined $y && $x == $y : !defined $y }

sub drop {
    my ($s, $delimiter) = @_;
    my ($prev, $next) = @{$delimiter}{qw(prev next)};
    $prev->{next} = $next if $prev;
    if ($next) { $next->{prev} = $prev }
    else       { $s->{delimiters} = $prev }
    return;
}

sub match_runs {
    my ($s, $bottom) = @_;
    my $closer = $s->{delimiters};
    return if is_same($closer, $bottom);
    $closer = $closer->{prev} until is_same($closer->{prev}, $bottom);
    my %floor;
    while ($closer) {
        if (!$closer->{closes}) {
            $closer = $closer->{next};
            next;
        }
        my $key = join ' ', $closer->{char}, $closer->{opens} ? 1 : 0, $closer->{whole} % 3;
        my $opener = find_opener($closer, exists $floor{$key} ? $floor{$key} : $bottom, $bottom);
        if ($opener) {
            $closer = join_runs($s, $opener, $closer);
            next;
        }
        my $passed = $closer;
        $closer = $closer->{next};
        $floor{$key} = $passed->{prev};
        drop($s, $passed) unless $passed->{opens};
    }
    drop($s, $s->{delimiters}) until is_same($s->{delimiters}, $bottom);
    return;
}

sub find_opener {
    my ($closer, $floor, $bottom) = @_;
    my $opener = $closer->{prev};
    while ($opener && !is_same($opener, $floor) && !is_same($opener, $bottom)) {
        my $odd = ($closer->{opens} || $opener->{closes})
            && $closer->{whole} % 3 != 0
            && ($opener->{whole} + $closer->{whole}) % 3 == 0;
        return $opener if $opener->{char} eq $closer->{char} && $opener->{opens} && !$odd;
        $opener = $opener->{prev};
    }
    return undef;
}

# Wraps what stands between two runs; returns the delimiter to go on with.
sub join_runs {
    my ($s, $opener, $closer) = @_;
    my $size = $opener->{size} >= 2 && $closer->{size} >= 2 ? 2 : 1;
    for my $run ($opener, $closer) {
        $run->{size} -= $size;
        $run->{node}{text} = $run->{char} x $run->{size};
    }
    my $emphasis = Cmark::Node->new($size == 2 ? 'strong' : 'emphasis');
    while (my $node = $opener->{node}{next}) {
        last if $node == $closer->{node};
        $emphasis->append($node);
    }
    $opener->{node}->insert_after($emphasis);
    drop($s, $closer->{prev}) until $closer->{prev} == $opener;
    if ($opener->{size} == 0) {
        $opener->{node}->detach;
        drop($s, $opener);
    }
    return $closer if $closer->{size} > 0;
    my $next = $closer->{next};
    $closer->{node}->detach;
    drop($s, $closer);
    return $next;
}

Cmark::Render::writer(emphasis => sub { my ($r, $node) = @_; $r->put('<em>')->children($node)->put('</em>') });
Cmark::Render::writer(strong => sub { my ($r, $node) = @_; $r->put('<strong>')->children($node)->put('</strong>') });

1;
