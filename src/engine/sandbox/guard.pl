# Job: the process beside a sealed command: ties it to the life of the engine, puts it into its control group, and as root makes
#   the devices of the machine read-only to it; then starts bubblewrap and ends with what that ended with.
# Why: bubblewrap's --die-with-parent takes effect only once the sandbox stands. Root could change modes and times of /dev/null and
#   the like, which bubblewrap shows as they are: a mount that is read-only keeps them, and writing to them still works.
# Boundary: started by tied.ts, in a group of its own. Perl without a module; system calls that it has no words for go by number.
# Rules: S1, H2, H5. A group that can't be entered is no failure: what is started is counted from outside as well.
#
#   guard.pl ENGINE MACHINE GROUP OWN BUBBLEWRAP [ARGUMENT ...]
#     GROUP: the file that takes who enters it, or empty. OWN: descriptors from this number on were left open by accident.
use strict;
use warnings;

my ( $engine, $machine, $group, $own, @bubblewrap ) = @ARGV;
my %numbers = (
    x64   => { close => 3,  prctl => 157, mount => 165, unshare => 272 },
    arm64 => { close => 57, prctl => 167, mount => 40, unshare => 97 },
);
my $call = $numbers{$machine} or cannot("no system calls are known for $machine");
my ( $on_parents_death, $term ) = ( 1, 15 );                          # PR_SET_PDEATHSIG, SIGTERM
my $new_mounts = 0x00020000;                                          # CLONE_NEWNS
my ( $read_only, $no_suid, $no_exec, $remount, $bind, $deep, $slave ) = ( 1, 2, 8, 32, 4096, 16384, 524288 );    # MS_*
my $interrupted = 4;                                                  # EINTR

# Held still, what it has made is killed first: bubblewrap must not be killed alone while it starts.
my $started;
$SIG{TERM} = sub {
    if ($started) {
        kill 'STOP', $started;
        if ( open my $children, '<', "/proc/$started/task/$started/children" ) { kill 'KILL', split ' ', <$children> // '' }
    }
    kill 'KILL', -getpgrp();
};

# Asked to end with the engine, and only then looked whether that still lives: in this order nothing slips through.
syscall $call->{prctl}, $on_parents_death, $term, 0, 0, 0;
exit 125 if getppid() != $engine;

close_others();
if ( $group ne '' && open my $file, '>', $group ) {
    syswrite $file, '0';
    close $file;
}
still_devices() if $> == 0;

$started = fork // cannot("fork: $!");
if ( $started == 0 ) {
    { no warnings 'exec'; exec { $bubblewrap[0] } @bubblewrap; }
    cannot("$bubblewrap[0] is not there or cannot be run");
}
1 while waitpid( $started, 0 ) == -1 && $! == $interrupted;
exit( $? & 127 ? 128 + ( $? & 127 ) : $? >> 8 );

# bubblewrap hands every descriptor on, and a folder's is a door.
sub close_others {
    opendir my $all, '/proc/self/fd' or cannot("/proc/self/fd: $!");
    my @open = readdir $all;
    closedir $all;
    for my $descriptor ( grep { /^\d+$/ && $_ >= $own } @open ) { syscall $call->{close}, $descriptor + 0 }
}

# In mounts of its own, of which the machine sees none. Where root may not do that, it may not change a device's mode either.
sub still_devices {
    return if syscall( $call->{unshare}, $new_mounts ) != 0;
    mount_at( '/', '', $deep | $slave );
    mount_at( '/dev', '/dev', $bind );
    mount_at( '/dev', '', $remount | $bind | $read_only | $no_suid | $no_exec );
}

sub mount_at {
    my ( $path, $source, $flags ) = @_;
    my ( $type, $data ) = ( '', '' );
    syscall( $call->{mount}, $source, $path, $type, $flags, $data ) == 0 or cannot("mount $path: $!");
}

# As bubblewrap says that it failed.
sub cannot {
    syswrite STDERR, "bwrap: $_[0]\n";
    exit 1;
}
