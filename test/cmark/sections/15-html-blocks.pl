#@ title HTML blocks
#@ tags HTML blocks
#@ requires raw-html
#@ words html block
#@ says Seven ways to begin, each with its own end; the seventh can't interrupt a paragraph.
#@ file lib/Cmark/Block/Html.pm
package Cmark::Block::Html;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;
use Cmark::Tag;

my $block_tag = join '|', qw(address article aside base basefont blockquote body caption center col colgroup dd details
    dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html
    iframe legend li link main menu menuitem nav noframes ol optgroup option p param section source summary table
    tbody td tfoot th thead title tr track ul);

# Each way: how it begins, what ends it (nothing: a blank line).
my @ways = (
    [ qr/^<(?:script|pre|textarea|style)(?:[ \t>]|$)/i, qr/<\/(?:script|pre|textarea|style)>/i ],
    [ qr/^<!--/,                                        qr/-->/ ],
    [ qr/^<\?/,                                         qr/\?>/ ],
    [ qr/^<![A-Za-z]/,                                  qr/>/ ],
    [ qr/^<!\[CDATA\[/,                                 qr/\]\]>/ ],
    [ qr/^<\/?(?:$block_tag)(?:[ \t]|\/?>|$)/i,         undef ],
    [ qr/^(?:$Cmark::Tag::open|$Cmark::Tag::close)[ \t]*$/, undef ],
);

Cmark::Blocks::kind(
    html_block => (
        takes_lines => 1,
        goes_on     => sub {
            my ($p, $block) = @_;
            return $p->{line}{blank} && !$block->{end} ? Cmark::Blocks::ENDS : Cmark::Blocks::GOES_ON;
        },
        after_text => sub {
            my ($p, $block) = @_;
            my $text = $p->{line}->rest;
            $p->close_block($block) if $block->{end} && $text =~ $block->{end};
        },
        close => sub { my ($p, $block) = @_; $block->{text} =~ s/(?:\n[ \t]*)+\z// },
    )
);

Cmark::Blocks::start(
    40 => sub {
        my ($p, $container) = @_;
        my $line = $p->{line};
        my $text = $line->ahead;
        return Cmark::Blocks::NO_START if $line->{indent} >= 4 || $text !~ /^</;
        my ($way) = grep { $text =~ $ways[$_][0] } 0 .. $#ways;
        return Cmark::Blocks::NO_START unless defined $way;
        if ($way == $#ways) {
            my $lazy = !$p->{all_matched} && $p->{tip}{type} eq 'paragraph';
            return Cmark::Blocks::NO_START if $container->{type} eq 'paragraph' || $lazy;
        }
        $p->close_unmatched;
        $p->add_block('html_block', end => $ways[$way][1]);
        return Cmark::Blocks::LEAF;
    }
);

Cmark::Render::writer(html_block => sub { my ($r, $node) = @_; $r->fresh_line->put($node->{text})->fresh_line });

1;
