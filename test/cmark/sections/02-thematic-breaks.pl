#@ title Thematic breaks
#@ tags Thematic breaks
#@ words thematic break; horizontal rule; rules
#@ says Three or more stars, dashes or underscores alone on a line.
#@ file lib/Cmark/Block/ThematicBreak.pm
package Cmark::Block::ThematicBreak;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;

Cmark::Blocks::kind(thematic_break => goes_on => sub { return Cmark::Blocks::ENDS });

Cmark::Blocks::start(
    60 => sub {
        my ($p) = @_;
        my $line = $p->{line};
        return Cmark::Blocks::NO_START if $line->{indent} >= 4;
        return Cmark::Blocks::NO_START unless $line->ahead =~ /^([*_-])[ \t]*(?:\g1[ \t]*){2,}$/;
        $p->close_unmatched;
        $p->add_block('thematic_break');
        $line->skip_all;
        return Cmark::Blocks::LEAF;
    }
);

Cmark::Render::writer(thematic_break => sub { my ($r) = @_; $r->fresh_line->put('<hr />')->fresh_line });

1;
