#@ title Link reference definitions
#@ tags Link reference definitions
#@ words reference definition; link reference; reference
#@ says A label, a colon, a destination and perhaps a title at the head of a paragraph; labels are matched without case.
#@ file lib/Cmark/LinkParts.pm
package Cmark::LinkParts;
# The parts that links and their definitions share. Each matches at pos() of the referenced text, and returns undef
# with pos() as it was where there is none.
use strict;
use warnings;
use feature 'fc';
use Cmark::Text;

sub label {
    my ($text) = @_;
    return undef unless ${$text} =~ /\G\[((?:[^\\\[\]]|\\.){0,999})\]/gcs;
    return $1;
}

sub normal {
    my ($label) = @_;
    $label =~ s/[ \t\n]+/ /g;
    $label =~ s/\A | \z//g;
    return fc $label;
}

sub destination {
    my ($text) = @_;
    return Cmark::Text::unescape($1) if ${$text} =~ /\G<((?:[^<>\n\\]|\\.)*)>/gc;
    my $from = pos ${$text};
    return undef if substr(${$text}, $from, 1) eq '<';
    my $depth = 0;
    while (${$text} =~ /\G(\\[!-\/:-@\[-`{-~]|[^\x00-\x20\x7f])/gc) {
        $depth++ if $1 eq '(';
        next unless $1 eq ')';
        next if $depth-- > 0;
        pos(${$text}) = pos(${$text}) - 1;
        $depth = 0;
        last;
    }
    my $end = pos ${$text};
    my $follows = substr ${$text}, $end, 1;
    if ($depth != 0 || ($end == $from && $follows ne ')')) {
        pos(${$text}) = $from;
        return undef;
    }
    return Cmark::Text::unescape(substr ${$text}, $from, $end - $from);
}

sub title {
    my ($text) = @_;
    return undef unless ${$text} =~ /\G("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))/gcs;
    return Cmark::Text::unescape(substr $1, 1, -1);
}

# White space with at most one line ending.
sub space { my ($text) = @_; ${$text} =~ /\G[ \t]*(?:\n[ \t]*)?/gc; return }

1;
#@ file lib/Cmark/Block/Reference.pm
package Cmark::Block::Reference;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::LinkParts;

Cmark::Blocks::paragraph_filter(
    sub {
        my ($p, $block) = @_;
        pos($block->{text}) = 0;
        my $end = 0;
        while (my $found = read_definition(\$block->{text})) {
            $end = pos $block->{text};
            my $label = Cmark::LinkParts::normal($found->{label});
            $p->{references}{$label} = $found unless $p->{references}{$label};
        }
        $block->{text} = substr $block->{text}, $end;
    }
);

# Shape: {label, destination, title}; undef if there is no definition at pos().
sub read_definition {
    my ($text) = @_;
    my $label = Cmark::LinkParts::label($text);
    return undef unless defined $label && $label =~ /[^ \t\n]/ && ${$text} =~ /\G:/gc;
    Cmark::LinkParts::space($text);
    return undef if pos ${$text} >= length ${$text};
    my $destination = Cmark::LinkParts::destination($text);
    return undef unless defined $destination;
    my $after = pos ${$text};
    Cmark::LinkParts::space($text);
    my $title = pos ${$text} != $after ? Cmark::LinkParts::title($text) : undef;
    if (defined $title && ${$text} !~ /\G[ \t]*(?:\n|\z)/gc) {
        $title = undef;
        pos(${$text}) = $after;
        return undef unless ${$text} =~ /\G[ \t]*(?:\n|\z)/gc;
    }
    elsif (!defined $title) {
        pos(${$text}) = $after;
        return undef unless ${$text} =~ /\G[ \t]*(?:\n|\z)/gc;
    }
    return { label => $label, destination => $destination, title => $title };
}

1;
