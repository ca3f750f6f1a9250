/**
 * Job: the one sheet of the Run view. It is adopted by the view's shadow root, whose parts draw into the same tree.
 * Rules: colours come from the theme only, with borders where high contrast asks for them. A colour never says anything
 *   alone, and small text keeps the theme's text colours: many themes' warning and error colours are too pale to read.
 *   From 280 px up everything fits a line; under 220 px the sparklines go, then the costs.
 */
import type { CSSResult } from 'lit';
import { answer, redirect, widths } from './styles/bottom.ts';
import { frame } from './styles/frame.ts';
import { log } from './styles/log.ts';
import { recording } from './styles/recording.ts';
import { figureRows, states } from './styles/top.ts';

/** In this order: a later sheet wins over an earlier one. */
export const styles: readonly CSSResult[] = [frame, recording, states, figureRows, log, redirect, answer, widths];
