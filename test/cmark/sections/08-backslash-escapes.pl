#@ title Backslash escapes
#@ tags Backslash escapes
#@ words backslash; escape
#@ says A backslash before ASCII punctuation, in text as in info strings, destinations and titles.
#@ file lib/Cmark/Inline/Escape.pm
package Cmark::Inline::Escape;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Text;

my $escape = qr/\\([!-\/:-@\[-`{-~])/;

Cmark::Inlines::on(
    "\\" => sub {
        my ($s) = @_;
        return 0 unless $s->{text} =~ /\G$escape/gc;
        Cmark::Inlines::add_text($s, $1);
        return 1;
    }
);

Cmark::Text::unescaper("\\" => sub { my ($text) = @_; return ${$text} =~ /\G$escape/gc ? $1 : undef });

1;
