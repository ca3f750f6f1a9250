#@ title Indented code blocks
#@ tags Indented code blocks
#@ words indented code; code block
#@ says Four columns of indent, where no paragraph is going on.
#@ file lib/Cmark/Block/IndentedCode.pm
package Cmark::Block::IndentedCode;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;
use Cmark::Text;

Cmark::Blocks::kind(
    indented_code => (
        takes_lines => 1,
        goes_on     => sub {
            my ($p) = @_;
            my $line = $p->{line};
            if ($line->{indent} >= 4) {
                $line->advance(4);
            }
            elsif ($line->{blank}) {
                $line->skip_indent;
            }
            else {
                return Cmark::Blocks::ENDS;
            }
            return Cmark::Blocks::GOES_ON;
        },
        close => sub { my ($p, $block) = @_; $block->{text} =~ s/(?:\n[ \t]*)+\z/\n/ },
    )
);

Cmark::Blocks::start(
    90 => sub {
        my ($p) = @_;
        my $line = $p->{line};
        return Cmark::Blocks::NO_START if $line->{indent} < 4 || $line->{blank} || $p->{tip}{type} eq 'paragraph';
        $line->advance(4);
        $p->close_unmatched;
        $p->add_block('indented_code');
        return Cmark::Blocks::LEAF;
    }
);

Cmark::Render::writer(
    indented_code => sub {
        my ($r, $node) = @_;
        $r->fresh_line->put('<pre><code>', Cmark::Text::escape($node->{text}), '</code></pre>')->fresh_line;
    }
);

1;
