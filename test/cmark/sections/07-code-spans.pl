#@ title Code spans
#@ tags Code spans
#@ words code span; inline code
#@ says Back-tick strings of equal length; line endings become spaces, one space is stripped from both ends.
#@ file lib/Cmark/Inline/CodeSpan.pm
package Cmark::Inline::CodeSpan;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Render;
use Cmark::Text;

Cmark::Inlines::on(
    '`' => sub {
        my ($s) = @_;
        $s->{text} =~ /\G(`+)/gc or return 0;
        my ($ticks, $from) = ($1, pos $s->{text});
        while ($s->{text} =~ /(`+)/g) {
            next if $1 ne $ticks;
            my $end  = pos $s->{text};
            my $code = substr $s->{text}, $from, $end - length($ticks) - $from;
            $code =~ s/\n/ /g;
            $code =~ s/\A (.*) \z/$1/s if $code =~ /[^ ]/;
            Cmark::Inlines::add($s, 'code', text => $code);
            pos($s->{text}) = $end;
            return 1;
        }
        pos($s->{text}) = $from;
        Cmark::Inlines::add_text($s, $ticks);
        return 1;
    }
);

Cmark::Render::writer(
    code => sub { my ($r, $node) = @_; $r->put('<code>', Cmark::Text::escape($node->{text}), '</code>') });

1;
