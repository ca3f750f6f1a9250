#@ title Tabs
#@ tags Tabs
#@ words tab
#@ sign partly
#@ says Columns go by tab stops of four; a tab that is consumed in part leaves spaces.
#@ file lib/Cmark/Line.pm
package Cmark::Line;
# One line of input and how far it has been consumed. A tab goes to the next stop of four columns, and may be
# consumed in part: what is left of it counts as spaces.
use strict;
use warnings;

sub new {
    my ($class, $text) = @_;
    my $self = bless { text => $text, offset => 0, column => 0, partly => 0 }, $class;
    return $self->look;
}

# Finds the next character that is no white space, and with it the indent.
sub look {
    my ($self) = @_;
    my ($at, $column) = @{$self}{qw(offset column)};
    my $end = length $self->{text};
    while ($at < $end) {
        my $char = substr $self->{text}, $at, 1;
        if    ($char eq ' ')  { $column++ }
        elsif ($char eq "\t") { $column += 4 - $column % 4 }
        else                  { last }
        $at++;
    }
    $self->{next}   = $at;
    $self->{indent} = $column - $self->{column};
    $self->{blank}  = $at >= $end;
    return $self;
}

# Consumes so many columns.
sub advance {
    my ($self, $columns) = @_;
    while ($columns > 0 && $self->{offset} < length $self->{text}) {
        my $width = 1;
        if (substr($self->{text}, $self->{offset}, 1) eq "\t") {
            $width = 4 - $self->{column} % 4;
        }
        $self->{partly} = $width > $columns;
        my $step = $self->{partly} ? $columns : $width;
        $self->{column} += $step;
        $self->{offset}++ unless $self->{partly};
        $columns -= $step;
    }
    return $self;
}

sub skip_indent {
    my ($self) = @_;
    $self->{column} += $self->{indent};
    $self->{offset} = $self->{next};
    $self->{partly} = 0;
    return $self->look;
}

# The line stays what it was, blank or not.
sub skip_all {
    my ($self) = @_;
    $self->{offset} = length $self->{text};
    $self->{partly} = 0;
    return $self;
}

# What follows the indent, not consumed.
sub ahead { my ($self) = @_; return substr $self->{text}, $self->{next} }

# What is left to become content.
sub rest {
    my ($self) = @_;
    return substr $self->{text}, $self->{offset} unless $self->{partly};
    return ' ' x (4 - $self->{column} % 4) . substr $self->{text}, $self->{offset} + 1;
}

sub starts_with_space {
    my ($self) = @_;
    return substr($self->{text}, $self->{offset}, 1) =~ /^[ \t]/;
}

sub mark { my ($self) = @_; return [ @{$self}{qw(offset column partly)} ] }

sub return_to {
    my ($self, $mark) = @_;
    @{$self}{qw(offset column partly)} = @{$mark};
    return $self->look;
}

1;
