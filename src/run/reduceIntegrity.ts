/**
 * Job: fold what a check of integrity found, and which of it has had its gate.
 * Boundary: pure, as reduce.ts, which it is a part of.
 */
import { flagName, type IntegrityCheck, type IntegrityFlag } from './integrity.ts';

export interface IntegrityState {
  /** The newest check; null: none was made. */
  readonly last: IntegrityCheck | null;
  /** Names of findings that a gate has told; one that is gone and comes again opens another. */
  readonly told: readonly string[];
}

export const noIntegrity: IntegrityState = { last: null, told: [] };

export function checked(
  { told }: IntegrityState,
  { checkpoint, whole, flags, literals, duals, notChecked }: IntegrityCheck,
): IntegrityState {
  const present = new Set(flags.map(flagName));
  const last = { checkpoint, whole, flags, literals, ...(duals && { duals }), notChecked };
  return { last, told: told.filter((name) => present.has(name)) };
}

/** A gate has opened: what it could tell is told. */
export function toldAtGate(state: IntegrityState): IntegrityState {
  return { ...state, told: [...new Set([...state.told, ...gravest(state).map(flagName)])] };
}

/** What is grave enough for a gate and has had none. */
export function untold(state: IntegrityState): readonly IntegrityFlag[] {
  return gravest(state).filter((flag) => !state.told.includes(flagName(flag)));
}

const gravest = ({ last }: IntegrityState): readonly IntegrityFlag[] =>
  (last?.flags ?? []).filter(({ severity }) => severity === 'gate');
