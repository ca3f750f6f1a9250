/**
 * Job: every bound of a run in one place (B3), so that nothing loops, queues, retries or grows without an end.
 * Units stand last in the names.
 */
export const limits = {
  /** A model call that failed in a retryable way is repeated this often before the run pauses. */
  modelAttempts: 6,
  modelBackoffFirstMs: 1_000,
  modelBackoffLastMs: 60_000,
  /** The longest wait of a retry within a step; a provider that asks for more parks the run. */
  modelRetryMostMs: 15 * 60_000,
  /** A usage limit's reset that is further away than this is not believed. */
  parkedMostMs: 8 * 24 * 3_600_000,
  /** In an outage a run tries again after this long, then after twice as long, … so often, which is two days; then it waits for you. */
  outageParkFirstMs: 2 * 60_000,
  outageParkLastMs: 30 * 60_000,
  parksInRow: 100,
  /** No byte from the model for this long cuts the call. */
  modelSilenceMs: 120_000,
  /** The same for VS Code's models, which hand over a whole tool call at once. */
  windowSilenceMs: 600_000,
  /** A call that drips for ever ends here. */
  modelCallMs: 1_800_000,
  /** Input beyond what was sent, of which a provider's count is believed. */
  providersOwnTokens: 10_000,
  modelAnswerBytes: 32 * 1024 * 1024,
  /** An answer that a person brings, in UTF-16 units, and its file in bytes. */
  answerByHandChars: 1024 * 1024,
  /** The smallest output cap that is still worth a call when the budget runs out. */
  outputTokensLeast: 256,
  toolCallsPerStep: 32,
  /** What the agent is shown of a tool's output; the rest is in a blob. */
  toolOutputChars: 12_000,
  readFileChars: 60_000,
  searchMatches: 200,
  listedFiles: 2_000,
  /** A recording holds what a model wrote in a whole run. */
  recordingBytes: 256 * 1024 * 1024,
  writtenFileBytes: 4 * 1024 * 1024,
  conversationTokens: 120_000,
  conversationSteps: 100,
  /** A prompt of so many tokens, or so many steps, is full: a summary stands in for the story, or it is left out. */
  compactAtTokens: 100_000,
  compactAtSteps: 80,
  /** Fewer are not worth it: what is full then is something else. */
  compactStepsLeast: 3,
  compactGrowthShare: 0.3,
  /** Of the tokens that a model's window leaves for the prompt, or of those that were too many for it. */
  compactAtShare: 0.8,
  /** What came since the provider counted last is taken to have a token in so many UTF-16 units. */
  charsPerToken: 3,
  /** A summary: what it may have, what it has at least, how often one is bought before the story is left out instead. */
  summaryTokens: 8_192,
  summaryChars: 16_000,
  summaryCharsLeast: 200,
  summaryTries: 2,
  summaryHeadChars: 240,
  /** Places where the story was cut, for rollbacks to a time before some of them. */
  contextCuts: 50,
  /** What the prompt tells of older steps is shortened, and left out, in batches of so many; so many newest are told whole. */
  promptBatchSteps: 20,
  stepsToldWhole: 10,
  /** What stays of a longer output of an older step. */
  oldOutputChars: 1_500,
  /** The newest of the agent's notes; it is told to keep them few. */
  notesInPrompt: 60,
  commandWallMs: 60_000,
  commandWallMostMs: 600_000,
  commandOutputBytes: 4 * 1024 * 1024,
  commandMemoryMb: 4096,
  commandProcesses: 512,
  /** The disk may lose so much while a command runs, and so much of it stays free: half of what is free where that is less. */
  commandDiskBytes: 10_000_000_000,
  commandRoomBytes: 1_000_000_000,
  buildWallMs: 120_000,
  caseWallMs: 10_000,
  caseOutputBytes: 1024 * 1024,
  /** Files that the cases of a suite share; each case gets a copy. */
  suiteFilesBytes: 64 * 1024 * 1024,
  /** Cases of a recorded suite, on each of its sides. */
  recordedCases: 5_000,
  /** Of a JUnit report. */
  reportCases: 100_000,
  reportBytes: 64 * 1024 * 1024,
  /** A regular expression of a case that matches for longer says nothing. */
  regexMatchMs: 1_000,
  verifierWorkers: 2,
  verificationWallMs: 3_600_000,
  /** A sample is not smaller, and where that takes longer than a while, not larger than it needs to be. */
  sampleCasesLeast: 30,
  sampleWallMs: 60_000,
  /** Verification may save up its share of the CPU over so much time. */
  cpuSavedMs: 600_000,
  /** A verifier that has not given up a cancelled verification after this long is killed with all that it runs. */
  verifierCancelMs: 5_000,
  /** Of answers that are remembered: the same question is asked once while they fit. */
  probesKeptBytes: 64 * 1024 * 1024,
  probesPerRun: 2_000,
  /**
   * What steers editor or git: new names of one command that are looked at for it, how much of the supervisor's is covered for a
   * command, how much of the agent's is moved away at once, and how much of that is listed in the entry.
   */
  steeringNamesSeen: 500_000,
  steeringCovered: 500,
  quarantinedPaths: 2_000,
  quarantinedListed: 1_000,
  /** A larger `.gitignore` or `info/exclude` has no rules. */
  ruleFileBytes: 1024 * 1024,
  /** A larger index of the user's repository tracks nothing. */
  gitIndexBytes: 64 * 1024 * 1024,
  /** Git on the supervisor's repository, with its hooks, that says nothing for this long is given up. */
  gitSilenceMs: 300_000,
  commitMessageChars: 20_000,
  /** The newest objects of the checkpoint store are in a log of this length: those of about 60 steps. Full, it becomes a pack. */
  storeLogBytes: 2 * 1024 * 1024,
  /** From so many packs on they are gathered into few. */
  packsBeforeRepack: 8,
  packsBeforeRepackWhenFull: 4,
  /** Upkeep of the checkpoint store leaves at least this much of the disk free. */
  roomLeftBytes: 256 * 1024 * 1024,
  /** Where nobody set another. */
  storeQuotaBytes: 5_000_000_000,
  /** Of a folder above this no shadow is made: commands see an empty .git. */
  shadowBytes: 1_000_000_000,
  /** Over its quota the store keeps so many newest checkpoints whole, and is thinned only where that many would go. */
  checkpointsKeptLast: 200,
  checkpointsThinnedLeast: 50,
  /** The numbers of one thinning, in one entry. */
  checkpointsThinnedMost: 100_000,
  /** Sizes of the store for its forecast, and how far they are apart at least. */
  storeSamples: 240,
  storeSampleLeastMs: 5 * 60_000,
  /** Upkeep that failed is tried again after this long, then after twice as long, … */
  upkeepRetryFirstMs: 10 * 60_000,
  upkeepRetryLastMs: 12 * 3_600_000,
  /** What a killed engine left at work in its store is gone by then. */
  leftOverEndMs: 5_000,
  /** More paths than this are not looked at one by one: the workspace is walked. */
  toldPaths: 400,
  /** Fewer folders are listed by the walk itself; more by threads ahead of it, at most so many. */
  foldersListedAhead: 100,
  listers: 4,
  /** Paths that one rollback of a part names. */
  rolledBackPaths: 500,
  /** A larger file is not merged, nor are hunks of it rolled back. */
  mergedFileBytes: 4 * 1024 * 1024,
  /** The diff that says what a hunk is gives up after so many edits. */
  hunkEditLength: 4_000,
  /** Plans that were shown and may be carried out after the step in progress. */
  shownPlans: 16,
  /** A comparison reads so much at once to count lines; of the rest it tells names and sizes, and counts them when asked. */
  filesCountedAtOnce: 200,
  bytesCountedAtOnce: 16 * 1024 * 1024,
  /** What is read at once from the supervisor's repository: a list of files, or one file. */
  committedBytes: 256 * 1024 * 1024,
  coveredIgnoredFileBytes: 10 * 1024 * 1024,
  pathsInChangeset: 50,
  /** Paths listed in one entry, as JSON: names can be long, and escapes make them six times longer. */
  listedPathsChars: 64 * 1024,
  conflictsInEntry: 200,
  /** Files saved by the supervisor in one step that are told apart from the agent's. */
  savedPathsKept: 2_000,
  /** Files accepted one by one since the last gate that was accepted; the next acceptance of a gate forgets them. */
  acceptedFilesKept: 5_000,
  failingCasesShown: 5,
  /** Cases that a person runs again at once, and how much of an output they are shown. */
  triedCases: 1_000,
  triedChars: 8_000,
  shownChars: 2_000,
  /** Cases of which it is kept at which checkpoints they passed, for the search for the step that broke them. */
  searchedCases: 200,
  /** Tags of one verification in its entry, each cut to so many characters. */
  tagsInEntry: 200,
  tagChars: 100,
  /** Integrity: what one check looks through, and tells. Of a larger file nothing is looked for. */
  scannedFileBytes: 4 * 1024 * 1024,
  scannedFiles: 4_000,
  scannedBytes: 64 * 1024 * 1024,
  scanWallMs: 20_000,
  /** Of one check, all files together. */
  checkWallMs: 90_000,
  placesInFile: 1_000,
  scannerMemoryMb: 1024,
  flagsInCheck: 50,
  placesInFlag: 20,
  /** Mutated duals of visible cases that a gate asks, and all that a run may ask the reference for. */
  dualsPerCheck: 24,
  dualsPerRun: 5_000,
  /** Contents whose findings are remembered. */
  findingsKept: 20_000,
  /** A verification that nobody asked for is checked when so many checkpoints have passed since the last check. */
  checkpointsPerCheck: 10,
  /**
   * Signs of a stall. Steps with the same fruitless call, the same error, and answers that repeat themselves, in windows of so
   * many steps; rounds of two or three versions; steps without any news; steps without a change of any file.
   */
  stallCalls: 5,
  stallCallWindow: 12,
  stallErrors: 6,
  stallErrorWindow: 10,
  stallTexts: 2,
  stallTextWindow: 5,
  stallCycles: 3,
  stallIdleSteps: 10,
  stallUnchangedSteps: 60,
  /** Steps whose traces are kept, and what of a text is looked at and quoted. */
  stallTraces: 24,
  stallTextChars: 2_000,
  stallTextShare: 0.2,
  stallErrorChars: 400,
  stallQuoteChars: 80,
  /** Verified versions without a gain: the alarm's level, the bounds of the rate of gains (which make it 11 to 42 of them), and of how many it is measured. */
  stallChance: 0.05,
  stallRateMost: 0.25,
  stallRateLeast: 0.07,
  stallVersions: 40,
  /** Fewer of them are no sign, whatever they cost. */
  stallVersionsLeast: 5,
  /** After a rung the run moves again when files changed and no sign came in so many steps. */
  stallCalmSteps: 8,
  /** What the supervisor dismissed gives no alarm for so many steps. */
  stallQuietSteps: 100,
  /** Failing visible cases that a fresh context is told. */
  failingInPrompt: 40,
  /** Steps that the folded state keeps in full for a window that attaches; older ones are paged from the journal. */
  stepsInState: 400,
  /** A page of older steps: at most so many, and so many bytes of the journal where that is more than one step. */
  stepsInPage: 100,
  pageBytes: 96 * 1024,
  /** A search through the steps looks at so many bytes of the journal before it says how far it is; what it is given, and what it shows. */
  findBytes: 4 * 1024 * 1024,
  findChars: 500,
  findShown: 200,
  /** The newest steps whose words and calls the engine has at hand, for the prompt and for what the agent has seen (S3). */
  stepsAtHand: 120,
  /** The newest steps that "Open Log as Text" writes into its document. */
  stepsInLogText: 2_000,
  /** Points of the report's curves; 2,000 in all. */
  reportVisiblePoints: 1_500,
  reportHeldOutPoints: 500,
  /** Gates, rollbacks, directives, … in the report: the newest of each. */
  reportListed: 500,
  reportTextChars: 2_000,
  /** Cases that are followed over a run, and the newest changes of each that are kept. */
  followedCases: 20_000,
  changesPerCase: 24,
  /** Of these in a report: cases that changed, the checkpoints at which they did, and those that fail now. */
  reportChangedCases: 200,
  reportCaseCheckpoints: 40,
  reportFailingCases: 500,
  /** The verdicts of one verification, as a file. */
  verdictsBytes: 32 * 1024 * 1024,
  /** Spans of the report's spend over time. */
  reportSpans: 48,
  /** The newest checkpoints whose place the report remembers until they are verified. */
  reportPlaces: 2_000,
  /** Rows between the steps that the folded state keeps: what the supervisor did, and what held the run up. */
  happeningsInState: 500,
  happeningChars: 300,
  lineOfEntryBytes: 1024 * 1024,
  /** Wall time that goes another way than waking time by less than this is a clock that is being set right. */
  clockJumpLeastMs: 30_000,
  clockLookMs: 10_000,
  /** An engine tells its signs of life so often while something new is heard, and so often when nothing is; without any for so long it may hang. */
  heartbeatMs: 1_000,
  heartbeatSilentMs: 5_000,
  engineSilenceMs: 20_000,
  /** Calls of the last hour that a throttle counts. */
  callsInPace: 2_000,
  /** A throttle that holds back for longer than this pauses the run until then. */
  throttleWaitMostMs: 90_000,
  /** Larger texts inside an entry go into a blob. */
  inlineTextChars: 16_000,
  clientsPerEngine: 16,
  /** A client that has more of the stream waiting than this loses deltas; with this much of entries it is dropped. */
  queuedDeltaBytes: 1024 * 1024,
  queuedEntryBytes: 32 * 1024 * 1024,
  /** A client that missed no more than this gets the entries, else a snapshot. */
  tailEntries: 500,
  tailBytes: 2 * 1024 * 1024,
  /** A connection that has not attached after this long is closed. */
  attachWallMs: 10_000,
  segmentBytes: 8 * 1024 * 1024,
  /** The snapshot of a run of more than one segment is made anew after so many entries: an opening folds no more than these. */
  entriesPerSnapshot: 4_000,
  /** A task names two models at most; a journal may say anything. */
  modelsInReport: 8,
  /** A forecast: steps of the curve that it is made from; verified versions that it needs; the first of them not later than at
   *  this part of the spend. */
  gainsInCurve: 200,
  forecastLooksLeast: 6,
  forecastSpan: 3,
} as const;
