#@ title Images
#@ tags Images
#@ requires links
#@ words image; picture
#@ says Like links with an exclamation mark before; the text becomes the alternative text.
#@ file lib/Cmark/Inline/Image.pm
package Cmark::Inline::Image;
use strict;
use warnings;
no warnings 'recursion';
use Cmark::Address;
use Cmark::Inline::Link;
use Cmark::Inlines;
use Cmark::Render;
use Cmark::Text;

Cmark::Inlines::on(
    '!' => sub {
        my ($s) = @_;
        return 0 if substr($s->{text}, pos($s->{text}) + 1, 1) ne '[';
        return Cmark::Inline::Link::open_bracket($s, '![', 'image');
    }
);

sub plain_text {
    my ($node) = @_;
    return $node->{text} if defined $node->{text};
    return "\n" if $node->{type} =~ /_break$/;
    return join '', map { plain_text($_) } $node->children;
}

Cmark::Render::writer(
    image => sub {
        my ($r, $node) = @_;
        my $alt = Cmark::Text::escape(plain_text($node));
        my $title = Cmark::Inline::Link::title_attribute($node);
        $r->put('<img src="', Cmark::Address::encode($node->{destination}), "\" alt=\"$alt\"$title />");
    }
);

1;
