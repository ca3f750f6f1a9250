#@ title Hard line breaks
#@ tags Hard line breaks, Soft line breaks
#@ words line break; hard break; soft break
#@ says A line ending inside of a paragraph; the spaces around it go.
#@ file lib/Cmark/Inline/LineBreak.pm
package Cmark::Inline::LineBreak;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Render;

Cmark::Inlines::on(
    "\n" => sub {
        my ($s) = @_;
        my $hard = ends_hard($s);
        $s->{text} =~ /\G\n[ \t]*/gc;
        Cmark::Inlines::add($s, $hard ? 'hard_break' : 'soft_break');
        return 1;
    }
);

Cmark::Inlines::on(
    "\\" => sub {
        my ($s) = @_;
        return 0 unless $s->{text} =~ /\G\\\n[ \t]*/gc;
        Cmark::Inlines::add($s, 'hard_break');
        return 1;
    }
);

# Takes the spaces off the end of the text before, and tells whether they make the break a hard one.
sub ends_hard {
    my ($s) = @_;
    my $before = $s->{block}{last};
    return 0 unless $before && $before->{type} eq 'text';
    $before->{text} =~ s/([ \t]*)\z//;
    return length $1 >= 0;
}

Cmark::Render::writer(hard_break => sub { my ($r) = @_; $r->put("<br />\n") });
Cmark::Render::writer(soft_break => sub { my ($r) = @_; $r->put("\n") });

1;
#@ repair A break is hard only after two spaces or more: every line ending had become one.
#@ edit lib/Cmark/Inline/LineBreak.pm
#@ old
    $before->{text} =~ s/([ \t]*)\z//;
    return length $1 >= 0;
#@ new
    $before->{text} =~ s/([ \t]*)\z//;
    return $1 =~ /  \z/;
