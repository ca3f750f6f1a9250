#@ title Lists
#@ tags List items, Lists
#@ words list; bullet
#@ probe "- a\n\n  b\n- c\n\n10) d\n   - e\n"
#@ lookup list item is a sequence of blocks
#@ says Bullet and ordered markers, the indent that a marker asks for, tight and loose lists.
#@ file lib/Cmark/Block/List.pm
package Cmark::Block::List;
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Render;

Cmark::Blocks::kind(
    list => (
        can_contain => sub { return $_[0] eq 'item' },
        goes_on     => sub { return Cmark::Blocks::GOES_ON },
        close       => sub { my ($p, $list) = @_; $list->{tight} = !is_loose($list) },
    )
);

Cmark::Blocks::kind(
    item => (
        can_contain => sub { return $_[0] ne 'item' },
        goes_on     => sub {
            my ($p, $item) = @_;
            my $line = $p->{line};
            my $width = $item->{marker}{indent} + $item->{marker}{padding};
            if ($line->{blank}) {
                return Cmark::Blocks::ENDS unless $item->{first};
                $line->skip_indent;
            }
            elsif ($line->{indent} >= $width) {
                $line->advance($width);
            }
            else {
                return Cmark::Blocks::ENDS;
            }
            return Cmark::Blocks::GOES_ON;
        },
    )
);

Cmark::Blocks::start(
    70 => sub {
        my ($p, $container) = @_;
        my $marker = read_marker($p, $container);
        return Cmark::Blocks::NO_START unless $marker;
        $p->close_unmatched;
        if ($p->{tip}{type} ne 'list' || $container->{marker}{kind} ne $marker->{kind}) {
            $p->add_block('list', marker => $marker);
        }
        $p->add_block('item', marker => $marker);
        return Cmark::Blocks::CONTAINER;
    }
);

# Consumes a marker with the white space that belongs to it. Shape: {kind, start, indent, padding}.
sub read_marker {
    my ($p, $container) = @_;
    my $line = $p->{line};
    return undef if $line->{indent} >= 4;
    return undef unless $line->ahead =~ /^([*+-]|(\d{1,9})([.)]))(?=[ \t]|$)(.*)/;
    my ($text, $number, $delimiter, $after) = ($1, $2, $3, $4);
    if ($container->{type} eq 'paragraph') {
        return undef if $after !~ /[^ \t]/;
        return undef if defined $number && $number != 1;
    }
    my $marker = { kind => defined $number ? $delimiter : $text, start => $number, indent => $line->{indent} };
    $marker->{padding} = length($text) + space_after($line->skip_indent->advance(length $text));
    return $marker;
}

# Columns between a marker and its content; more than four are one, and indented code after it.
sub space_after {
    my ($line) = @_;
    my $mark = $line->mark;
    my $from = $line->{column};
    $line->advance(1) while $line->{column} - $from < 5 && $line->starts_with_space;
    my $columns = $line->{column} - $from;
    $line->look;
    return $columns if $columns >= 1 && $columns < 5 && !$line->{blank};
    $line->return_to($mark);
    $line->advance(1) if $line->starts_with_space;
    $line->look;
    return 1;
}

# Remembers which blocks end in a blank line: that is what makes a list loose.
Cmark::Blocks::after_line(
    sub {
        my ($p, $container) = @_;
        my $blank = $p->{line}{blank};
        $container->{last}{ends_blank} = 1 if $blank && $container->{last};
        my $type   = $container->{type};
        my $exempt = $type eq 'block_quote' || $type eq 'fenced_code'
            || ($type eq 'item' && !$container->{first} && $container->{line} == $p->{number});
        my $ends = $blank && !$exempt ? 1 : 0;
        for (my $block = $container; $block; $block = $block->{parent}) {
            $block->{ends_blank} = $ends;
        }
    }
);

sub is_loose {
    my ($list) = @_;
    for my $item ($list->children) {
        return 1 if $item->{next} && ends_with_blank($item);
        for my $child ($item->children) {
            return 1 if ($item->{next} || $child->{next}) && ends_with_blank($child);
        }
    }
    return 0;
}

sub ends_with_blank {
    my ($block) = @_;
    while ($block) {
        return 1 if $block->{ends_blank};
        $block = $block->{type} =~ /^(?:list|item)$/ ? $block->{last} : undef;
    }
    return 0;
}

Cmark::Render::writer(
    list => sub {
        my ($r, $node) = @_;
        my $number = $node->{marker}{start};
        my $tag    = defined $number ? 'ol' : 'ul';
        my $start  = defined $number && $number != 1 ? ' start="' . (0 + $number) . '"' : '';
        $r->fresh_line->put("<$tag$start>")->fresh_line->children($node)->fresh_line->put("</$tag>")->fresh_line;
    }
);
Cmark::Render::writer(
    item => sub { my ($r, $node) = @_; $r->put('<li>')->children($node)->put('</li>')->fresh_line });
Cmark::Render::writer(
    paragraph => sub {
        my ($r, $node) = @_;
        my $list = $node->{parent}{parent};
        if ($list && $list->{type} eq 'list' && $list->{tight}) {
            $r->children($node);
            return;
        }
        $r->fresh_line->put('<p>')->children($node)->put('</p>')->fresh_line;
    }
);

1;
