#@ title Links
#@ tags Links
#@ requires references, autolinks
#@ words link
#@ probe "[a](<b c> \"d\") [e][F] [f]\n\n[f]: /g (h)\n"
#@ lookup link destination
#@ says Brackets on a stack: inline links, and full, collapsed and shortcut references.
#@ file lib/Cmark/Inline/Link.pm
package Cmark::Inline::Link;
use strict;
use warnings;
use Cmark::Address;
use Cmark::Inlines;
use Cmark::LinkParts;
use Cmark::Node;
use Cmark::Render;
use Cmark::Text;

Cmark::Inlines::on('[' => sub { my ($s) = @_; return open_bracket($s, '[', 'link') });
Cmark::Inlines::on(']' => \&close_bracket);

sub open_bracket {
    my ($s, $text, $type) = @_;
    pos($s->{text}) = pos($s->{text}) + length $text;
    $s->{brackets}{has_inner} = 1 if $s->{brackets};
    $s->{brackets} = {
        node       => Cmark::Inlines::add_text($s, $text),
        type       => $type,
        from       => pos $s->{text},
        active     => 1,
        prev       => $s->{brackets},
        delimiters => $s->{delimiters},
    };
    return 1;
}

sub close_bracket {
    my ($s) = @_;
    my $opener = $s->{brackets} or return 0;
    pos($s->{text}) = pos($s->{text}) + 1;
    my $after = pos $s->{text};
    my $target = $opener->{active} ? inline_target($s) || reference_target($s, $opener, $after) : undef;
    $s->{brackets} = $opener->{prev};
    if (!$target) {
        pos($s->{text}) = $after;
        Cmark::Inlines::add_text($s, ']');
        return 1;
    }
    my $link = Cmark::Node->new($opener->{type}, %{$target});
    while (my $node = $opener->{node}{next}) {
        $link->append($node);
    }
    $s->{block}->append($link);
    settle_inside($s, $link, $opener);
    $opener->{node}->detach;
    if ($opener->{type} eq 'link') {
        for (my $outer = $s->{brackets}; $outer; $outer = $outer->{prev}) {
            $outer->{active} = 0 if $outer->{type} eq 'link';
        }
    }
    return 1;
}

# The delimiters inside of a link match among themselves.
sub settle_inside {
    my ($s, $link, $opener) = @_;
    local $s->{block} = $link;
    Cmark::Inlines::close_delimiters($s, $opener->{delimiters});
    return;
}

sub inline_target {
    my ($s) = @_;
    my $text = \$s->{text};
    my $from = pos ${$text};
    if (${$text} =~ /\G\(/gc) {
        Cmark::LinkParts::space($text);
        my $destination = Cmark::LinkParts::destination($text);
        if (defined $destination) {
            my $end = pos ${$text};
            Cmark::LinkParts::space($text);
            my $title = pos ${$text} != $end ? Cmark::LinkParts::title($text) : undef;
            Cmark::LinkParts::space($text);
            return { destination => $destination, title => $title } if ${$text} =~ /\G\)/gc;
        }
    }
    pos(${$text}) = $from;
    return undef;
}

sub reference_target {
    my ($s, $opener, $after) = @_;
    my $text  = \$s->{text};
    my $label = Cmark::LinkParts::label($text);
    if (!defined $label || $label eq '') {
        return undef if !defined $label && $opener->{has_inner};
        return undef if $opener->{has_inner};
        $label = substr ${$text}, $opener->{from}, $after - 1 - $opener->{from};
    }
    return $s->{references}{ Cmark::LinkParts::normal($label) };
}

sub title_attribute {
    my ($node) = @_;
    return defined $node->{title} && length $node->{title} ? ' title="' . Cmark::Text::escape($node->{title}) . '"' : '';
}

Cmark::Render::writer(
    link => sub {
        my ($r, $node) = @_;
        $r->put('<a href="', Cmark::Address::encode($node->{destination}), '"', title_attribute($node), '>');
        $r->children($node)->put('</a>');
    }
);

1;
