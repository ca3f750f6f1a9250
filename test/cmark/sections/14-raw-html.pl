#@ title Raw HTML
#@ tags Raw HTML
#@ words raw html; inline html
#@ says Tags, comments, processing instructions, declarations and CDATA go through as they are.
#@ file lib/Cmark/Tag.pm
package Cmark::Tag;
# What counts as an HTML tag.
use strict;
use warnings;

my $space     = qr/[ \t\n]/;
my $name      = qr/[A-Za-z][A-Za-z0-9-]*/;
my $value     = qr/[^ \t\n"'=<>`]+|'[^']*'|"[^"]*"/;
my $attribute = qr/$space+[A-Za-z_:][A-Za-z0-9_.:-]*(?:$space*=$space*(?:$value))?/;

our $open  = qr/<$name(?:$attribute)*+$space*\/?>/;
our $close = qr/<\/$name$space*>/;
our $other = qr/<!---->|<!--(?!-?>)(?:(?!--)[\s\S])*(?<!-)-->|<\?[\s\S]*?\?>|<![A-Za-z][^>]*>|<!\[CDATA\[[\s\S]*?\]\]>/;

1;
#@ file lib/Cmark/Inline/RawHtml.pm
package Cmark::Inline::RawHtml;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Render;
use Cmark::Tag;

Cmark::Inlines::on(
    '<' => sub {
        my ($s) = @_;
        return 0 unless $s->{text} =~ /\G($Cmark::Tag::open|$Cmark::Tag::close|$Cmark::Tag::other)/gc;
        Cmark::Inlines::add($s, 'raw_html', text => $1);
        return 1;
    }
);

Cmark::Render::writer(raw_html => sub { my ($r, $node) = @_; $r->put($node->{text}) });

1;
