#@ title Setext headings
#@ tags Setext headings
#@ words setext
#@ says A paragraph underlined with equals signs or dashes becomes a heading.
#@ file lib/Cmark/Block/SetextHeading.pm
package Cmark::Block::SetextHeading;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Node;
use Cmark::Render;

Cmark::Blocks::kind(setext_heading => goes_on => sub { return Cmark::Blocks::ENDS }, inlines => 1);

Cmark::Blocks::start(
    50 => sub {
        my ($p, $container) = @_;
        my $line = $p->{line};
        return Cmark::Blocks::NO_START if $line->{indent} >= 4 || $container->{type} ne 'paragraph';
        return Cmark::Blocks::NO_START unless $line->ahead =~ /^(?:(=+)|-+)[ \t]*$/;
        my $level = defined $1 ? 1 : 2;
        $p->close_unmatched;
        $p->filter_paragraph($container);
        return Cmark::Blocks::NO_START if $container->{text} !~ /[^ \t\n]/;
        my $heading = Cmark::Node->new('setext_heading', open => 1, level => $level, text => $container->{text});
        $container->insert_after($heading);
        $container->detach;
        $p->{tip} = $heading;
        $line->skip_all;
        return Cmark::Blocks::LEAF;
    }
);

Cmark::Render::writer(
    setext_heading => sub {
        my ($r, $node) = @_;
        $r->fresh_line->put("<h$node->{level}>")->children($node)->put("</h$node->{level}>")->fresh_line;
    }
);

1;
