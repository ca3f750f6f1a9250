# Job: the first program of a warm sandbox: runs one case after another, each in user, pid, ipc and mount namespaces of its
#   own, with a /proc, a /tmp, a /dev/shm and a working folder that were made for it and end with it.
# Boundary: talks to warmSandbox.ts, over standard input and output; judges nothing, knows no expectation. Perl without a
#   module, as every Debian has it and git needs it; system calls that it has no words for go by number.
# Rules: H5 nothing that a case does is there for the next one: all of its processes are killed with its first one, all that it
#   can write ends with its mounts, and where a case has used the network the whole sandbox ends. A step that fails ends the
#   case before its program begins: never does one run in less than all of this. B3 limits are set for each program.
#
# A frame is a length (32 bits, big-endian) and so many bytes: a list of strings, each behind its length. To here:
#   setup MACHINE BYTES [LIMIT VALUE ...] [LINK ...] [MASKED ...]     after `begun`; the answer is `ready`, or `failed` and an end
#   run NUMBER FOLDER STDIN [NAME VALUE ...] [PROGRAM ARGUMENT ...]   FOLDER: a prepared one, or empty for one in memory
#   end NUMBER                                                        kills that case
# From here: begun, at once; ready; out NUMBER BYTES; err NUMBER BYTES; failed NUMBER program|sandbox WHY; over NUMBER EXIT_CODE CPU_MS [last]
#   CPU_MS: what this process and all cases until now have used
use strict;
use warnings;

my %numbers = (
    x64   => { mount => 165, clone => 56, prctl => 157, capset => 126, prlimit => 302, setsid => 112, exit => 231, unshare => 272 },
    arm64 => { mount => 40, clone => 220, prctl => 167, capset => 91, prlimit => 261, setsid => 157, exit => 94, unshare => 97 },
);
my ( $new_user, $new_pid, $new_ipc, $new_mounts ) = ( 0x10000000, 0x20000000, 0x08000000, 0x00020000 );    # CLONE_NEW*
my ( $sigchld, $killed ) = ( 17, 9 );
my ( $read_only, $no_suid, $no_dev, $no_exec, $remount, $bind ) = ( 1, 2, 4, 8, 32, 4096 );    # MS_*
my ( $set_dumpable, $drop_bounding, $set_securebits ) = ( 4, 24, 28 );             # PR_*
my $no_root_privilege = 0x2f;    # SECBIT_*: neither root nor a change of ids gives a capability; locked
my $last_capability   = 63;
my ( $set_flags, $non_blocking, $try_again ) = ( 4, 2048 | 1, 11 );                # F_SETFL, O_NONBLOCK | O_WRONLY, EAGAIN
my $most = 65536;

my ( $call, $bytes, $limits, $links, $masked );
my ( $uid,  $gid ) = ( $<, $( + 0 );
my $why_handle;                  # where a case says that it could not be made

$SIG{PIPE} = 'IGNORE';           # a program need not read all of its input

sub exit_now { syscall $call->{exit}, $_[0] + 0; }

sub read_exactly {
    my ($length) = @_;
    my $got = '';
    while ( length $got < $length ) {
        sysread STDIN, $got, $length - length $got, length $got or exit 0;         # the engine has gone
    }
    return $got;
}

sub list_in { return unpack '(N/a*)*', $_[0] }

sub next_frame { return list_in( read_exactly( unpack 'N', read_exactly(4) ) ) }

sub say_frame {
    my $list  = pack '(N/a*)*', @_;
    my $frame = pack( 'N', length $list ) . $list;
    for ( my $sent = 0 ; $sent < length $frame ; ) {
        $sent += syswrite( STDOUT, $frame, length($frame) - $sent, $sent ) || exit 0;
    }
}

# --- in a case, before its program; the first few at the beginning too ----------------------------------------------------------

sub must {
    my ( $done, $what ) = @_;
    return if $done;
    if ( !defined $why_handle ) { say_frame( 'failed', 0, split / /, "$what: $!", 2 ) }
    else                        { syswrite $why_handle, "$what: $!" }
    exit_now(125);
}

sub write_to {
    my ( $path, $text ) = @_;
    must( open( my $file, '>', $path ), "sandbox $path" );
    must( syswrite( $file, $text ) && close($file), "sandbox $path" );
}

sub mount_at {
    my ( $path, $source, $type, $flags, $data ) = @_;
    must( syscall( $call->{mount}, $source, $path, $type, $flags, $data ) == 0, "sandbox mount $path" );
}

sub same_ids {
    syscall $call->{prctl}, $set_dumpable, 1, 0, 0, 0;    # or its own files in /proc would be another's
    write_to( '/proc/self/setgroups', 'deny' );
    write_to( '/proc/self/uid_map',   "$uid $uid 1" );
    write_to( '/proc/self/gid_map',   "$gid $gid 1" );
}

sub own_folders {
    my ($folder) = @_;
    my $memory = $no_suid | $no_dev;
    mount_at( '/proc', 'proc', 'proc', $read_only | $no_suid | $no_dev | $no_exec, '' );
    mount_at( $_, '/dev/null', '', $bind, '' ) for @$masked;
    if   ( $folder eq '' ) { mount_at( '/belay/case', 'tmpfs', 'tmpfs', $memory, "size=$bytes,mode=0755" ) }
    else                   { mount_at( '/belay/case', "/tmp/cases/$folder", '', $bind, '' ) }
    mount_at( '/tmp', 'tmpfs', 'tmpfs', $memory, "size=$bytes,mode=0755" );    # covers the prepared folders too
    must( mkdir('/tmp/home'), 'sandbox /tmp/home' );
    mount_at( '/dev/shm', 'tmpfs', 'tmpfs', $memory, "size=$bytes,mode=0755" );
    must( chdir('/belay/case'), 'sandbox /belay/case' );
    return if $folder ne '';
    must( symlink( "/belay/build/$_", $_ ), "sandbox link $_" ) for @$links;
}

sub no_capabilities {
    must( syscall( $call->{prctl}, $set_securebits, $no_root_privilege, 0, 0, 0 ) == 0, 'sandbox securebits' );
    for my $capability ( 0 .. $last_capability ) {
        last if syscall( $call->{prctl}, $drop_bounding, $capability, 0, 0, 0 ) != 0;    # EINVAL: the kernel has no more
    }
    my ( $header, $none ) = ( pack( 'L l', 0x20080522, 0 ), "\0" x 24 );
    must( syscall( $call->{capset}, $header, $none ) == 0, 'sandbox capset' );
    syscall $call->{prctl}, $set_dumpable, 0, 0, 0, 0;    # its pipes are not for the program to open
}

sub become_program {
    my ( $in, $out, $err, $variables, $command ) = @_;
    must( open( STDIN,  '<&', $in ),  'sandbox input' );
    must( open( STDOUT, '>&', $out ), 'sandbox output' );
    must( open( STDERR, '>&', $err ), 'sandbox error output' );
    for ( my $i = 0 ; $i < @$limits ; $i += 2 ) {
        my $limit = pack 'QQ', $limits->[ $i + 1 ], $limits->[ $i + 1 ];
        must( syscall( $call->{prlimit}, 0, $limits->[$i] + 0, $limit, 0 ) == 0, "sandbox limit $limits->[$i]" );
    }
    $SIG{PIPE} = 'DEFAULT';
    %ENV = @$variables;
    { no warnings 'exec'; exec { $command->[0] } @$command; }
    must( 0, "program $command->[0]" );
}

# The first process of the case: whatever still lives when it ends is killed by the kernel.
sub be_first {
    my ( $folder, $in, $out, $err, $variables, $command ) = @_;
    same_ids();
    write_to( '/proc/sys/user/max_user_namespaces', '0' );    # the program makes none of its own
    own_folders($folder);
    no_capabilities();
    exit_now(0) if !@$command;    # the trial
    syscall $call->{setsid};
    my $pid = fork;
    must( defined $pid, 'sandbox fork' );
    become_program( $in, $out, $err, $variables, $command ) if $pid == 0;
    while ( ( my $ended = wait ) != -1 ) {
        exit_now( $? & 127 ? 128 + ( $? & 127 ) : $? >> 8 ) if $ended == $pid;
    }
    exit_now(125);
}

# --- beside it -----------------------------------------------------------------------------------------------------------

# Writes what fits; true while there is more to write. A program that reads no further is no fault.
sub feed {
    my ( $in, $stdin ) = @_;
    while ( $$stdin ne '' ) {
        my $sent = syswrite $in, $$stdin, $most;
        return $! == $try_again if !defined $sent;
        substr( $$stdin, 0, $sent ) = '';
    }
    return 0;
}

# Passes input and outputs on until the case has closed all, which its first process does at its end.
sub pass_on {
    my ( $number, $pid, $in, $stdin, $from ) = @_;
    my ( $reading, $writing, $failed ) = ( '', '', '' );
    vec( $reading, $_, 1 ) = 1 for 0, keys %$from;
    vec( $writing, fileno $in, 1 ) = 1;
    fcntl $in, $set_flags, $non_blocking;
    for ( my $more = feed( $in, \$stdin ) ; %$from ; $more &&= feed( $in, \$stdin ) ) {
        if ( !$more && $writing ne '' ) { $writing = ''; close $in }
        next if select( my $readable = $reading, my $writable = $writing, undef, undef ) < 1;
        for my $descriptor ( grep { vec $readable, $_, 1 } keys %$from ) {
            my ( $name, $handle ) = @{ $from->{$descriptor} };
            if ( !sysread $handle, my $part, $most ) {
                vec( $reading, $descriptor, 1 ) = 0;
                delete $from->{$descriptor};
            }
            elsif ( $name eq 'failed' ) { $failed .= $part }
            else                        { say_frame( $name, $number, $part ) }
        }
        if ( vec $readable, 0, 1 ) {
            my ( $word, $ended ) = next_frame();
            kill $killed, $pid if $word eq 'end' && $ended == $number;
        }
    }
    return $failed;
}

sub run_case {
    my ( $number, $folder, $stdin, $variables, $command ) = @_;
    pipe( my $in, my $to_in ) && pipe( my $from_out, my $out ) && pipe( my $from_err, my $err ) && pipe( my $why, my $say_why )
      or return "sandbox pipe: $!";
    my $pid = syscall $call->{clone}, $new_user | $new_pid | $new_ipc | $new_mounts | $sigchld, 0, 0, 0, 0;
    return "sandbox clone: $!" if $pid == -1;
    if ( $pid == 0 ) {
        close $_ for $to_in, $from_out, $from_err, $why;
        $why_handle = $say_why;
        be_first( $folder, $in, $out, $err, $variables, $command );
    }
    close $_ for $in, $out, $err, $say_why;
    my %from = ( fileno $from_out, [ 'out', $from_out ], fileno $from_err, [ 'err', $from_err ], fileno $why, [ 'failed', $why ] );
    my $failed = pass_on( $number, $pid, $to_in, $stdin, \%from );
    waitpid $pid, 0;    # by then nothing of the case is left
    return $failed, $? & 127 ? 128 + ( $? & 127 ) : $? >> 8;
}

# --- from the beginning --------------------------------------------------------------------------------------------------

my @counters;
for my $name ( 'snmp', 'snmp6', 'netstat' ) {
    open( my $file, '<', "/proc/net/$name" ) or next;    # without IPv6 there is no snmp6
    push @counters, $file;
}

# What the network namespace, which cases share, has counted: no packet, no trace.
sub network_use {
    my $all = '';
    for my $file (@counters) {
        sysseek $file, 0, 0;
        1 while sysread $file, $all, $most, length $all;
    }
    return $all;
}

# Modes and times of devices are the machine's: a sign could be left there. Writing to them still works.
sub still_devices {
    must( syscall( $call->{unshare}, $new_user | $new_mounts ) == 0, 'sandbox unshare' );
    same_ids();
    for my $device ( map { "/dev/$_" } qw(null zero full random urandom tty) ) {
        mount_at( $device, '', '', $remount | $bind | $read_only | $no_suid | $no_exec, '' );
    }
}

say_frame('begun');    # Perl has read the program to its end and not a byte of what follows
my ( $word, $machine, @setup ) = next_frame();
$call = $numbers{$machine} or die "no system calls are known for $machine\n";
still_devices();
syscall $call->{prctl}, $set_dumpable, 0, 0, 0, 0;
( $bytes, $limits, $links, $masked ) = ( $setup[0], map { [ list_in($_) ] } @setup[ 1 .. 3 ] );
my ($trial_failed) = run_case( 0, '', '', [], [] );
if ( $trial_failed ne '' ) {
    say_frame( 'failed', 0, split / /, $trial_failed, 2 );
    exit 1;
}
my $unused = network_use();
say_frame('ready');
while (1) {
    my ( $asked, $number, $folder, $stdin, $variables, $command ) = next_frame();
    next if $asked ne 'run';    # the end of a case that has ended by itself meanwhile
    my ( $failed, $code ) = run_case( $number, $folder, $stdin, [ list_in($variables) ], [ list_in($command) ] );
    say_frame( 'failed', $number, split / /, $failed, 2 ) if $failed ne '';
    my @last = network_use() eq $unused ? () : ('last');
    my $used = 0;
    $used += $_ for times;
    say_frame( 'over', $number, $code // 125, int( $used * 1000 ), @last );
    exit 0 if @last;
}
__END__
