/**
 * Job: what the engine and a verifier's process say to each other, over Node's IPC.
 * Boundary: types only.
 * Rules: H1 of a held-out suite only counts, also by tag where the visible suite has the tag too, and verdicts by id come back: its
 *   result has no field for an input or an output. A process serves one kind of suite and refuses the other.
 */
import type {
  BuildOutcome,
  CaseIsolation,
  SuiteName,
  TagCounts,
  VerdictCounts,
  VerdictKind,
  VerificationCost,
} from '../../run/entry.ts';
import type { SampleRequest } from '../../run/sample.ts';
import type { Sandbox, View } from '../sandbox/shape.ts';
import type { SealReport, SealRequest } from './seal.ts';
import type { CaseFilter, HeldOutSuite, VisibleSuite } from './suite.ts';

export interface VerificationLimits {
  readonly buildWallMs: number;
  readonly caseWallMs: number;
  readonly caseOutputBytes: number;
  readonly memoryMb: number;
  readonly processes: number;
  /** For the whole verification; cases that had no turn by then count as timeouts. */
  readonly totalWallMs: number;
}

/** How a candidate is built and run; the same for every suite of a run. */
export interface CandidateRecipe {
  readonly sandbox: Sandbox;
  readonly view: View;
  /** A shell command, run in the checkout. */
  readonly build: string | undefined;
  /** Program and arguments as seen from the top of the checkout; the arguments of a case are added. */
  readonly run: readonly string[];
  /** Relative paths that a checkout must not hold when it is built and run: suites, the task file. */
  readonly withheld: readonly string[];
  readonly limits: VerificationLimits;
  readonly workers: number;
}

export interface VerifyParams<S extends SuiteName = SuiteName> {
  readonly suite: { visible: VisibleSuite; heldOut: HeldOutSuite }[S];
  readonly recipe: CandidateRecipe;
  /** Where the build is or will be kept; null: it is thrown away afterwards. */
  readonly buildKey: string | null;
  /** A folder with the checked-out files, the verifier's from now on; null when the build is kept from before. */
  readonly checkout: string | null;
  /** Shuffles the order of the cases. */
  readonly seed: number;
  readonly only?: CaseFilter;
  /** In place of all cases a sample, drawn by `seed`; visible only. A suite that one command runs is run whole. */
  readonly sample?: Omit<SampleRequest, 'seed'>;
  /** How many failing cases to give with input and outputs; visible only. */
  readonly show: number;
  /** How much of each text of theirs, in UTF-16 units; limits.shownChars where absent. */
  readonly showChars?: number;
  /** Whether what failed is repeated once, to tell flaky from failed: for figures, not for the agent's own looks. */
  readonly repeatFailed: boolean;
}

export interface CaseResult {
  readonly id: string;
  readonly verdict: VerdictKind;
  readonly wallMs: number;
  /** Run beside a draw: not in the counts. */
  readonly beside?: true;
}

export interface VerificationResult {
  /** Of a sample: of the cases drawn. */
  readonly counts: VerdictCounts;
  readonly total: number;
  /** Of a sample: the cases of the suite, of which `total` were drawn; absent: all were asked for. */
  readonly of?: number;
  readonly build: BuildOutcome;
  /** In the order of the suite. */
  readonly cases: readonly CaseResult[];
  /** Sorted by tag; of a held-out suite only tags that the visible one has too. */
  readonly tags: readonly TagCounts[];
  readonly wallMs: number;
  readonly sealed: boolean;
  /** How the cases were kept apart; absent where none was run by itself. */
  readonly isolation?: CaseIsolation;
  readonly cost: VerificationCost;
}

/** Texts are cut. */
export interface FailingCase extends CaseResult {
  readonly args: readonly string[];
  /** What was run in place of the candidate. */
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** Of what differs, or of standard output. */
  readonly expected: string;
  readonly actual: string;
  /** What differs and how it was compared, such as "standard output" or "exit 139 instead of 0". */
  readonly detail: string;
}

export interface VisibleResult extends VerificationResult {
  readonly failing: readonly FailingCase[];
}

export interface ResultOf {
  visible: VisibleResult;
  heldOut: VerificationResult;
}

export type ToVerifier =
  | { readonly kind: 'verify'; readonly id: number; readonly params: VerifyParams }
  | { readonly kind: 'seal'; readonly id: number; readonly request: SealRequest }
  | { readonly kind: 'cancel'; readonly id: number };

export type FromVerifier =
  | { readonly kind: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly kind: 'verified'; readonly id: number; readonly result: VerificationResult | VisibleResult }
  | { readonly kind: 'sealed'; readonly id: number; readonly report: SealReport }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
