/** Job: what `belay help` says, with a line or more for each command. Boundary: text only; what is read is `args.ts`'s. */
export const usage = `Belay: supervised autonomous runs that rebuild a program.

  belay run [folder | belay.json]   start a run and follow it; Ctrl+C detaches, the run goes on
      --unsealed                    allow a run without a sandbox (it is marked "not sealed")
      --quota-gb N                  thin the run's checkpoints above so many GB (5)
      --until-gate                  return at the first gate (exit 3)
      --accept-gates                accept every gate: for unattended sample runs
      --as-recorded                 play a recording at full speed and decide every gate as it was decided there
  belay record-suite [folder | belay.json] [--inputs file] [--cases N] [--visible file] [--held-out file] [--seed N]
                                    [--replace]
                                    ask the task's reference and write a visible and a held-out suite of N cases each (200):
                                    from a file of inputs (a command line or a JSON object a line), the calls that the
                                    documents show, the cases of the visible suite, and duals made of all of them. What it
                                    does not answer twice alike is left out
  belay status [run]                how all runs stand, or one
  belay attach [run]                follow a run
  belay resume [run]                go on with a paused run, or one whose engine is gone 
                                    (also --until-gate, --accept-gates, --as-recorded)
  belay pause [run]                 pause before the next call
  belay stop [run]                  end a run
  belay dismiss [run]               say that the alarm of a stall is none: no alarm for such signs for a while
  belay compact [run]               after this step: the model's summary stands in for the story in its prompts
  belay fresh [run]                 after this step: its prompts leave the story out; directives, plan and notes stay
  belay switch-model [run]          after this step: the task's other model answers, or its own again
  belay diff [run]                  what changed since what is accepted: the files, then the unified diff
      --from side --to side         between others: a checkpoint's number, accepted, workspace, or head (your newest commit)
  belay accept [run] [--file path]  accept the open gate, or one file of it
      --commit [-m "…"]             first make a commit of it on your branch, with these files only; a hook that refuses
                                    it leaves everything as it was. "belay undo-accept" takes both back
  belay undo-accept [run]           take the newest acceptance back, with its commit if that is not pushed
  belay bisect <case> [--run run]   name the step that broke a visible case; runs it at some checkpoints to find out
  belay redirect "…" [--run run]    say what to do differently; decides an open gate
  belay reject <path> ["reason"] [--run run]
                                    put one file back to its accepted version and tell the agent why
  belay rollback <checkpoint> [--path path …] [--reason "…"] [--run run] [--yes]
                                    show what a rollback would do; with --yes do it, and tell the agent why;
                                    --path: only that file or folder (may be given several times)
  belay fork [run] --checkpoint N --to folder [--worktree] [--branch name]
                                    write a checkpoint into a new folder, or a new worktree of your repository, for a run
                                    of its own; starts nothing
  belay undo [run]                  take the last rollback or rejection back
  belay question [run] [--new]      print what a model by hand is asked; with --new only what came after its last answer
  belay answer <file|-> [--run run] answer it
  belay export-recording [run]      print the run's answers and decisions, for a model that plays them
  belay failing [run]               the visible cases that do not pass, those first that passed at the verification before
  belay report [run] [--markdown]   the run's report in short; with --markdown all of it: curves, gates, spend, directives, stops
  belay forecast [run]              what the next dollars are expected to buy: the visible pass rate in 90 of 100 times, the chance of
                                    the goal, the price of a point, and whether going on is worth it to you ("forecast" in belay.json)
  belay show-not-covered [run] [--checkpoint N]
                                    what a checkpoint (the newest) does not cover: path, reason, size
  belay thin [run] [--keep N] [--yes]
                                    show which checkpoints would go if the newest N (200) stayed, and what that frees; with --yes do it
  belay delete <run> [--yes]        show what deleting a run frees; with --yes delete it for good
  belay check-sandbox               attack this machine's sandbox as an agent would, and print what came of each attempt;
                                    exit 1: it does not hold, and runs here are NOT sealed
  belay policy                      what the policy of this machine allows (/etc/belay/policy.json, and a file of root's that
                                    BELAY_POLICY names), and who may; exit 1: it can't be followed, and nothing starts
  belay verify-audit [run] [--full] check every entry and blob of a run's journal and that each checkpoint is there, with --full
                                    also every byte of them; exit 1 names what is damaged, and where

A run is named by its id, the end of its id, or its folder; without one it is the run of this folder, or the only one.
--json prints one JSON object a line.
The model's key is read from BELAY_API_KEY.
The engine runs on Node 24 or newer: the one that runs this command, else the one that BELAY_NODE names, else one on PATH.
Exit codes: 0 finished, 1 failure, 2 wrong usage or refused to start, 3 waits at a gate.
`;
