#@ title Fenced code blocks
#@ tags Fenced code blocks
#@ words fenced code; fence; code block
#@ says A fence of back-ticks or tildes with its info string; the indent of the fence is taken off each line.
#@ file lib/Cmark/Block/FencedCode.pm
package Cmark::Block::FencedCode;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;
use Cmark::Text;

Cmark::Blocks::kind(
    fenced_code => (
        takes_lines => 1,
        goes_on     => \&goes_on,
        close       => sub {
            my ($p, $block) = @_;
            my ($info, $text) = $block->{text} =~ /\A([^\n]*)\n(.*)\z/s;
            $info =~ s/\A[ \t]+|[ \t]+\z//g;
            @{$block}{qw(info text)} = (Cmark::Text::unescape($info), $text);
        },
    )
);

Cmark::Blocks::start(
    30 => sub {
        my ($p) = @_;
        my $line = $p->{line};
        return Cmark::Blocks::NO_START if $line->{indent} >= 4;
        return Cmark::Blocks::NO_START unless $line->ahead =~ /^(`{3,})(?!.*`)|^(~{3,})/;
        my $fence = defined $1 ? $1 : $2;
        my %fields = (char => substr($fence, 0, 1), size => length $fence, indent => $line->{indent});
        $p->close_unmatched;
        $p->add_block('fenced_code', %fields);
        $line->skip_indent->advance($fields{size});
        return Cmark::Blocks::LEAF;
    }
);

sub goes_on {
    my ($p, $block) = @_;
    my $line = $p->{line};
    if ($line->{indent} < 4 && $line->ahead =~ /^(\Q$block->{char}\E{3,})[ \t]*$/ && length $1 >= $block->{size}) {
        $p->{matched} = $block;
        $p->close_block($p->{tip}) until $p->{tip} == $block;
        $p->close_block($block);
        return Cmark::Blocks::LINE_DONE;
    }
    for (1 .. $block->{indent}) {
        last unless $line->starts_with_space;
        $line->advance(1);
    }
    return Cmark::Blocks::GOES_ON;
}

Cmark::Render::writer(
    fenced_code => sub {
        my ($r, $node) = @_;
        my ($language) = $node->{info} =~ /^([^ \t]+)/;
        my $class = defined $language ? ' class="language-' . Cmark::Text::escape($language) . '"' : '';
        $r->fresh_line->put("<pre><code$class>", Cmark::Text::escape($node->{text}), '</code></pre>')->fresh_line;
    }
);

1;
