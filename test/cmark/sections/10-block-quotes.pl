#@ title Block quotes
#@ tags Block quotes
#@ words block quote; blockquote; quote
#@ probe "> a\nb\n\n> c\n>> d\ne\n"
#@ lookup laziness clause
#@ says A greater-than sign with an optional space; paragraphs go on lazily.
#@ file lib/Cmark/Block/Quote.pm
package Cmark::Block::Quote;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;

Cmark::Blocks::kind(
    block_quote => (
        can_contain => sub { return $_[0] ne 'item' },
        goes_on     => sub { my ($p) = @_; return take_marker($p) ? Cmark::Blocks::GOES_ON : Cmark::Blocks::ENDS },
    )
);

Cmark::Blocks::start(
    10 => sub {
        my ($p) = @_;
        return Cmark::Blocks::NO_START unless take_marker($p);
        $p->close_unmatched;
        $p->add_block('block_quote');
        return Cmark::Blocks::CONTAINER;
    }
);

sub take_marker {
    my ($p) = @_;
    my $line = $p->{line};
    return 0 if $line->{indent} >= 4 || $line->ahead !~ /^>/;
    $line->skip_indent->advance(1);
    $line->advance(1) if $line->starts_with_space;
    $line->look;
    return 1;
}

Cmark::Render::writer(
    block_quote => sub {
        my ($r, $node) = @_;
        $r->fresh_line->put('<blockquote>')->fresh_line->children($node)->fresh_line->put('</blockquote>')->fresh_line;
    }
);

1;
