#@ title Entity and numeric character references
#@ tags Entity and numeric character references
#@ words entities; entity; character reference
#@ says Decimal and hexadecimal references, and the names of HTML 4 with a few of HTML 5.
#@ file lib/Cmark/Inline/Entity.pm
package Cmark::Inline::Entity;
use strict;
use warnings;
use Cmark::Inlines;
use Cmark::Text;

# Names in the order of their code points, from a first one on.
my @runs = (
    [ 0xA0, qw(nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr
          deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest
          Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml
          ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig
          agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml
          eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml) ],
    [ 0x100, qw(Amacr amacr Abreve abreve Aogon aogon Cacute cacute Ccirc ccirc Cdot cdot Ccaron ccaron Dcaron dcaron) ],
    [ 0x391, qw(Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho) ],
    [ 0x3A3, qw(Sigma Tau Upsilon Phi Chi Psi Omega) ],
    [ 0x3B1, qw(alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho
          sigmaf sigma tau upsilon phi chi psi omega) ],
);
my %named = (
    amp => 0x26, lt => 0x3C, gt => 0x3E, quot => 0x22, apos => 0x27, ensp => 0x2002, emsp => 0x2003, thinsp => 0x2009,
    ndash => 0x2013, mdash => 0x2014, lsquo => 0x2018, rsquo => 0x2019, sbquo => 0x201A, ldquo => 0x201C, rdquo => 0x201D,
    bdquo => 0x201E, dagger => 0x2020, Dagger => 0x2021, bull => 0x2022, hellip => 0x2026, permil => 0x2030,
    lsaquo => 0x2039, rsaquo => 0x203A, euro => 0x20AC, trade => 0x2122, larr => 0x2190, uarr => 0x2191, rarr => 0x2192,
    darr => 0x2193, harr => 0x2194, forall => 0x2200, part => 0x2202, exist => 0x2203, empty => 0x2205, nabla => 0x2207,
    isin => 0x2208, notin => 0x2209, ni => 0x220B, prod => 0x220F, sum => 0x2211, minus => 0x2212, radic => 0x221A,
    infin => 0x221E, and => 0x2227, or => 0x2228, cap => 0x2229, cup => 0x222A, int => 0x222B, sim => 0x223C,
    asymp => 0x2248, ne => 0x2260, equiv => 0x2261, le => 0x2264, ge => 0x2265, sub => 0x2282, sup => 0x2283,
    OElig => 0x152, oelig => 0x153, Scaron => 0x160, scaron => 0x161, Yuml => 0x178, fnof => 0x192, circ => 0x2C6,
    tilde => 0x2DC, HilbertSpace => 0x210B, DifferentialD => 0x2146, ClockwiseContourIntegral => 0x2232,
);
for my $run (@runs) {
    my ($code, @names) = @{$run};
    $named{$_} = $code++ for @names;
}

sub read_reference {
    my ($text) = @_;
    my $from = pos ${$text};
    my $code;
    if    (${$text} =~ /\G&#([0-9]{1,7});/gc)            { $code = $1 }
    elsif (${$text} =~ /\G&#[xX]([0-9a-fA-F]{1,6});/gc)  { $code = hex $1 }
    elsif (${$text} =~ /\G&([A-Za-z][A-Za-z0-9]*);/gc)   { $code = $named{$1} }
    if (!defined $code) {
        pos(${$text}) = $from;
        return undef;
    }
    my $valid = $code > 0 && $code <= 0x10FFFF && ($code < 0xD800 || $code > 0xDFFF);
    return chr($valid ? $code : 0xFFFD);
}

Cmark::Inlines::on(
    '&' => sub {
        my ($s) = @_;
        my $char = read_reference(\$s->{text});
        return 0 unless defined $char;
        Cmark::Inlines::add_text($s, $char);
        return 1;
    }
);

Cmark::Text::unescaper('&' => \&read_reference);

1;
