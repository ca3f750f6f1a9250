#@ title ATX headings
#@ tags ATX headings
#@ words atx; headings
#@ says One to six number signs, then the heading; closing signs are dropped.
#@ file lib/Cmark/Block/AtxHeading.pm
package Cmark::Block::AtxHeading;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;

Cmark::Blocks::kind(atx_heading => goes_on => sub { return Cmark::Blocks::ENDS }, inlines => 1);

Cmark::Blocks::start(
    20 => sub {
        my ($p) = @_;
        my $line = $p->{line};
        return Cmark::Blocks::NO_START if $line->{indent} >= 4;
        return Cmark::Blocks::NO_START unless $line->ahead =~ /^(#{1,6})(?:[ \t]+(.*))?$/;
        my ($signs, $text) = ($1, defined $2 ? $2 : '');
        $text =~ s/^[ \t]*#+[ \t]*$//;
        $text =~ s/[ \t]+#+[ \t]*$//;
        $p->close_unmatched;
        my $heading = $p->add_block('atx_heading', level => length $signs);
        $heading->{text} = $text;
        $line->skip_all;
        return Cmark::Blocks::LEAF;
    }
);

Cmark::Render::writer(
    atx_heading => sub {
        my ($r, $node) = @_;
        $r->fresh_line->put("<h$node->{level}>")->children($node)->put("</h$node->{level}>")->fresh_line;
    }
);

1;
