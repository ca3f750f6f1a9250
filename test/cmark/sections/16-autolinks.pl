#@ title Autolinks
#@ tags Autolinks
#@ words autolink
#@ says Absolute addresses and mail addresses between angle brackets.
#@ file lib/Cmark/Address.pm
package Cmark::Address;
# An address as the value of an attribute: what has no place there is percent-encoded.
use strict;
use warnings;

sub encode {
    my ($address) = @_;
    utf8::encode($address);
    $address =~ s/([^A-Za-z0-9\-_.+!*'(),%#@?=;:\/&\$~])/sprintf '%%%02X', ord $1/ge;
    $address =~ s/&/&amp;/g;
    $address =~ s/'/&#x27;/g;
    return $address;
}

1;
#@ file lib/Cmark/Inline/Autolink.pm
package Cmark::Inline::Autolink;
use strict;
use warnings;
use Cmark::Address;
use Cmark::Inlines;
use Cmark::Render;
use Cmark::Text;

my $label = qr/[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?/;

Cmark::Inlines::on(
    '<' => sub {
        my ($s) = @_;
        if ($s->{text} =~ /\G<([A-Za-z][A-Za-z0-9.+-]{1,31}:[^\x00-\x20<>]*)>/gc) {
            Cmark::Inlines::add($s, 'autolink', text => $1, address => $1);
            return 1;
        }
        if ($s->{text} =~ /\G<([A-Za-z0-9.!#\$%&'*+\/=?^_`{|}~-]+\@$label(?:\.$label)*)>/gc) {
            Cmark::Inlines::add($s, 'autolink', text => $1, address => "mailto:$1");
            return 1;
        }
        return 0;
    }
);

Cmark::Render::writer(
    autolink => sub {
        my ($r, $node) = @_;
        $r->put('<a href="', Cmark::Address::encode($node->{address}), '">', Cmark::Text::escape($node->{text}), '</a>');
    }
);

1;
