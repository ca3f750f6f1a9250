#@ title Paragraphs
#@ tags Paragraphs, Blank lines, Textual content
#@ words skeleton; paragraph; blank lines
#@ says The skeleton: lines become blocks, blocks become inlines, inlines become HTML; each construct registers itself.
#@ file cmark.pl
#!/usr/bin/env perl
# Reads CommonMark on standard input and writes HTML on standard output.
use strict;
use warnings;
use lib do { my ($dir) = __FILE__ =~ m{^(.*)/}; defined $dir ? "$dir/lib" : 'lib' };
use Cmark::Blocks;
use Cmark::Inlines;
use Cmark::Render;
# The constructs, each in a module that registers itself:
# (end of the constructs)

sub convert {
    my ($bytes) = @_;
    my $text = $bytes;
    utf8::decode($text);
    my $document = Cmark::Blocks::parse($text);
    Cmark::Inlines::parse_all($document);
    my $html = Cmark::Render::html($document);
    utf8::encode($html);
    return $html;
}

sub main {
    binmode STDIN;
    binmode STDOUT;
    local $/ = undef;
    my $input = <STDIN>;
    print convert(defined $input ? $input : '');
    return 0;
}

exit main() unless caller;
1;
#@ file lib/Cmark/Node.pm
package Cmark::Node;
# A node of the tree; siblings and children are linked both ways.
use strict;
use warnings;

sub new {
    my ($class, $type, %fields) = @_;
    return bless { type => $type, %fields }, $class;
}

sub append {
    my ($self, $child) = @_;
    $child->detach;
    $child->{parent} = $self;
    if (my $last = $self->{last}) {
        $last->{next} = $child;
        $child->{prev} = $last;
    }
    else {
        $self->{first} = $child;
    }
    $self->{last} = $child;
    return $child;
}

sub insert_after {
    my ($self, $sibling) = @_;
    $sibling->detach;
    my $next = $self->{next};
    $sibling->{parent} = $self->{parent};
    $sibling->{prev}   = $self;
    $sibling->{next}   = $next;
    $self->{next}      = $sibling;
    if ($next) {
        $next->{prev} = $sibling;
    }
    elsif ($self->{parent}) {
        $self->{parent}{last} = $sibling;
    }
    return $sibling;
}

sub detach {
    my ($self) = @_;
    my ($parent, $prev, $next) = @{$self}{qw(parent prev next)};
    if ($prev)      { $prev->{next}    = $next }
    elsif ($parent) { $parent->{first} = $next }
    if ($next)      { $next->{prev}    = $prev }
    elsif ($parent) { $parent->{last}  = $prev }
    delete @{$self}{qw(parent prev next)};
    return $self;
}

sub children {
    my ($self) = @_;
    my @children;
    for (my $child = $self->{first}; $child; $child = $child->{next}) {
        push @children, $child;
    }
    return @children;
}

1;
#@ file lib/Cmark/Line.pm
package Cmark::Line;
# One line of input and how far it has been consumed. White space is counted a character at a time.
use strict;
use warnings;

sub new {
    my ($class, $text) = @_;
    my $self = bless { text => $text, offset => 0, column => 0 }, $class;
    return $self->look;
}

# Finds the next character that is no white space, and with it the indent.
sub look {
    my ($self) = @_;
    pos($self->{text}) = $self->{offset};
    $self->{text} =~ /\G[ \t]*/gc;
    $self->{next}   = pos $self->{text};
    $self->{indent} = $self->{next} - $self->{offset};
    $self->{blank}  = $self->{next} >= length $self->{text};
    return $self;
}

# Consumes so many columns.
sub advance {
    my ($self, $columns) = @_;
    my $left = length($self->{text}) - $self->{offset};
    my $step = $columns < $left ? $columns : $left;
    $self->{offset} += $step;
    $self->{column} += $step;
    return $self;
}

sub skip_indent {
    my ($self) = @_;
    return $self->advance($self->{next} - $self->{offset})->look;
}

# The line stays what it was, blank or not.
sub skip_all {
    my ($self) = @_;
    $self->{offset} = length $self->{text};
    return $self;
}

# What follows the indent, not consumed.
sub ahead { my ($self) = @_; return substr $self->{text}, $self->{next} }

# What is left to become content.
sub rest { my ($self) = @_; return substr $self->{text}, $self->{offset} }

sub starts_with_space {
    my ($self) = @_;
    return substr($self->{text}, $self->{offset}, 1) =~ /^[ \t]/;
}

sub mark { my ($self) = @_; return [ @{$self}{qw(offset column)} ] }

sub return_to {
    my ($self, $mark) = @_;
    @{$self}{qw(offset column)} = @{$mark};
    return $self->look;
}

1;
#@ file lib/Cmark/Blocks.pm
package Cmark::Blocks;
# The block phase: a line at a time. Kinds of blocks and the ways they start are registered by the constructs.
use strict;
use warnings;
use Cmark::Line;
use Cmark::Node;

use constant { NO_START => 0, CONTAINER => 1, LEAF => 2 };
use constant { GOES_ON => 0, ENDS => 1, LINE_DONE => 2 };

my %kinds;
my @starts;
my @after_line;
my @paragraph_filters;

sub kind {
    my ($name, %behaviour) = @_;
    $kinds{$name} = \%behaviour;
    return;
}

# Starts are tried in the order of their priority; the code gets the parser and the container.
sub start {
    my ($priority, $code) = @_;
    @starts = sort { $a->[0] <=> $b->[0] } @starts, [ $priority, $code ];
    return;
}

sub after_line       { my ($code) = @_; push @after_line,        $code; return }
sub paragraph_filter { my ($code) = @_; push @paragraph_filters, $code; return }

sub has_inlines { my ($node) = @_; return $kinds{ $node->{type} }{inlines} }

kind document => (
    goes_on     => sub { return GOES_ON },
    can_contain => sub { return $_[0] ne 'item' },
);
kind paragraph => (
    goes_on     => sub { my ($p) = @_; return $p->{line}{blank} ? ENDS : GOES_ON },
    takes_lines => 1,
    inlines     => 1,
    close       => sub {
        my ($p, $block) = @_;
        $p->filter_paragraph($block);
        $block->detach if $block->{text} !~ /[^ \t\n]/;
    },
);

sub parse {
    my ($text) = @_;
    $text =~ s/\r\n?/\n/g;
    $text =~ s/\0/\x{FFFD}/g;
    $text =~ s/\n\z//;
    my $document = Cmark::Node->new('document', open => 1);
    my $p = bless { document => $document, tip => $document, references => {}, number => 0 }, __PACKAGE__;
    $document->{references} = $p->{references};
    $p->take_line($_) for split /\n/, $text, -1;
    $p->close_block($p->{tip}) while $p->{tip};
    return $document;
}

sub take_line {
    my ($p, $text) = @_;
    $p->{line} = Cmark::Line->new($text);
    $p->{number}++;
    $p->{old_tip} = $p->{tip};
    my ($container, $done) = $p->descend;
    return if $done;
    $p->{matched}     = $container;
    $p->{all_matched} = $container == $p->{old_tip};
    $container = $p->open_blocks($container);
    if (!$p->{all_matched} && !$p->{line}{blank} && $p->{tip}{type} eq 'paragraph') {
        $p->add_text;    # a lazy continuation
        return;
    }
    $p->close_unmatched;
    $_->($p, $container) for @after_line;
    $p->add_content($container);
    return;
}

# Goes down the open blocks as far as this line continues them.
sub descend {
    my ($p) = @_;
    my $container = $p->{document};
    while (my $child = $container->{last}) {
        last unless $child->{open};
        $p->{line}->look;
        my $outcome = $kinds{ $child->{type} }{goes_on}->($p, $child);
        return ($child, 1) if $outcome == LINE_DONE;
        last if $outcome == ENDS;
        $container = $child;
    }
    return ($container, 0);
}

sub open_blocks {
    my ($p, $container) = @_;
    return $container if $container->{type} ne 'paragraph' && $kinds{ $container->{type} }{takes_lines};
    START: while (1) {
        $p->{line}->look;
        for my $start (@starts) {
            my $outcome = $start->[1]->($p, $container);
            next if $outcome == NO_START;
            $container = $p->{tip};
            next START if $outcome == CONTAINER;
            return $container;
        }
        $p->{line}->skip_indent;
        return $container;
    }
}

sub add_content {
    my ($p, $container) = @_;
    my $kind = $kinds{ $container->{type} };
    if ($kind->{takes_lines}) {
        $p->add_text;
        $kind->{after_text}->($p, $container) if $kind->{after_text};
    }
    elsif (!$p->{line}{blank} && length $p->{line}->rest) {
        $p->add_block('paragraph');
        $p->{line}->skip_indent;
        $p->add_text;
    }
    return;
}

sub add_text {
    my ($p) = @_;
    $p->{tip}{text} .= $p->{line}->rest . "\n";
    return;
}

# Adds a block below the tip, closing what can't contain it.
sub add_block {
    my ($p, $type, %fields) = @_;
    $p->close_block($p->{tip}) until $p->can_contain($p->{tip}, $type);
    my $block = Cmark::Node->new($type, open => 1, text => '', line => $p->{number}, %fields);
    $p->{tip}->append($block);
    $p->{tip} = $block;
    return $block;
}

sub can_contain {
    my ($p, $block, $type) = @_;
    my $rule = $kinds{ $block->{type} }{can_contain};
    return $rule && $rule->($type);
}

sub close_block {
    my ($p, $block) = @_;
    my $parent = $block->{parent};
    $block->{open} = 0;
    my $close = $kinds{ $block->{type} }{close};
    $close->($p, $block) if $close;
    $p->{tip} = $parent;
    return;
}

sub close_unmatched {
    my ($p) = @_;
    return if $p->{all_matched};
    while ($p->{old_tip} != $p->{matched}) {
        my $parent = $p->{old_tip}{parent};
        $p->close_block($p->{old_tip});
        $p->{old_tip} = $parent;
    }
    $p->{all_matched} = 1;
    return;
}

sub filter_paragraph {
    my ($p, $block) = @_;
    $_->($p, $block) for @paragraph_filters;
    return;
}

1;
#@ file lib/Cmark/Inlines.pm
package Cmark::Inlines;
# The inline phase: the text of a leaf block becomes nodes. Constructs register a handler for the character they begin with.
use strict;
use warnings;
use Cmark::Blocks;
use Cmark::Node;

my %handlers;
my @closers;
my $plain = qr/[\s\S]+/;

# A handler returns true if it consumed something; otherwise it leaves pos() as it was.
sub on {
    my ($char, $code) = @_;
    push @{ $handlers{$char} }, $code;
    my $special = join '', map { quotemeta } sort keys %handlers;
    $plain = qr/[^$special]+/;
    return;
}

# Called when a run of inlines ends: settle the open delimiters above the given one.
sub on_close { my ($code) = @_; push @closers, $code; return }

sub close_delimiters {
    my ($s, $bottom) = @_;
    $_->($s, $bottom) for @closers;
    return;
}

sub parse_all {
    my ($document) = @_;
    my @pending = ($document);
    while (my $block = pop @pending) {
        if (Cmark::Blocks::has_inlines($block)) {
            parse($block, $document->{references});
        }
        else {
            push @pending, $block->children;
        }
    }
    return;
}

sub parse {
    my ($block, $references) = @_;
    my $text = $block->{text};
    $text =~ s/\A[ \t\n]+//;
    $text =~ s/[ \t\n]+\z//;
    my $s = { text => $text, block => $block, references => $references };
    pos($s->{text}) = 0;
    step($s) while pos($s->{text}) < length $s->{text};
    close_delimiters($s, undef);
    return;
}

sub step {
    my ($s) = @_;
    if ($s->{text} =~ /\G($plain)/gc) {
        add_text($s, $1);
        return;
    }
    my $char = substr $s->{text}, pos($s->{text}), 1;
    for my $handler (@{ $handlers{$char} }) {
        return if $handler->($s);
    }
    pos($s->{text}) = pos($s->{text}) + 1;
    add_text($s, $char);
    return;
}

sub add {
    my ($s, $type, %fields) = @_;
    return $s->{block}->append(Cmark::Node->new($type, %fields));
}

sub add_text { my ($s, $text) = @_; return add($s, 'text', text => $text) }

1;
#@ file lib/Cmark/Text.pm
package Cmark::Text;
# Text as HTML wants it, and text as the author meant it.
use strict;
use warnings;

my %replacement = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;');
my %unescapers;

sub escape {
    my ($text) = @_;
    $text =~ s/([&<>"])/$replacement{$1}/g;
    return $text;
}

# Registers what a character may begin inside of info strings, destinations and titles. The code matches
# at pos() of the referenced text and returns its meaning, or undef.
sub unescaper { my ($char, $code) = @_; $unescapers{$char} = $code; return }

sub unescape {
    my ($text) = @_;
    my $out = '';
    pos($text) = 0;
    while (pos($text) < length $text) {
        my $char = substr $text, pos($text), 1;
        my $meaning = $unescapers{$char} ? $unescapers{$char}->(\$text) : undef;
        if (!defined $meaning) {
            pos($text) = pos($text) + 1;
            $meaning = $char;
        }
        $out .= $meaning;
    }
    return $out;
}

1;
#@ file lib/Cmark/Render.pm
package Cmark::Render;
# The tree as HTML. Constructs register how their nodes are written.
use strict;
use warnings;
no warnings 'recursion';
use Cmark::Text;

my %writers;

sub writer { my ($type, $code) = @_; $writers{$type} = $code; return }

sub html {
    my ($document) = @_;
    my $r = bless { out => '' }, __PACKAGE__;
    $r->children($document);
    return $r->{out};
}

sub put { my ($r, @parts) = @_; $r->{out} .= join '', @parts; return $r }

# Begins a new line unless there is one.
sub fresh_line {
    my ($r) = @_;
    $r->{out} .= "\n" if length $r->{out} && substr($r->{out}, -1) ne "\n";
    return $r;
}

sub children {
    my ($r, $node) = @_;
    $writers{ $_->{type} }->($r, $_) for $node->children;
    return $r;
}

writer text      => sub { my ($r, $node) = @_; $r->put(Cmark::Text::escape($node->{text})) };
writer paragraph => sub {
    my ($r, $node) = @_;
    $r->fresh_line->put('<p>')->children($node)->put('</p>')->fresh_line;
};

1;
